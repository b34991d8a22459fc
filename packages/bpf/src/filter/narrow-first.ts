/**
 * The order of rules with the same action, whose data differ: the one added last, with the narrower ones before it,
 * and then the others; both again in this order, by themselves. A call that meets a narrower one meets that one, too,
 * so the others do not matter to it.
 *
 * Terms: a group is what is ordered by itself. A rule's bounds are the smallest and the largest that it takes of each
 * word; those of a narrower one lie within.
 *
 * @module
 */

import { type ArgumentSet, boundsOf, setOfParts } from './argument-set.ts';
import { type Condition, isNarrower } from './condition.ts';
import { MAX_WORD } from './intervals.ts';
import type { ResolvedRule } from './rule.ts';
import { SortedPlaces } from './sorted-places.ts';

/**
 * Puts rules into that order.
 *
 * @param rules - rules of one call and one action, in order of addition, no two with the same condition
 * @returns the same rules; of those that match, the first one answers
 */
export function narrowFirst(rules: readonly ResolvedRule[]): ResolvedRule[] {
  const words = boundedWords(rules);
  const order: ResolvedRule[] = [];
  /** By place: the group that the rule is in, or NONE once it is in order or has its place behind a group. */
  const groupOf = new Array<number>(rules.length).fill(0);
  const groups: Group[] = [];
  let made = 0;
  const enter = (places: readonly number[], behind: readonly number[]): void => {
    const id = made++;
    for (const place of places) groupOf[place] = id;
    groups.push({ id, places, left: places.length, behind: [...behind], reach: reachOf(places, words) });
  };
  const leave = (place: number): void => {
    groupOf[place] = NONE;
    for (const { sorted } of words) for (const list of sorted) list.remove(place);
  };
  enter([...rules.keys()], []);
  for (let group = groups.at(-1); group !== undefined; group = groups.at(-1)) {
    if (group.left === 0) {
      for (const place of group.behind.reverse()) order.push(rules[place] as ResolvedRule);
      groups.pop();
      continue;
    }
    const place = group.places[--group.left] as number;
    if (groupOf[place] !== group.id) continue;
    leave(place);
    const { condition } = rules[place] as ResolvedRule;
    if (coversAll(condition, place, group, words)) {
      group.behind.push(place);
      continue;
    }
    const narrower: number[] = [];
    for (const other of candidates(place, group, words)) {
      if (groupOf[other] !== group.id || !isBoundedBy(other, place, words)) continue;
      if (isNarrower((rules[other] as ResolvedRule).condition, condition)) narrower.push(other);
    }
    if (narrower.length === 0) order.push(rules[place] as ResolvedRule);
    else
      enter(
        narrower.sort((a, b) => a - b),
        [place],
      );
  }
  return order;
}

const NONE = -1;

/** Rules of a group up to which all of them are looked at. */
const FEW = 16;

/** One word of one argument, with the bounds of all rules. */
interface BoundedWord {
  readonly argument: number;
  readonly isHigh: boolean;
  /** By place. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Places by either of these; none where there are few rules. */
  readonly sorted: readonly SortedPlaces[];
}

interface Group {
  readonly id: number;
  /** Of its rules, ascending; some are no longer in it. */
  readonly places: readonly number[];
  /** How many of them have not been looked at. */
  left: number;
  /** Rules that come after all others of the group, the last one first. */
  readonly behind: number[];
  /** By word: bounds of what is up to each of its places. */
  readonly reach: readonly { readonly from: readonly number[]; readonly to: readonly number[] }[];
}

/** The words that some rules do not take all of. */
function boundedWords(rules: readonly ResolvedRule[]): BoundedWord[] {
  const words: BoundedWord[] = [];
  const bounds = rules.map(({ condition }) => condition.map((set) => set && boundsOf(set)));
  for (let argument = 0; argument < (bounds[0]?.length ?? 0); argument++) {
    for (const isHigh of [true, false]) {
      const from: number[] = [];
      const to: number[] = [];
      for (const { [argument]: of } of bounds) {
        from.push((isHigh ? of?.fromHigh : of?.fromLow) ?? 0);
        to.push((isHigh ? of?.toHigh : of?.toLow) ?? MAX_WORD);
      }
      if (from.every((word) => word === 0) && to.every((word) => word === MAX_WORD)) continue;
      const sorted = rules.length > FEW ? [new SortedPlaces(from), new SortedPlaces(to)] : [];
      words.push({ argument, isHigh, from, to, sorted });
    }
  }
  return words;
}

/** What the rules up to each place of a group take together, at most. */
function reachOf(places: readonly number[], words: readonly BoundedWord[]): Group['reach'] {
  return words.map(({ from, to }) => {
    let [lowest, highest] = [MAX_WORD, 0];
    const reach = { from: [] as number[], to: [] as number[] };
    for (const place of places) {
      lowest = Math.min(lowest, from[place] as number);
      highest = Math.max(highest, to[place] as number);
      reach.from.push(lowest);
      reach.to.push(highest);
    }
    return reach;
  });
}

/** Whether all that is left of a group is narrower than the rule at a place, as can be seen from bounds alone. */
function coversAll(
  condition: Condition,
  place: number,
  { left, reach }: Group,
  words: readonly BoundedWord[],
): boolean {
  if (left === 0) return false;
  const box: (ArgumentSet | undefined)[] = condition.map(() => undefined);
  for (let at = 0; at < words.length; at++) {
    const { argument, isHigh, from, to } = words[at] as BoundedWord;
    const first = reach[at]?.from[left - 1] as number;
    const last = reach[at]?.to[left - 1] as number;
    if (first < (from[place] as number) || last > (to[place] as number)) return false;
    // A condition has no set for an argument that may be anything.
    if (first === 0 && last === MAX_WORD) continue;
    const part = box[argument]?.parts[0] ?? { from: 0, to: MAX_WORD, low: [0, MAX_WORD] };
    box[argument] = setOfParts([
      isHigh ? { ...part, from: first, to: last } : { ...part, low: [first, last] },
    ]);
  }
  return isNarrower(box, condition);
}

/** Places of rules that may be narrower than the one at a place: all, or those with a bound within its own. */
function candidates(
  place: number,
  { places, left }: Group,
  words: readonly BoundedWord[],
): readonly number[] {
  let best: SortedPlaces | undefined;
  let [first, last, count] = [0, 0, Number.POSITIVE_INFINITY];
  for (const { from, to, sorted } of left > FEW ? words : []) {
    for (const list of sorted) {
      const within = list.count(from[place] as number, to[place] as number);
      if (within >= count) continue;
      [best, first, last, count] = [list, from[place] as number, to[place] as number, within];
    }
  }
  return best?.between(first, last, left) ?? places.slice(0, left);
}

/** Whether the bounds of one rule lie within those of another. */
function isBoundedBy(inner: number, outer: number, words: readonly BoundedWord[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const { from, to } = words[at] as BoundedWord;
    if ((from[inner] as number) < (from[outer] as number) || (to[inner] as number) > (to[outer] as number))
      return false;
  }
  return true;
}
