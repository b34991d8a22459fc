/**
 * From the comparisons of a rule to its condition, and what can be said about them.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { type ArgumentSet, isFull } from './argument-set.ts';
import {
  type Comparison,
  type Condition,
  checkComparison,
  comparisonSet,
  conditionOf,
  isInForm,
} from './condition.ts';
import { rulePath } from './path.ts';

/** Takes what is found about a comparison of a rule. */
export type FindComparison = (
  kind: 'always-holds' | 'truncated',
  ineffective: boolean,
  message: string,
  rule: number,
) => void;

/**
 * The condition that a rule's comparisons make.
 *
 * @param comparisons - the comparisons
 * @param architecture - whose registers they are about
 * @param tablePath - where the architecture's rules stand, for messages
 * @param rule - index of the rule
 * @param find - takes what is found
 * @returns the condition, or undefined if no call can meet it
 * @throws {BpfError} BPF_COMPARISON for one that means nothing
 */
export function ruleCondition(
  comparisons: readonly Comparison[],
  architecture: Architecture,
  tablePath: string,
  rule: number,
  find: FindComparison,
): Condition | undefined {
  const sets: (readonly [argument: number, set: ArgumentSet])[] = [];
  for (let at = 0; at < comparisons.length; at++) {
    const comparison = comparisons[at] as Comparison;
    if (!isInForm(comparison)) checkComparison(comparison, `${rulePath(tablePath, rule)}.comparisons[${at}]`);
    const set = comparisonSet(comparison, architecture.registerBits);
    if (isFull(set)) find('always-holds', true, `${textOf(comparison, at)} holds for every value`, rule);
    if (isTruncated(comparison, architecture)) {
      find(
        'truncated',
        false,
        `${textOf(comparison, at)} has more bits than the 32 of an argument; only the low ones count`,
        rule,
      );
    }
    sets.push([comparison.argument, set]);
  }
  return conditionOf(sets);
}

/** Whether a 64-bit value loses bits in a 32-bit argument; those of a negative int are no loss. */
function isTruncated({ value, mask, width, signed }: Comparison, { registerBits }: Architecture): boolean {
  if (registerBits === 64 || width === 32) return false;
  const compared = BigInt.asUintN(64, mask === undefined ? value : value & mask);
  if (BigInt.asIntN(64, compared) === BigInt.asIntN(32, compared) && (signed || mask === undefined))
    return false;
  return compared >> 32n !== 0n;
}

function textOf({ argument, op, value, mask }: Comparison, at: number): string {
  const test = mask === undefined ? `${op} ${value}` : `& ${mask} == ${value}`;
  return `comparison ${at} (argument ${argument} ${test})`;
}
