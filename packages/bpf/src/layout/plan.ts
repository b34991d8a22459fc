/**
 * How a search is laid out: for the fewest weighted steps and for a small depth together.
 *
 * The ranges that weigh most are few: where they are, the best order of comparisons is found by dynamic
 * programming over runs, early tests made and levels left. Everything between them only has to fit the levels
 * left, which {@link Reach} knows, and is halved by weight.
 *
 * @module
 */

import { countBelow } from '../lists.ts';
import { EARLY_LIMIT, type EarlyTest } from './early.ts';
import { type Chain, type Ranges, Reach } from './reach.ts';
import { RunTable } from './run-table.ts';
import { branchAt, type Tree } from './tree.ts';
import { HEAVY_WEIGHT, UNIT, type Weighed, Weights } from './weights.ts';

/** What is searched. */
export interface Search extends Ranges, Weighed {
  /** Comparisons that may be spent beside those of a plain list. */
  readonly room: number;
}

/**
 * More than any cost: a price of 10 for each of 64 comparisons, or of 0.03 for each of 8192, is below it, beside as
 * many levels as there can be.
 */
const NEVER = 2 ** 30;

/** An early test has to send on at least one in so many of the words that come to it. */
const EARLY_PART = 8;

/** What one level more is charged. */
const LEVEL_COST: number = Math.round(0.35 * UNIT);

/**
 * Where depth has no bound, comparisons are tried between chains and at each of so many ranges, so that a chain can
 * be halved: trying all takes 20 times as long for programs that are no better.
 */
const EDGE_STEP = 4;

/** Runs for which the best order is looked for, at most. */
const STATE_LIMIT = 3000;

/** What all ranges alike weigh together where depth has no bound, so that it does not grow without need. */
const SHORT_WEIGHT: number = 0.2 * UNIT;

/** What a layout aims at. */
export interface Aim {
  /** What a comparison is charged for being there, in weighted steps. */
  readonly price: number;
  /** Islands of a chain, at most. */
  readonly islands: number;
  /** Whether depth counts; if not, every order of comparisons is tried. */
  readonly bounded: boolean;
}

/**
 * What a run starts with: an early test, by index, or below zero the complement of the range it is cut at, or
 * one of the two below.
 */
type Choice = number;

/** The run is a chain. */
const CHAIN: Choice = EARLY_LIMIT;

/** Nothing below the limit was found. */
const NO_CHOICE: Choice = EARLY_LIMIT + 1;

/** Bits of a range's index: MOST_RANGES fits. */
const RUN_BITS = 13;

/** A search on its way to a tree. */
export class Plan {
  readonly #search: Search;
  readonly #bounded: boolean;
  /** What a comparison is charged for being there. */
  readonly #price: number;
  readonly #reach: Reach;
  readonly #weights: Weights;
  /** Where comparisons are tried: the edges of heavy ranges, ascending. */
  readonly #edges: readonly number[];
  /** What is known of runs: costs and choices. */
  readonly #known = new RunTable();
  /** Islands of the chain that is looked at, in order of their tests. */
  readonly #islands: number[] = [];

  /**
   * @param search - ranges, and how often each is met
   * @param aim - what counts
   */
  constructor(search: Search, aim: Aim) {
    this.#search = search;
    this.#bounded = aim.bounded;
    this.#price = Math.round(aim.price * UNIT);
    this.#reach = new Reach(search, aim.islands);
    this.#weights = new Weights(search, aim.bounded ? 0 : SHORT_WEIGHT);
    this.#edges = aim.bounded ? this.#weights.edges : this.#edgesForShort();
  }

  /** @returns the tree; its leaves are indices of ranges */
  tree(): Tree {
    const last = this.#search.starts.length - 1;
    if (!this.#bounded) {
      this.#cost(0, last, 0, 0, NEVER);
      return this.#build(0, last, 0, 0);
    }
    let least = 0;
    while (this.#reach.last(least, 0) < last) least++;
    // One level more than it takes lets heavy ranges come up, and is mostly the best.
    let chosen = least + 1;
    let best = this.#cost(0, last, 0, chosen, NEVER) + LEVEL_COST * chosen;
    for (const step of [1, -1]) {
      for (let levels = least + 1 + step; levels >= least; levels += step) {
        const cost = this.#cost(0, last, 0, levels, best - LEVEL_COST * levels) + LEVEL_COST * levels;
        if (cost >= best) break;
        best = cost;
        chosen = levels;
      }
    }
    return this.#build(0, last, 0, chosen);
  }

  #edgesForShort(): readonly number[] {
    const edges = new Set(this.#weights.edges);
    for (let range = 0; range < this.#search.starts.length; range++)
      if (range % EDGE_STEP === 0 || this.#reach.isSeam(range)) edges.add(range);
    return [...edges].sort((a, b) => a - b);
  }

  /**
   * What a run costs.
   *
   * @param first - index of its first range
   * @param last - index of its last range
   * @param tested - early tests that were made
   * @param levels - levels that may be used
   * @param limit - a cost from which on it does not matter
   * @returns the cost, or, where that is not below the limit, some number that is not either
   */
  #cost(first: number, last: number, tested: number, levels: number, limit: number): number {
    const bounded = this.#bounded;
    const price = this.#price;
    const reach = this.#reach;
    if (bounded && (levels < 0 || reach.last(levels, first) < last)) return NEVER;
    if (first === last) return 0;
    const done = this.#weights.relevant(first, last, tested);
    const weight = this.#weights.of(first, last, done);
    const here = weight + price;
    const least = this.#least(first, last, done);
    if (least >= limit) return least;
    if (bounded && weight < HEAVY_WEIGHT)
      return weight * reach.levels(first, last, levels) + price * reach.tests(first, last);
    const run = runOf(first, last);
    const state = (levels << EARLY_LIMIT) | done;
    const known = this.#known.find(run, state);
    if (known !== undefined && (known.cost >= limit || known.choice !== NO_CHOICE)) return known.cost;
    let best = limit;
    let choice = NO_CHOICE;
    const chain = reach.chain(first, last, bounded ? levels : NEVER);
    if (chain !== undefined) {
      const cost = this.#chainCost(first, last, done, chain);
      if (cost < best) {
        best = cost;
        choice = CHAIN;
      }
    }
    const below = bounded ? levels - 1 : 0;
    const crowded = bounded && this.#known.size >= STATE_LIMIT;
    for (let index = 0; index < this.#weights.early.length && !crowded; index++) {
      const after = done | (1 << index);
      if (after === done) continue;
      const { to } = this.#weights.early[index] as EarlyTest;
      if (bounded && (this.#search.tails[to] as number) > below) continue;
      if ((weight - this.#weights.of(first, last, after)) * EARLY_PART < weight) continue;
      const cost = here + this.#cost(first, last, after, below, best - here);
      if (cost >= best) continue;
      best = cost;
      choice = index;
    }
    const edges = this.#edges;
    let edge = countBelow(edges, first + 1);
    let low = first + 1;
    let high = last;
    if (bounded) {
      low = reach.first(below, low, last);
      high = Math.min(high, reach.last(below, first) + 1);
      if (crowded && low <= high) low = high = this.#middle(first, last, low, high);
    } else {
      const end = countBelow(edges, last + 1) - 1;
      if (edge <= end) [low, high] = [edges[edge] as number, edges[end] as number];
    }
    for (let at = low; at <= high; ) {
      const cost = here + this.#cutCost(first, at, last, done, below, best - here);
      if (cost < best) {
        best = cost;
        choice = ~at;
      }
      while ((edges[edge] ?? last) <= at && edge < edges.length) edge++;
      at = at === high ? high + 1 : Math.min(high, edges[edge] ?? high);
    }
    if (known === undefined) {
      this.#known.add({ run, state, cost: best, choice });
    } else {
      known.cost = best;
      known.choice = choice;
    }
    return best;
  }

  /** What the parts of a run that is cut at a range cost, or some number not below the limit. */
  #cutCost(first: number, at: number, last: number, done: number, levels: number, limit: number): number {
    const upper = this.#least(at, last, done);
    if (this.#least(first, at - 1, done) + upper >= limit) return limit;
    const cost = this.#cost(first, at - 1, done, levels, limit - upper);
    if (cost + upper >= limit) return limit;
    return cost + this.#cost(at, last, done, levels, limit - cost);
  }

  /** What a run costs at least: more than one range takes a comparison. */
  #least(first: number, last: number, done: number): number {
    return first === last
      ? 0
      : this.#weights.of(first, last, done) + this.#price * this.#reach.tests(first, last);
  }

  /** Where halves of a run weigh alike, between bounds, and rather between two chains. */
  #middle(first: number, last: number, low: number, high: number): number {
    const sums = this.#weights.before;
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
      if (from - away >= low && this.#reach.isSeam(from - away)) return from - away;
      if (from + away <= high && this.#reach.isSeam(from + away)) return from + away;
    }
    return from;
  }

  #build(first: number, last: number, tested: number, levels: number): Tree {
    if (first === last) return first;
    const bounded = this.#bounded;
    const done = this.#weights.relevant(first, last, tested);
    const below = bounded ? Math.max(0, levels - 1) : 0;
    const known = this.#known.find(runOf(first, last), (levels << EARLY_LIMIT) | done);
    let choice = known?.choice ?? NO_CHOICE;
    if (choice === NO_CHOICE || choice === CHAIN) {
      const chain = this.#reach.chain(first, last, bounded ? levels : NEVER);
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
    const { op, k, to } = this.#weights.early[choice] as EarlyTest;
    const rest = this.#build(first, last, done | (1 << choice), below);
    return op === 'eq' ? { op, k, yes: to, no: rest } : { op, k, yes: rest, no: to };
  }

  #buildChain(first: number, last: number, chain: Chain): Tree {
    const rest: number[] = [];
    for (let range = first; range <= last; range++) if (!this.#reach.isIsland(chain, range)) rest.push(range);
    let tree = this.#buildRest(rest);
    for (let at = this.#putIslands(first, last, chain) - 1; at >= 0; at--) {
      const island = this.#islands[at] as number;
      tree = { op: 'eq', k: this.#search.starts[island] as number, yes: island, no: tree };
    }
    return tree;
  }

  /**
   * Puts the islands of a chain into a list, in order of their tests.
   *
   * @returns how many there are; the list, which is always the same one, may go on with others
   */
  #putIslands(first: number, last: number, chain: Chain): number {
    const islands = this.#islands;
    let count = 0;
    for (let range = first; range <= last; range++) {
      if (!this.#reach.isIsland(chain, range)) continue;
      // They are few: put where it belongs, not sorted, each takes no memory.
      let at = count++;
      for (; at > 0 && this.#isBefore(range, islands[at - 1] as number); at--)
        islands[at] = islands[at - 1] as number;
      islands[at] = range;
    }
    return count;
  }

  /** Whether a range comes before one below it in a chain: the longest tail first, then the heaviest. */
  #isBefore(range: number, other: number): boolean {
    const { tails } = this.#search;
    const longer = (tails[range] as number) - (tails[other] as number);
    return (
      longer > 0 || (longer === 0 && this.#weights.of(range, range, 0) > this.#weights.of(other, other, 0))
    );
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
    let left = this.#weights.of(first, last, done);
    let cost = this.#price * chain.tests;
    const count = this.#putIslands(first, last, chain);
    for (let at = 0; at < count; at++) {
      const island = this.#islands[at] as number;
      cost += left;
      left -= this.#weights.of(island, island, done);
    }
    return cost;
  }
}

/** A run as one number: of as many ranges as a program can have. */
function runOf(first: number, last: number): number {
  return (first << RUN_BITS) | last;
}
