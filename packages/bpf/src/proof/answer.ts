/**
 * What filters answer, and where two of them differ.
 *
 * Terms: an answer is a diagram whose leaves are the values returned. A program can also return what it
 * calculated, up to 2^32 values; such an answer is wide: where its leaf is {@link WIDE}, a word beside it has
 * the value.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import {
  type ActionName,
  ActionValue,
  actionRank,
  kernelValue,
  MAX_ERRNO,
  PASS_DATA_ON,
} from '../filter/action.ts';
import type { SeccompData } from '../seccomp-data.ts';
import { FALSE, MAX_NODES, TERMINAL, TRUE, WIDE } from './diagram.ts';
import { callOf, type Difference, differencesOf } from './differences.ts';
import type { Answer, Word, Words } from './words.ts';

/** The filters answer the same to every call. */
export interface SameAnswers {
  readonly equal: true;
}

/** Where two answers differ. */
export interface AnswerDifference {
  readonly equal: false;
  /** Byte order in which calls are given. */
  readonly endian: Endian;
  /** The first call for which they differ, by architecture, number, arguments and instruction pointer. */
  readonly example: SeccompData;
  /** What each answers to it, unsigned 32 bits. */
  readonly answers: readonly [number, number];
  /**
   * All calls for which they differ, as sets that do not overlap, made while they are read. There can be very
   * many of them.
   */
  differences(): Generator<Difference, void, undefined>;
}

const ACTION_BITS = 0xffff0000;
const DATA_BITS = 0xffff;
const SIGN_BIT = 0x80000000;

/**
 * What two filters answer together: the more restrictive answer, of equal ones that of the later filter.
 *
 * @param before - answer of the earlier filter
 * @param last - answer of the later one
 * @param words - where they live
 * @returns the answer
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function stackAnswer(before: Answer, last: Answer, words: Words): Answer {
  const { diagrams } = words;
  if (before.wide === undefined && last.wide === undefined) {
    const node = diagrams.combine(before.node, last.node, (p, q) => {
      if (p === q) return p;
      if (diagrams.level[p] !== TERMINAL || diagrams.level[q] !== TERMINAL) return undefined;
      return actionRank(diagrams.value(p)) < actionRank(diagrams.value(q)) ? p : q;
    });
    return { node, wide: undefined };
  }
  const [p, q] = [wordOf(before, words), wordOf(last, words)];
  // As signed numbers: with the sign turned, in unsigned order.
  const rank = (word: Word): Word =>
    words.xor(words.and(word, words.constant(ACTION_BITS)), words.constant(SIGN_BIT));
  return words.answer(words.choose(words.notBelow(rank(p), rank(q)), q, p), TRUE);
}

/**
 * Takes all values for one with which the kernel does the same.
 *
 * @param answer - what a filter returns
 * @param words - where it lives
 * @returns the answer with data only where the kernel passes them on, an errno of at most 4095, and
 * KILL_PROCESS for actions that the kernel does not know
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function kernelAnswer(answer: Answer, words: Words): Answer {
  if (answer.wide !== undefined) return words.answer(kernelWord(wordOf(answer, words), words), TRUE);
  const { diagrams } = words;
  const node = diagrams.map(answer.node, (leaf) =>
    diagrams.level[leaf] === TERMINAL ? diagrams.leaf(kernelValue(diagrams.value(leaf))) : undefined,
  );
  return { node, wide: undefined };
}

/**
 * Finds where two answers differ.
 *
 * @param a - one answer
 * @param b - the other
 * @param words - where they live
 * @returns where, if anywhere
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function compareAnswers(a: Answer, b: Answer, words: Words): SameAnswers | AnswerDifference {
  const { diagrams, order } = words;
  const constantOf = (leaf: number): number | undefined => (leaf === WIDE ? undefined : diagrams.value(leaf));
  const isWide = a.wide !== undefined || b.wide !== undefined;
  if (!isWide && a.node === b.node) return { equal: true };
  const leaves: (readonly [number, number])[] = [];
  const known = new Map<number, number>();
  let difference = diagrams.combine(a.node, b.node, (p, q) => {
    // Under a pair of equal nodes there may be wide leaves, which can still differ.
    if (p === q && !isWide) return FALSE;
    if (diagrams.level[p] !== TERMINAL || diagrams.level[q] !== TERMINAL) return undefined;
    if (p === q && p !== WIDE) return FALSE;
    const key = p * MAX_NODES + q;
    let leaf = known.get(key);
    if (leaf === undefined) {
      leaf = diagrams.leaf(leaves.length);
      known.set(key, leaf);
      leaves.push([p, q]);
    }
    return leaf;
  });
  for (const [index, [p, q]] of leaves.entries()) {
    if (p !== WIDE && q !== WIDE) continue;
    const side = (leaf: number, wide: Word | undefined): Word =>
      wide !== undefined && leaf === WIDE ? wide : words.constant(diagrams.value(leaf));
    const isSame = words.equal(side(p, a.wide), side(q, b.wide));
    const end = diagrams.leaf(index);
    const here = diagrams.map(difference, (node) => {
      if (node === end) return TRUE;
      return diagrams.level[node] === TERMINAL ? FALSE : undefined;
    });
    difference = diagrams.choose(diagrams.and(here, isSame), FALSE, difference);
  }
  if (difference === FALSE) return { equal: true };
  const bits = diagrams.path(difference, 0);
  const leavesOf = (end: number): readonly [number, number] =>
    leaves[diagrams.value(end)] as readonly [number, number];
  const [p, q] = leavesOf(diagrams.follow(difference, bits));
  return {
    equal: false,
    endian: order.endian,
    example: callOf(bits, order),
    answers: [
      p === WIDE ? words.valueAt(a.wide as Word, bits) : diagrams.value(p),
      q === WIDE ? words.valueAt(b.wide as Word, bits) : diagrams.value(q),
    ],
    differences: () =>
      differencesOf(
        difference,
        (end) => {
          const [first, second] = leavesOf(end);
          return [constantOf(first), constantOf(second)];
        },
        words,
      ),
  };
}

/** What {@link kernelValue} makes of a word. */
function kernelWord(word: Word, words: Words): Word {
  const action = words.and(word, words.constant(ACTION_BITS));
  const data = words.and(word, words.constant(DATA_BITS));
  const limit = words.constant(MAX_ERRNO);
  const errno = words.choose(words.notBelow(data, limit), limit, data);
  let result = words.constant(ActionValue.KILL_PROCESS);
  for (const [name, value] of Object.entries(ActionValue) as [ActionName, number][]) {
    const passedOn = name === 'ERRNO' ? errno : PASS_DATA_ON.has(name) ? data : words.constant(0);
    const isIt = words.equal(action, words.constant(value));
    result = words.choose(isIt, words.or(words.constant(value), passedOn), result);
  }
  return result;
}

/** An answer as the word that it returns. */
function wordOf({ node, wide }: Answer, words: Words): Word {
  const { diagrams } = words;
  const atLeaves = (change: (leaf: number) => number): number =>
    diagrams.map(node, (leaf) => (diagrams.level[leaf] === TERMINAL ? change(leaf) : undefined));
  const bits = Array.from({ length: 32 }, (_, bit) =>
    atLeaves((leaf) => ((diagrams.value(leaf) >>> bit) & 1 ? TRUE : FALSE)),
  );
  const narrow = words.of(bits);
  if (wide === undefined) return narrow;
  return words.choose(
    atLeaves((leaf) => (leaf === WIDE ? TRUE : FALSE)),
    wide,
    narrow,
  );
}
