/**
 * From a policy to the function that it means, straight from what the rules say: nothing but the names'
 * numbers is shared with the compiler, not even the question whether one condition implies another.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { actionRank } from '../filter/action.ts';
import type { Comparison } from '../filter/condition.ts';
import type { ResolvedPolicy, Table } from '../filter/resolve.ts';
import type { ResolvedRule } from '../filter/rule.ts';
import { type Diagrams, FALSE, TRUE } from './diagram.ts';
import type { Word, Words } from './words.ts';

const ALL_BITS = 2n ** 64n - 1n;

/** A rule and where it matches. */
interface Match {
  readonly value: number;
  readonly condition: number;
}

/** A rule that may be taken, with what comes out then. */
interface Taken {
  readonly condition: number;
  readonly answer: number;
  /** Rules before it that are narrower. */
  readonly narrower: ReadonlySet<Taken>;
  /** Two calls that match, if any does: they tell most rules apart in no time. */
  readonly samples: readonly Uint8Array[];
}

/**
 * Works out what a policy means.
 *
 * @param policy - a policy with its names resolved
 * @param words - where the function is to live
 * @returns its node
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function policyAnswer({ endian, badArchitectureValue, tables }: ResolvedPolicy, words: Words): number {
  const { diagrams } = words;
  const number = words.load(0);
  const token = words.load(1);
  let answer = diagrams.leaf(badArchitectureValue);
  for (const table of tables) {
    const { architecture, numbers, defaultValue, calls } = table;
    let reached = FALSE;
    for (const [from, to] of numbers) {
      const inRange = diagrams.and(
        words.notBelow(number, words.constant(from)),
        words.notBelow(words.constant(to), number),
      );
      reached = diagrams.or(reached, inRange);
    }
    const answers = [...calls].map(
      ([call, rules]) => [call, callAnswer(rules, table, endian, words)] as const,
    );
    const inside = words.select(number, answers, diagrams.leaf(defaultValue));
    const isToken = words.equal(token, words.constant(architecture.auditArch));
    answer = diagrams.choose(diagrams.and(isToken, reached), inside, answer);
  }
  return answer;
}

/** What the rules of one call say: the most restrictive action of those that match, else the default. */
function callAnswer(
  rules: readonly ResolvedRule[],
  { architecture, defaultValue }: Table,
  endian: Endian,
  words: Words,
): number {
  const byRank = new Map<number, Match[]>();
  for (const { value, comparisons } of rules) {
    const condition = comparisons.reduce(
      (all, comparison) =>
        words.diagrams.and(all, comparisonCondition(comparison, architecture.registerBits, endian, words)),
      TRUE,
    );
    const rank = actionRank(value);
    const group = byRank.get(rank);
    if (group === undefined) byRank.set(rank, [{ value, condition }]);
    else group.push({ value, condition });
  }
  const leastFirst = [...byRank].sort(([a], [b]) => b - a);
  return leastFirst.reduce(
    (otherwise, [, group]) => winner(group, otherwise, words),
    words.diagrams.leaf(defaultValue),
  );
}

/**
 * Between equal actions: of the rules that match take the one added last; while others among them imply it
 * and are not implied by it, go on with those alone. What comes out once a rule is taken depends on nothing
 * but that rule: a narrower one that was added later would have been taken in its place.
 */
function winner(rules: readonly Match[], otherwise: number, { diagrams }: Words): number {
  if (rules.every(({ value }) => value === rules[0]?.value)) {
    const some = rules.reduce((any, { condition }) => diagrams.or(condition, any), FALSE);
    return diagrams.choose(some, diagrams.leaf((rules[0] as Match).value), otherwise);
  }
  const taken: Taken[] = [];
  let result = otherwise;
  for (const { value, condition } of rules) {
    const narrower = new Set<Taken>();
    const chosen: Taken[] = [];
    for (const other of taken.toReversed()) {
      // What is narrower than one of the chosen is chosen within its answer.
      if (narrower.has(other) || !isNarrower(other, condition, diagrams)) continue;
      chosen.push(other);
      narrower.add(other);
      for (const each of other.narrower) narrower.add(each);
    }
    const answer = chosen.reduceRight(
      (inner, other) => diagrams.choose(other.condition, other.answer, inner),
      diagrams.leaf(value),
    );
    const samples = condition === FALSE ? [] : [diagrams.path(condition, 0), diagrams.path(condition, 1)];
    taken.push({ condition, answer, narrower, samples });
    result = diagrams.choose(condition, answer, result);
  }
  return result;
}

/** Whether a rule's condition implies another and is not implied by it. */
function isNarrower({ condition, samples }: Taken, other: number, diagrams: Diagrams): boolean {
  if (condition === other) return false;
  if (samples.some((bits) => diagrams.follow(other, bits) === FALSE)) return false;
  return diagrams.choose(condition, other, TRUE) === TRUE;
}

/** Where a comparison holds. */
function comparisonCondition(
  { argument, op, value, mask = ALL_BITS, width = 64, signed = false }: Comparison,
  registerBits: 32 | 64,
  endian: Endian,
  words: Words,
): number {
  const { diagrams } = words;
  const first = 4 + 2 * argument;
  const [high, low] = endian === 'little' ? [first + 1, first] : [first, first + 1];
  const looksAt = registerBits === 64 && width === 64 ? [low, high] : [low];
  const sides = looksAt.map((index, place): readonly [Word, Word] => {
    // In two's complement, turning the highest bit puts words into unsigned order.
    const sign = words.constant(signed && place === looksAt.length - 1 ? 0x80000000 : 0);
    const side = (word: Word): Word => words.xor(words.and(word, words.constant(wordOf(mask, place))), sign);
    return [side(words.load(index)), side(words.constant(wordOf(value, place)))];
  });
  const same = (): number => sides.reduce((all, [a, b]) => diagrams.and(words.equal(a, b), all), TRUE);
  const notBelow = (strict: boolean): number =>
    sides.reduce(
      (lower, [a, b]) => diagrams.choose(words.equal(a, b), lower, words.notBelow(a, b)),
      strict ? FALSE : TRUE,
    );
  switch (op) {
    case 'EQ':
    case 'MASKED_EQ':
      return same();
    case 'NE':
      return diagrams.not(same());
    case 'GE':
      return notBelow(false);
    case 'LT':
      return diagrams.not(notBelow(false));
    case 'GT':
      return notBelow(true);
    case 'LE':
      return diagrams.not(notBelow(true));
  }
}

function wordOf(value: bigint, place: number): number {
  return Number(BigInt.asUintN(32, value >> BigInt(32 * place)));
}
