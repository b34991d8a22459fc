/**
 * How hard to measure.
 *
 * @module
 */

/** Rounds and times of a run. */
export interface Effort {
  /** Rounds that only warm caches and compilers. */
  readonly warmUps: number;
  /** Rounds that count, 1 or more. */
  readonly rounds: number;
  /** For how long something short is done in one round, milliseconds. */
  readonly batch: number;
  /** Most rules of a policy. */
  readonly rules: number;
}

/** What the published figures are of. */
export const FULL: Effort = { warmUps: 2, rounds: 25, batch: 20, rules: 100_000 };

/** Whether it works at all: figures of such a run mean nothing. */
export const QUICK: Effort = { warmUps: 0, rounds: 1, batch: 1, rules: 1000 };
