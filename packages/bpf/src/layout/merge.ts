/**
 * Rules of one answer that differ in the values of one argument alone, as one rule: what would be made of each by
 * itself is the same, and takes memory for each.
 *
 * @module
 */

import { intervalOf, type Part, setOfParts } from '../filter/argument-set.ts';
import type { ResolvedRule } from '../filter/rule.ts';
import { ValueRule } from '../filter/value-rule.ts';
import { isAscending } from '../lists.ts';

/**
 * Makes one rule of several.
 *
 * @param rules - rules of one call
 * @returns the rule that matches whenever one of them does; undefined where they are not of this kind, have different
 * answers, or where two of them match the same call, so that one could have no effect
 */
export function mergedRule(rules: readonly ResolvedRule[]): ResolvedRule | undefined {
  if (rules.length < 2) return undefined;
  const first = rules[0] as ResolvedRule;
  const argument = onlyArgument(first);
  const part = plainPart(first, argument);
  if (part === undefined) return undefined;
  const froms: number[] = [];
  const tos: number[] = [];
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at] as ResolvedRule;
    if (rule.value !== first.value || onlyArgument(rule) !== argument) return undefined;
    const other = plainPart(rule, argument);
    if (other === undefined || other.from !== part.from || other.to !== part.to) return undefined;
    froms.push(other.low[0] as number);
    tos.push(other.low[1] as number);
  }
  const low = union(froms, tos);
  if (low === undefined) return undefined;
  return {
    ...first,
    condition: first.condition.with(argument, setOfParts([{ ...part, low }])),
  };
}

/** The argument that a rule looks at, if there is just one; else -1. */
function onlyArgument(rule: ResolvedRule): number {
  if (rule instanceof ValueRule) return rule.argument;
  const { condition } = rule;
  let argument = -1;
  for (let at = 0; at < condition.length; at++) {
    if (condition[at] === undefined) continue;
    if (argument >= 0) return -1;
    argument = at;
  }
  return argument;
}

/** What a rule takes of an argument, if that is one interval of low words for some high ones. */
function plainPart(rule: ResolvedRule, argument: number): Part | undefined {
  const set = rule instanceof ValueRule ? rule.set : rule.condition[argument];
  return set && intervalOf(set);
}

/**
 * The words of all intervals, as intervals that do not touch; undefined where two of them share a word. For that, where
 * they start and where they end can be in order each by itself: as many must have ended before one as start before it.
 */
function union(froms: number[], tos: number[]): readonly number[] | undefined {
  const [starts, ends] = [ascending(froms), ascending(tos)];
  const low: number[] = [];
  let end = -2;
  for (let at = 0; at < starts.length; at++) {
    const from = starts[at] as number;
    if (from <= end) return undefined;
    const touches = from === end + 1;
    end = ends[at] as number;
    if (touches) low[low.length - 1] = end;
    else low.push(from, end);
  }
  return low;
}

/** Words in order. */
function ascending(words: number[]): ArrayLike<number> {
  return isAscending(words) ? words : new Uint32Array(words).sort();
}
