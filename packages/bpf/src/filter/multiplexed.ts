/**
 * Calls that are also reached through socketcall(2) or ipc(2). A rule covers such a call there too, by the first
 * argument, all of whose bits count, as with libseccomp. The kernel looks at fewer: with others above these, the call
 * happens and the rule does not match, which matters where the rule denies what would be allowed.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { actionRank } from './action.ts';
import { ANY_CALL, type Comparison, type Condition, comparisonSet, implies, narrowed } from './condition.ts';
import type { MultiplexedCall } from './known-calls.ts';
import type { ResolvedRule } from './rule.ts';

/**
 * What a rule of a multiplexed call asks of the multiplexer.
 *
 * @param multiplexed - how the call is reached
 * @returns the comparison of argument 0
 */
export function comparisonThrough({ call }: MultiplexedCall): Comparison {
  return { argument: 0, op: 'EQ', value: BigInt(call) };
}

/** The condition that some comparisons of argument 0, which some call meets, make. */
export function conditionThrough(comparison: Comparison, { registerBits }: Architecture): Condition {
  return narrowed(ANY_CALL, 0, comparisonSet(comparison, registerBits)) as Condition;
}

/**
 * Whether a call that a rule denies can still be made through its multiplexer, with other bits in the first argument.
 *
 * @param rule - the rule, as it covers the multiplexer
 * @param multiplexed - how its call is reached
 * @param rules - all rules of the multiplexer
 * @param defaultValue - what is returned where no rule matches
 * @param architecture - whose calls these are
 * @returns whether the default is less restrictive than the rule, and nothing else as restrictive covers those bits
 */
export function isOpenThrough(
  rule: ResolvedRule,
  { call, argumentBits }: MultiplexedCall,
  rules: readonly ResolvedRule[],
  defaultValue: number,
  architecture: Architecture,
): boolean {
  const rank = actionRank(rule.value);
  if (architecture.registerBits <= argumentBits || rank >= actionRank(defaultValue)) return false;
  const mask = (1n << BigInt(argumentBits)) - 1n;
  const taken = conditionThrough({ argument: 0, op: 'MASKED_EQ', mask, value: BigInt(call) }, architecture);
  return !rules.some(({ value, condition }) => actionRank(value) <= rank && implies(taken, condition));
}
