/**
 * Places in a list by a number that each has, from which they can be removed.
 *
 * @module
 */

import { countBelow, zeros } from '../lists.ts';

/** Places, found by their numbers. */
export class SortedPlaces {
  /** Places in order of their numbers, and these numbers. */
  readonly #places: number[];
  readonly #sorted: number[];
  /** By place: where it is in that order. */
  readonly #positions: number[];
  /** By position: itself, or once it is removed one that comes later, up to the length. */
  readonly #next: number[];

  /**
   * @param keys - the number of each place
   */
  constructor(keys: readonly number[]) {
    const keyOf = (place: number): number => keys[place] as number;
    this.#places = [...keys.keys()].sort((a, b) => keyOf(a) - keyOf(b));
    this.#sorted = this.#places.map(keyOf);
    this.#positions = zeros(keys.length);
    this.#places.forEach((place, position) => {
      this.#positions[place] = position;
    });
    this.#next = [...keys.keys(), keys.length];
  }

  /**
   * @param from - smallest number
   * @param to - largest one
   * @returns how many places have such a number, with those that were removed
   */
  count(from: number, to: number): number {
    return countBelow(this.#sorted, to + 1) - countBelow(this.#sorted, from);
  }

  /**
   * @param from - smallest number
   * @param to - largest one
   * @param limit - how many are wanted at most
   * @returns the places that have such a number and were not removed; undefined if there are more than wanted
   */
  between(from: number, to: number, limit: number): number[] | undefined {
    const found: number[] = [];
    const end = countBelow(this.#sorted, to + 1);
    for (
      let position = this.#nextAt(countBelow(this.#sorted, from));
      position < end;
      position = this.#nextAt(position + 1)
    ) {
      if (found.length === limit) return undefined;
      found.push(this.#places[position] as number);
    }
    return found;
  }

  /**
   * @param place - a place that is still there
   */
  remove(place: number): void {
    const position = this.#positions[place] as number;
    this.#next[position] = position + 1;
  }

  /** The first position from one on that is still there; makes the way shorter for the next time. */
  #nextAt(from: number): number {
    const next = this.#next;
    let position = from;
    while (next[position] !== position) {
      const after = next[position] as number;
      next[position] = next[after] as number;
      position = after;
    }
    return position;
  }
}
