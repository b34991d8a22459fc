/**
 * A list of rules along the values of one word: which of them are possible in each range of it.
 *
 * Terms: an edge is where a step's piece starts, or the word after its last one, with the step's place in the list.
 *
 * @module
 */

import { countBelow } from './lists.ts';
import { afterPiece, type Piece, type Step } from './steps.ts';

const MAX_WORD = 0xffffffff;

/** Steps that can be swept together, at most: a word and a place make one exact number. */
export const PLACE_LIMIT: number = 2 ** 20;

/** Edges at one word from which on the list of places is made anew. */
const MANY_EDGES = 8;

/** Goes along the ranges of a word, from 0 on; none is there before the first {@link Sweep.advance}. */
export class Sweep {
  /** First word of the current range. */
  start = 0;
  /** First word after it. */
  end = 0;
  readonly #list: readonly Step[];
  /** What is left of each step in the current range, by place. */
  readonly #steps: Step[];
  /** Places of the steps that are possible there, ascending. */
  #places: number[] = [];
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
    const opens: number[] = [];
    const closes: number[] = [];
    for (let place = 0; place < list.length; place++) {
      const step = list[place] as Step;
      if (step.word !== word || step.mask !== mask) {
        this.#places.push(place);
        continue;
      }
      addEdges(step, place, opens, closes);
      for (const piece of step.more) addEdges(piece, place, opens, closes);
    }
    this.#opens = ascending(opens);
    this.#closes = ascending(closes);
  }

  /** How many steps are possible in the current range. */
  get length(): number {
    return this.#places.length;
  }

  /**
   * @param index - which of the possible steps
   * @returns what is left of it
   */
  step(index: number): Step {
    return this.#steps[this.#places[index] as number] as Step;
  }

  /** @returns whether there was another range to go to */
  advance(): boolean {
    const start = this.end;
    if (start > MAX_WORD) return false;
    const firstOpened = this.#opened;
    const firstClosed = this.#closed;
    while (wordOf(this.#closes, this.#closed) === start) this.#closed++;
    for (; wordOf(this.#opens, this.#opened) === start; this.#opened++) {
      const place = placeOf(this.#opens[this.#opened] as number);
      this.#steps[place] = stepFrom(this.#list[place] as Step, start);
    }
    if (this.#opened - firstOpened + this.#closed - firstClosed > MANY_EDGES) {
      const closed = this.#closes.slice(firstClosed, this.#closed).map(placeOf);
      const opened = this.#opens.slice(firstOpened, this.#opened).map(placeOf);
      this.#places = changed(this.#places, closed, opened);
    } else {
      for (let at = firstClosed; at < this.#closed; at++)
        takeOut(this.#places, placeOf(this.#closes[at] as number));
      for (let at = firstOpened; at < this.#opened; at++)
        putIn(this.#places, placeOf(this.#opens[at] as number));
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
  for (let at = 1; at < edges.length; at++)
    if ((edges[at] as number) < (edges[at - 1] as number)) return edges.sort((a, b) => a - b);
  return edges;
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

/** An ascending list without some of its places, and with others; both ascending, too. */
function changed(places: readonly number[], closed: readonly number[], opened: readonly number[]): number[] {
  const result: number[] = [];
  let out = 0;
  let next = 0;
  for (let at = 0; at < places.length; at++) {
    const place = places[at] as number;
    if (place === closed[out]) {
      out++;
      continue;
    }
    while ((opened[next] as number) < place) result.push(opened[next++] as number);
    result.push(place);
  }
  while (next < opened.length) result.push(opened[next++] as number);
  return result;
}

/** Takes a place out of an ascending list. */
function takeOut(places: number[], place: number): void {
  if (places[places.length - 1] === place) places.pop();
  else places.splice(countBelow(places, place), 1);
}

/** Puts a place into an ascending list. */
function putIn(places: number[], place: number): void {
  if (places.length === 0 || (places[places.length - 1] as number) < place) places.push(place);
  else places.splice(countBelow(places, place), 0, place);
}
