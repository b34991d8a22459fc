/**
 * Rules as steps: one for each word that a condition looks at, in the order of words.
 *
 * Terms: word 2·n is the high word of argument n, word 2·n + 1 its low word.
 *
 * @module
 */

import type { ArgumentSet } from '../filter/argument-set.ts';
import type { ResolvedRule } from '../filter/rule.ts';

const MAX_WORD = 0xffffffff;

/** The word of a step when nothing is left of a rule. */
export const DONE = 12;

/** What is left of a rule: the word it looks at next, what it takes there, and what is left after that. */
export interface Step {
  readonly id: number;
  readonly rule: ResolvedRule;
  /** 0..11, or DONE. */
  readonly word: number;
  /** Bits that are looked at: all of them, or those of a mask, which comes after the ranges of its word. */
  readonly mask: number;
  /** Ranges of `word & mask` that the rule takes, and what is left after each; a single value under a mask. */
  readonly pieces: readonly Piece[];
}

/** A range of words and what is left of a rule after it. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly next: Step;
}

/** Makes the steps of rules. */
export class StepFactory {
  /** Steps made, without those that are done. */
  count = 0;
  #ids = 0;

  /**
   * @param rule - a rule that some call can meet
   * @returns its first step
   */
  start(rule: ResolvedRule): Step {
    const { condition } = rule;
    let step = this.#newStep(rule, DONE, 0, []);
    for (let argument = condition.length - 1; argument >= 0; argument--) {
      const set = condition[argument];
      if (set !== undefined) step = this.#ofArgument(rule, argument, set, step);
    }
    return step;
  }

  /** The steps of one argument, in front of what comes after it. */
  #ofArgument(rule: ResolvedRule, argument: number, set: ArgumentSet, next: Step): Step {
    const { parts, maskHigh, valueHigh, maskLow, valueLow } = set;
    const high: Piece[] = [];
    for (const { from, to, low: words } of parts) {
      const low: Piece[] = [];
      for (let i = 0; i < words.length; i += 2) {
        low.push({ from: words[i] as number, to: words[i + 1] as number, next });
      }
      high.push({ from, to, next: this.#step(rule, 2 * argument + 1, low, maskLow, valueLow) });
    }
    return this.#step(rule, 2 * argument, high, maskHigh, valueHigh);
  }

  /** A step by ranges and then one by a mask, without those that take everything. */
  #step(rule: ResolvedRule, word: number, pieces: readonly Piece[], mask: number, value: number): Step {
    const first = pieces[0] as Piece;
    const whole = first.from === 0 && first.to === MAX_WORD;
    if (mask === 0) return whole ? first.next : this.#newStep(rule, word, MAX_WORD, pieces);
    const masked = ({ next }: Piece): Step =>
      this.#newStep(rule, word, mask, [{ from: value, to: value, next }]);
    if (whole) return masked(first);
    const narrowed = pieces.map((piece) => ({ ...piece, next: masked(piece) }));
    return this.#newStep(rule, word, MAX_WORD, narrowed);
  }

  #newStep(rule: ResolvedRule, word: number, mask: number, pieces: readonly Piece[]): Step {
    if (word !== DONE) this.count++;
    return { id: this.#ids++, rule, word, mask, pieces };
  }
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
  const piece = step.pieces[0];
  if (step.word !== word || step.mask === MAX_WORD || piece === undefined) return step;
  if (((piece.from ^ value) & bits & step.mask) !== 0) return undefined;
  return (step.mask & ~bits) === 0 ? piece.next : step;
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
