/**
 * Search trees over ranges: fast ones, or short ones where fast ones are longer than a plain list of tests.
 *
 * @module
 */

import { MAX_INSTRUCTIONS } from '../opcode.ts';
import { type Aim, Plan, type Search } from './plan.ts';
import { ISLAND_LIMIT, type Ranges } from './reach.ts';
import { rememberedTree } from './remembered.ts';
import { branchAt, type Tree, testsIn } from './tree.ts';

/** More ranges take more than 4096 instructions in any case: every second one may cost nothing. */
const MOST_RANGES = 2 * MAX_INSTRUCTIONS;

/** Words of a range that a plain list tests one by one. */
const LIST_WIDTH = 64;

/** Prices of comparisons where a search has to be short: rising until it is. */
const SHORT_PRICES: readonly number[] = [0.03, 0.1, 0.3, 1, 3, 10];

/** Ranges up to which a search is laid out again to be shorter. */
const SHORT_LIMIT = 64;

const FAST: Aim = { price: 0.03, islands: 4, bounded: true };

/**
 * Lays out a search.
 *
 * @param search - ranges, and how often each is met
 * @returns the tree; its leaves are indices of ranges
 */
export function searchTree(search: Search): Tree {
  const { starts, outcomes } = search;
  if (starts.length === 1) return 0;
  if (starts.length === 2) return branchAt(starts[1] as number, 0, 1);
  if (
    starts.length === 3 &&
    outcomes[0] === outcomes[2] &&
    (starts[2] as number) - (starts[1] as number) === 1
  )
    return { op: 'eq', k: starts[1] as number, yes: 1, no: 0 };
  if (starts.length > MOST_RANGES) return halve(starts, 0, starts.length - 1);
  // Only the search for the call's number has words that occur often.
  return search.points.length > 0 ? rememberedTree(search, layOut) : layOut(search);
}

function layOut(search: Search): Tree {
  const { starts } = search;
  const limit = listTests(search) + search.room;
  let best = new Plan(search, FAST).tree();
  if (starts.length > SHORT_LIMIT) return best;
  for (const price of SHORT_PRICES) {
    if (testsIn(best) <= limit) break;
    best = new Plan(search, { price, islands: ISLAND_LIMIT, bounded: false }).tree();
  }
  return best;
}

function halve(starts: readonly number[], first: number, last: number): Tree {
  if (first === last) return first;
  const middle = (first + last + 1) >>> 1;
  return branchAt(starts[middle] as number, halve(starts, first, middle - 1), halve(starts, middle, last));
}

/** Comparisons of a plain list: one for each word that is not of the outcome that most ranges have. */
function listTests({ starts, outcomes }: Ranges): number {
  const common = mostOften(outcomes);
  let tests = 0;
  for (let range = 0; range < starts.length; range++) {
    const width = (starts[range + 1] ?? 2 ** 32) - (starts[range] as number);
    if (outcomes[range] !== common) tests += width <= LIST_WIDTH ? width : 2;
  }
  return tests;
}

/** The number that occurs most often; of several such the one that did so first. */
function mostOften(numbers: readonly number[]): number {
  const counts: number[] = [];
  let most = 0;
  let common = 0;
  for (const number of numbers) {
    const count = (counts[number] ?? 0) + 1;
    counts[number] = count;
    if (count > most) [most, common] = [count, number];
  }
  return common;
}
