/**
 * Differences between filters as sentences: `x86_64: A kills the process, B allows: unshare (272), any
 * arguments; clone (56) when args[0] & 0x10000000`.
 *
 * Terms: a scope is what a sentence is about: the architectures of one token, or tokens without a name.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { EXEC_TICKET_NAME } from '../exec-ticket.ts';
import { ActionValue, decodeAction } from '../filter/action.ts';
import type { DifferentAnswers, FilterComparison } from './compare.ts';
import type { Difference, FieldCondition, ValueRange } from './differences.ts';
import type { CallField } from './order.ts';

/** How to describe. */
export interface DescribeOptions {
  /** Where names come from. */
  readonly architectures?: readonly Architecture[];
  /** What the filters are called; without it `A` and `B`. */
  readonly names?: readonly [string, string];
  /** Gives an error number its name; without it the number is shown. */
  readonly errnoName?: (architecture: Architecture, number: number) => string | undefined;
  /** Says a condition in other words; undefined to leave it as it is, which `plain` says with another name for the field. */
  readonly conditionText?: (
    condition: FieldCondition,
    difference: Difference,
    plain: (name: string) => string,
  ) => string | undefined;
  /** Differences to read before the rest is left out and a last sentence says so; without it 1000. */
  readonly limit?: number;
}

/** What a sentence is about. */
interface Scope {
  readonly label: string;
  readonly architectures: readonly Architecture[];
}

const DEFAULT_NAMES: readonly [string, string] = ['A', 'B'];
const MAX_WORD = 2n ** 32n - 1n;
const MAX_LONG = 2n ** 64n - 1n;
const ANY: readonly ValueRange[] = [[0n, MAX_WORD]];

/**
 * Says how two filters differ.
 *
 * @param comparison - what {@link compareFilters} found
 * @param options - where names come from, and how much to say
 * @returns one sentence for each architecture and pair of answers, without a full stop, and one for exec
 * tickets, whose words are never said; none if the filters are equal
 * @throws {BpfError} BPF_PROOF_LIMIT when a set is too large to take apart
 * @example
 * ```ts
 * import { compareFilters, compilePolicy, describeDifferences } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const strict = compilePolicy({
 *   defaultAction: 'ALLOW',
 *   architectures: [{ architecture: x86_64, rules: [{ syscall: 'unshare', action: 'KILL_PROCESS' }] }],
 * });
 * const open = compilePolicy({ defaultAction: 'ALLOW', architectures: [{ architecture: x86_64, rules: [] }] });
 * describeDifferences(compareFilters(strict.program, open.program), { architectures: [x86_64] });
 * // ['x86_64: A kills the process, B allows: unshare (272), any arguments']
 * ```
 */
export function describeDifferences(comparison: FilterComparison, options: DescribeOptions = {}): string[] {
  if (comparison.equal) return [];
  return [
    ...differenceTexts(comparison.withoutTickets(), options),
    ...ticketTexts(comparison.tickets, options.names),
  ];
}

function differenceTexts(comparison: FilterComparison, options: DescribeOptions): string[] {
  if (comparison.equal) return [];
  const { architectures = [], names = DEFAULT_NAMES, errnoName, conditionText, limit = 1000 } = options;
  // For each beginning of a sentence, its calls, and for each of these when.
  const sentences = new Map<string, Map<string, Set<string>>>();
  let count = 0;
  let isCut = false;
  for (const difference of comparison.differences()) {
    isCut = ++count > limit;
    if (isCut) break;
    const scopes = scopesOf(rangesOf(difference, 'architecture'), architectures);
    const register = registerMask(scopes);
    const when = conditionsOf(difference)
      .map((condition) => {
        const plain = (name: string): string => plainText(condition, name, register);
        return conditionText?.(condition, difference, plain) ?? plain(fieldName(condition.field));
      })
      .join(' and ');
    for (const scope of scopes) {
      const [a, b] = answerTexts(difference.answers, scope.architectures[0], errnoName);
      const calls = entry(sentences, `${scope.label}: ${names[0]} ${a}, ${names[1]} ${b}`, () => new Map());
      for (const call of callTexts(rangesOf(difference, 'number'), scope.architectures)) {
        entry(calls, call, () => new Set<string>()).add(when);
      }
    }
  }
  const texts = [...sentences].map(([head, calls]) => `${head}: ${joinCalls(calls)}`);
  return isCut ? [...texts, `more differences than the ${limit} that were read`] : texts;
}

function ticketTexts(tickets: DifferentAnswers['tickets'], [a, b] = DEFAULT_NAMES): string[] {
  switch (tickets) {
    case 'first':
    case 'second':
      return [`${tickets === 'first' ? a : b} lets one execveat pass, with ${EXEC_TICKET_NAME}`];
    case 'different':
      return [`${a} and ${b} let one execveat pass, each with another ticket: ${EXEC_TICKET_NAME}`];
    default:
      return [];
  }
}

function joinCalls(calls: ReadonlyMap<string, ReadonlySet<string>>): string {
  const callsByWhen = new Map<string, string[]>();
  for (const [call, whens] of calls) entry(callsByWhen, [...whens].join(' or '), () => []).push(call);
  return [...callsByWhen]
    .map(([when, same]) => `${same.join(', ')}${when === '' ? ', any arguments' : ` when ${when}`}`)
    .join('; ');
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

function rangesOf({ conditions }: Difference, field: CallField): readonly ValueRange[] {
  for (const condition of conditions)
    if (condition.field === field && 'ranges' in condition) return condition.ranges;
  return ANY;
}

function scopesOf(ranges: readonly ValueRange[], architectures: readonly Architecture[]): Scope[] {
  const byToken = new Map<number, Architecture[]>();
  for (const architecture of architectures)
    entry(byToken, architecture.auditArch, () => []).push(architecture);
  const scopes: Scope[] = [];
  for (const [token, same] of byToken) {
    if (!contains(ranges, BigInt(token))) continue;
    scopes.push({ label: same.map(({ name }) => name).join(' and '), architectures: same });
  }
  const tokens = [...byToken.keys()].map(BigInt);
  const rest = tokensText(tokens.reduce(without, ranges));
  if (rest !== '') {
    const isAll = rest === tokensText(tokens.reduce(without, ANY));
    const all = tokens.length > 0 ? 'any other architecture' : 'any architecture';
    scopes.push({ label: isAll ? all : `architecture ${rest}`, architectures: [] });
  }
  return scopes;
}

function tokensText(ranges: readonly ValueRange[]): string {
  return ranges.map(([from, to]) => (from === to ? hex(from) : `${hex(from)} to ${hex(to)}`)).join(', ');
}

function contains(ranges: readonly ValueRange[], value: bigint): boolean {
  return ranges.some(([from, to]) => from <= value && value <= to);
}

function without(ranges: readonly ValueRange[], value: bigint): readonly ValueRange[] {
  return ranges.flatMap(([from, to]): ValueRange[] => {
    if (value < from || value > to) return [[from, to]];
    const sides: ValueRange[] = [
      [from, value - 1n],
      [value + 1n, to],
    ];
    return sides.filter(([low, high]) => low <= high);
  });
}

/** Calls by name and number, in the order of their numbers; runs of numbers without a name as such. */
function callTexts(ranges: readonly ValueRange[], architectures: readonly Architecture[]): string[] {
  if (ranges === ANY) return ['every call'];
  const names = new Map<number, string[]>();
  for (const { syscalls } of architectures)
    for (const [name, number] of syscalls) entry(names, number, () => []).push(name);
  const numbers = [...names.keys()].sort((a, b) => a - b);
  return ranges.flatMap(([from, to]) => {
    const texts: string[] = [];
    let next = from;
    const addUnnamed = (end: bigint): void => {
      if (next < end) texts.push(next === end - 1n ? `number ${next}` : `numbers ${next} to ${end - 1n}`);
    };
    for (const number of numbers) {
      if (number < from || number > to) continue;
      addUnnamed(BigInt(number));
      texts.push(`${names.get(number)?.join('/')} (${number})`);
      next = BigInt(number) + 1n;
    }
    addUnnamed(to + 1n);
    return texts;
  });
}

function answerTexts(
  answers: Difference['answers'],
  architecture: Architecture | undefined,
  errnoName: DescribeOptions['errnoName'],
): readonly [string, string] {
  const [a, b] = answers.map((value) => answerText(value, architecture, errnoName)) as [string, string];
  if (a !== b || answers[0] === undefined || answers[1] === undefined) return [a, b];
  return [`${a} (${hex(answers[0])})`, `${b} (${hex(answers[1])})`];
}

function answerText(
  value: number | undefined,
  architecture: Architecture | undefined,
  errnoName: DescribeOptions['errnoName'],
): string {
  if (value === undefined) return 'calculates its answer';
  const { action, data } = decodeAction(value);
  const note = data === 0 ? '' : ` (${data})`;
  switch (action) {
    case 'KILL_PROCESS':
      return (value & 0xffff0000) >>> 0 === ActionValue.KILL_PROCESS
        ? 'kills the process'
        : `kills the process (unknown action ${hex(value)})`;
    case 'KILL_THREAD':
      return 'kills the thread';
    case 'TRAP':
      return `traps${note}`;
    case 'ERRNO': {
      const name = architecture && errnoName?.(architecture, data);
      return `answers ${name ?? `errno ${data}`}`;
    }
    case 'USER_NOTIF':
      return 'asks the supervisor';
    case 'TRACE':
      return `asks the tracer${note}`;
    case 'LOG':
      return 'logs';
    case 'ALLOW':
      return 'allows';
  }
}

/** The conditions that are not said elsewhere. */
function conditionsOf({ conditions }: Difference): readonly FieldCondition[] {
  return conditions.filter((condition) => !('ranges' in condition && isCallField(condition.field)));
}

function isCallField(field: CallField): boolean {
  return field === 'architecture' || field === 'number';
}

function fieldName(field: CallField): string {
  if (typeof field === 'number') return `args[${field}]`;
  return field === 'instructionPointer' ? 'instruction pointer' : field;
}

/** Bits of a register that mean something: its low word where all architectures have no more. */
function registerMask(scopes: readonly Scope[]): bigint {
  const isWord = ({ architectures }: Scope): boolean =>
    architectures.length > 0 && architectures.every(({ registerBits }) => registerBits === 32);
  return scopes.every(isWord) ? MAX_WORD : MAX_LONG;
}

function plainText(condition: FieldCondition, name: string, register: bigint): string {
  const { field, mask } = condition;
  const isFull = mask === (isCallField(field) ? MAX_WORD : typeof field === 'number' ? register : MAX_LONG);
  const masked = isFull ? name : `(${name} & ${hex(mask)})`;
  if ('ranges' in condition) {
    const isHigh = (mask & 1n) === 0n;
    const texts = condition.ranges.map(([from, to]) => {
      if (isHigh && to === 0n) return `!${masked}`;
      if (isHigh && from === (mask & -mask) && to === mask) return `${name} & ${hex(mask)}`;
      if (from === to) return `${masked} == ${number(from)}`;
      if (from === 0n) return `${masked} <= ${number(to)}`;
      return to === mask ? `${masked} >= ${number(from)}` : `${number(from)} <= ${masked} <= ${number(to)}`;
    });
    return texts.length === 1 ? (texts[0] as string) : `(${texts.join(' or ')})`;
  }
  const { value, equal } = condition;
  if (isFull) return `${name} ${equal ? '==' : '!='} ${number(value)}`;
  const isBit = (mask & (mask - 1n)) === 0n;
  if (value === 0n || (isBit && value === mask)) {
    return (value === 0n) === equal ? `!${masked}` : `${name} & ${hex(mask)}`;
  }
  return `${masked} ${equal ? '==' : '!='} ${mask === MAX_WORD ? number(value) : hex(value)}`;
}

function number(value: bigint): string {
  return value < 4096n ? String(value) : hex(value);
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
