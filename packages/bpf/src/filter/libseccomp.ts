/**
 * Where libseccomp would make another filter of a call's rules.
 *
 * There, narrower means: the same comparisons and more. A rule without comparisons swallows every other rule of
 * its call, a rule swallows a narrower one that comes later, and one that comes after a narrower one is refused
 * with EEXIST, whatever the actions. Of rules that only overlap, the one answers that its tree of tests comes to
 * first, which depends on what other rules there are; and after a test of one argument that more tests follow, it
 * does not always come back to other tests of that argument. Seen with 2.5.4 and 2.6.1.
 *
 * @module
 */

import { actionRank, actionText } from './action.ts';
import { areDisjoint, isSameInterval, isWithin } from './argument-set.ts';
import { type Comparison, type Condition, overlaps } from './condition.ts';
import type { ResolvedRule } from './rule.ts';

/** One difference: the rule that it is about, the other rule if it is known, and what libseccomp would do. */
export interface LibseccompDifference {
  readonly rule: number;
  readonly by?: number;
  readonly message: string;
}

/** Comparisons of one rule whose subsets are looked through: 2^6 of them. */
const MAX_COMPARISONS = 6;

/** Pairs of rules that are looked at, and for each rule: a policy of any size takes time in proportion. */
const PAIRS_BASE = 20_000;
const PAIRS_PER_RULE = 16;

/**
 * Finds the rules of one call that libseccomp would treat otherwise.
 *
 * @param rules - all rules of the call, in order of addition
 * @returns at most one difference for each rule
 */
export function libseccompDifferences(rules: readonly ResolvedRule[]): LibseccompDifference[] {
  const value = rules[0]?.value;
  const alike = rules.every((rule) => rule.value === value);
  if (alike && rules.every((rule) => rule.comparisons.length < 2 || argumentsOf(rule) < 2)) return [];
  const keys = rememberedKeys();
  const found = [...(alike ? [] : swallowed(rules, keys)), ...overlapping(rules, keys)];
  return [...new Map(found.reverse().map((difference) => [difference.rule, difference])).values()].reverse();
}

/** A rule's comparisons, each as a text that is the same for the same comparison, in order. */
type Keys = (rule: ResolvedRule) => readonly string[];

function rememberedKeys(): Keys {
  const known = new Map<ResolvedRule, readonly string[]>();
  return (rule) => {
    let keys = known.get(rule);
    if (keys === undefined) {
      keys = [...new Set(rule.comparisons.map(comparisonKey))].sort();
      known.set(rule, keys);
    }
    return keys;
  };
}

/** Rules with the same comparisons as another one, or with more. */
function swallowed(rules: readonly ResolvedRule[], keys: Keys): LibseccompDifference[] {
  // For each set of comparisons the first rule that has it, and the first one with another answer than that.
  const known = new Map<string, ResolvedRule[]>();
  for (const rule of rules) {
    const key = keys(rule).join();
    const same = known.get(key);
    if (same === undefined) known.set(key, [rule]);
    else if (same.length === 1 && same[0]?.value !== rule.value) same.push(rule);
  }
  // Different sets of as many comparisons each: none of them has those of another.
  const count = keys(rules[0] as ResolvedRule).length;
  if (known.size === rules.length && rules.every((rule) => keys(rule).length === count)) return [];
  return rules.flatMap((rule) => {
    const own = keys(rule);
    for (const key of subsets(own)) {
      for (const broad of known.get(key) ?? []) {
        const difference = compare(rule, broad, key === own.join(), key === '');
        if (difference !== undefined) return [difference];
      }
    }
    return [];
  });
}

/** Rules that some calls meet together with another one, and neither has the other's comparisons and more. */
function overlapping(rules: readonly ResolvedRule[], keys: Keys): LibseccompDifference[] {
  const neighboursOf = neighbourhood(rules);
  const differences: LibseccompDifference[] = [];
  let pairs = PAIRS_BASE + PAIRS_PER_RULE * rules.length;
  for (const rule of rules) {
    const difference = firstOverlap(rule, neighboursOf(rule), keys, () => --pairs < 0);
    if (difference !== undefined) differences.push(difference);
    if (pairs < 0) break;
  }
  return differences;
}

/** The first of some lists of rules that overlaps with one. */
function firstOverlap(
  rule: ResolvedRule,
  lists: readonly (readonly ResolvedRule[])[],
  keys: Keys,
  isEnough: () => boolean,
): LibseccompDifference | undefined {
  for (const list of lists) {
    for (const other of list) {
      if (isEnough())
        return {
          rule: rule.index,
          message: 'libseccomp may answer otherwise: not all rules that overlap were looked at',
        };
      const message = overlap(rule, other);
      if (message !== undefined && !isSubsetEitherWay(keys, rule, other))
        return { rule: rule.index, by: other.index, message: `libseccomp may ${message}` };
    }
  }
  return undefined;
}

/** What libseccomp may do with a rule because of another one. */
function overlap(rule: ResolvedRule, other: ResolvedRule): string | undefined {
  if (rule.value !== other.value && overlaps(rule.condition, other.condition)) {
    if (!answersBefore(rule, other)) return undefined;
    return `answer ${actionText(other.value)} where rule ${other.index} matches too`;
  }
  return other.index < rule.index && isEntangled(rule, other)
    ? `not come to this rule where rule ${other.index} looks at the same argument first`
    : undefined;
}

/**
 * Whether two rules begin with the same argument, which can be what both want, but not with the same comparison of
 * it, and one of them goes on to another argument: having gone on, libseccomp does not always come back.
 */
function isEntangled({ condition: a }: ResolvedRule, { condition: b }: ResolvedRule): boolean {
  const first = firstArgument(a);
  const [inA, inB] = [a[first], b[first]];
  if (inA === undefined || inB === undefined || first !== firstArgument(b)) return false;
  if (isSameInterval(inA, inB)) return false;
  if (lastArgument(a) === first && lastArgument(b) === first) return false;
  return !areDisjoint(inA, inB) && !(isWithin(inA, inB) && isWithin(inB, inA));
}

/** The first argument that a condition looks at, behind all of them if there is none. */
function firstArgument(condition: Condition): number {
  let argument = 0;
  while (argument < condition.length && condition[argument] === undefined) argument++;
  return argument;
}

/** The last one. */
function lastArgument(condition: Condition): number {
  let argument = condition.length - 1;
  while (argument >= 0 && condition[argument] === undefined) argument--;
  return argument;
}

/** Whether one rule answers where both match and neither is narrower. */
function answersBefore(rule: ResolvedRule, other: ResolvedRule): boolean {
  const order = actionRank(rule.value) - actionRank(other.value);
  return order < 0 || (order === 0 && rule.index > other.index);
}

/** Finds the lists of rules that may overlap with one: not those that ask for another single word where it asks for one. */
function neighbourhood(
  rules: readonly ResolvedRule[],
): (rule: ResolvedRule) => readonly (readonly ResolvedRule[])[] {
  // Arguments that no rule looks at tell nothing apart.
  const places = ARGUMENTS.filter((argument) =>
    rules.some(({ condition }) => condition[argument] !== undefined),
  ).map((argument) => ({
    argument,
    byWord: new Map<number, ResolvedRule[]>(),
    others: [] as ResolvedRule[],
  }));
  for (const rule of rules) {
    for (const { argument, byWord, others } of places) {
      const word = singleWord(rule.condition, argument);
      const list = word === undefined ? others : byWord.get(word);
      if (list === undefined) byWord.set(word as number, [rule]);
      else list.push(rule);
    }
  }
  return ({ condition }) => {
    let best: readonly (readonly ResolvedRule[])[] = [rules];
    for (const { argument, byWord, others } of places) {
      const word = singleWord(condition, argument);
      if (word === undefined) continue;
      const lists = [byWord.get(word) ?? [], others];
      if (lengthOf(lists) < lengthOf(best)) best = lists;
    }
    return best;
  };
}

const ARGUMENTS = [0, 1, 2, 3, 4, 5] as const;

/** The only low word of an argument that a condition takes, if there is just one. */
function singleWord(condition: Condition, argument: number): number | undefined {
  const set = condition[argument];
  if (set?.parts.length !== 1) return undefined;
  const { low } = set.parts[0] as (typeof set.parts)[number];
  return low.length === 2 && low[0] === low[1] ? low[0] : undefined;
}

/** How many arguments a rule looks at. */
function argumentsOf({ condition }: ResolvedRule): number {
  let count = 0;
  for (let argument = 0; argument < condition.length; argument++)
    if (condition[argument] !== undefined) count++;
  return count;
}

function lengthOf(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((sum, { length }) => sum + length, 0);
}

function isSubsetEitherWay(keys: Keys, rule: ResolvedRule, other: ResolvedRule): boolean {
  const [a, b] = [keys(rule), keys(other)];
  return a.every((key) => b.includes(key)) || b.every((key) => a.includes(key));
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

function comparisonKey({ argument, op, value, mask, width = 64, signed = false }: Comparison): string {
  return `${argument} ${op} ${mask === undefined ? value : value & mask} ${mask} ${width} ${signed}`;
}

function* subsets(keys: readonly string[]): Generator<string> {
  if (keys.length > MAX_COMPARISONS) return;
  for (let bits = 0; bits < 1 << keys.length; bits++) yield keys.filter((_, i) => bits & (1 << i)).join();
}
