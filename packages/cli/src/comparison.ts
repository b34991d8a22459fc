/**
 * What `verify` and `diff` have in common: two operands, whether they answer every call alike, and where not.
 *
 * @module
 */
import {
  actionText,
  type CompareOptions,
  compareFilters,
  type Difference,
  decodeAction,
  describeDifferences,
  EXEC_TICKET_NAME,
  type FieldCondition,
  type FilterComparison,
  type SeccompData,
} from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { errnoName, syscallNames } from '@qseccomp/syscall-tables/lookup';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from './arguments.ts';
import { CliError } from './errors.ts';
import { conditionTexts } from './format/difference.ts';
import type { Style } from './format/style.ts';
import { printJson } from './io.ts';
import { type Naming, nameProgram, namingText } from './naming.ts';
import { OPERAND_HELP, OPERAND_OPTIONS, type Operand, readOperands } from './operands.ts';
import { INDEX_OPTION } from './programs.ts';

/** Sets of calls that are shown at most. */
const MOST_DIFFERENCES = 1000;

/** Two operands and what the proof says of them. */
export interface Compared {
  readonly operands: readonly [Operand, Operand];
  /** Where names of calls come from. */
  readonly architectures: readonly Architecture[];
  readonly comparison: FilterComparison;
}

/** What both commands take. */
export function comparisonSpec(own: Pick<CommandSpec, 'name' | 'details' | 'examples'>): CommandSpec {
  return {
    ...own,
    usage: 'A B [--arch NAME]...',
    sandbox: false,
    options: [...OPERAND_OPTIONS, INDEX_OPTION, JSON_OPTION],
    operands: 'two',
    details: `${own.details}\nAnswers are alike where the kernel does the same: an action that it does not know kills the process, an errno\nabove 4095 is 4095.\n${OPERAND_HELP}\nThe exit status is 0 where they are the same, 1 where they differ, 2 where that cannot be said.`,
  };
}

/**
 * Compares the two operands of a command line: a policy by what its rules mean, anything else by its programs.
 *
 * @param args - the command line
 * @param spec - the command
 * @throws {CliError} for what is no filter, or no filter that the kernel takes, and for what is beyond reach
 */
export async function compareOperands(args: Arguments, spec: CommandSpec): Promise<Compared> {
  const [a, b] = (await readOperands(args.operands, args, spec)) as [Operand, Operand];
  if (args.has('index') && ![a, b].some(({ kind }) => kind === 'program'))
    throw usageError(spec, '--index goes with a program, and there is none');
  if (a.endian !== undefined && b.endian !== undefined && a.endian !== b.endian) {
    throw new CliError(
      `${spec.name}: expected filters of one byte order, got A for a ${a.endian}-endian and B for a ${b.endian}-endian machine`,
    );
  }
  const endian = a.endian ?? b.endian;
  const architectures = [...new Set([...a.architectures, ...b.architectures])];
  const comparable = ({ policy, programs }: Operand) => policy ?? programs;
  try {
    const options: CompareOptions = { answers: 'kernel', ...(endian && { endian }) };
    const comparison = compareFilters(comparable(a), comparable(b), options);
    return { operands: [a, b], architectures, comparison };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'BpfError') throw error;
    const message = error.message.replace(/^(first|second)(?:\[0\])?(?=[:[])/, (_, side) =>
      side === 'first' ? `A (${a.text})` : `B (${b.text})`,
    );
    throw new CliError(`${spec.name}: ${message}`, undefined, error);
  }
}

/** How two filters differ, in sentences without a full stop. */
export function differenceSentences({ comparison, architectures }: Compared): string[] {
  return describeDifferences(comparison, {
    architectures,
    errnoName,
    conditionText: conditionTexts(architectures),
    limit: MOST_DIFFERENCES,
  });
}

/** Both operands, a line each. */
export function operandLines({ operands }: Compared, style: Style): string {
  return operands
    .map((operand, at) => `${style.heading('AB'.charAt(at))}: ${operandLine(operand)}\n`)
    .join('');
}

/** An operand in a line: what it is, how long, and which sandbox it is. */
function operandLine(operand: Operand): string {
  const { kind, title, programs, architectures } = operand;
  const names = architectures.map(({ name }) => name).join(', ');
  const lengths = programs.map(({ length }) => length).join(' and ');
  const size = programs.length > 1 ? `${programs.length} filters of ${lengths}` : lengths;
  const head = `${title}${names && `, for ${names}`}, ${size} instruction${size === '1' ? '' : 's'}`;
  if (kind === 'sandbox') return head;
  const namings = operandNamings(operand).map(namingText);
  if (namings.length === 1) return `${head}; ${namings[0]}`;
  return `${head}${namings.map((text, at) => `; filter ${at + 1} ${text}`).join('')}`;
}

/** Prints both operands and where they differ, for programs. */
export function printComparison(compared: Compared): void {
  const { operands, architectures, comparison } = compared;
  const shown = comparison.equal ? comparison : comparison.withoutTickets();
  const differences = shown.equal ? [] : firstOf(shown.differences(), MOST_DIFFERENCES + 1);
  printJson({
    same: comparison.equal,
    a: operandJson(operands[0]),
    b: operandJson(operands[1]),
    execTicket: comparison.equal ? 'same' : comparison.tickets,
    example: shown.equal ? null : exampleJson(shown, architectures),
    differences: differences.slice(0, MOST_DIFFERENCES).map(differenceJson),
    complete: differences.length <= MOST_DIFFERENCES,
    sentences: differenceSentences(compared),
  });
}

/** The call that shows that two filters differ, in a line. */
export function exampleLine({ comparison, architectures }: Compared): string {
  const shown = comparison.equal ? comparison : comparison.withoutTickets();
  if (shown.equal) return `in ${EXEC_TICKET_NAME} alone`;
  const { nr, arch, args, instructionPointer } = shown.example;
  const { called, names } = namesOf(shown.example, architectures);
  const registers = args.slice(0, args.findLastIndex((value) => value !== 0n) + 1);
  const where =
    called.length > 0 ? called.map(({ name }) => name).join(' and ') : `architecture ${hex(arch)}`;
  const pointer = instructionPointer === 0n ? '' : ` from ${hex(instructionPointer)}`;
  const [a, b] = shown.answers.map(actionText);
  return `${names.join('/') || 'call'}(${registers.map(hex).join(', ')}), number ${nr} on ${where}${pointer}: A ${a}, B ${b}`;
}

function operandNamings({ programs, architectures }: Operand): Naming[] {
  return programs.map((program) => nameProgram(program, architectures));
}

function operandJson(operand: Operand): object {
  const { text, kind, programs, architectures, endian } = operand;
  const namings = operandNamings(operand);
  return {
    operand: text,
    kind,
    architectures: architectures.map(({ name }) => name),
    endian: endian ?? null,
    filters: programs.map(({ length }, at) => ({ length, ...namings[at] })),
  };
}

function exampleJson(
  { example, answers }: Exclude<FilterComparison, { equal: true }>,
  architectures: readonly Architecture[],
): object {
  const { nr, arch, args, instructionPointer } = example;
  const { called, names } = namesOf(example, architectures);
  return {
    token: arch,
    architectures: called.map(({ name }) => name),
    number: nr,
    names,
    arguments: args.map(String),
    instructionPointer: String(instructionPointer),
    answers: answers.map(answerJson),
  };
}

/** Architectures that a call can be of, and what it is called there. */
function namesOf({ nr, arch }: SeccompData, architectures: readonly Architecture[]) {
  const called = architectures.filter(({ auditArch }) => auditArch === arch);
  return { called, names: [...new Set(called.flatMap((architecture) => syscallNames(architecture, nr)))] };
}

function differenceJson({ conditions, answers }: Difference): object {
  return { conditions: conditions.map(conditionJson), answers: answers.map(answerJson) };
}

function conditionJson(condition: FieldCondition): object {
  const { field, mask } = condition;
  const where = { field: typeof field === 'number' ? `args[${field}]` : field, mask: String(mask) };
  if ('ranges' in condition) return { ...where, ranges: condition.ranges.map((range) => range.map(String)) };
  return { ...where, value: String(condition.value), equal: condition.equal };
}

/** Null for one that is calculated for each call. */
function answerJson(value: number | undefined): object | null {
  return value === undefined ? null : { value, ...decodeAction(value) };
}

function firstOf<T>(source: Iterator<T>, most: number): T[] {
  const first: T[] = [];
  for (let next = source.next(); !next.done && first.length < most; next = source.next())
    first.push(next.value);
  return first;
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
