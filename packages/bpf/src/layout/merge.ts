/**
 * Rules of one answer that differ in the values of one argument alone, as one rule: what would be made of each by
 * itself is the same, and takes memory for each.
 *
 * @module
 */

import { type ArgumentSet, isInterval, type Part, setOfParts } from '../filter/argument-set.ts';
import type { ResolvedRule } from '../filter/rule.ts';

/**
 * Makes one rule of several.
 *
 * @param rules - rules of one call
 * @returns the rule that matches whenever one of them does; undefined where they are not of this kind, have different
 * answers, or where two of them match the same call, so that one could have no effect
 */
export function mergedRule(rules: readonly ResolvedRule[]): ResolvedRule | undefined {
  const first = rules[0] as ResolvedRule;
  const argument = onlyArgument(first);
  const set = first.condition[argument];
  const part = set && plainPart(set);
  if (part === undefined || rules.length === 1) return undefined;
  const parts: Part[] = [];
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at] as ResolvedRule;
    if (rule.value !== first.value || onlyArgument(rule) !== argument) return undefined;
    const other = plainPart(rule.condition[argument] as ArgumentSet);
    if (other === undefined || other.from !== part.from || other.to !== part.to) return undefined;
    parts.push(other);
  }
  const low = union(parts);
  if (low === undefined) return undefined;
  return {
    ...first,
    condition: first.condition.with(argument, setOfParts([{ ...part, low }])),
  };
}

/** The argument that a rule looks at, if there is just one; else -1. */
function onlyArgument({ condition }: ResolvedRule): number {
  let argument = -1;
  for (let at = 0; at < condition.length; at++) {
    if (condition[at] === undefined) continue;
    if (argument >= 0) return -1;
    argument = at;
  }
  return argument;
}

/** The part of a set that is one interval of low words for some high ones. */
function plainPart(set: ArgumentSet): Part | undefined {
  return isInterval(set) ? set.parts[0] : undefined;
}

/** The low words of all parts, as intervals that do not touch; undefined where two parts share a word. */
function union(parts: Part[]): readonly number[] | undefined {
  for (let at = 1; at < parts.length; at++) {
    if (fromOf(parts[at] as Part) >= fromOf(parts[at - 1] as Part)) continue;
    parts.sort((a, b) => fromOf(a) - fromOf(b));
    break;
  }
  const low: number[] = [];
  let end = -2;
  for (let at = 0; at < parts.length; at++) {
    const [from, to] = (parts[at] as Part).low as readonly [number, number];
    if (from <= end) return undefined;
    if (from > end + 1) low.push(from, to);
    else low[low.length - 1] = to;
    end = to;
  }
  return low;
}

function fromOf({ low }: Part): number {
  return low[0] as number;
}
