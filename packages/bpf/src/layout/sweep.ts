/**
 * A list of rules along the values of one word: which of them are possible in each range of it.
 *
 * Terms: an edge is where a step's piece starts, or the word after its last one, with the step's place in the list.
 *
 * @module
 */

import { MAX_WORD } from '../filter/intervals.ts';
import { isAscending } from '../lists.ts';
import { PlaceSet } from './place-set.ts';
import { afterPiece, type Piece, type Step } from './steps.ts';

/** Steps that can be swept together, at most: a word and a place make one exact number. */
export const PLACE_LIMIT: number = 2 ** 20;

/** Goes along the ranges of a word, from 0 on; none is there before the first {@link Sweep.advance}. */
export class Sweep {
  /** First word of the current range. */
  start = 0;
  /** First word after it. */
  end = 0;
  readonly #list: readonly Step[];
  /** What is left of each step in the current range, by place. */
  readonly #steps: Step[];
  /** Places of the steps that are possible there. */
  readonly #places: PlaceSet;
  readonly #opens: readonly number[];
  readonly #closes: readonly number[];
  #opened = 0;
  #closed = 0;

  /**
   * @param list - fewer steps than PLACE_LIMIT
   * @param word - the word
   * @param mask - the bits of it that are looked at; steps that look at others, or at another word, stay possible
   */
  constructor(list: readonly Step[], word: number, mask: number) {
    this.#list = list;
    this.#steps = list.slice();
    this.#places = new PlaceSet(list.length);
    const opens: number[] = [];
    const closes: number[] = [];
    for (let place = 0; place < list.length; place++) {
      const step = list[place] as Step;
      if (step.word !== word || step.mask !== mask) {
        this.#places.add(place);
        continue;
      }
      addEdges(step, place, opens, closes);
      for (const piece of step.more) addEdges(piece, place, opens, closes);
    }
    this.#opens = ascending(opens);
    this.#closes = ascending(closes);
  }

  /**
   * @param from - a place
   * @returns the first place from there on whose step is possible in the current range; -1 if there is none
   */
  next(from: number): number {
    return this.#places.next(from);
  }

  /**
   * @param place - place of a step that is possible
   * @returns what is left of it
   */
  step(place: number): Step {
    return this.#steps[place] as Step;
  }

  /** @returns whether there was another range to go to */
  advance(): boolean {
    const start = this.end;
    if (start > MAX_WORD) return false;
    for (; wordOf(this.#closes, this.#closed) === start; this.#closed++)
      this.#places.delete(placeOf(this.#closes[this.#closed] as number));
    for (; wordOf(this.#opens, this.#opened) === start; this.#opened++) {
      const place = placeOf(this.#opens[this.#opened] as number);
      this.#steps[place] = stepFrom(this.#list[place] as Step, start);
      this.#places.add(place);
    }
    this.start = start;
    this.end = Math.min(wordOf(this.#opens, this.#opened), wordOf(this.#closes, this.#closed));
    return true;
  }
}

function addEdges({ from, to }: Piece, place: number, opens: number[], closes: number[]): void {
  opens.push(from * PLACE_LIMIT + place);
  if (to < MAX_WORD) closes.push((to + 1) * PLACE_LIMIT + place);
}

/** Edges in order; mostly they are. */
function ascending(edges: number[]): readonly number[] {
  return isAscending(edges) ? edges : edges.sort((a, b) => a - b);
}

/** The word of an edge; behind the last one, the end of all words. */
function wordOf(edges: readonly number[], at: number): number {
  return at < edges.length ? Math.floor((edges[at] as number) / PLACE_LIMIT) : MAX_WORD + 1;
}

function placeOf(edge: number): number {
  return edge - Math.floor(edge / PLACE_LIMIT) * PLACE_LIMIT;
}

/** What is left of a step in the piece that starts at a word. */
function stepFrom(step: Step, start: number): Step {
  const piece = step.from === start ? step : pieceFrom(step.more, start);
  return afterPiece(piece, step.rule);
}

/** The one of some ascending pieces that starts at a word: of rules that were merged there are many. */
function pieceFrom(pieces: readonly Piece[], start: number): Piece {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle] as Piece).from < start) low = middle + 1;
    else high = middle;
  }
  return pieces[low] as Piece;
}
