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

/** Ranges of any outcome, but without a tail, that may be left in a chain when its islands are tested. */
const REST_LIMIT = 4;

/** Islands in front of the first range of a chain that is none. */
const BASE_LIMIT = 3;

/** Ranges as a search sees them. */
export interface Ranges {
  /** Where each range starts: 0 first, ascending. */
  readonly starts: readonly number[];
  /** What each range leads to; equal ones are the same value, and neighbours differ. */
  readonly outcomes: readonly unknown[];
  /** Levels that have to be left at each range, not negative. */
  readonly tails: readonly number[];
}

/** A run that is told apart by one `==` after the other, and then by what is left. */
export interface Chain {
  /** Its last range. */
  readonly last: number;
  /** Levels that it takes. */
  readonly levels: number;
  /** Comparisons that it takes. */
  readonly tests: number;
  /** Range with the outcome of all that are no islands; undefined where these are ranges without a tail. */
  readonly base: number | undefined;
}

/** Tells which runs of ranges fit which depth. */
export class Reach {
  readonly #ranges: Ranges;
  /** For each number of levels, the last range of the longest run from each range; one before it for none. */
  readonly #last: number[][] = [];
  /** Chains that start at each range. */
  readonly #chains: readonly (readonly Chain[])[];
  /** Comparisons that each range and all after it take at least, with one before each part. */
  readonly #tests: number[] = [];
  /** Where the next part starts, for a part that starts with each range. */
  readonly #next: number[] = [];

  /**
   * @param ranges - what is searched
   * @param islands - islands of a chain, at most
   */
  constructor(ranges: Ranges, islands: number) {
    this.#ranges = ranges;
    this.#chains = ranges.starts.map((_start, first) => chainsFrom(ranges, first, islands));
    this.#cut();
  }

  /**
   * @param levels - levels that may be used, not negative
   * @param first - index of a range
   * @returns the last range of the longest run from there that fits; `first - 1` if there is none
   */
  last(levels: number, first: number): number {
    return this.#lasts(levels)[first] as number;
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
    const lasts = this.#lasts(levels);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((lasts[middle] as number) >= last) high = middle;
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
   * @returns the run as a chain, or undefined where it is none that fits
   */
  chain(first: number, last: number, levels: number): Chain | undefined {
    for (const chain of this.#chains[first] as readonly Chain[]) {
      // A shorter run takes no more levels.
      if (chain.last >= last && chain.levels <= levels) return chain;
    }
    return undefined;
  }

  /**
   * Cuts all ranges into chains and single ranges so that they take the fewest tests.
   *
   * @returns for each range, whether a part starts with it
   */
  seams(): boolean[] {
    const seams = this.#ranges.starts.map(() => false);
    for (let at = 0; at < seams.length; at = this.#next[at] as number) seams[at] = true;
    return seams;
  }

  #lasts(levels: number): readonly number[] {
    while (this.#last.length <= levels) this.#addLevel();
    return this.#last[levels] as number[];
  }

  #cut(): void {
    const { length } = this.#ranges.starts;
    const tests = this.#tests;
    tests[length] = 0;
    for (let first = length - 1; first >= 0; first--) {
      let least = 1 + (tests[first + 1] as number);
      let next = first + 1;
      for (const chain of this.#chains[first] as readonly Chain[]) {
        const total = chain.tests + 1 + (tests[chain.last + 1] as number);
        if (total < least) {
          least = total;
          next = chain.last + 1;
        }
      }
      tests[first] = least;
      this.#next[first] = next;
    }
  }

  #addLevel(): void {
    const { tails } = this.#ranges;
    const levels = this.#last.length;
    const below = this.#last[levels - 1];
    const last: number[] = [];
    for (let first = 0; first < tails.length; first++) {
      let end = (tails[first] as number) <= levels ? first : first - 1;
      if (below !== undefined) {
        const half = below[first] as number;
        // Two runs that fit one level less.
        if (half >= first) end = Math.max(end, half + 1 < tails.length ? (below[half + 1] as number) : half);
        for (const chain of this.#chains[first] as readonly Chain[]) {
          if (chain.levels <= levels && chain.last > end) end = chain.last;
        }
      }
      last.push(end);
    }
    this.#last.push(last);
  }
}

/** The longest chains from a range on, by the number of islands. */
function chainsFrom(ranges: Ranges, first: number, islands: number): Chain[] {
  const chains: Chain[] = [];
  for (let base = first; base < ranges.starts.length && base - first <= BASE_LIMIT; base++) {
    addChains(chains, ranges, first, islands, base);
    if (!isPoint(ranges, base)) break;
  }
  if (ranges.tails[first] === 0 || isPoint(ranges, first))
    addChains(chains, ranges, first, islands, undefined);
  return chains;
}

function addChains(
  chains: Chain[],
  ranges: Ranges,
  first: number,
  limit: number,
  base: number | undefined,
): void {
  const { starts, outcomes, tails } = ranges;
  const found: number[] = [];
  let rest = 0;
  let at = first;
  for (; at < starts.length && found.length <= limit; at++) {
    if (base === undefined ? tails[at] === 0 : outcomes[at] === outcomes[base]) {
      if (base === undefined && ++rest > REST_LIMIT) break;
      continue;
    }
    if (!isPoint(ranges, at)) break;
    if (found.length > 0) addChain(chains, at - 1, found, rest, base, tails);
    found.push(tails[at] as number);
    if (found.length > 1 && (found.at(-1) as number) > (found.at(-2) as number)) found.sort((a, b) => b - a);
  }
  if (found.length > 0 && found.length <= limit) addChain(chains, at - 1, found, rest, base, tails);
}

function addChain(
  chains: Chain[],
  last: number,
  islands: readonly number[],
  rest: number,
  base: number | undefined,
  tails: readonly number[],
): void {
  const more = base === undefined ? Math.max(0, rest - 1) : 0;
  let levels = islands.length + (base === undefined ? 32 - Math.clz32(more) : (tails[base] as number));
  for (const [before, tail] of islands.entries()) levels = Math.max(levels, before + 1 + tail);
  if (base !== undefined || rest > 0) chains.push({ last, levels, tests: islands.length + more, base });
}

function isPoint({ starts }: Ranges, range: number): boolean {
  return (starts[range + 1] ?? 2 ** 32) - (starts[range] as number) === 1;
}
