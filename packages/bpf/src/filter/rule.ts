/**
 * Rules, and which one answers when several match.
 *
 * The most restrictive action wins. Between equal actions (which may differ in their data) the rule whose
 * condition implies the other's wins, else the one added last. Said for any number of rules: of those that
 * match, take the one added last; while others among them imply it and are not implied by it, go on with
 * those alone. {@link byPrecedence} puts rules into an order in which the first match is that one.
 *
 * @module
 */

import { type Action, actionRank } from './action.ts';
import { isAllHigh, oddsOf } from './argument-set.ts';
import { type Comparison, type Condition, implies } from './condition.ts';

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
  // A rule goes to the front when it is added, with the narrower ones right before it: lower places are earlier.
  const place = new Map<ResolvedRule, number>();
  const byPoint = new Map<string, ResolvedRule[]>();
  let front = 0;
  for (const rule of rules) {
    const narrower = candidates(rule.condition, byPoint, place).filter((other) =>
      isNarrower(other.condition, rule.condition),
    );
    narrower.sort((a, b) => (place.get(a) as number) - (place.get(b) as number));
    place.set(rule, --front);
    for (const other of narrower.reverse()) place.set(other, --front);
    for (const key of points(rule.condition)) {
      const same = byPoint.get(key);
      if (same === undefined) byPoint.set(key, [rule]);
      else same.push(rule);
    }
  }
  const order = [...rules].sort((a, b) => (place.get(a) as number) - (place.get(b) as number));
  // Neighbours with the same answer may trade places.
  const result: ResolvedRule[] = [];
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const rule of broadFirst(order.slice(start, end))) result.push(rule);
  }
  return result;
}

/** Rules that can be narrower: where this one asks for a single low word, those that may ask for the same. */
function candidates(
  condition: Condition,
  byPoint: ReadonlyMap<string, ResolvedRule[]>,
  all: ReadonlyMap<ResolvedRule, number>,
): readonly ResolvedRule[] {
  let best: readonly ResolvedRule[][] | undefined;
  for (const key of points(condition)) {
    if (key.endsWith('?')) continue;
    const lists = [byPoint.get(key) ?? [], byPoint.get(`${key[0]}?`) ?? []];
    if (best === undefined || sizeOf(lists) < sizeOf(best)) best = lists;
  }
  return best?.flat() ?? [...all.keys()];
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
 * that more calls meet, so that a rule comes after one that covers it.
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
