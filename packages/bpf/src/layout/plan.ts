/**
 * How a search is laid out: for the fewest weighted steps and for a small depth together.
 *
 * The ranges that weigh most are few: where they are, the best order of comparisons is found by dynamic
 * programming over runs, early tests made and levels left. Everything between them only has to fit the levels
 * left, which {@link Reach} knows, and is halved by weight.
 *
 * @module
 */

import { EARLY_LIMIT, type EarlyTest, earlyTests, isSent, type Point } from './early.ts';
import { type Chain, type Ranges, Reach } from './reach.ts';
import { branchAt, type Tree } from './tree.ts';

/** What is searched. */
export interface Search extends Ranges {
  /** How often a word is in each range; any unit, not negative. */
  readonly weights: readonly number[];
  /** Words that occur often by themselves, heaviest first; their weight is in that of their range. */
  readonly points: readonly Point[];
  /** Comparisons that may be spent beside those of a plain list. */
  readonly room: number;
}

/** Ranges and words between which the best order of comparisons is looked for. */
const HEAVY_LIMIT = 8;

/** What a heavy range weighs at least, and a run that is worth looking for the best order, as a share of all. */
const HEAVY_SHARE = 0.01;

/** An early test has to send on at least this share of the words that come to it. */
const EARLY_SHARE = 1 / 8;

/** What one level more is charged, in weighted steps. */
const LEVEL_COST = 0.35;

/** Runs for which the best order is looked for, at most. */
const STATE_LIMIT = 3000;

/** What all ranges alike weigh together where depth has no bound, so that it does not grow without need. */
const SHORT_SHARE = 0.2;

/** What a layout aims at. */
export interface Aim {
  /** What a comparison is charged for being there, in weighted steps. */
  readonly price: number;
  /** Islands of a chain, at most. */
  readonly islands: number;
  /** Whether depth counts; if not, every order of comparisons is tried. */
  readonly bounded: boolean;
}

/** What a run starts with: an early test, by index, or below zero the complement of the range it is cut at. */
type Choice = number;

/** A search on its way to a tree. */
export class Plan {
  readonly #search: Search;
  readonly #aim: Aim;
  readonly #reach: Reach;
  /** Weight of all ranges before each, as a share. */
  readonly #sums: readonly number[];
  readonly #early: readonly EarlyTest[];
  /** Words that occur often, heaviest first, as a share; below, each is the bit of its index. */
  readonly #points: readonly number[];
  /** The points before each range. */
  readonly #before: readonly number[];
  /** The points that some early tests send on, by the bits of these tests' indices. */
  readonly #sent: readonly number[];
  /** Where comparisons are tried: the edges of heavy ranges, ascending. */
  readonly #edges: readonly number[];
  /** Whether a chain starts with each range, where there are as few tests as possible. */
  readonly #seams: readonly boolean[];
  /** Places of the runs that were looked at in the two lists below. */
  readonly #known = new Map<number, number>();
  readonly #costs: number[] = [];
  readonly #choices: (Choice | undefined)[] = [];

  /**
   * @param search - ranges, and how often each is met
   * @param aim - what counts
   */
  constructor(search: Search, aim: Aim) {
    const { starts, outcomes, weights, points } = search;
    this.#search = search;
    this.#aim = aim;
    this.#reach = new Reach(search, aim.islands);
    this.#seams = this.#reach.seams();
    let total = 0;
    for (const weight of weights) total += weight;
    total ||= 1;
    const sums = [0];
    const heavy: number[] = [];
    for (let range = 0; range < weights.length; range++) {
      const share = (weights[range] as number) / total;
      sums.push((sums[range] as number) + share + (aim.bounded ? 0 : SHORT_SHARE / weights.length));
      if (share >= HEAVY_SHARE) heavy.push(range);
    }
    this.#sums = sums;
    if (heavy.length > HEAVY_LIMIT)
      heavy.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
    const edges = new Set<number>();
    for (const range of heavy.slice(0, HEAVY_LIMIT)) edges.add(range).add(range + 1);
    this.#edges = aim.bounded ? [...edges].sort((a, b) => a - b) : [...starts.keys()];
    const heavyPoints = points.slice(0, HEAVY_LIMIT).filter(({ weight }) => weight >= HEAVY_SHARE * total);
    this.#early = earlyTests(starts, outcomes, heavyPoints);
    this.#points = heavyPoints.map(({ weight }) => weight / total);
    this.#before = pointsBefore(heavyPoints, starts.length);
    this.#sent = sentPoints(heavyPoints, this.#early);
  }

  /** @returns the tree; its leaves are indices of ranges */
  tree(): Tree {
    const last = this.#search.starts.length - 1;
    if (!this.#aim.bounded) {
      this.#cost(0, last, 0, 0);
      return this.#build(0, last, 0, 0);
    }
    let levels = 0;
    while (this.#reach.last(levels, 0) < last) levels++;
    let best = Number.POSITIVE_INFINITY;
    let chosen = levels;
    for (; ; levels++) {
      const cost = this.#cost(0, last, 0, levels) + LEVEL_COST * levels;
      if (cost >= best) break;
      best = cost;
      chosen = levels;
    }
    return this.#build(0, last, 0, chosen);
  }

  /** What a run costs after some early tests; infinite where it does not fit. */
  #cost(first: number, last: number, tested: number, levels: number): number {
    const { price, bounded } = this.#aim;
    if (bounded && (levels < 0 || this.#reach.last(levels, first) < last)) return Number.POSITIVE_INFINITY;
    if (first === last) return 0;
    const done = this.#relevant(first, last, tested);
    const weight = this.#weight(first, last, done);
    if (bounded && weight < HEAVY_SHARE)
      return weight * this.#reach.levels(first, last, levels) + price * this.#reach.tests(first, last);
    const key = this.#key(first, last, done, levels);
    const known = this.#known.get(key);
    if (known !== undefined) return this.#costs[known] as number;
    let best = Number.POSITIVE_INFINITY;
    let choice: Choice | undefined;
    const here = weight + price;
    const below = bounded ? levels - 1 : 0;
    const chain = this.#reach.chain(first, last, bounded ? levels : Number.POSITIVE_INFINITY);
    if (chain !== undefined) best = this.#chainCost(first, last, done, chain);
    const crowded = bounded && this.#costs.length >= STATE_LIMIT;
    for (let index = 0; index < this.#early.length && !crowded; index++) {
      const after = done | (1 << index);
      if (after === done) continue;
      const { to } = this.#early[index] as EarlyTest;
      if (bounded && (this.#search.tails[to] as number) > below) continue;
      const left = this.#weight(first, last, after);
      if (weight - left < EARLY_SHARE * weight || here + left >= best) continue;
      const cost = here + this.#cost(first, last, after, below);
      if (cost < best) {
        best = cost;
        choice = index;
      }
    }
    const low = bounded ? this.#reach.first(below, first + 1, last) : first + 1;
    const high = bounded ? Math.min(this.#reach.last(below, first) + 1, last) : last;
    if (low <= high) {
      const from = crowded ? this.#middle(first, last, low, high) : low;
      const to = crowded ? from : high;
      for (let at = from, edge = 0; ; ) {
        const cost = this.#cutCost(first, at, last, done, below, here, best);
        if (cost < best) {
          best = cost;
          choice = ~at;
        }
        if (at === to) break;
        while (edge < this.#edges.length && (this.#edges[edge] as number) <= at) edge++;
        at = Math.min(to, this.#edges[edge] ?? to);
      }
    }
    this.#known.set(key, this.#costs.length);
    this.#costs.push(best);
    this.#choices.push(choice);
    return best;
  }

  /** What a run costs that is cut at a range; infinite where that is not less than the best way known. */
  #cutCost(
    first: number,
    at: number,
    last: number,
    done: number,
    levels: number,
    here: number,
    best: number,
  ): number {
    // More than one range takes at least one comparison.
    const upper = at === last ? 0 : this.#weight(at, last, done);
    if (here + upper + (at - 1 === first ? 0 : this.#weight(first, at - 1, done)) >= best)
      return Number.POSITIVE_INFINITY;
    const cost = here + this.#cost(first, at - 1, done, levels);
    if (cost + upper >= best) return Number.POSITIVE_INFINITY;
    return cost + this.#cost(at, last, done, levels);
  }

  /** Where halves of a run weigh alike, between bounds, and rather between two chains. */
  #middle(first: number, last: number, low: number, high: number): number {
    const sums = this.#sums;
    const half = ((sums[first] as number) + (sums[last + 1] as number)) / 2;
    let from = low;
    let to = high;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((sums[middle] as number) < half) from = middle + 1;
      else to = middle;
    }
    if (from > low && half - (sums[from - 1] as number) < (sums[from] as number) - half) from--;
    for (let away = 0; from - away >= low || from + away <= high; away++) {
      if (from - away >= low && this.#seams[from - away] === true) return from - away;
      if (from + away <= high && this.#seams[from + away] === true) return from + away;
    }
    return from;
  }

  #build(first: number, last: number, tested: number, levels: number): Tree {
    if (first === last) return first;
    const { bounded } = this.#aim;
    const done = this.#relevant(first, last, tested);
    const below = bounded ? Math.max(0, levels - 1) : 0;
    const known = this.#known.get(this.#key(first, last, done, levels));
    let choice = known === undefined ? undefined : this.#choices[known];
    if (choice === undefined) {
      const chain = this.#reach.chain(first, last, bounded ? levels : Number.POSITIVE_INFINITY);
      if (chain !== undefined) return this.#buildChain(first, last, chain);
      const low = this.#reach.first(below, first + 1, last);
      const high = Math.min(this.#reach.last(below, first) + 1, last);
      choice = ~(low <= high
        ? this.#middle(first, last, low, high)
        : this.#middle(first, last, first + 1, last));
    }
    if (choice < 0) {
      const lower = this.#build(first, ~choice - 1, done, below);
      const upper = this.#build(~choice, last, done, below);
      return branchAt(this.#search.starts[~choice] as number, lower, upper);
    }
    const { op, k, to } = this.#early[choice] as EarlyTest;
    const rest = this.#build(first, last, done | (1 << choice), below);
    return op === 'eq' ? { op, k, yes: to, no: rest } : { op, k, yes: rest, no: to };
  }

  #buildChain(first: number, last: number, chain: Chain): Tree {
    const rest: number[] = [];
    for (let range = first; range <= last; range++) if (this.#isRest(range, chain)) rest.push(range);
    let tree = this.#buildRest(rest);
    for (const island of this.#islands(first, last, chain).reverse()) {
      tree = { op: 'eq', k: this.#search.starts[island] as number, yes: island, no: tree };
    }
    return tree;
  }

  /** Whether a range of a chain is told apart last. */
  #isRest(range: number, { base }: Chain): boolean {
    const { outcomes, tails } = this.#search;
    return base === undefined ? tails[range] === 0 : outcomes[range] === outcomes[base];
  }

  /** The other ones, in order of their tests. */
  #islands(first: number, last: number, chain: Chain): number[] {
    const islands: number[] = [];
    for (let range = first; range <= last; range++) {
      if (this.#isRest(range, chain)) continue;
      // They are few: put where it belongs, not sorted, each takes no memory.
      let at = islands.length;
      for (; at > 0 && this.#isBefore(range, islands[at - 1] as number); at--)
        islands[at] = islands[at - 1] as number;
      islands[at] = range;
    }
    return islands;
  }

  /** Whether a range comes before one below it in a chain: the longest tail first, then the heaviest. */
  #isBefore(range: number, other: number): boolean {
    const { tails } = this.#search;
    const longer = (tails[range] as number) - (tails[other] as number);
    return longer > 0 || (longer === 0 && this.#weight(range, range, 0) > this.#weight(other, other, 0));
  }

  /** Some ranges, with nothing that matters between them. */
  #buildRest(ranges: readonly number[]): Tree {
    const { outcomes, starts } = this.#search;
    const changes: number[] = [];
    for (let at = 1; at < ranges.length; at++) {
      if (outcomes[ranges[at] as number] !== outcomes[ranges[at - 1] as number]) changes.push(at);
    }
    const middle = changes[changes.length >> 1];
    if (middle === undefined) return ranges[0] as number;
    const lower = this.#buildRest(ranges.slice(0, middle));
    return branchAt(starts[ranges[middle] as number] as number, lower, this.#buildRest(ranges.slice(middle)));
  }

  #chainCost(first: number, last: number, done: number, chain: Chain): number {
    let left = this.#weight(first, last, done);
    let cost = this.#aim.price * chain.tests;
    for (const island of this.#islands(first, last, chain)) {
      cost += left;
      left -= this.#weight(island, island, done);
    }
    return cost;
  }

  /** The early tests among those made that sent on words of a run. */
  #relevant(first: number, last: number, done: number): number {
    const points = this.#pointsIn(first, last);
    let relevant = 0;
    for (let test = 1; test <= done; test <<= 1) {
      if (((this.#sent[test] as number) & points) !== 0) relevant |= test;
    }
    return done & relevant;
  }

  /** Weight of a run without what some early tests have sent on. */
  #weight(first: number, last: number, done: number): number {
    let weight = (this.#sums[last + 1] as number) - (this.#sums[first] as number);
    if (done === 0) return weight;
    const sent = this.#pointsIn(first, last) & (this.#sent[done] as number);
    for (let left = sent; left !== 0; left &= left - 1) {
      weight -= this.#points[31 - Math.clz32(left & -left)] as number;
    }
    return weight;
  }

  #pointsIn(first: number, last: number): number {
    return (this.#before[last + 1] as number) & ~(this.#before[first] as number);
  }

  #key(first: number, last: number, done: number, levels: number): number {
    const { length } = this.#search.starts;
    return (((levels << EARLY_LIMIT) | done) * length + first) * length + last;
  }
}

/** For each range, and for the end, the bits of the points before it. */
function pointsBefore(points: readonly Point[], ranges: number): number[] {
  return Array.from({ length: ranges + 1 }, (_, end) => bitsOf(points, ({ range }) => range < end));
}

/** The bits of some points. */
function bitsOf(points: readonly Point[], isOne: (point: Point) => boolean): number {
  return points.reduce((bits, point, index) => (isOne(point) ? bits | (1 << index) : bits), 0);
}

/** For each combination of early tests the bits of the points that one of them sends on. */
function sentPoints(points: readonly Point[], early: readonly EarlyTest[]): number[] {
  const sent = [0];
  for (const [index, test] of early.entries()) {
    const bits = bitsOf(points, ({ value }) => isSent(test, value));
    for (let done = 0; done < 1 << index; done++) sent.push((sent[done] as number) | bits);
  }
  return sent;
}
