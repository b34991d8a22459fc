/**
 * Which values of one argument a rule takes, in 32-bit words as a filter reads them, with the questions that
 * a compiler asks: is it empty, does it lie within another.
 *
 * Terms: an argument is a high and a low word. A set is a list of parts (high words from..to, each with the
 * same intervals of low words), narrowed by one mask per word: `(word & mask) === value`. Every conjunction
 * of comparisons on one argument has this form, and the answers below are exact.
 *
 * @module
 */

import {
  ALL_WORDS,
  bitsIn,
  common,
  conflict,
  hasWord,
  hasWords,
  type Intervals,
  isAllWords,
  keepsMask,
  largestWord,
  MAX_WORD,
  smallestWord,
  without,
} from './intervals.ts';

/** High words `from..to` that go with low words in `low`. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly low: Intervals;
}

/** Some values of one argument. Without parts it is empty. */
export interface ArgumentSet {
  readonly parts: readonly Part[];
  readonly maskHigh: number;
  readonly valueHigh: number;
  readonly maskLow: number;
  readonly valueLow: number;
}

const ALL_PARTS: readonly Part[] = [{ from: 0, to: MAX_WORD, low: ALL_WORDS }];

const NO_MASK = { maskHigh: 0, valueHigh: 0, maskLow: 0, valueLow: 0 } as const;

/**
 * The set of some 64-bit values.
 *
 * @param ranges - inclusive, ascending and disjoint
 * @returns the set
 */
export function setOfRanges(ranges: readonly (readonly [from: bigint, to: bigint])[]): ArgumentSet {
  const parts: Part[] = [];
  for (const [from, to] of ranges) {
    const [fromHigh, fromLow, toHigh, toLow] = [high(from), low(from), high(to), low(to)];
    if (fromHigh === toHigh) {
      addPart(parts, fromHigh, fromHigh, [fromLow, toLow]);
    } else {
      addPart(parts, fromHigh, fromHigh, [fromLow, MAX_WORD]);
      if (fromHigh + 1 < toHigh) addPart(parts, fromHigh + 1, toHigh - 1, ALL_WORDS);
      addPart(parts, toHigh, toHigh, [0, toLow]);
    }
  }
  return setOfParts(parts);
}

/**
 * The set of some parts.
 *
 * @param parts - ascending and disjoint
 * @returns the set, without masks
 */
export function setOfParts(parts: readonly Part[]): ArgumentSet {
  return { parts, ...NO_MASK };
}

/**
 * The set of one 64-bit value.
 *
 * @param value - unsigned
 * @returns the set
 */
export function setOfValue(value: bigint): ArgumentSet {
  const number = Number(value);
  return new OneValue(high(value, number), low(value, number));
}

/** One value: its part is made when it is asked for, since a policy can have very many of these. */
class OneValue implements ArgumentSet {
  readonly #high: number;
  readonly #low: number;

  constructor(high: number, low: number) {
    this.#high = high;
    this.#low = low;
  }

  get parts(): readonly Part[] {
    return [{ from: this.#high, to: this.#high, low: [this.#low, this.#low] }];
  }

  get maskHigh(): number {
    return 0;
  }

  get valueHigh(): number {
    return 0;
  }

  get maskLow(): number {
    return 0;
  }

  get valueLow(): number {
    return 0;
  }
}

/**
 * The set of some low words, whatever the high word.
 *
 * @param ranges - inclusive, ascending and disjoint, below 2^32
 * @returns the set
 */
export function setOfLowRanges(ranges: readonly (readonly [from: bigint, to: bigint])[]): ArgumentSet {
  const intervals = ranges.flat().map(Number);
  return { parts: intervals.length === 0 ? [] : [{ from: 0, to: MAX_WORD, low: intervals }], ...NO_MASK };
}

/**
 * The set of the values that have some bits.
 *
 * @param mask - which bits count
 * @param value - what they are; bits outside the mask do not count
 * @returns the set
 */
export function setOfMask(mask: bigint, value: bigint): ArgumentSet {
  const maskNumber = Number(mask);
  const valueNumber = Number(value);
  const maskHigh = high(mask, maskNumber);
  const maskLow = low(mask, maskNumber);
  return {
    parts: ALL_PARTS,
    maskHigh,
    valueHigh: (high(value, valueNumber) & maskHigh) >>> 0,
    maskLow,
    valueLow: (low(value, valueNumber) & maskLow) >>> 0,
  };
}

/** Whether a set has no value. */
export function isEmpty(set: ArgumentSet): boolean {
  return set.parts.length === 0;
}

/** Whether a set has every value. */
export function isFull({ parts, maskHigh, maskLow }: ArgumentSet): boolean {
  return maskHigh === 0 && maskLow === 0 && isAllHigh(parts) && isAllWords((parts[0] as Part).low);
}

/** Whether these are one part of all high words. */
export function isAllHigh(parts: readonly Part[]): boolean {
  const part = parts[0];
  return parts.length === 1 && part !== undefined && part.from === 0 && part.to === MAX_WORD;
}

/** The part of a set that is some high words with one interval of low words, and no mask: most are. */
export function intervalOf({ parts, maskHigh, maskLow }: ArgumentSet): Part | undefined {
  const part = parts[0];
  return parts.length === 1 && part?.low.length === 2 && maskHigh === 0 && maskLow === 0 ? part : undefined;
}

/**
 * How many values a set has for each that it has not.
 *
 * @param set - any set
 * @returns 0 for none to infinity for all; as if masks and parts had nothing to do with each other. Not a share of all:
 * near 1 that would be the same for many sets.
 */
export function oddsOf({ parts, maskHigh, maskLow }: ArgumentSet): number {
  const all = 2 ** 32;
  let inside = 0;
  let outside = 0;
  let next = 0;
  for (const { from, to, low } of parts) {
    let words = 0;
    for (let i = 0; i < low.length; i += 2) words += (low[i + 1] as number) - (low[i] as number) + 1;
    inside += (to - from + 1) * words;
    outside += (to - from + 1) * (all - words) + (from - next) * all;
    next = to + 1;
  }
  outside += (all - next) * all;
  // Each bit of a mask halves what is inside.
  const masks = 2 ** (bitsIn(maskHigh) + bitsIn(maskLow));
  return inside / masks / (outside + inside * (1 - 1 / masks));
}

/**
 * @param set - a set
 * @returns a text that only the same set has; it may have others, too
 */
export function setKey({ parts, maskHigh, valueHigh, maskLow, valueLow }: ArgumentSet): string {
  let key = `${maskHigh}:${valueHigh}:${maskLow}:${valueLow}`;
  for (const { from, to, low } of parts) key += `|${from}-${to}:${low}`;
  return key;
}

/** The smallest and the largest high word of a set's values, and those of the low words. */
export interface Bounds {
  readonly fromHigh: number;
  readonly toHigh: number;
  readonly fromLow: number;
  readonly toLow: number;
}

/**
 * How far the words of a set reach.
 *
 * @param set - a set with some value
 * @returns what is the smallest and the largest of each word
 */
export function boundsOf({ parts, maskHigh, valueHigh, maskLow, valueLow }: ArgumentSet): Bounds {
  const bounds = { fromHigh: MAX_WORD, toHigh: 0, fromLow: MAX_WORD, toLow: 0 };
  for (const { from, to, low } of parts) {
    if (!hasWord(from, to, maskHigh, valueHigh) || !hasWords(low, maskLow, valueLow)) continue;
    bounds.fromHigh = Math.min(bounds.fromHigh, smallestWord(from, maskHigh, valueHigh));
    bounds.toHigh = Math.max(bounds.toHigh, largestWord(to, maskHigh, valueHigh));
    for (let i = 0; i < low.length; i += 2) {
      const [first, last] = [low[i] as number, low[i + 1] as number];
      if (!hasWord(first, last, maskLow, valueLow)) continue;
      bounds.fromLow = Math.min(bounds.fromLow, smallestWord(first, maskLow, valueLow));
      bounds.toLow = Math.max(bounds.toLow, largestWord(last, maskLow, valueLow));
    }
  }
  return bounds;
}

/**
 * What two sets have in common.
 *
 * @param a - one set
 * @param b - another
 * @returns the values in both
 */
export function intersect(a: ArgumentSet, b: ArgumentSet): ArgumentSet {
  if (conflict(a.maskHigh, a.valueHigh, b.maskHigh, b.valueHigh)) return EMPTY;
  if (conflict(a.maskLow, a.valueLow, b.maskLow, b.valueLow)) return EMPTY;
  const maskHigh = (a.maskHigh | b.maskHigh) >>> 0;
  const valueHigh = (a.valueHigh | b.valueHigh) >>> 0;
  const maskLow = (a.maskLow | b.maskLow) >>> 0;
  const valueLow = (a.valueLow | b.valueLow) >>> 0;
  const parts: Part[] = [];
  for (const p of a.parts) {
    for (const q of b.parts) {
      const from = Math.max(p.from, q.from);
      const to = Math.min(p.to, q.to);
      if (from > to || !hasWord(from, to, maskHigh, valueHigh)) continue;
      const words = common(p.low, q.low);
      if (hasWords(words, maskLow, valueLow)) parts.push({ from, to, low: words });
    }
  }
  return { parts, maskHigh, valueHigh, maskLow, valueLow };
}

/**
 * Whether every value of one set is in another.
 *
 * @param a - the set that may lie within
 * @param b - the set that may hold it
 * @returns true also when `a` is empty
 */
export function isWithin(a: ArgumentSet, b: ArgumentSet): boolean {
  if (a.parts === ALL_PARTS && b.parts === ALL_PARTS) {
    // Masks alone: b may ask for nothing that a leaves open.
    const high = (b.maskHigh & ~a.maskHigh) | ((a.valueHigh ^ b.valueHigh) & b.maskHigh);
    return (high | (b.maskLow & ~a.maskLow) | ((a.valueLow ^ b.valueLow) & b.maskLow)) === 0;
  }
  const p = intervalOf(a);
  const q = intervalOf(b);
  if (p !== undefined && q !== undefined) {
    if (p.from < q.from || p.to > q.to) return false;
    return (p.low[0] as number) >= (q.low[0] as number) && (p.low[1] as number) <= (q.low[1] as number);
  }
  for (const part of a.parts) {
    if (!hasWord(part.from, part.to, a.maskHigh, a.valueHigh)) continue;
    if (!hasWords(part.low, a.maskLow, a.valueLow)) continue;
    const highs = [part.from, part.to];
    if (!keepsMask(highs, a.maskHigh, a.valueHigh, b.maskHigh, b.valueHigh)) return false;
    if (!keepsMask(part.low, a.maskLow, a.valueLow, b.maskLow, b.valueLow)) return false;
    let from = part.from;
    for (const other of b.parts) {
      if (other.to < from || other.from > part.to) continue;
      if (from < other.from && hasWord(from, other.from - 1, a.maskHigh, a.valueHigh)) return false;
      const to = Math.min(part.to, other.to);
      if (hasWord(Math.max(from, other.from), to, a.maskHigh, a.valueHigh)) {
        if (hasWords(without(part.low, other.low), a.maskLow, a.valueLow)) return false;
      }
      from = to + 1;
    }
    if (from <= part.to && hasWord(from, part.to, a.maskHigh, a.valueHigh)) return false;
  }
  return true;
}

/**
 * Whether two sets are one and the same interval, which is soon seen of most that are equal.
 *
 * @param a - one set
 * @param b - another
 * @returns false also for equal sets of another form
 */
export function isSameInterval(a: ArgumentSet, b: ArgumentSet): boolean {
  const p = intervalOf(a);
  const q = intervalOf(b);
  if (p === undefined || q === undefined || p.from !== q.from || p.to !== q.to) return false;
  return p.low[0] === q.low[0] && p.low[1] === q.low[1];
}

/**
 * Whether two sets have no value in common.
 *
 * @param a - one set
 * @param b - another
 * @returns whether their intersection is empty
 */
export function areDisjoint(a: ArgumentSet, b: ArgumentSet): boolean {
  const p = intervalOf(a);
  const q = intervalOf(b);
  if (p === undefined || q === undefined) return isEmpty(intersect(a, b));
  if (p.to < q.from || q.to < p.from) return true;
  return (p.low[1] as number) < (q.low[0] as number) || (q.low[1] as number) < (p.low[0] as number);
}

const EMPTY: ArgumentSet = { parts: [], ...NO_MASK };

function addPart(parts: Part[], from: number, to: number, words: Intervals): void {
  const last = parts.at(-1);
  if (last === undefined || last.to < from) {
    const joins = last !== undefined && last.to + 1 === from && isAllWords(last.low) && isAllWords(words);
    if (joins) parts[parts.length - 1] = { from: last.from, to, low: ALL_WORDS };
    else parts.push({ from, to, low: words });
  } else {
    parts[parts.length - 1] = { from, to, low: [...last.low, ...words] };
  }
}

/** The high word of an unsigned value; of most values without another bigint. */
function high(value: bigint, number: number = Number(value)): number {
  return number <= Number.MAX_SAFE_INTEGER ? Math.floor(number / 2 ** 32) : Number(value >> 32n);
}

/** The low word. */
function low(value: bigint, number: number = Number(value)): number {
  return number <= Number.MAX_SAFE_INTEGER ? number >>> 0 : Number(BigInt.asUintN(32, value));
}
