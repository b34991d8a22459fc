/**
 * Intervals of 32-bit words, as a filter reads them, and masks on these: a word is under a mask when
 * `(word & mask) === value`.
 *
 * @module
 */

/** Inclusive intervals of words, flat: from, to, from, to; ascending and disjoint. */
export type Intervals = readonly number[];

/** Largest word. */
export const MAX_WORD = 0xffffffff;

/** Every word. */
export const ALL_WORDS: Intervals = [0, MAX_WORD];

/** Whether these are all words. */
export function isAllWords(intervals: Intervals): boolean {
  return intervals[0] === 0 && intervals[1] === MAX_WORD;
}

/** How many bits of a word are set. */
export function bitsIn(word: number): number {
  let bits = 0;
  for (let left = word; left !== 0; left &= left - 1) bits++;
  return bits;
}

/** Whether two masks ask the same bit to be different. */
export function conflict(maskA: number, valueA: number, maskB: number, valueB: number): boolean {
  return ((valueA ^ valueB) & maskA & maskB) !== 0;
}

/** Whether every word in `intervals` under mask a is also under mask b. */
export function keepsMask(
  intervals: Intervals,
  maskA: number,
  valueA: number,
  maskB: number,
  valueB: number,
): boolean {
  if (conflict(maskA, valueA, maskB, valueB)) return false;
  for (let open = maskB & ~maskA; open !== 0; open &= open - 1) {
    const bit = open & -open;
    if (hasWords(intervals, (maskA | bit) >>> 0, (valueA | (~valueB & bit)) >>> 0)) return false;
  }
  return true;
}

/** Whether some word in `intervals` has `(word & mask) === value`. */
export function hasWords(intervals: Intervals, mask: number, value: number): boolean {
  for (let i = 0; i < intervals.length; i += 2) {
    if (hasWord(intervals[i] as number, intervals[i + 1] as number, mask, value)) return true;
  }
  return false;
}

/** Whether some word in `from..to` has `(word & mask) === value`. */
export function hasWord(from: number, to: number, mask: number, value: number): boolean {
  return from <= to && smallestWord(from, mask, value) <= to;
}

/** The smallest word from `from` on with `(word & mask) === value`; infinity if there is none. */
export function smallestWord(from: number, mask: number, value: number): number {
  if (mask === 0 || ((from ^ value) & mask) === 0) return from;
  // It shares its bits above some place with `from`, has a 1 there where `from` has a 0, and below it only what the
  // mask asks for. The lower the place, the smaller the word.
  for (let place = 0; place < 32; place++) {
    const bit = (1 << place) >>> 0;
    const above = ~(bit | (bit - 1));
    if ((from & bit) !== 0 || ((from ^ value) & mask & above) !== 0) continue;
    if ((mask & bit) !== 0 && (value & bit) === 0) continue;
    return ((from & above) | bit | (value & (bit - 1))) >>> 0;
  }
  return Number.POSITIVE_INFINITY;
}

/** The largest word up to `to` with `(word & mask) === value`; less than 0 if there is none. */
export function largestWord(to: number, mask: number, value: number): number {
  return MAX_WORD - smallestWord(MAX_WORD - to, mask, (~value & mask) >>> 0);
}

/** Words in both. */
export function common(a: Intervals, b: Intervals): number[] {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i] as number, b[j] as number);
    const to = Math.min(a[i + 1] as number, b[j + 1] as number);
    if (from <= to) result.push(from, to);
    if ((a[i + 1] as number) < (b[j + 1] as number)) i += 2;
    else j += 2;
  }
  return result;
}

/** Words in a and not in b. */
export function without(a: Intervals, b: Intervals): number[] {
  const rest: number[] = [];
  let next = 0;
  for (let j = 0; j < b.length; j += 2) {
    if ((b[j] as number) > next) rest.push(next, (b[j] as number) - 1);
    next = (b[j + 1] as number) + 1;
  }
  if (next <= MAX_WORD) rest.push(next, MAX_WORD);
  return common(a, rest);
}
