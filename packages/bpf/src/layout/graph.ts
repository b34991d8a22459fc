/**
 * Decision graphs: what a program decides, before it is known how. Equal nodes are one object, so equal
 * tails are shared, and children are made before parents, so every jump goes forward.
 *
 * Terms: a leaf returns a value. A choice looks at one word of struct seccomp_data, or at some bits of it,
 * and goes on with one child for each range of what it sees.
 *
 * @module
 */

const MAX_WORD = 0xffffffff;

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

/** Makes nodes; the same content gives the same node. */
export class Graph {
  readonly #leaves = new Map<number, Leaf>();
  readonly #choices = new Map<string, Choice>();
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
   * @param ranges - where each range starts, ascending from 0, and its child
   * @returns the choice, or the child if there is but one
   */
  choice(offset: number, mask: number, ranges: readonly (readonly [start: number, child: Node])[]): Node {
    const starts: number[] = [];
    const children: Node[] = [];
    for (const [start, child] of ranges) {
      if (children.at(-1) === child) continue;
      starts.push(start);
      children.push(child);
    }
    if (children.length === 1) return children[0] as Node;
    const key = `${offset}&${mask}:${starts.join()}:${children.map(({ id }) => id).join()}`;
    let choice = this.#choices.get(key);
    if (choice === undefined) {
      choice = { id: this.#count++, offset, mask, starts, children };
      this.#choices.set(key, choice);
    }
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
    return this.choice(offset, mask, pointRanges(value, yes, no));
  }
}

/**
 * The ranges that single a value out.
 *
 * @param value - unsigned 32 bits
 * @param yes - child for that value
 * @param no - child for all others
 * @returns up to three ranges
 */
function pointRanges<T>(value: number, yes: T, no: T): (readonly [start: number, child: T])[] {
  const ranges: (readonly [number, T])[] = [];
  if (value > 0) ranges.push([0, no]);
  ranges.push([value, yes]);
  if (value < MAX_WORD) ranges.push([value + 1, no]);
  return ranges;
}
