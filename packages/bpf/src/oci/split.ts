/**
 * The comparisons of a rule as `args` can say them: one for each argument, of libseccomp's seven operators.
 *
 * Several comparisons of one argument, signed and 32-bit ones make a set of values; that set is cut into
 * pieces that do not overlap, each of which one comparison can say, and the rule becomes one for each piece.
 * A range of 64-bit values takes at most 126.
 *
 * @module
 */

import { type ArgumentSet, isFull } from '../filter/argument-set.ts';
import { type Comparison, comparisonSet, conditionOf } from '../filter/condition.ts';
import { isAllWords, MAX_WORD } from '../filter/intervals.ts';
import type { ProfileArgument } from './profile.ts';

/** An entry of `args` without its index. */
type Test = Omit<ProfileArgument, 'index'>;

/** Values with the bits `value` under `mask`. */
interface Block {
  readonly mask: bigint;
  readonly value: bigint;
}

/** Rules that one rule may become. */
export const MAX_LISTS = 4096;

const WORD_BITS = 32;

/**
 * Says comparisons as `args`.
 *
 * @param comparisons - the comparisons of a rule, in form
 * @param registerBits - width of a register argument
 * @returns for each rule that is needed its `args`: none when no call can meet the comparisons; undefined for more
 * than {@link MAX_LISTS}
 */
export function argumentLists(
  comparisons: readonly Comparison[],
  registerBits: 32 | 64,
): readonly (readonly ProfileArgument[])[] | undefined {
  let lists: readonly (readonly ProfileArgument[])[] = [[]];
  for (const index of [...new Set(comparisons.map(({ argument }) => argument))].sort()) {
    const own = comparisons.filter(({ argument }) => argument === index);
    const tests = testsOf(own, registerBits);
    if (lists.length * tests.length > MAX_LISTS) return undefined;
    lists = lists.flatMap((list) => tests.map((test) => [...list, { index, ...test }]));
  }
  return lists;
}

function testsOf(comparisons: readonly Comparison[], registerBits: 32 | 64): readonly Test[] {
  const [only] = comparisons as [Comparison];
  if (comparisons.length === 1 && isPlain(only, registerBits)) return [plainTest(only)];
  const { argument } = only;
  const condition = conditionOf(
    comparisons.map((comparison) => [argument, comparisonSet(comparison, registerBits)]),
  );
  if (condition === undefined) return [];
  const set = condition[argument];
  // Not left out: a rule without comparisons would also cover the call through socketcall or ipc.
  if (set === undefined || isFull(set)) return [{ op: 'SCMP_CMP_GE', value: 0n }];
  return setTests(set, registerBits);
}

/** Whether an operator of libseccomp's means just that. */
function isPlain({ op, width, signed = false }: Comparison, registerBits: 32 | 64): boolean {
  const ordered = op !== 'EQ' && op !== 'NE' && op !== 'MASKED_EQ';
  return (width !== 32 || registerBits === 32) && !(signed && ordered);
}

function plainTest({ op, value, mask }: Comparison): Test {
  const bits = BigInt.asUintN(64, value);
  if (mask === undefined) return { value: bits, op: `SCMP_CMP_${op}` };
  return { value: mask, valueTwo: bits & mask, op: 'SCMP_CMP_MASKED_EQ' };
}

/** Tests of which exactly one holds for each value of a set. */
function setTests(set: ArgumentSet, registerBits: 32 | 64): Test[] {
  const top = (1n << BigInt(registerBits)) - 1n;
  const ranges = rangesOf(set, registerBits);
  if (ranges === undefined) return blocksOf(set, registerBits).map((block) => blockTest(block, top));
  const [first, second] = ranges;
  if (ranges.length === 2 && first?.[0] === 0n && second?.[1] === top && first[1] + 2n === second[0]) {
    return [{ value: first[1] + 1n, op: 'SCMP_CMP_NE' }];
  }
  return ranges.flatMap(([from, to]): Test[] => {
    if (from === 0n) return [{ value: to, op: 'SCMP_CMP_LE' }];
    if (to === top) return [{ value: from, op: 'SCMP_CMP_GE' }];
    return rangeBlocks(from, to, registerBits).map((block) => blockTest(block, top));
  });
}

function blockTest({ mask, value }: Block, top: bigint): Test {
  if (mask === top) return { value, op: 'SCMP_CMP_EQ' };
  return { value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' };
}

/** A set as ranges of register values, ascending and not adjacent; undefined where it is not made of few. */
function rangesOf(set: ArgumentSet, registerBits: 32 | 64): [from: bigint, to: bigint][] | undefined {
  if (set.maskHigh !== 0 || set.maskLow !== 0) return undefined;
  const ranges: [bigint, bigint][] = [];
  for (const { from, to, low } of set.parts) {
    const whole = isAllWords(low);
    if (registerBits === 64 && !whole && from < to) return undefined;
    for (let i = 0; i < low.length; i += 2) {
      const [first, last] = registerBits === 64 ? [from, to] : [0, 0];
      const start = (BigInt(first) << 32n) | BigInt(low[i] as number);
      const end = (BigInt(last) << 32n) | BigInt(low[i + 1] as number);
      const before = ranges.at(-1);
      if (before !== undefined && before[1] + 1n === start) before[1] = end;
      else ranges.push([start, end]);
    }
  }
  return ranges;
}

/** A set as blocks: those of its high words with those of its low words, each under the set's masks. */
function blocksOf(
  { parts, maskHigh, valueHigh, maskLow, valueLow }: ArgumentSet,
  registerBits: 32 | 64,
): Block[] {
  const blocks: Block[] = [];
  for (const part of parts) {
    const highs = registerBits === 64 ? wordBlocks([part.from, part.to], maskHigh, valueHigh) : [EVERY_WORD];
    const lows = wordBlocks(part.low, maskLow, valueLow);
    for (const high of highs) {
      for (const low of lows) {
        blocks.push({ mask: (high.mask << 32n) | low.mask, value: (high.value << 32n) | low.value });
      }
    }
  }
  return blocks;
}

const EVERY_WORD: Block = { mask: 0n, value: 0n };

/** The words in some intervals that have the bits `value` under `mask`. */
function wordBlocks(intervals: readonly number[], mask: number, value: number): Block[] {
  if (intervals[0] === 0 && intervals[1] === MAX_WORD) return [{ mask: BigInt(mask), value: BigInt(value) }];
  const blocks: Block[] = [];
  for (let i = 0; i < intervals.length; i += 2) {
    for (const block of rangeBlocks(
      BigInt(intervals[i] as number),
      BigInt(intervals[i + 1] as number),
      WORD_BITS,
    )) {
      if (((block.value ^ BigInt(value)) & block.mask & BigInt(mask)) !== 0n) continue;
      blocks.push({ mask: block.mask | BigInt(mask), value: block.value | BigInt(value) });
    }
  }
  return blocks;
}

/** A range as the fewest blocks: each begins at a multiple of its size. */
function rangeBlocks(from: bigint, to: bigint, bits: number): Block[] {
  const top = (1n << BigInt(bits)) - 1n;
  const blocks: Block[] = [];
  for (let start = from; start <= to; ) {
    let size = start === 0n ? top + 1n : start & -start;
    while (start + size - 1n > to) size >>= 1n;
    blocks.push({ mask: top ^ (size - 1n), value: start });
    start += size;
  }
  return blocks;
}
