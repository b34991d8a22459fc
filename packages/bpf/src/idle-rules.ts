/**
 * Rules that have no effect, and why.
 *
 * @module
 */

import { actionRank } from './filter/action.ts';
import { conditionKey, implies } from './filter/condition.ts';
import type { Finding } from './filter/policy.ts';
import { newFinding, type Table } from './filter/resolve.ts';
import type { ResolvedRule } from './filter/rule.ts';

/** Rules that are looked through for the one that covers another, and up to which the effect of one is tried out. */
const LIMIT = 64;

/**
 * Says which rules of a call have no effect. All of these can go at once.
 *
 * @param table - the call's architecture
 * @param rules - the call's rules
 * @param effective - by the rule's index: whether it has an effect; gets true where one that never answers has
 * @param isSameWith - whether other rules of the call lead to the same
 * @returns a finding for each, by its index
 */
export function idleRules(
  table: Table,
  rules: readonly ResolvedRule[],
  effective: boolean[],
  isSameWith: (rules: readonly ResolvedRule[]) => boolean,
): Map<number, Finding> {
  const findings = new Map<number, Finding>();
  const lastOf = lastOfRepeated(rules);
  let kept = rules;
  for (const rule of rules) {
    const { index } = rule;
    if (effective[index]) continue;
    const covering = coverOf(rule, rules, lastOf !== undefined, table.defaultValue);
    const by = covering ?? lastOf?.(rule);
    if (by === undefined && lastOf !== undefined) {
      // Where data differ, a rule that never answers can still decide which of two others does.
      const isIdle =
        rules.length <= LIMIT &&
        isSameWith(without(rule, rules)) &&
        (kept === rules || isSameWith(without(rule, kept)));
      if (!isIdle) {
        effective[index] = true;
        continue;
      }
    }
    if (lastOf !== undefined && rules.length <= LIMIT) kept = without(rule, kept);
    // The last of several with the same condition keeps the others from answering.
    if (by !== undefined && by !== covering && by.value !== rule.value) effective[by.index] = true;
    findings.set(index, newIdleFinding(table, rule, by));
  }
  return findings;
}

/** Says that a rule has no effect, because of another one, if there is one. */
function newIdleFinding(table: Table, { index, value }: ResolvedRule, by: ResolvedRule | undefined): Finding {
  if (by !== undefined) {
    const message = `rule ${by.index} answers whenever this one matches`;
    return newFinding(table, 'shadowed', true, message, index, by.index);
  }
  if (value === table.defaultValue)
    return newFinding(table, 'same-as-default', true, 'the default action is the same', index);
  return newFinding(table, 'shadowed', true, 'other rules answer whenever this one matches', index);
}

function without(rule: ResolvedRule, rules: readonly ResolvedRule[]): readonly ResolvedRule[] {
  return rules.filter((other) => other !== rule);
}

/** A rule that answers for another one wherever that matches, if one of the first is. */
function coverOf(
  rule: ResolvedRule,
  rules: readonly ResolvedRule[],
  dataDiffer: boolean,
  defaultValue: number,
): ResolvedRule | undefined {
  const rank = actionRank(rule.value);
  for (let at = 0; at < rules.length && at < LIMIT; at++) {
    const other = rules[at] as ResolvedRule;
    const order = actionRank(other.value) - rank;
    if (other === rule || order > 0 || (order === 0 && dataDiffer)) continue;
    // Of two that answer as the default does, none is the reason why the other has no effect.
    if (rule.value === defaultValue && other.value === defaultValue) continue;
    if (implies(rule.condition, other.condition)) return other;
  }
  return undefined;
}

/**
 * Finds the last rule with the same condition and action, if it is another one; undefined where all rules of each
 * action have the same data, so that it does not matter which one is last.
 */
function lastOfRepeated(
  rules: readonly ResolvedRule[],
): ((rule: ResolvedRule) => ResolvedRule | undefined) | undefined {
  if (!hasDifferentData(rules)) return undefined;
  const keyOf = ({ value, condition }: ResolvedRule): string =>
    `${actionRank(value)} ${conditionKey(condition)}`;
  const last = new Map(rules.map((rule) => [keyOf(rule), rule]));
  return (rule) => {
    const found = last.get(keyOf(rule));
    return found === rule ? undefined : found;
  };
}

/** Whether two rules have the same action and different data. */
function hasDifferentData(rules: readonly ResolvedRule[]): boolean {
  const [first] = rules as [ResolvedRule];
  if (rules.every(({ value }) => value === first.value)) return false;
  const values = new Map(rules.map(({ value }) => [actionRank(value), value]));
  return rules.some(({ value }) => values.get(actionRank(value)) !== value);
}
