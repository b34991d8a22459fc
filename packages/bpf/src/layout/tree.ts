/**
 * Search trees over ranges: which comparisons find the range that a word is in, for the least weighted steps
 * and, with less weight, the fewest comparisons.
 *
 * Two things are tried for a run of neighbouring ranges: a split in two by `>=`, and, where single values lie
 * in one outcome, one `==` after the other. The best combination is found by dynamic programming, with
 * Knuth's bounds on where the best split lies; runs that are too long for that are halved by weight.
 *
 * @module
 */

import { MAX_WORD } from '../filter/argument-set.ts';

/** A comparison and where it leads: to another one, or to the range with an index. */
export interface Branch {
  readonly op: 'eq' | 'ge';
  /** What the word is compared with, unsigned 32 bits. */
  readonly k: number;
  readonly yes: Tree;
  readonly no: Tree;
}

/** A comparison, or the index of a range. */
export type Tree = Branch | number;

/** Ranges up to which a run is laid out by dynamic programming. */
const EXACT_LIMIT = 128;

/** Single values tested one after the other. */
const CHAIN_LIMIT = 3;

/** What a comparison costs for being there, as a share of the weight of everything. */
const LENGTH_COST = 0.01;

/**
 * Lays out a search.
 *
 * @param starts - where each range starts: 0 first, ascending
 * @param outcomes - what each range leads to; equal ones are the same value
 * @param weights - how often a word is in each range; any unit, not negative
 * @returns the tree; its leaves are indices of ranges
 */
export function searchTree(
  starts: readonly number[],
  outcomes: readonly unknown[],
  weights: readonly number[],
): Tree {
  const sums = [0];
  for (const weight of weights) sums.push((sums.at(-1) as number) + weight);
  return layRun({ starts, outcomes, sums }, 0, starts.length - 1);
}

interface Ranges {
  readonly starts: readonly number[];
  readonly outcomes: readonly unknown[];
  /** Weight of all ranges before each. */
  readonly sums: readonly number[];
}

function layRun(ranges: Ranges, first: number, last: number): Tree {
  if (first === last) return first;
  if (last - first < EXACT_LIMIT) return new ExactRun(ranges, first, last).tree();
  const { sums } = ranges;
  const half = ((sums[first] as number) + (sums[last + 1] as number)) / 2;
  let split = first;
  while (split + 1 < last && (sums[split + 2] as number) <= half) split++;
  return branchAt(ranges, split + 1, layRun(ranges, first, split), layRun(ranges, split + 1, last));
}

/** The comparison between two neighbouring runs, of which the upper one starts with range `at`. */
function branchAt({ starts }: Ranges, at: number, lower: Tree, upper: Tree): Branch {
  const k = starts[at] as number;
  if (k === 1) return { op: 'eq', k: 0, yes: lower, no: upper };
  return { op: k === MAX_WORD ? 'eq' : 'ge', k, yes: upper, no: lower };
}

/** One run of at most {@link EXACT_LIMIT} ranges. Runs within it are numbered by first and last range. */
class ExactRun {
  readonly #ranges: Ranges;
  readonly #first: number;
  readonly #size: number;
  readonly #cost: Float64Array;
  /** Where the upper part starts; 0 for a chain. */
  readonly #split: Uint8Array;

  constructor(ranges: Ranges, first: number, last: number) {
    this.#ranges = ranges;
    this.#first = first;
    const size = last - first + 1;
    this.#size = size;
    this.#cost = new Float64Array(size * size);
    this.#split = new Uint8Array(size * size);
    const test = LENGTH_COST * this.#weight(0, size - 1);
    for (let length = 2; length <= size; length++) {
      for (let i = 0; i + length <= size; i++) this.#solve(i, i + length - 1, test);
    }
  }

  tree(): Tree {
    return this.#build(0, this.#size - 1);
  }

  #solve(i: number, j: number, test: number): void {
    const size = this.#size;
    const cost = this.#cost;
    const below = this.#split[i * size + j - 1] as number;
    const above = this.#split[(i + 1) * size + j] as number;
    const bounded = below > 0 && above >= below;
    const low = bounded ? below : i + 1;
    const high = bounded ? above : j;
    let best = Number.POSITIVE_INFINITY;
    let split = 0;
    for (let k = low; k <= high; k++) {
      const both = (cost[i * size + k - 1] as number) + (cost[k * size + j] as number);
      if (both < best) [best, split] = [both, k];
    }
    best += this.#weight(i, j) + test;
    const chain = this.#chainCost(i, j, test);
    if (chain <= best) [best, split] = [chain, 0];
    cost[i * size + j] = best;
    this.#split[i * size + j] = split;
  }

  /** Weight of a run. */
  #weight(i: number, j: number): number {
    const { sums } = this.#ranges;
    return (sums[this.#first + j + 1] as number) - (sums[this.#first + i] as number);
  }

  /** The single values of a run in which all else has one outcome, heaviest first; none if it is not so. */
  #singles(i: number, j: number): number[] {
    const { starts, outcomes } = this.#ranges;
    const [from, to] = [this.#first + i, this.#first + j];
    if ((to - from) % 2 !== 0 || to - from > 2 * CHAIN_LIMIT) return [];
    const singles: number[] = [];
    for (let at = from + 1; at < to; at += 2) {
      if (outcomes[at + 1] !== outcomes[from]) return [];
      if ((starts[at + 1] as number) - (starts[at] as number) !== 1) return [];
      singles.push(at);
    }
    const weight = (at: number): number => this.#weight(at - this.#first, at - this.#first);
    return singles.sort((a, b) => weight(b) - weight(a) || a - b);
  }

  #chainCost(i: number, j: number, test: number): number {
    const singles = this.#singles(i, j);
    if (singles.length === 0) return Number.POSITIVE_INFINITY;
    let left = this.#weight(i, j);
    let cost = 0;
    for (const at of singles) {
      cost += left + test;
      left -= this.#weight(at - this.#first, at - this.#first);
    }
    return cost;
  }

  #build(i: number, j: number): Tree {
    if (i === j) return this.#first + i;
    const split = this.#split[i * this.#size + j] as number;
    if (split > 0)
      return branchAt(this.#ranges, this.#first + split, this.#build(i, split - 1), this.#build(split, j));
    let tree: Tree = this.#first + i;
    for (const at of this.#singles(i, j).reverse()) {
      tree = { op: 'eq', k: this.#ranges.starts[at] as number, yes: at, no: tree };
    }
    return tree;
  }
}
