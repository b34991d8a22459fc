/**
 * Decision graphs: what a program decides, before it is known how. Equal nodes are one object, so equal
 * tails are shared, and children are made before parents, so every jump goes forward.
 *
 * Terms: a leaf returns a value. A choice looks at one word of struct seccomp_data, or at some bits of it,
 * and goes on with one child for each range of what it sees.
 *
 * @module
 */

import { MAX_WORD } from '../filter/intervals.ts';
import { areEqual } from '../lists.ts';

/** Returns a value. */
export interface Leaf {
  readonly id: number;
  /** Unsigned 32 bits. */
  readonly value: number;
  readonly children?: never;
}

/** Looks at `word & mask` and goes on with the child of the range that it is in. */
export interface Choice {
  readonly id: number;
  /** Byte of the word in struct seccomp_data. */
  readonly offset: number;
  /** Bits that count; all of them for a plain word. */
  readonly mask: number;
  /** Where the ranges start: 0 first, ascending. */
  readonly starts: readonly number[];
  /** One child for each range; neighbours differ. */
  readonly children: readonly Node[];
}

/** A place in a program. */
export type Node = Leaf | Choice;

/** Ranges of a word in the making: neighbours that go on alike become one. */
export class RangeList {
  /** Where each range starts, ascending. */
  readonly starts: number[] = [];
  /** What each range goes on with. */
  readonly children: Node[] = [];

  /**
   * Goes on with a child from a word on, up to where the next range starts.
   *
   * @param start - the word: 0 at first, then none before the last one; the same again replaces that range
   * @param child - where to go on
   */
  add(start: number, child: Node): void {
    const { starts, children } = this;
    let last = starts.length - 1;
    if (starts[last] === start) {
      starts.pop();
      children.pop();
      last--;
    }
    if (children[last] === child) return;
    starts.push(start);
    children.push(child);
  }
}

/** A choice, and others with the same hash. */
interface Alike {
  readonly choice: Choice;
  readonly next: Alike | undefined;
}

/** Makes nodes; the same content gives the same node. */
export class Graph {
  readonly #leaves = new Map<number, Leaf>();
  /** Choices by what {@link hashOf} makes of them. */
  readonly #choices = new Map<number, Alike>();
  #count = 0;

  /**
   * @param value - unsigned 32 bits
   * @returns the leaf that returns it
   */
  leaf(value: number): Leaf {
    let leaf = this.#leaves.get(value);
    if (leaf === undefined) {
      leaf = { id: this.#count++, value };
      this.#leaves.set(value, leaf);
    }
    return leaf;
  }

  /**
   * @param offset - byte of the word
   * @param mask - bits that count
   * @param ranges - where each range starts, and its child; no longer to be changed
   * @returns the choice, or the child if there is but one
   */
  choice(offset: number, mask: number, { starts, children }: RangeList): Node {
    if (children.length === 1) return children[0] as Node;
    const hash = hashOf(offset ^ mask, starts, children);
    const alike = this.#choices.get(hash);
    for (let known = alike; known !== undefined; known = known.next) {
      const { choice } = known;
      if (choice.offset !== offset || choice.mask !== mask) continue;
      if (areEqual(choice.starts, starts) && areEqual(choice.children, children)) return choice;
    }
    const choice = { id: this.#count++, offset, mask, starts, children };
    this.#choices.set(hash, { choice, next: alike });
    return choice;
  }

  /**
   * @param offset - byte of the word
   * @param mask - bits that count
   * @param value - what they have to be
   * @param yes - where to go on if they are
   * @param no - where to go on if not
   * @returns the choice between the two
   */
  test(offset: number, mask: number, value: number, yes: Node, no: Node): Node {
    const ranges = new RangeList();
    ranges.add(0, no);
    ranges.add(value, yes);
    if (value < MAX_WORD) ranges.add(value + 1, no);
    return this.choice(offset, mask, ranges);
  }
}

/** 32 bits that are rarely the same for other ranges. With texts to look up by, making the search took half as long again. */
function hashOf(seed: number, starts: readonly number[], children: readonly Node[]): number {
  let hash = seed;
  for (let range = 0; range < starts.length; range++) {
    hash = Math.imul(hash ^ (starts[range] as number), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (children[range] as Node).id, 0x85ebca6b);
  }
  return hash ^ (hash >>> 13);
}
