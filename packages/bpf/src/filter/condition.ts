/**
 * Comparisons of one argument, and a rule's condition: all of its comparisons have to hold.
 *
 * Terms: a register argument is 64 or 32 bits wide; where it is 32, only its low word and the low word of the
 * value are looked at, as libseccomp does. An argument without comparison may be anything.
 *
 * @module
 */

import { BpfError } from '../errors.ts';
import {
  type ArgumentSet,
  areDisjoint,
  intersect,
  isEmpty,
  isFull,
  isWithin,
  setKey,
  setOfLowRanges,
  setOfMask,
  setOfRanges,
  setOfValue,
} from './argument-set.ts';
import { MAX_WORD } from './intervals.ts';
import { type Path, pathText } from './path.ts';

/** How an argument is compared; unsigned unless `signed`. */
export type ComparisonOperator = 'NE' | 'LT' | 'LE' | 'EQ' | 'GE' | 'GT' | 'MASKED_EQ';

/** One comparison: `argument op value`, or `(argument & mask) == (value & mask)` for MASKED_EQ. */
export interface Comparison {
  /** Argument index, 0..5. */
  readonly argument: number;
  readonly op: ComparisonOperator;
  /** 0 to 2^width - 1; with `signed` also down to -2^(width - 1). */
  readonly value: bigint;
  /** Which bits count: with MASKED_EQ, and only there. */
  readonly mask?: bigint;
  /** Bits of the argument that are looked at: 32 for a call that takes an int. Without it 64. */
  readonly width?: 32 | 64;
  /** Whether LT, LE, GE and GT take argument and value as two's complement. */
  readonly signed?: boolean;
}

/** A rule's condition: one set for each of the six arguments; undefined takes every value. */
export type Condition = readonly (ArgumentSet | undefined)[];

/** Arguments of a system call. */
const ARGUMENTS = 6;

const OPERATORS: readonly string[] = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];

/**
 * Sets from which on each half is worked out by itself: with one after the other, compiling a rule of 16,000 NE of an
 * argument took 20 times as long.
 */
const HALVED_FROM = 16;

/** What a value of so many bits may be: signed at least, and at most. */
const LIMITS = {
  32: { smallest: -(2n ** 31n), largest: 2n ** 32n - 1n },
  64: { smallest: -(2n ** 63n), largest: 2n ** 64n - 1n },
} as const;

/** The condition that every call meets. */
export const ANY_CALL: Condition = [undefined, undefined, undefined, undefined, undefined, undefined];

/**
 * Checks the form of a comparison.
 *
 * @param comparison - what to check
 * @param path - where it stands, for the message
 * @throws {BpfError} BPF_COMPARISON when the argument is not 0..5, the operator unknown, the value out of
 * range, or a mask missing or out of place
 */
export function checkComparison(comparison: Comparison, path: Path): void {
  const problem = comparisonProblem(comparison);
  if (problem === undefined) return;
  const at = `${pathText(path)}.${problem.property}`;
  throw new BpfError('BPF_COMPARISON', `${at}: expected ${problem.expected}, got ${String(problem.got)}`, {
    path: at,
  });
}

/**
 * @param comparison - a comparison
 * @returns whether {@link checkComparison} has nothing to say
 */
export function isInForm(comparison: Comparison): boolean {
  return comparisonProblem(comparison) === undefined;
}

/** What is wrong with a comparison. */
interface Problem {
  readonly property: string;
  readonly expected: string;
  readonly got: unknown;
}

function comparisonProblem({ argument, op, value, mask, width, signed }: Comparison): Problem | undefined {
  if (!Number.isInteger(argument) || argument < 0 || argument >= ARGUMENTS) {
    return {
      property: 'argument',
      expected: `an argument index from 0 to ${ARGUMENTS - 1}`,
      got: argument,
    };
  }
  if (!OPERATORS.includes(op)) return { property: 'op', expected: `one of ${OPERATORS.join(', ')}`, got: op };
  if (width !== undefined && width !== 32 && width !== 64)
    return { property: 'width', expected: '32 or 64', got: width };
  const bits = width ?? 64;
  const { smallest, largest } = LIMITS[bits];
  const lowest = signed ? smallest : 0n;
  if (typeof value !== 'bigint' || (!isWord(value) && (value < lowest || value > largest)))
    return { property: 'value', expected: `a bigint from ${lowest} to 2^${bits} - 1`, got: value };
  const isMask = typeof mask === 'bigint' && (isWord(mask) || (mask >= 0n && mask <= largest));
  if (op === 'MASKED_EQ' ? !isMask : mask !== undefined) {
    const expected = op === 'MASKED_EQ' ? `a bigint from 0 to 2^${bits} - 1` : `none with ${op}`;
    return { property: 'mask', expected, got: mask };
  }
  return undefined;
}

/**
 * The values of its argument for which a comparison holds.
 *
 * @param comparison - a comparison in form
 * @param registerBits - width of a register argument
 * @returns the set
 */
export function comparisonSet(comparison: Comparison, registerBits: 32 | 64): ArgumentSet {
  const { op, mask = 0n, signed = false } = comparison;
  const width = registerBits === 32 ? 32 : (comparison.width ?? 64);
  const value = unsigned(comparison.value, width);
  if (op === 'MASKED_EQ') return setOfMask(unsigned(mask, width), value);
  if (op === 'EQ' && width === 64) return setOfValue(value);
  const top = (1n << BigInt(width)) - 1n;
  // In two's complement, adding half the range puts the values into unsigned order.
  const bias = signed && op !== 'EQ' && op !== 'NE' ? (top + 1n) / 2n : 0n;
  const at = BigInt.asUintN(width, value + bias);
  const ranges = rangesOf(op, at, top).flatMap(([from, to]): (readonly [bigint, bigint])[] => {
    if (from > to) return [];
    if (bias === 0n || to - from === top) return [[from, to]];
    if (to < bias || from >= bias) return [[from ^ bias, to ^ bias]];
    return [
      [0n, to - bias],
      [from + bias, top],
    ];
  });
  return width === 32 ? setOfLowRanges(ranges) : setOfRanges(ranges);
}

/**
 * The condition that all of some comparisons make.
 *
 * @param sets - the set of each comparison, with its argument's index
 * @returns the condition, or undefined when no call can meet it
 */
export function conditionOf(
  sets: readonly (readonly [argument: number, set: ArgumentSet])[],
): Condition | undefined {
  if (sets.length > HALVED_FROM) {
    const middle = sets.length >>> 1;
    const [first, second] = [conditionOf(sets.slice(0, middle)), conditionOf(sets.slice(middle))];
    return first && second && bothOf(first, second);
  }
  let condition: Condition | undefined = ANY_CALL;
  for (const [argument, set] of sets) condition = condition && narrowed(condition, argument, set);
  return condition;
}

/** The condition that two others make; undefined when no call can meet it. */
function bothOf(a: Condition, b: Condition): Condition | undefined {
  let both: Condition | undefined = a;
  for (let argument = 0; argument < ARGUMENTS; argument++) {
    const set = b[argument];
    if (set !== undefined) both = both && narrowed(both, argument, set);
  }
  return both;
}

/**
 * A condition and one comparison more.
 *
 * @param condition - what holds already
 * @param argument - index of the argument that is compared
 * @param set - the values that the comparison takes
 * @returns the condition for both, or undefined when no call can meet it
 */
export function narrowed(condition: Condition, argument: number, set: ArgumentSet): Condition | undefined {
  const before = condition[argument];
  const both = before === undefined ? set : intersect(before, set);
  if (isEmpty(both)) return undefined;
  if (isFull(both)) return condition;
  const [a, b, c, d, e, f] = condition;
  const result: (ArgumentSet | undefined)[] = [a, b, c, d, e, f];
  result[argument] = both;
  return result;
}

/**
 * Whether every call that meets one condition meets another.
 *
 * @param narrow - the one that may imply
 * @param broad - the one that may be implied
 * @returns true also when they are the same
 */
export function implies(narrow: Condition, broad: Condition): boolean {
  for (let argument = 0; argument < ARGUMENTS; argument++) {
    const inner = narrow[argument];
    const outer = broad[argument];
    if (outer !== undefined && (inner === undefined || !isWithin(inner, outer))) return false;
  }
  return true;
}

/**
 * Whether a condition implies another and not the other way round.
 *
 * @param a - the one that may be narrower
 * @param b - the one that may be broader
 * @returns true when every call that meets `a` meets `b`, and some call only `b`
 */
export function isNarrower(a: Condition, b: Condition): boolean {
  return implies(a, b) && !implies(b, a);
}

/**
 * @param condition - a condition
 * @returns a text that only the same condition has; it may have others, too
 */
export function conditionKey(condition: Condition): string {
  let key = '';
  for (let argument = 0; argument < condition.length; argument++) {
    const set = condition[argument];
    if (set !== undefined) key += `${argument}=${setKey(set)} `;
  }
  return key;
}

/**
 * Whether some call meets two conditions.
 *
 * @param a - a condition
 * @param b - another
 * @returns true when no argument keeps them apart
 */
export function overlaps(a: Condition, b: Condition): boolean {
  return a.every((set, argument) => {
    const other = b[argument];
    return set === undefined || other === undefined || !areDisjoint(set, other);
  });
}

/**
 * The comparisons for a range of values.
 *
 * @param argument - argument index, 0..5
 * @param from - smallest value
 * @param to - largest value
 * @returns two comparisons, both of which a rule needs
 * @example
 * ```ts
 * import { range } from '@qseccomp/bpf';
 *
 * range(0, 1n, 2n);
 * // [{ argument: 0, op: 'GE', value: 1n }, { argument: 0, op: 'LE', value: 2n }]
 * ```
 */
export function range(argument: number, from: bigint, to: bigint): Comparison[] {
  return [
    { argument, op: 'GE', value: from },
    { argument, op: 'LE', value: to },
  ];
}

/**
 * One rule for each of several values of an argument.
 *
 * @param rule - what the rules have in common, with any further comparisons
 * @param argument - argument index, 0..5
 * @param values - the values, each of which the rules take
 * @returns as many rules as values
 * @example
 * ```ts
 * import { oneOf } from '@qseccomp/bpf';
 *
 * const rules = oneOf({ syscall: 'personality', action: 'ALLOW' }, 0, [0n, 0x20000n, 0xffffffffn]);
 * rules[1]; // { syscall: 'personality', action: 'ALLOW', comparisons: [{ argument: 0, op: 'EQ', value: 0x20000n }] }
 * ```
 */
export function oneOf<R extends { readonly comparisons?: readonly Comparison[] }>(
  rule: R,
  argument: number,
  values: readonly bigint[],
): (R & { readonly comparisons: readonly Comparison[] })[] {
  return values.map((value) => ({
    ...rule,
    comparisons: [...(rule.comparisons ?? []), { argument, op: 'EQ', value }],
  }));
}

/** Whether a value is a word, which most are: numbers tell without another bigint. */
function isWord(value: bigint): boolean {
  const number = Number(value);
  return number >= 0 && number <= MAX_WORD;
}

/** The value's low bits. */
function unsigned(value: bigint, width: 32 | 64): bigint {
  return isWord(value) ? value : BigInt.asUintN(width, value);
}

/** Inclusive ranges in unsigned order; one that ends before it starts is empty. */
function rangesOf(op: Exclude<ComparisonOperator, 'MASKED_EQ'>, at: bigint, top: bigint): [bigint, bigint][] {
  switch (op) {
    case 'EQ':
      return [[at, at]];
    case 'NE':
      return [
        [0n, at - 1n],
        [at + 1n, top],
      ];
    case 'LT':
      return [[0n, at - 1n]];
    case 'LE':
      return [[0n, at]];
    case 'GE':
      return [[at, top]];
    case 'GT':
      return [[at + 1n, top]];
  }
}
