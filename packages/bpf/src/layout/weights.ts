/**
 * What runs of ranges weigh, and which early tests are worth trying for the words that weigh most.
 *
 * @module
 */

import { zeros } from '../lists.ts';
import { type EarlyTest, earlyTests, isSent, type Point } from './early.ts';

/** What is weighed. */
export interface Weighed {
  /** Where each range starts: 0 first, ascending. */
  readonly starts: readonly number[];
  /** What each range leads to, as a number; neighbours differ. */
  readonly outcomes: readonly number[];
  /** How often a word is in each range; any unit, not negative. */
  readonly weights: readonly number[];
  /** Words that occur often by themselves, heaviest first; their weight is in that of their range. */
  readonly points: readonly Point[];
}

/**
 * What all words weigh together. Weights and costs are integers, so that neither the order of additions nor a
 * last digit ever decides, and below 2^31, which V8 takes without memory for each.
 */
export const UNIT: number = 2 ** 20;

/** Ranges and words between which the best order of comparisons is looked for. */
const HEAVY_LIMIT = 8;

/** What a heavy range weighs at least, and a run that is worth looking for the best order. */
export const HEAVY_WEIGHT: number = Math.round(0.01 * UNIT);

/** Bits in which the words that an early test sends on are counted: HEAVY_LIMIT fits. */
const COUNT_BITS = 8;
const COUNT_MASK = (1 << COUNT_BITS) - 1;

/** A word that is heavy by itself. */
interface HeavyWord {
  readonly range: number;
  readonly weight: number;
  /** The early tests that send it on, by the bits of their indices. */
  readonly senders: number;
}

/** Weights of a search, as shares of {@link UNIT}. */
export class Weights {
  /** Tests that are worth trying before the search looks at ranges. */
  readonly early: readonly EarlyTest[];
  /** Weight of all ranges before each. */
  readonly before: readonly number[];
  /** The edges of the heaviest ranges, ascending. */
  readonly edges: readonly number[];
  /** Words that are heavy by themselves, by range, and how many of them are before each range. */
  readonly #heavy: readonly HeavyWord[];
  readonly #heavyBefore: readonly number[];
  /** For each of them, how many before it each early test sends on, COUNT_BITS for each test. */
  readonly #sent: readonly number[];
  /**
   * Weight of those before each that some early tests send on: one list for each combination of these tests, by the
   * bits of their indices, once it was asked for.
   */
  readonly #sentWeights: (readonly number[])[] = [];

  /**
   * @param weighed - ranges, and how often each is met
   * @param extra - what all ranges alike weigh together besides
   */
  constructor({ starts, outcomes, weights, points }: Weighed, extra: number) {
    const { length } = starts;
    let total = 0;
    for (const weight of weights) total += weight;
    const scale = UNIT / (total || 1);
    const heavyRanges: number[] = [];
    const before = new Array<number>(length + 1);
    before[0] = 0;
    for (let range = 0; range < length; range++) {
      const weight = Math.round((weights[range] as number) * scale + extra / length);
      if (weight >= HEAVY_WEIGHT) heavyRanges.push(range);
      before[range + 1] = (before[range] as number) + weight;
    }
    this.before = before;
    this.edges = edgesOf(heavyRanges, before);
    const heavy: Point[] = [];
    for (const point of points)
      if (heavy.length < HEAVY_LIMIT && point.weight * scale >= HEAVY_WEIGHT) heavy.push(point);
    this.early = earlyTests(starts, outcomes, heavy);
    const words: HeavyWord[] = [];
    for (const { value, range, weight } of heavy)
      words.push({ range, weight: Math.round(weight * scale), senders: sendersOf(this.early, value) });
    this.#heavy = words.sort((a, b) => a.range - b.range);
    const sent = zeros(words.length + 1);
    for (let at = 0; at < words.length; at++)
      sent[at + 1] = (sent[at] as number) + countsOf(words[at] as HeavyWord);
    this.#sent = sent;
    const heavyBefore = new Array<number>(length + 1);
    heavyBefore[0] = 0;
    for (let range = 0, count = 0; range < length; range++) {
      while (words[count]?.range === range) count++;
      heavyBefore[range + 1] = count;
    }
    this.#heavyBefore = heavyBefore;
  }

  /**
   * @param first - index of the first range of a run
   * @param last - index of its last one
   * @param tested - early tests that were made, by the bits of their indices
   * @returns those among them that sent on words of the run
   */
  relevant(first: number, last: number, tested: number): number {
    if (tested === 0) return 0;
    const sent = this.#sent;
    const from = this.#heavyBefore[first] as number;
    const to = this.#heavyBefore[last + 1] as number;
    let relevant = 0;
    let counts = (sent[to] as number) - (sent[from] as number);
    for (let test = 1; counts !== 0; test <<= 1, counts >>>= COUNT_BITS)
      if ((counts & COUNT_MASK) !== 0) relevant |= test;
    return tested & relevant;
  }

  /**
   * @param first - index of the first range of a run
   * @param last - index of its last one
   * @param done - early tests that were made, by the bits of their indices
   * @returns what the run weighs without what they have sent on
   */
  of(first: number, last: number, done: number): number {
    const weight = (this.before[last + 1] as number) - (this.before[first] as number);
    if (done === 0) return weight;
    const sent = this.#sentWeights[done] ?? this.#sumsSent(done);
    const from = this.#heavyBefore[first] as number;
    const to = this.#heavyBefore[last + 1] as number;
    return weight - (sent[to] as number) + (sent[from] as number);
  }

  #sumsSent(done: number): readonly number[] {
    const sums = zeros(this.#heavy.length + 1);
    for (let at = 0; at < this.#heavy.length; at++) {
      const { weight, senders } = this.#heavy[at] as HeavyWord;
      sums[at + 1] = (sums[at] as number) + ((senders & done) === 0 ? 0 : weight);
    }
    this.#sentWeights[done] = sums;
    return sums;
  }
}

/** The edges of the heaviest of some ranges, given the weight of all ranges before each. */
function edgesOf(ranges: number[], before: readonly number[]): readonly number[] {
  const weight = (range: number): number => (before[range + 1] as number) - (before[range] as number);
  if (ranges.length > HEAVY_LIMIT) {
    ranges.sort((a, b) => weight(b) - weight(a) || a - b).splice(HEAVY_LIMIT);
    ranges.sort((a, b) => a - b);
  }
  const edges: number[] = [];
  for (const range of ranges) {
    if (edges[edges.length - 1] !== range) edges.push(range);
    edges.push(range + 1);
  }
  return edges;
}

/** The early tests that send a word on, by the bits of their indices. */
function sendersOf(early: readonly EarlyTest[], value: number): number {
  let senders = 0;
  for (let index = 0; index < early.length; index++)
    if (isSent(early[index] as EarlyTest, value)) senders |= 1 << index;
  return senders;
}

/** One for each early test that sends a word on, COUNT_BITS for each test. */
function countsOf({ senders }: HeavyWord): number {
  let counts = 0;
  for (let index = 0; senders >>> index !== 0; index++)
    if ((senders & (1 << index)) !== 0) counts += 1 << (index * COUNT_BITS);
  return counts;
}
