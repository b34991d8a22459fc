/**
 * Rules, as they are given and with all names resolved.
 *
 * @module
 */

import type { Action } from './action.ts';
import type { Comparison, Condition } from './condition.ts';

/** What to do with some calls. More properties than these do no harm. */
export interface Rule {
  /** Name, or number as the program sees it, 0..2^32-1. */
  readonly syscall: string | number;
  readonly action: Action;
  /** All of them have to hold; none: every call. */
  readonly comparisons?: readonly Comparison[];
}

/** A rule for one system call number, with all names resolved. */
export interface ResolvedRule {
  /** Index in the architecture's list of rules. */
  readonly index: number;
  /** What the filter returns, unsigned 32 bits. */
  readonly value: number;
  readonly condition: Condition;
  readonly comparisons: readonly Comparison[];
}
