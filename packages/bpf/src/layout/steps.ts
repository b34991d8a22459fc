/**
 * Rules as steps: one for each word that a condition looks at, in the order of words.
 *
 * Terms: word 2·n is the high word of argument n, word 2·n + 1 its low word.
 *
 * @module
 */

import type { ArgumentSet, Part } from '../filter/argument-set.ts';
import { MAX_WORD } from '../filter/intervals.ts';
import type { ResolvedRule } from '../filter/rule.ts';

/** The word of a step when nothing is left of a rule. */
export const DONE = 12;

/** A range of words and what is left of a rule after it. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  /** What is left; undefined where nothing is: a step for each rule that is done would take memory for all. */
  readonly next: Step | undefined;
}

/**
 * What is left of a rule: the word it looks at next, what it takes there, and what is left after that. Under a mask
 * it takes a single value. Most rules take one range of each word: it is in the step itself.
 */
export interface Step extends Piece {
  readonly id: number;
  readonly rule: ResolvedRule;
  /** 0..11, or DONE. */
  readonly word: number;
  /** Bits that are looked at: all of them, or those of a mask, which comes after the ranges of its word. */
  readonly mask: number;
  /** Further ranges of `word & mask`, ascending. */
  readonly more: readonly Piece[];
}

const NO_MORE: readonly Piece[] = [];

/** Makes the steps of rules. */
export class StepFactory {
  /** Steps made, without those that are done. */
  count = 0;

  /**
   * @param rule - a rule that some call can meet
   * @returns its first step
   */
  start(rule: ResolvedRule): Step {
    const { condition } = rule;
    let step: Step | undefined;
    for (let argument = condition.length - 1; argument >= 0; argument--) {
      const set = condition[argument];
      if (set !== undefined) step = this.#ofArgument(rule, argument, set, step);
    }
    return step ?? doneStep(rule);
  }

  /** The steps of one argument, in front of what comes after it. */
  #ofArgument(
    rule: ResolvedRule,
    argument: number,
    set: ArgumentSet,
    next: Step | undefined,
  ): Step | undefined {
    const { parts, maskHigh, valueHigh } = set;
    const word = 2 * argument;
    const part = parts[0] as Part;
    const low = this.#ofPart(rule, word + 1, part, set, next);
    if (parts.length === 1)
      return this.#step(rule, word, part.from, part.to, low, NO_MORE, maskHigh, valueHigh);
    const more: Piece[] = [];
    for (let at = 1; at < parts.length; at++) {
      const { from, to } = parts[at] as Part;
      more.push({ from, to, next: this.#ofPart(rule, word + 1, parts[at] as Part, set, next) });
    }
    return this.#step(rule, word, part.from, part.to, low, more, maskHigh, valueHigh);
  }

  /** The steps of the low words of a part. */
  #ofPart(
    rule: ResolvedRule,
    word: number,
    { low }: Part,
    { maskLow, valueLow }: ArgumentSet,
    next: Step | undefined,
  ): Step | undefined {
    const from = low[0] as number;
    const to = low[1] as number;
    if (low.length === 2) return this.#step(rule, word, from, to, next, NO_MORE, maskLow, valueLow);
    const more: Piece[] = [];
    for (let at = 2; at < low.length; at += 2)
      more.push({ from: low[at] as number, to: low[at + 1] as number, next });
    return this.#step(rule, word, from, to, next, more, maskLow, valueLow);
  }

  /** A step by ranges and then one by a mask, without those that take everything. */
  #step(
    rule: ResolvedRule,
    word: number,
    from: number,
    to: number,
    next: Step | undefined,
    more: readonly Piece[],
    mask: number,
    value: number,
  ): Step | undefined {
    const whole = from === 0 && to === MAX_WORD;
    if (mask === 0) return whole ? next : this.#newStep(rule, word, MAX_WORD, from, to, next, more);
    const masked = this.#newStep(rule, word, mask, value, value, next, NO_MORE);
    return whole ? masked : this.#newStep(rule, word, MAX_WORD, from, to, masked, this.#masked(masked, more));
  }

  /** Ranges that go on with a mask, as a step of the same word does. */
  #masked({ rule, word, mask, from: value }: Step, pieces: readonly Piece[]): readonly Piece[] {
    return pieces.map(({ from, to, next }) => ({
      from,
      to,
      next: this.#newStep(rule, word, mask, value, value, next, NO_MORE),
    }));
  }

  #newStep(
    rule: ResolvedRule,
    word: number,
    mask: number,
    from: number,
    to: number,
    next: Step | undefined,
    more: readonly Piece[],
  ): Step {
    return { id: this.count++, rule, word, mask, from, to, next, more };
  }
}

/** A rule of which nothing is left. */
function doneStep(rule: ResolvedRule): Step {
  return { id: -1, rule, word: DONE, mask: 0, from: 0, to: 0, next: undefined, more: NO_MORE };
}

/**
 * What is left of a rule after a piece of one of its steps.
 *
 * @param piece - the piece
 * @param rule - the rule
 * @returns the next step, or one that is done
 */
export function afterPiece({ next }: Piece, rule: ResolvedRule): Step {
  return next ?? doneStep(rule);
}

/**
 * What is left of a step when some bits of a word are known.
 *
 * @param step - any step
 * @param word - the word
 * @param bits - which of its bits are known
 * @param value - what they are; other bits do not count
 * @returns the same step, a later one, or undefined when it cannot match any more
 */
export function resolve(step: Step, word: number, bits: number, value: number): Step | undefined {
  if (step.word !== word || step.mask === MAX_WORD) return step;
  if (((step.from ^ value) & bits & step.mask) !== 0) return undefined;
  return (step.mask & ~bits) === 0 ? afterPiece(step, step.rule) : step;
}

/**
 * The bits that all values of a range share.
 *
 * @param from - smallest value of `word & mask`
 * @param to - largest one
 * @param mask - bits that count
 * @returns those that are the same in all, as a mask
 */
export function sharedBits(from: number, to: number, mask: number): number {
  const places = 32 - Math.clz32(from ^ to);
  return places === 32 ? 0 : mask & (-1 << places);
}
