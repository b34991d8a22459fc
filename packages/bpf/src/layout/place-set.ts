/**
 * Some places of a list, in order: a bit for each, and above these a bit for every 32 that has some, and so on. Putting
 * one in or taking one out of an array of places moves all behind it.
 *
 * @module
 */

import { zeros } from '../lists.ts';

/** Places below some length. */
export class PlaceSet {
  /** Bits of places, then of words of bits, until one word is enough. */
  readonly #levels: number[][] = [];

  /**
   * @param length - how many places there are; none is in the set
   */
  constructor(length: number) {
    let words = length;
    do {
      words = (words + 31) >>> 5;
      this.#levels.push(zeros(words));
    } while (words > 1);
  }

  /**
   * @param place - a place to put in
   */
  add(place: number): void {
    let at = place;
    for (const bits of this.#levels) {
      const before = bits[at >>> 5] as number;
      bits[at >>> 5] = before | (1 << (at & 31));
      if (before !== 0) return;
      at >>>= 5;
    }
  }

  /**
   * @param place - a place to take out
   */
  delete(place: number): void {
    let at = place;
    for (const bits of this.#levels) {
      const after = (bits[at >>> 5] as number) & ~(1 << (at & 31));
      bits[at >>> 5] = after;
      if (after !== 0) return;
      at >>>= 5;
    }
  }

  /**
   * @param from - a place
   * @returns the first one from there on that is in the set; -1 if there is none
   */
  next(from: number): number {
    const levels = this.#levels;
    let at = from;
    for (let level = 0; level < levels.length; level++) {
      const bits = ((levels[level] as number[])[at >>> 5] ?? 0) & (-1 << (at & 31));
      if (bits === 0) {
        at = (at >>> 5) + 1;
        continue;
      }
      at = (at & ~31) | lowestBit(bits);
      for (let below = level - 1; below >= 0; below--)
        at = (at << 5) | lowestBit((levels[below] as number[])[at] as number);
      return at;
    }
    return -1;
  }
}

/** Which is the lowest bit that is set. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
