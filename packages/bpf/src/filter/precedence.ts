/**
 * Which rule answers when several match.
 *
 * The most restrictive action wins. Between equal actions (which may differ in their data) the rule whose
 * condition implies the other's wins, else the one added last. Said for any number of rules: of those that
 * match, take the one added last; while others among them imply it and are not implied by it, go on with
 * those alone. {@link byPrecedence} puts rules into an order in which the first match is that one.
 *
 * @module
 */

import { actionRank } from './action.ts';
import { isAllHigh, oddsOf } from './argument-set.ts';
import { type Condition, conditionKey } from './condition.ts';
import { narrowFirst } from './narrow-first.ts';
import type { ResolvedRule } from './rule.ts';

/**
 * Puts the rules of one call into order: of those that match, the first one answers.
 *
 * @param rules - in order of addition
 * @returns the rules without some that never answer; where the answer does not depend on it, broad ones first
 */
export function byPrecedence(rules: readonly ResolvedRule[]): ResolvedRule[] {
  const first = rules[0];
  if (rules.every(({ value }) => value === first?.value)) return broadFirst(rules);
  const groups = new Map<number, ResolvedRule[]>();
  for (const rule of rules) {
    const rank = actionRank(rule.value);
    const group = groups.get(rank);
    if (group === undefined) groups.set(rank, [rule]);
    else group.push(rule);
  }
  const ranks = [...groups.keys()].sort((a, b) => a - b);
  return ranks.flatMap((rank) => orderWithinAction(groups.get(rank) as ResolvedRule[]));
}

function orderWithinAction(rules: readonly ResolvedRule[]): ResolvedRule[] {
  const first = rules[0];
  if (rules.every(({ value }) => value === first?.value)) return broadFirst(rules);
  const order = narrowFirst(lastOfEqual(rules));
  // Neighbours with the same answer may trade places.
  const result: ResolvedRule[] = [];
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const rule of broadFirst(order.slice(start, end))) result.push(rule);
  }
  return result;
}

/** Without rules that have the same condition as one added later, which answers in their place. */
function lastOfEqual(rules: readonly ResolvedRule[]): ResolvedRule[] {
  const last = new Map<string, ResolvedRule>();
  for (const rule of rules) last.set(conditionKey(rule.condition), rule);
  return last.size === rules.length ? [...rules] : [...last.values()].sort((a, b) => a.index - b.index);
}

/**
 * Rules of one answer: those with fewer words to look at first, then those that are done at an earlier word, then those
 * that more calls meet, so that a rule mostly comes after one that covers it.
 */
function broadFirst(rules: readonly ResolvedRule[]): ResolvedRule[] {
  let last: Keyed | undefined;
  // Mostly they are in order: no more memory than for one of them.
  const inOrder = rules.every((rule) => {
    const before = last;
    last = keyed(rule);
    return before === undefined || compareKeyed(before, last) < 0;
  });
  if (inOrder) return [...rules];
  return rules
    .map(keyed)
    .sort(compareKeyed)
    .map(({ rule }) => rule);
}

interface Keyed {
  readonly rule: ResolvedRule;
  readonly effort: number;
  readonly breadth: number;
}

function keyed(rule: ResolvedRule): Keyed {
  return { rule, effort: effort(rule.condition), breadth: breadth(rule.condition) };
}

function compareKeyed(a: Keyed, b: Keyed): number {
  if (a.effort !== b.effort) return a.effort - b.effort;
  if (a.breadth !== b.breadth) return a.breadth > b.breadth ? -1 : 1;
  return a.rule.index - b.rule.index;
}

/** About how many calls meet a condition for each that does not: fewer where it implies another one. */
function breadth(condition: Condition): number {
  let share = 1;
  let rest = 0;
  for (let argument = 0; argument < condition.length; argument++) {
    const set = condition[argument];
    if (set === undefined) continue;
    const odds = oddsOf(set);
    rest += share / (1 + odds);
    share /= 1 + 1 / odds;
  }
  return share / rest;
}

/** Words that a condition looks at, and before that which is the last one, as one number to sort by. */
function effort(condition: Condition): number {
  let words = 0;
  let last = 0;
  for (let argument = 0; argument < condition.length; argument++) {
    const set = condition[argument];
    if (set === undefined) continue;
    const high = set.maskHigh !== 0 || !isAllHigh(set.parts);
    words += high ? 2 : 1;
    last = argument;
  }
  return words * 8 + last;
}
