/**
 * Rules that ask a 64-bit argument for one value. A policy can have very many of these, so each takes little memory.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { ArgumentSet } from './argument-set.ts';
import { ANY_CALL, type Comparison, type Condition, comparisonSet, isInForm, narrowed } from './condition.ts';
import type { ResolvedRule } from './rule.ts';

/** A rule whose condition is made when it is asked for. */
export class ValueRule implements ResolvedRule {
  readonly index: number;
  readonly value: number;
  readonly comparisons: readonly [Comparison];
  #condition: Condition | undefined;

  /**
   * @param index - index in the architecture's list of rules
   * @param value - what the filter returns
   * @param comparisons - what {@link isOneValue} holds for
   */
  constructor(index: number, value: number, comparisons: readonly [Comparison]) {
    this.index = index;
    this.value = value;
    this.comparisons = comparisons;
    this.#condition = undefined;
  }

  /** The argument that it looks at, 0..5. */
  get argument(): number {
    return this.comparisons[0].argument;
  }

  /** The set of the value, made anew. */
  get set(): ArgumentSet {
    return comparisonSet(this.comparisons[0], 64);
  }

  get condition(): Condition {
    this.#condition ??= narrowed(ANY_CALL, this.argument, this.set) as Condition;
    return this.#condition;
  }
}

/**
 * @param comparisons - comparisons of a rule, in form or not
 * @param architecture - whose registers they are about
 * @returns whether they ask for one value of all 64 bits of an argument
 */
export function isOneValue(
  comparisons: readonly Comparison[],
  { registerBits }: Architecture,
): comparisons is readonly [Comparison] {
  const first = comparisons[0] as Comparison;
  return (
    comparisons.length === 1 &&
    first.op === 'EQ' &&
    registerBits === 64 &&
    first.width !== 32 &&
    isInForm(first)
  );
}
