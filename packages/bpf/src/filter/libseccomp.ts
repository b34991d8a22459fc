/**
 * Where a policy means something else to libseccomp. There a rule without comparisons swallows every other
 * rule of its call, a rule swallows a narrower one that comes later, and one that comes after a narrower one
 * is refused with EEXIST, whatever the actions. Here the most restrictive action wins.
 *
 * Narrower, for libseccomp: the same comparisons and more. Seen with 2.5.4 and 2.6.1.
 *
 * @module
 */

import { actionRank, actionText } from './action.ts';
import type { Comparison } from './condition.ts';
import type { ResolvedRule } from './rule.ts';

/** One difference: the rule that it is about, the other rule, and what libseccomp would do. */
export interface LibseccompDifference {
  readonly rule: number;
  readonly by: number;
  readonly message: string;
}

/** Comparisons of one rule whose subsets are looked through: 2^6 of them. */
const MAX_COMPARISONS = 6;

/**
 * Finds the rules of one call that libseccomp would treat otherwise.
 *
 * @param rules - all rules of the call, in order of addition
 * @returns at most one difference for each rule
 */
export function libseccompDifferences(rules: readonly ResolvedRule[]): LibseccompDifference[] {
  const value = rules[0]?.value;
  if (rules.every((rule) => rule.value === value)) return [];
  const keys = rules.map((rule) => [...new Set(rule.comparisons.map(comparisonKey))].sort());
  // For each set of comparisons the first rule that has it, and the first one with another answer than that.
  const known = new Map<string, ResolvedRule[]>();
  for (const [at, rule] of rules.entries()) {
    const key = (keys[at] as string[]).join();
    const same = known.get(key);
    if (same === undefined) known.set(key, [rule]);
    else if (same.length === 1 && same[0]?.value !== rule.value) same.push(rule);
  }
  return rules.flatMap((rule, at) => {
    for (const key of subsets(keys[at] as string[])) {
      for (const broad of known.get(key) ?? []) {
        const difference = compare(rule, broad, key === (keys[at] as string[]).join(), key === '');
        if (difference !== undefined) return [difference];
      }
    }
    return [];
  });
}

function compare(
  rule: ResolvedRule,
  broad: ResolvedRule,
  same: boolean,
  unconditional: boolean,
): LibseccompDifference | undefined {
  if (rule.value === broad.value) return undefined;
  const wins = actionRank(rule.value) <= actionRank(broad.value);
  const later = broad.index > rule.index;
  const answer = actionText(broad.value);
  if (unconditional && !(same && later)) {
    return wins
      ? difference(rule, broad, `answer ${answer}, since rule ${broad.index} has no comparisons`)
      : undefined;
  }
  if (unconditional) return undefined;
  if (later)
    return difference(rule, broad, `refuse rule ${broad.index} (EEXIST), which is not narrower than this`);
  if (same) return undefined;
  return wins
    ? difference(rule, broad, `answer ${answer}, since rule ${broad.index} was there before`)
    : undefined;
}

function difference(rule: ResolvedRule, broad: ResolvedRule, does: string): LibseccompDifference {
  return { rule: rule.index, by: broad.index, message: `libseccomp would ${does}` };
}

function comparisonKey({ argument, op, value, mask = 0n, width = 64, signed = false }: Comparison): string {
  return `${argument} ${op} ${value} ${mask} ${width} ${signed}`;
}

function* subsets(keys: readonly string[]): Generator<string> {
  if (keys.length > MAX_COMPARISONS) return;
  for (let bits = 0; bits < 1 << keys.length; bits++) yield keys.filter((_, i) => bits & (1 << i)).join();
}
