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
import { type Condition, implies } from './condition.ts';
import type { ResolvedRule } from './rule.ts';

/**
 * Whether a condition implies another and not the other way round.
 *
 * @param a - the one that may be narrower
 * @param b - the one that may be broader
 * @returns true when every call that meets `a` meets `b`, and some call only `b`
 */
export function isNarrower(a: Condition, b: Condition): boolean {
  return implies(a, b) && !implies(b, a);
}

/**
 * Puts the rules of one call into order: of those that match, the first one answers.
 *
 * @param rules - in order of addition
 * @returns the same rules; where the answer does not depend on it, broad ones first
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
  const order = narrowFirst(rules);
  // Neighbours with the same answer may trade places.
  const result: ResolvedRule[] = [];
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const rule of broadFirst(order.slice(start, end))) result.push(rule);
  }
  return result;
}

/**
 * The one added last, with the narrower ones before it, and then the others: both again in this order, by themselves.
 * A call that meets a narrower one meets that one, too, so the others do not matter to it.
 */
function narrowFirst(rules: readonly ResolvedRule[]): ResolvedRule[] {
  // What waits is a ring, from which each can be taken: the last one is below 0, and a rule's place is from 1 on.
  const below = Array.from({ length: rules.length + 1 }, (_, place) => place - 1);
  const above = Array.from({ length: rules.length + 1 }, (_, place) => place + 1);
  below[0] = rules.length;
  above[rules.length] = 0;
  const link = (lower: number, upper: number): void => {
    above[lower] = upper;
    below[upper] = lower;
  };
  const takeOut = (place: number): void => link(below[place] as number, above[place] as number);
  const all = rules.map((_, at) => at + 1);
  const byPoint = placesByPoint(rules);
  /** By place: which rules it is ordered with. */
  const group = new Array<number>(rules.length + 1).fill(0);
  let groups = 0;
  const order: ResolvedRule[] = [];
  for (let place = below[0]; place !== 0; place = below[0] as number) {
    const rule = rules[place - 1] as ResolvedRule;
    const own = group[place];
    const narrower: number[] = [];
    for (const list of own === READY ? [] : candidates(rule.condition, byPoint, all))
      for (const other of list)
        if (group[other] === own && isNarrower((rules[other - 1] as ResolvedRule).condition, rule.condition))
          narrower.push(other);
    group[place] = READY;
    if (narrower.length === 0) {
      order.push(rule);
      takeOut(place);
      continue;
    }
    groups++;
    for (const other of narrower.sort((a, b) => a - b)) {
      takeOut(other);
      link(below[0] as number, other);
      link(other, 0);
      group[other] = groups;
    }
  }
  return order;
}

/** Instead of a group: all that comes before the rule is in order. */
const READY = -1;

/** For each of their points, the places of rules, from 1 on, that have it. */
function placesByPoint(rules: readonly ResolvedRule[]): ReadonlyMap<string, readonly number[]> {
  const byPoint = new Map<string, number[]>();
  for (let at = 0; at < rules.length; at++) {
    for (const key of points((rules[at] as ResolvedRule).condition)) {
      const same = byPoint.get(key);
      if (same === undefined) byPoint.set(key, [at + 1]);
      else same.push(at + 1);
    }
  }
  return byPoint;
}

/** Lists of rules that can be narrower: where this one asks for a single low word, those that may ask for the same. */
function candidates(
  condition: Condition,
  byPoint: ReadonlyMap<string, readonly number[]>,
  all: readonly number[],
): readonly (readonly number[])[] {
  let best: readonly (readonly number[])[] = [all];
  for (const key of points(condition)) {
    if (key.endsWith('?')) continue;
    const lists = [byPoint.get(key) ?? [], byPoint.get(`${key[0]}?`) ?? []];
    if (sizeOf(lists) < sizeOf(best)) best = lists;
  }
  return best;
}

function sizeOf(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((sum, { length }) => sum + length, 0);
}

/** For each argument that a condition looks at, its index and the single low word it takes, or `?`. */
function points(condition: Condition): string[] {
  return condition.flatMap((set, argument) => {
    if (set === undefined) return [];
    const low = set.parts.length === 1 ? (set.parts[0]?.low ?? []) : [];
    return [low.length === 2 && low[0] === low[1] ? `${argument}=${low[0]}` : `${argument}?`];
  });
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
