/**
 * Trees of comparisons that find the range that a word is in.
 *
 * @module
 */

import { MAX_WORD } from '../filter/intervals.ts';

/** A comparison and where it leads: to another one, or to the range with an index. */
interface Branch {
  /** Whether the word is `k`, is at least `k`, or has a bit of `k`. */
  readonly op: 'eq' | 'ge' | 'set';
  /** What the word is compared with, unsigned 32 bits. */
  readonly k: number;
  readonly yes: Tree;
  readonly no: Tree;
}

/** A comparison, or the index of a range. */
export type Tree = Branch | number;

/**
 * @param start - word at which the upper one of two neighbouring runs starts, not 0
 * @param lower - tree of the run below it
 * @param upper - tree of that run
 * @returns the tree of both
 */
export function branchAt(start: number, lower: Tree, upper: Tree): Tree {
  if (start === 1) return { op: 'eq', k: 0, yes: lower, no: upper };
  return { op: start === MAX_WORD ? 'eq' : 'ge', k: start, yes: upper, no: lower };
}

/**
 * @param tree - any tree
 * @returns how many comparisons it has
 */
export function testsIn(tree: Tree): number {
  return typeof tree === 'number' ? 0 : 1 + testsIn(tree.yes) + testsIn(tree.no);
}
