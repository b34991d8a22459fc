/**
 * Classic BPF for seccomp: encode, check, run, list and compile filters.
 *
 * @module
 */

export { type AssembleOptions, type Assembly, assemble, plainSyscallName } from './assembler.ts';
export {
  type CacheReason,
  type CacheReportEntry,
  type CacheVerdict,
  cacheReport,
  cacheVerdict,
} from './cache-report.ts';
export {
  type CallCost,
  type CallCostEntry,
  callCost,
  type FilterCost,
  filterCost,
} from './call-cost.ts';
export { capabilities } from './capabilities.ts';
export { comparedTokens } from './compared-tokens.ts';
export { type CompiledPolicy, type CompileOptions, compilePolicy } from './compile.ts';
export { type DisassembleOptions, disassemble } from './disassembler.ts';
export {
  type EmulateOptions,
  emulate,
  emulateStack,
  run,
  type StackVerdict,
  type Verdict,
} from './emulate.ts';
export { decodeProgram, encodeProgram } from './encoding.ts';
export { BpfError, type BpfErrorCode, type BpfErrorDetails } from './errors.ts';
export { EXEC_TICKET_NAME, type ExecTicket, findExecTicket, withoutExecTicket } from './exec-ticket.ts';
export {
  type Action,
  type ActionName,
  ActionValue,
  actionRank,
  actionText,
  actionValue,
  decodeAction,
  kernelValue,
  MAX_ERRNO,
} from './filter/action.ts';
export { type ArchitectureCalls, type CallRule, type CallRules, policyCalls } from './filter/calls.ts';
export { type Comparison, type ComparisonOperator, oneOf, range } from './filter/condition.ts';
export { comparisonHolds, evaluatePolicy, type PolicyAnswer, policyEvaluator } from './filter/evaluate.ts';
export type { ArchitectureRules, Finding, FindingKind, Policy } from './filter/policy.ts';
export type { Rule } from './filter/rule.ts';
export type { Instruction, Program } from './instruction.ts';
export {
  type JsonObject,
  type JsonValue,
  jsonPosition,
  parseJson,
  type TextPosition,
  writeJson,
} from './json.ts';
export { type CallWeights, DEFAULT_WEIGHTS } from './layout/dispatch.ts';
export { type ListingOptions, listProgram, operandText, operationText, programNotes } from './listing.ts';
export {
  checkProfile,
  type PolicyProfile,
  type Profile,
  type ProfileArchitecture,
  type ProfileArchitectureOptions,
  type ProfileArgument,
  type ProfileConditions,
  type ProfileFinding,
  type ProfileFindingKind,
  type ProfileLoading,
  type ProfilePolicy,
  type ProfilePolicyOptions,
  type ProfileRule,
  type ProfileSyscall,
  policyProfile,
  profileArchitectures,
  profilePolicy,
  readProfile,
  writeProfile,
} from './oci/index.ts';
export {
  MAX_INSTRUCTIONS,
  MAX_STACK_INSTRUCTIONS,
  Opcode,
  SCRATCH_CELLS,
  STACKED_FILTER_COST,
} from './opcode.ts';
export {
  type Outcome,
  outcomeOf,
  type PictureOptions,
  programTree,
  type TreeNode,
  type TreeOptions,
  treeDot,
  treePath,
  treeSvg,
} from './picture/index.ts';
export {
  detectForm,
  type ProgramForm,
  type ProgramInput,
  type ReadProgramOptions,
  readProgram,
} from './program-input.ts';
export {
  type AnswerDifference,
  type CallField,
  type Comparable,
  type CompareOptions,
  compareFilters,
  type DescribeOptions,
  type Difference,
  type DifferentAnswers,
  describeDifferences,
  type FieldCondition,
  type FilterComparison,
  filterComparer,
  type SameAnswers,
  type TicketHolders,
  type ValueRange,
} from './proof/index.ts';
export { dataWords, type SeccompData } from './seccomp-data.ts';
export type { NameOptions } from './text/names.ts';
export { validateProgram, validateStack } from './validate.ts';
