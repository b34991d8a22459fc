/**
 * How far searches of bounded depth get: for each range and number of levels, the last range up to which one
 * search can tell all ranges apart. That decides whether a run of ranges fits a depth without laying it out.
 *
 * Terms: levels are comparisons one after the other. The tail of a range is the number of levels that must be
 * left when the search arrives there. An island is a single word among ranges of another outcome. A chain is a
 * run whose islands are tested one after the other, and what is left is alike or told apart last.
 *
 * @module
 */

import { zeros } from '../lists.ts';

/** Ranges of any outcome, but without a tail, that may be left in a chain when its islands are tested. */
const REST_LIMIT = 4;

/** Islands in front of the first range of a chain that is none. */
const BASE_LIMIT = 3;

/** Longest tail that is counted. */
export const TAIL_LIMIT = 4;

/** Most islands of a chain, and the bits that count so many: those of all tails fit a word. */
export const ISLAND_LIMIT = 100;
const COUNT_BITS = 7;
const COUNT_MASK = (1 << COUNT_BITS) - 1;

/** In place of a chain's base: what is left are ranges without a tail. */
const NO_BASE = -1;

/** Ranges as a search sees them. */
export interface Ranges {
  /** Where each range starts: 0 first, ascending. */
  readonly starts: readonly number[];
  /** What each range leads to, as a number; neighbours differ. */
  readonly outcomes: readonly number[];
  /** Levels that have to be left at each range, 0..TAIL_LIMIT. */
  readonly tails: readonly number[];
}

/** A run that is told apart by one `==` after the other, and then by what is left. */
export interface Chain {
  readonly first: number;
  readonly last: number;
  /** Levels that it takes. */
  readonly levels: number;
  /** Comparisons that it takes. */
  readonly tests: number;
  /** A range with the outcome of all that are no islands, or NO_BASE. */
  readonly base: number;
  /** Another one of as many levels. */
  readonly before: Chain | undefined;
}

/** Tells which runs of ranges fit which depth. */
export class Reach {
  readonly #ranges: Ranges;
  readonly #length: number;
  /** Which ranges are a single word. */
  readonly #points: readonly number[];
  /**
   * For each number of levels that was asked for, the last range of the longest run from each range; one before
   * it for none.
   */
  readonly #last: (readonly number[])[] = [];
  readonly #chains: Chain[] = [];
  /** The first chain of each range, and at the end how many there are. */
  readonly #chainsOf: number[];
  /** Comparisons that each range and all after it take at least, with one before each part. */
  readonly #tests: number[];
  /** Where the next part starts, for a part that starts with each range. */
  readonly #next: number[];
  /** Whether a part starts with each range, once that was asked. */
  #seams: readonly number[] | undefined;
  /** For each number of levels the chain with them that was found last, if there is one. */
  readonly #chainWith: (Chain | undefined)[] = [];

  /**
   * @param ranges - what is searched
   * @param islands - islands of a chain, at most; no more than ISLAND_LIMIT
   */
  constructor(ranges: Ranges, islands: number) {
    const { length } = ranges.starts;
    this.#ranges = ranges;
    this.#length = length;
    this.#points = pointsOf(ranges.starts);
    this.#chainsOf = zeros(length + 1);
    for (let first = 0; first < length; first++) {
      this.#addChainsFrom(first, islands);
      this.#chainsOf[first + 1] = this.#chains.length;
    }
    this.#tests = zeros(length + 1);
    this.#next = zeros(length);
    this.#cut();
  }

  /**
   * @param levels - levels that may be used, not negative
   * @param first - index of a range
   * @returns the last range of the longest run from there that fits; `first - 1` if there is none
   */
  last(levels: number, first: number): number {
    while (levels >= this.#last.length) this.#last.push(this.#nextLevel());
    return (this.#last[levels] as readonly number[])[first] as number;
  }

  /**
   * @param levels - levels that may be used
   * @param from - index of the first range to look at
   * @param last - index of the last range of a run
   * @returns the first range from which a run to `last` fits; `last + 1` if there is none
   */
  first(levels: number, from: number, last: number): number {
    let low = from;
    let high = last + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last(levels, middle) >= last) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * @param first - index of the first range of a run
   * @param last - index of its last one
   * @param limit - a number of levels into which it fits
   * @returns the least such number
   */
  levels(first: number, last: number, limit: number): number {
    let levels = limit;
    while (levels > 0 && this.last(levels - 1, first) >= last) levels--;
    return levels;
  }

  /**
   * @param first - index of the first range of a run
   * @param last - index of its last one
   * @returns about the fewest comparisons that tell its ranges apart
   */
  tests(first: number, last: number): number {
    return Math.max(0, (this.#tests[first] as number) - (this.#tests[last + 1] as number) - 1);
  }

  /**
   * @param first - index of the first range of a run
   * @param last - index of its last one, not the first
   * @param levels - levels that may be used
   * @returns a chain that holds the run and fits, or undefined if there is none
   */
  chain(first: number, last: number, levels: number): Chain | undefined {
    const end = this.#chainsOf[first + 1] as number;
    for (let at = this.#chainsOf[first] as number; at < end; at++) {
      const chain = this.#chains[at] as Chain;
      // A shorter run takes no more levels.
      if (chain.last >= last && chain.levels <= levels) return chain;
    }
    return undefined;
  }

  /**
   * @param chain - a chain
   * @param range - one of its ranges
   * @returns whether it is an island, tested by itself, or part of what is left
   */
  isIsland({ base }: Chain, range: number): boolean {
    const { outcomes, tails } = this.#ranges;
    return base === NO_BASE ? tails[range] !== 0 : outcomes[range] !== outcomes[base];
  }

  /**
   * @param range - index of a range
   * @returns whether a part starts with it where all ranges are cut so that they take the fewest tests
   */
  isSeam(range: number): boolean {
    this.#seams ??= this.#findSeams();
    return this.#seams[range] === 1;
  }

  #findSeams(): number[] {
    const { length } = this.#next;
    const seams = zeros(length);
    for (let at = 0; at < length; at = this.#next[at] as number) seams[at] = 1;
    return seams;
  }

  /** Cuts all ranges into chains and single ranges so that they take the fewest tests. */
  #cut(): void {
    const tests = this.#tests;
    for (let first = this.#next.length - 1; first >= 0; first--) {
      let least = 1 + (tests[first + 1] as number);
      let next = first + 1;
      const end = this.#chainsOf[first + 1] as number;
      for (let at = this.#chainsOf[first] as number; at < end; at++) {
        const chain = this.#chains[at] as Chain;
        const total = chain.tests + 1 + (tests[chain.last + 1] as number);
        if (total >= least) continue;
        least = total;
        next = chain.last + 1;
      }
      tests[first] = least;
      this.#next[first] = next;
    }
  }

  #nextLevel(): readonly number[] {
    const { tails } = this.#ranges;
    const length = this.#length;
    const levels = this.#last.length;
    const below = this.#last[levels - 1];
    const last = new Array<number>(length);
    for (let first = 0; first < length; first++) {
      let end = (tails[first] as number) <= levels ? first : first - 1;
      if (below !== undefined) {
        const half = below[first] as number;
        // Two runs that fit one level less; chains of fewer levels are among them.
        if (half >= first) end = Math.max(end, half + 1 < length ? (below[half + 1] as number) : half);
      }
      last[first] = end;
    }
    for (let chain = this.#chainWith[levels]; chain !== undefined; chain = chain.before)
      last[chain.first] = Math.max(last[chain.first] as number, chain.last);
    return last;
  }

  /** The longest chains from a range on, by base and the number of islands. */
  #addChainsFrom(first: number, islands: number): void {
    for (let base = first; base < this.#length && base - first <= BASE_LIMIT; base++) {
      this.#addChains(first, islands, base);
      if (this.#points[base] === 0) break;
    }
    if (this.#ranges.tails[first] === 0 || this.#points[first] === 1)
      this.#addChains(first, islands, NO_BASE);
  }

  #addChains(first: number, limit: number, base: number): void {
    const { outcomes, tails } = this.#ranges;
    /** How many islands have each tail but 0, COUNT_BITS for each. */
    let found = 0;
    let islands = 0;
    let rest = 0;
    let at = first;
    for (; at < this.#length && islands <= limit; at++) {
      const tail = tails[at] as number;
      if (base === NO_BASE ? tail === 0 : outcomes[at] === outcomes[base]) {
        if (base === NO_BASE && ++rest > REST_LIMIT) break;
        continue;
      }
      if (this.#points[at] === 0) break;
      if (islands > 0) this.#addChain(first, at - 1, islands, found, rest, base);
      if (tail > 0) found += 1 << (COUNT_BITS * (tail - 1));
      islands++;
    }
    if (islands > 0 && islands <= limit) this.#addChain(first, at - 1, islands, found, rest, base);
  }

  /** Adds one in which the islands with the longest tails come first. */
  #addChain(first: number, last: number, islands: number, found: number, rest: number, base: number): void {
    if (base === NO_BASE && rest === 0) return;
    const more = base === NO_BASE ? rest - 1 : 0;
    let levels = islands + (base === NO_BASE ? 32 - Math.clz32(more) : (this.#ranges.tails[base] as number));
    let before = 0;
    for (let tail = found === 0 ? 0 : TAIL_LIMIT; tail > 0; tail--) {
      const count = (found >>> (COUNT_BITS * (tail - 1))) & COUNT_MASK;
      before += count;
      if (count > 0) levels = Math.max(levels, before + tail);
    }
    const chain = { first, last, levels, tests: islands + more, base, before: this.#chainWith[levels] };
    this.#chains.push(chain);
    this.#chainWith[levels] = chain;
  }
}

/** Which ranges are a single word. */
function pointsOf(starts: readonly number[]): number[] {
  const points = zeros(starts.length);
  for (let range = 0; range < starts.length; range++)
    if ((starts[range + 1] ?? 2 ** 32) - (starts[range] as number) === 1) points[range] = 1;
  return points;
}
