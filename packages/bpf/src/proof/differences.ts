/**
 * The calls for which two filters differ, as a person or a program can read them.
 *
 * Terms: a cube is what some bits that are fixed and others that are free describe: `(field & mask) == value`.
 * A set of values of one field is said as ranges where a few are enough, else as cubes.
 *
 * @module
 */

import type { SeccompData } from '../seccomp-data.ts';
import { type Diagrams, FALSE, TERMINAL, TRUE } from './diagram.ts';
import { type Cube, peel } from './fixed-bits.ts';
import { type BitOrder, type Block, type CallField, placeOf } from './order.ts';
import type { Words } from './words.ts';

/** Inclusive and unsigned. */
export type ValueRange = readonly [from: bigint, to: bigint];

/** What a field of a call has to be under a mask: in one of some ranges, or equal to a value or not. */
export type FieldCondition =
  | { readonly field: CallField; readonly mask: bigint; readonly ranges: readonly ValueRange[] }
  | { readonly field: CallField; readonly mask: bigint; readonly value: bigint; readonly equal: boolean };

/** Calls to which the filters give the same two answers. */
export interface Difference {
  /** All of them hold: those of architecture and number first. A field without any may be anything. */
  readonly conditions: readonly FieldCondition[];
  /** What each filter answers, unsigned 32 bits; undefined for one that calculates something for each call. */
  readonly answers: readonly [number | undefined, number | undefined];
}

const WORD_BITS = 32;

/** Ranges of one argument that are said before cubes are; of architectures and numbers. */
const MOST_RANGES = 8;
const MOST_CALL_RANGES = 512;

/**
 * Goes through a diagram of differences: {@link FALSE} where there is none, else a leaf.
 *
 * @param difference - its node
 * @param answersOf - what the filters answer at a leaf
 * @param words - where it lives
 * @returns sets that do not overlap and together are all calls with a difference
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function* differencesOf(
  difference: number,
  answersOf: (leaf: number) => Difference['answers'],
  { diagrams, order }: Words,
): Generator<Difference, void, undefined> {
  const visit = function* (
    node: number,
    conditions: readonly FieldCondition[],
  ): Generator<Difference, void, undefined> {
    const level = diagrams.level[node] as number;
    if (level === TERMINAL) {
      yield { conditions, answers: answersOf(node) };
      return;
    }
    const block = order.blocks.find(({ end }) => level < end) as Block;
    for (const exit of exitsOf(diagrams, node, block.end)) {
      diagrams.renew();
      const inside = leadingTo(diagrams, node, exit, block.end);
      for (const more of alternatives(diagrams, order, inside, block))
        yield* visit(exit, [...conditions, ...more]);
    }
  };
  yield* visit(difference, []);
}

/**
 * A call from its bits.
 *
 * @param bits - by level
 * @param order - place of every bit
 * @returns the call
 */
export function callOf(bits: Uint8Array, order: BitOrder): SeccompData {
  const cube = Array.from(bits, (bit, level): Cube[number] => [level, bit === 1 ? 1 : 0]);
  const values = new Map(cubeConditions(order, cube).map((condition) => [condition.field, condition.value]));
  const value = (field: CallField): bigint => values.get(field) as bigint;
  return {
    nr: Number(value('number')),
    arch: Number(value('architecture')),
    instructionPointer: value('instructionPointer'),
    args: ([0, 1, 2, 3, 4, 5] as const).map(value),
  };
}

/** Nodes below a level at which paths with a difference arrive, in the order of the smallest value. */
function exitsOf({ level, low, high }: Diagrams, node: number, end: number): Iterable<number> {
  const seen = new Set<number>();
  const exits = new Set<number>();
  const visit = (inner: number): void => {
    if (inner === FALSE || seen.has(inner)) return;
    if ((level[inner] as number) >= end) {
      exits.add(inner);
      return;
    }
    seen.add(inner);
    visit(low[inner] as number);
    visit(high[inner] as number);
  };
  visit(node);
  return exits;
}

/** Says which values of a block a condition takes: alternatives, in each of which everything holds. */
function* alternatives(
  diagrams: Diagrams,
  order: BitOrder,
  inside: number,
  block: Block,
): Generator<readonly FieldCondition[], void, undefined> {
  const { start, end, field } = block;
  const isCall = field === 'architecture' || field === 'number';
  const most = isCall ? MOST_CALL_RANGES : MOST_RANGES;
  const above = diagrams.level[inside] as number;
  // Where only the low word counts, as it is with an int, its ranges are those to show.
  const first = above < start + WORD_BITS ? start : end - WORD_BITS;
  const { shift } = placeOf(order, end - 1);
  const mask = ((1n << BigInt(end - first)) - 1n) << shift;
  const ranges =
    field === undefined
      ? undefined
      : rangesOf(diagrams, inside, first, end, most)?.map(
          ([from, to]): ValueRange => [from << shift, to << shift],
        );
  if (field !== undefined && ranges !== undefined && (isCall || ranges.length === 1)) {
    yield [{ field, mask, ranges }];
    return;
  }
  const { fixed, rest } = peel(diagrams, inside);
  if (rest === TRUE) {
    yield cubeConditions(order, fixed);
    return;
  }
  const hole = holeOf(diagrams, rest);
  const [around, ...others] = hole === undefined ? [] : cubeConditions(order, hole);
  if (around !== undefined && others.length === 0) {
    yield [...cubeConditions(order, fixed), { ...around, equal: false }];
  } else if (field !== undefined && ranges !== undefined) {
    yield [{ field, mask, ranges }];
  } else if (field !== undefined && above < end - WORD_BITS) {
    yield* wordByWord(diagrams, order, inside, block);
  } else {
    for (const cube of cubesOf(diagrams, inside)) yield cubeConditions(order, cube);
  }
}

/** Says of 64 bits what the high word is, and for that the low one: far fewer alternatives where they are apart. */
function* wordByWord(
  diagrams: Diagrams,
  order: BitOrder,
  inside: number,
  { start, end, field }: Block,
): Generator<readonly FieldCondition[], void, undefined> {
  const middle = end - WORD_BITS;
  for (const below of exitsOf(diagrams, inside, middle)) {
    const high = leadingTo(diagrams, inside, below, middle);
    for (const first of alternatives(diagrams, order, high, { start, end: middle, field })) {
      if (below === TRUE) yield first;
      else {
        for (const second of alternatives(diagrams, order, below, { start: middle, end, field }))
          yield [...first, ...second];
      }
    }
  }
}

/** The condition under which a function goes on at a node below a level. */
function leadingTo(diagrams: Diagrams, node: number, exit: number, end: number): number {
  return diagrams.map(node, (inner) => {
    if (inner === exit) return TRUE;
    return (diagrams.level[inner] as number) < end ? undefined : FALSE;
  });
}

/** The ranges of values of one field, highest bit first; undefined for more than `most`. */
function rangesOf(
  diagrams: Diagrams,
  inside: number,
  start: number,
  end: number,
  most: number,
): ValueRange[] | undefined {
  const ranges: [bigint, bigint][] = [];
  const visit = (node: number, level: number, from: bigint): boolean => {
    if (node === FALSE) return true;
    if (node === TRUE) {
      const to = from + (1n << BigInt(end - level)) - 1n;
      const last = ranges.at(-1);
      if (last !== undefined && last[1] + 1n === from) last[1] = to;
      else ranges.push([from, to]);
      return ranges.length <= most;
    }
    const asks = diagrams.level[node] === level;
    const half = from + (1n << BigInt(end - level - 1));
    return (
      visit(asks ? (diagrams.low[node] as number) : node, level + 1, from) &&
      visit(asks ? (diagrams.high[node] as number) : node, level + 1, half)
    );
  };
  return visit(inside, start, 0n) ? ranges : undefined;
}

/** The cube that a condition leaves out, if it leaves out just one. */
function holeOf({ level, low, high }: Diagrams, inside: number): Cube | undefined {
  const fixed: [number, 0 | 1][] = [];
  let node = inside;
  while (node !== FALSE) {
    const bit = low[node] === TRUE ? 1 : 0;
    if (bit === 0 && high[node] !== TRUE) return undefined;
    fixed.push([level[node] as number, bit]);
    node = (bit === 1 ? high[node] : low[node]) as number;
  }
  return fixed;
}

/** Cubes that do not overlap and together are a condition: one for each path to {@link TRUE}. */
function* cubesOf(diagrams: Diagrams, inside: number, fixed: Cube = []): Generator<Cube, void, undefined> {
  if (inside === FALSE) return;
  if (inside === TRUE) {
    yield fixed;
    return;
  }
  const level = diagrams.level[inside] as number;
  yield* cubesOf(diagrams, diagrams.low[inside] as number, [...fixed, [level, 0]]);
  yield* cubesOf(diagrams, diagrams.high[inside] as number, [...fixed, [level, 1]]);
}

/** A cube as one condition for each field that it fixes bits of. */
function cubeConditions(
  order: BitOrder,
  cube: Cube,
): { field: CallField; mask: bigint; value: bigint; equal: boolean }[] {
  const byField = new Map<CallField, { field: CallField; mask: bigint; value: bigint; equal: boolean }>();
  for (const [level, bit] of cube) {
    const { field, shift } = placeOf(order, level);
    const condition = byField.get(field) ?? { field, mask: 0n, value: 0n, equal: true };
    condition.mask |= 1n << shift;
    if (bit === 1) condition.value |= 1n << shift;
    byField.set(field, condition);
  }
  return [...byField.values()];
}
