/**
 * Some places of a list, in order: a bit for each, and above these a bit for every 32 that has some, and so on. Putting
 * one in or taking one out of an array of places moves all behind it.
 *
 * @module
 */

import { zeros } from '../lists.ts';

/** Places below some length. */
export class PlaceSet {
  readonly #words: number[];
  /** Which words have some; undefined if there is just one. */
  readonly #above: PlaceSet | undefined;

  /**
   * @param length - how many places there are; none is in the set
   */
  constructor(length: number) {
    const words = (length + 31) >>> 5;
    this.#words = zeros(words);
    this.#above = words > 1 ? new PlaceSet(words) : undefined;
  }

  /**
   * @param place - a place to put in
   */
  add(place: number): void {
    const at = place >>> 5;
    const before = this.#words[at] as number;
    this.#words[at] = before | (1 << (place & 31));
    if (before === 0) this.#above?.add(at);
  }

  /**
   * @param place - a place to take out
   */
  delete(place: number): void {
    const at = place >>> 5;
    const after = (this.#words[at] as number) & ~(1 << (place & 31));
    this.#words[at] = after;
    if (after === 0) this.#above?.delete(at);
  }

  /**
   * @param from - a place
   * @returns the first one from there on that is in the set; -1 if there is none
   */
  next(from: number): number {
    let at = from >>> 5;
    if (at >= this.#words.length) return -1;
    let word = (this.#words[at] as number) & (-1 << (from & 31));
    if (word === 0) {
      at = this.#above?.next(at + 1) ?? -1;
      if (at < 0) return -1;
      word = this.#words[at] as number;
    }
    return 32 * at + lowestBit(word);
  }
}

/** Which is the lowest bit that is set. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
