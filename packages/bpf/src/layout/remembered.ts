/**
 * Trees of the searches that were laid out last. Who starts program after program in one sandbox, each with a ticket of
 * its own, has the same search for the call's number each time: a quarter of the work there, half of it without tickets.
 *
 * @module
 */

import { areEqual } from '../lists.ts';
import type { Point } from './early.ts';
import type { Search } from './plan.ts';
import type { Tree } from './tree.ts';

/** Searches that are remembered, and the ranges of one at most: some 100 kB together. */
const SEARCH_LIMIT = 8;
const RANGE_LIMIT = 1024;

/** The one asked for last comes first. */
const remembered: { readonly search: Search; readonly tree: Tree }[] = [];

/**
 * The tree of a search.
 *
 * @param search - the search; it is kept, so that it may not be changed any more
 * @param layOut - finds the tree, from the search alone
 * @returns the tree
 */
export function rememberedTree(search: Search, layOut: (search: Search) => Tree): Tree {
  if (search.starts.length > RANGE_LIMIT) return layOut(search);
  const at = remembered.findIndex((known) => isSame(known.search, search));
  const found = at < 0 ? { search, tree: layOut(search) } : (remembered[at] as (typeof remembered)[number]);
  if (at !== 0) {
    remembered.splice(at < 0 ? SEARCH_LIMIT - 1 : at, 1);
    remembered.unshift(found);
  }
  return found.tree;
}

function isSame(a: Search, b: Search): boolean {
  return (
    a.room === b.room &&
    areEqual(a.starts, b.starts) &&
    areEqual(a.outcomes, b.outcomes) &&
    areEqual(a.tails, b.tails) &&
    areEqual(a.weights, b.weights) &&
    a.points.length === b.points.length &&
    a.points.every((point, at) => isSamePoint(point, b.points[at] as Point))
  );
}

function isSamePoint(a: Point, b: Point): boolean {
  return a.value === b.value && a.range === b.range && a.weight === b.weight;
}
