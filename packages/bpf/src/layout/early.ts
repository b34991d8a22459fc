/**
 * Tests that let the words which occur most often through before the search looks at any range: one `==` for
 * a single word, or one `jset` for all words that have no bit of a mask.
 *
 * @module
 */

/** A single word that occurs often. */
export interface Point {
  /** Unsigned 32 bits. */
  readonly value: number;
  /** Index of the range that it is in. */
  readonly range: number;
  /** How often it occurs, in the unit of the ranges' weights. */
  readonly weight: number;
}

/** A test that sends some words straight to the range `to`; the search goes on with all others. */
export interface EarlyTest {
  readonly op: 'eq' | 'set';
  /** The word, or the mask of which the words sent have no bit. */
  readonly k: number;
  /** A range with the outcome of all words sent. */
  readonly to: number;
}

/** Words that get a test of their own. */
const SINGLE_LIMIT = 2;

/** Most early tests there can be. */
export const EARLY_LIMIT: number = SINGLE_LIMIT + 1;

/**
 * The tests that are worth trying.
 *
 * @param starts - where each range starts: 0 first, ascending
 * @param outcomes - what each range leads to
 * @param points - words that occur often, heaviest first
 * @returns the tests, at most {@link EARLY_LIMIT}
 */
export function earlyTests(
  starts: readonly number[],
  outcomes: readonly number[],
  points: readonly Point[],
): readonly EarlyTest[] {
  const tests: EarlyTest[] = [];
  const [first] = points;
  if (first === undefined) return tests;
  let bits = 0;
  let spread = false;
  for (const { value, range } of points) {
    if (outcomes[range] !== outcomes[first.range] || !leadsTo(bits | value, first.range, starts, outcomes))
      continue;
    bits |= value;
    spread ||= range !== first.range;
  }
  // Words of one range alone are found by `>=` as well.
  if (spread) tests.push({ op: 'set', k: ~bits >>> 0, to: first.range });
  // One `>=` finds the first and the last range.
  const inner = points.filter(({ range }) => range > 0 && range + 1 < starts.length);
  for (const { value, range } of inner.slice(0, SINGLE_LIMIT)) tests.push({ op: 'eq', k: value, to: range });
  return tests;
}

/**
 * Whether a word takes the way of an early test.
 *
 * @param test - the test
 * @param value - the word
 * @returns whether the test sends it on
 */
export function isSent({ op, k }: EarlyTest, value: number): boolean {
  return op === 'eq' ? value === k : (value & k) === 0;
}

/** Whether all words without other bits than these have the outcome of one range. */
function leadsTo(
  bits: number,
  range: number,
  starts: readonly number[],
  outcomes: readonly number[],
): boolean {
  for (let other = 0; other < starts.length && (starts[other] as number) <= bits >>> 0; other++) {
    if (outcomes[other] === outcomes[range]) continue;
    const end = starts[other + 1] ?? 2 ** 32;
    if (nextWithin(starts[other] as number, bits) < end) return false;
  }
  return true;
}

/** The least word from `from` on that has no other bits than these; infinite where there is none. */
function nextWithin(from: number, bits: number): number {
  const foreign = from & ~bits;
  if (foreign === 0) return from;
  const highest = 31 - Math.clz32(foreign);
  if (highest === 31) return Number.POSITIVE_INFINITY;
  // A higher bit has to come in; all below it can then go.
  const higher = bits & ~from & (-2 << highest);
  if (higher === 0) return Number.POSITIVE_INFINITY;
  const lowest = higher & -higher;
  return ((from & -lowest) | lowest) >>> 0;
}
