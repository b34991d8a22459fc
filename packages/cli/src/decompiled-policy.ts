/**
 * The policy that programs implement together, found by proof: what no program says of itself.
 *
 * @module
 */
import {
  type Action,
  actionValue,
  type Comparison,
  compareFilters,
  compilePolicy,
  decodeAction,
  emulateStack,
  type FieldCondition,
  type FilterComparison,
  type Policy,
  type Program,
  type Rule,
  range,
} from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { CliError } from './errors.ts';

/** What programs were found to do. */
export interface DecompiledPolicy {
  readonly policy: Policy;
  /** Whether it says what the programs do to every call, those of numbers that no table has included. */
  readonly exact: boolean;
}

/** No architecture has a call of this number, which is below x32's bit. */
const UNUSED_NUMBER = 0x0fff_ffff;
/** So many rules for an architecture are no policy that anybody could read. */
const MAX_RULES = 10_000;
const MAX_WORD = 0xffff_ffffn;
const MAX_LONG = 0xffff_ffff_ffff_ffffn;

/**
 * Says as a policy what programs do.
 *
 * @param programs - in order of installation, at least one; valid ones
 * @param architectures - those that the policy is to be for, of one byte order, at least one
 * @throws {CliError} for programs that no policy describes
 * @throws {BpfError} BPF_PROOF_LIMIT where they are beyond the proof
 */
export function decompilePolicy(
  programs: readonly Program[],
  architectures: readonly Architecture[],
): DecompiledPolicy {
  const [first] = architectures as [Architecture];
  const { endian } = first;
  const answer = (arch: number, nr: number): Action => {
    const call = { nr, arch, instructionPointer: 0n, args: [] };
    return actionOf(emulateStack(programs, call, { endian }).value);
  };
  const defaultAction = answer(first.auditArch, first.numberOffset + UNUSED_NUMBER);
  const policy: Policy = {
    defaultAction,
    badArchitectureAction: answer(0, 0),
    architectures: architectures.map((architecture) => ({
      architecture,
      rules: rulesOf(programs, architecture, defaultAction),
    })),
  };
  const comparison = compareFilters(programs, policy, { endian, answers: 'kernel' });
  if (comparison.equal) return { policy, exact: true };
  refuseKnownCalls(comparison, architectures);
  return { policy, exact: false };
}

/** The rules of one architecture's calls, for whatever is not answered with the default. */
function rulesOf(programs: readonly Program[], architecture: Architecture, defaultAction: Action): Rule[] {
  // Others answer alike on both sides, so that only this one differs.
  const scope = compilePolicy({
    defaultAction: 'ALLOW',
    badArchitectureAction: 'KILL_PROCESS',
    architectures: [{ architecture, rules: [] }],
  }).program;
  const constant: Program = [{ code: 0x06, jt: 0, jf: 0, k: actionValue(defaultAction, architecture) }];
  const { endian } = architecture;
  const comparison = compareFilters([scope, ...programs], [scope, constant], { endian, answers: 'kernel' });
  if (comparison.equal) return [];
  const rules: Rule[] = [];
  const numbers = [...new Set(architecture.syscalls.map(([, number]) => number))];
  for (const { conditions, answers } of comparison.differences()) {
    const [value] = answers;
    const called = numbers.filter((number) =>
      conditions.every((condition) => condition.field !== 'number' || holds(condition, BigInt(number))),
    );
    if (called.length === 0) continue;
    if (value === undefined) throw indescribable('an answer is calculated from the call');
    const alternatives = conditions.map(comparisonsOf).reduce(product, [[]]);
    if (rules.length + called.length * alternatives.length > MAX_RULES)
      throw indescribable(`it would take more than ${MAX_RULES} rules on ${architecture.name}`);
    for (const syscall of called) {
      for (const comparisons of alternatives) rules.push({ syscall, action: actionOf(value), comparisons });
    }
  }
  return rules;
}

function holds(condition: FieldCondition, value: bigint): boolean {
  const masked = value & condition.mask;
  if ('ranges' in condition) return condition.ranges.some(([from, to]) => masked >= from && masked <= to);
  return (masked === condition.value) === condition.equal;
}

/** Lists of comparisons of which one has to hold as a whole. */
function comparisonsOf(condition: FieldCondition): Comparison[][] {
  const { field, mask } = condition;
  if (field === 'architecture' || field === 'number') return [[]];
  if (field === 'instructionPointer') throw indescribable('it asks where a call is made from');
  const argument = field;
  const width = mask === MAX_WORD ? ({ width: 32 } as const) : {};
  const isWhole = mask === MAX_WORD || mask === MAX_LONG;
  if ('ranges' in condition) {
    if (!isWhole) throw indescribable('it compares bits of an argument in an unusual way');
    return condition.ranges.map(([from, to]) =>
      from === to
        ? [{ argument, op: 'EQ', value: from, ...width }]
        : range(argument, from, to).map((comparison) => ({ ...comparison, ...width })),
    );
  }
  const { value, equal } = condition;
  if (isWhole) return [[{ argument, op: equal ? 'EQ' : 'NE', value, ...width }]];
  if (equal) return [[{ argument, op: 'MASKED_EQ', mask, value }]];
  // Unequal: some bit differs; each alternative has the first that does, so that they do not overlap.
  const bits = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(63 - bit)).filter((bit) => mask & bit);
  return bits.map((bit) => {
    const above = mask & ~(bit - 1n);
    return [{ argument, op: 'MASKED_EQ', mask: above, value: (value & above) ^ bit }];
  });
}

function product(lists: Comparison[][], more: Comparison[][]): Comparison[][] {
  return lists.flatMap((list) => more.map((other) => [...list, ...other]));
}

function actionOf(value: number): Action {
  const { action, data } = decodeAction(value);
  if (action === 'ERRNO') return { errno: data };
  if (action === 'TRACE') return { trace: data };
  if (action === 'TRAP' && data !== 0) return { trap: data };
  return action;
}

/** What the policy leaves out may concern numbers that no table has, and nothing else. */
function refuseKnownCalls(
  comparison: Exclude<FilterComparison, { equal: true }>,
  architectures: readonly Architecture[],
): void {
  for (const { conditions } of comparison.differences()) {
    for (const { name, auditArch, syscalls } of architectures) {
      const concerned = syscalls.find(([, number]) =>
        conditions.every((condition) => {
          if (condition.field === 'architecture') return holds(condition, BigInt(auditArch));
          return condition.field !== 'number' || holds(condition, BigInt(number));
        }),
      );
      if (concerned) throw indescribable(`${concerned[0]} on ${name} is not treated as a policy can say`);
    }
  }
}

function indescribable(reason: string): CliError {
  return new CliError(`no policy says what the program does: ${reason}`);
}
