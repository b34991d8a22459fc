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

const MAX_WORD = 0xffffffff;

/** A comparison and where it leads: to another one, or to the range with an index. */
interface Branch {
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
const LENGTH_COST = 0.02;

/** How far beyond Knuth's bounds splits are tried: chains break the rule that these follow from. */
const SLACK = 3;

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
  if (last - first < EXACT_LIMIT) return layExact(ranges, first, last);
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

/**
 * The best tree of at most {@link EXACT_LIMIT} ranges. Runs within it are numbered by their first and last
 * range, counted from the first one of all: `i * size + j`.
 */
function layExact(ranges: Ranges, first: number, last: number): Tree {
  const { sums } = ranges;
  const size = last - first + 1;
  const costs = new Float64Array(size * size);
  /** Where the upper part starts; in a chain, the middle: a bound for the runs around it. */
  const splits = new Uint8Array(size * size);
  const chains = new Uint8Array(size * size);
  const test = LENGTH_COST * ((sums[last + 1] as number) - (sums[first] as number));
  for (let length = 2; length <= size; length++) {
    for (let i = 0; i + length <= size; i++) {
      const j = i + length - 1;
      let low = i + 1;
      let high = j;
      if (length > 2) {
        low = Math.max(low, (splits[i * size + j - 1] as number) - SLACK);
        high = Math.max(low, Math.min(high, (splits[(i + 1) * size + j] as number) + SLACK));
      }
      let split = low;
      let best = Number.POSITIVE_INFINITY;
      for (let k = low; k <= high; k++) {
        const both = (costs[i * size + k - 1] as number) + (costs[k * size + j] as number);
        if (both < best) {
          best = both;
          split = k;
        }
      }
      best += (sums[first + j + 1] as number) - (sums[first + i] as number) + test;
      if (isChain(ranges, first + i, first + j)) {
        const chain = chainCost(ranges, first + i, first + j, test);
        if (chain <= best) {
          best = chain;
          split = (i + j + 1) >> 1;
          chains[i * size + j] = 1;
        }
      }
      costs[i * size + j] = best;
      splits[i * size + j] = split;
    }
  }
  const build = (i: number, j: number): Tree => {
    if (i === j) return first + i;
    if (chains[i * size + j] === 1) return layChain(ranges, first + i, first + j);
    const split = splits[i * size + j] as number;
    return branchAt(ranges, first + split, build(i, split - 1), build(split, j));
  };
  return build(0, size - 1);
}

/** Whether a run is single values in ranges of one outcome: outcome, value, outcome, ..., outcome. */
function isChain({ starts, outcomes }: Ranges, from: number, to: number): boolean {
  if ((to - from) % 2 !== 0 || to - from > 2 * CHAIN_LIMIT) return false;
  for (let at = from + 1; at < to; at += 2) {
    if (outcomes[at + 1] !== outcomes[from]) return false;
    if ((starts[at + 1] as number) - (starts[at] as number) !== 1) return false;
  }
  return true;
}

/** The single values of a chain, heaviest first. */
function singles(ranges: Ranges, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = from + 1; at < to; at += 2) found.push(at);
  return found.sort((a, b) => weightOf(ranges, b) - weightOf(ranges, a) || a - b);
}

function weightOf({ sums }: Ranges, range: number): number {
  return (sums[range + 1] as number) - (sums[range] as number);
}

function chainCost(ranges: Ranges, from: number, to: number, test: number): number {
  let left = (ranges.sums[to + 1] as number) - (ranges.sums[from] as number);
  let cost = 0;
  for (const at of singles(ranges, from, to)) {
    cost += left + test;
    left -= weightOf(ranges, at);
  }
  return cost;
}

function layChain(ranges: Ranges, from: number, to: number): Tree {
  let tree: Tree = from;
  for (const at of singles(ranges, from, to).reverse()) {
    tree = { op: 'eq', k: ranges.starts[at] as number, yes: at, no: tree };
  }
  return tree;
}
