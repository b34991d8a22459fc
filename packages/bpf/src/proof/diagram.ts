/**
 * Decision diagrams: functions of the bits of a call, each of which has exactly one node, so that two
 * functions are equal exactly if their nodes have the same number.
 *
 * Terms: a node asks for one bit, that of its level, and goes on with `low` if it is 0 and `high` if it is
 * 1; levels grow on the way down. A condition ends in {@link FALSE} or {@link TRUE}, an answer in leaves,
 * which carry a number. Nodes are never freed: a store lives as long as a question does.
 *
 * Source: Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", IEEE Transactions on Computers
 * C-35 (1986).
 *
 * @module
 */

import { BpfError } from '../errors.ts';

/** Node of the condition that never holds. */
export const FALSE = 0;

/** Node of the condition that always holds. */
export const TRUE = 1;

/** Leaf of an answer that is too varied to have leaves. */
export const WIDE = 2;

/** Level of everything that asks for no bit. */
export const TERMINAL = 0xffff;

/** Levels that there are: bits of a call. */
const LEVELS = 512;

/** Nodes that a store may have unless told otherwise: some 40 MB, reached in half a second. */
export const DEFAULT_NODE_LIMIT: number = 1 << 20;

/** Most nodes that a store can have over all questions, so that a pair of them fits into a number. */
export const MAX_NODES: number = 2 ** 26;

/** Steps that a store may take for each node that it may have. */
const STEPS_PER_NODE = 16;

/** Most pairs of nodes that one question can be about: a Map of V8 holds no more. */
const MOST_PAIRS = 2 ** 24;

/** Nodes that a store has room for at first. */
const FIRST_CAPACITY = 1 << 12;

/** Numbers of fields in an entry of the cache: the three operands and the result. */
const ENTRY = 4; // so that a place is the hash shifted by 2

/** A store of nodes. */
export class Diagrams {
  /** Bit that each node asks for. */
  level: Uint16Array = new Uint16Array(FIRST_CAPACITY);
  /** Where each node goes on if that bit is 0; for a leaf, its number as 32 bits. */
  low: Int32Array = new Int32Array(FIRST_CAPACITY);
  /** Where each node goes on if that bit is 1. */
  high: Int32Array = new Int32Array(FIRST_CAPACITY);
  /** Nodes so far. */
  count = 3;

  readonly #nodeLimit: number;
  readonly #leaves = new Map<number, number>();
  /** Nodes that were there when counting began, and steps since then. */
  #before = 0;
  #steps = 0;
  /** Open addressing, twice the capacity; 0 for a free place. */
  #table = new Int32Array(FIRST_CAPACITY * 2);
  /** Results of {@link choose}, one place each, overwritten freely; 0 in the first field for none. */
  #cache = new Int32Array(FIRST_CAPACITY * ENTRY);

  /**
   * @param nodeLimit - nodes that it may have for one question, at most {@link MAX_NODES}; it may take 16 steps
   * for each
   */
  constructor(nodeLimit: number) {
    this.#nodeLimit = nodeLimit;
    for (const node of [FALSE, TRUE, WIDE]) this.level[node] = TERMINAL;
  }

  /**
   * @param value - unsigned 32 bits
   * @returns the leaf that carries it
   */
  leaf(value: number): number {
    let node = this.#leaves.get(value);
    if (node === undefined) {
      node = this.#add(TERMINAL, value | 0, 0);
      this.#leaves.set(value, node);
    }
    return node;
  }

  /**
   * @param leaf - a leaf
   * @returns what it carries, unsigned 32 bits
   */
  value(leaf: number): number {
    return (this.low[leaf] as number) >>> 0;
  }

  /**
   * @param level - bit to ask for, above the levels of both children
   * @param low - where to go on if it is 0
   * @param high - where to go on if it is 1
   * @returns the node
   * @throws {BpfError} BPF_PROOF_LIMIT when there are too many
   */
  node(level: number, low: number, high: number): number {
    if (low === high) return low;
    const mask = this.#table.length - 1;
    let place = hash(level, low, high) & mask;
    for (;;) {
      const found = this.#table[place] as number;
      if (found === 0) break;
      if (this.low[found] === low && this.high[found] === high && this.level[found] === level) return found;
      place = (place + 1) & mask;
    }
    const node = this.#add(level, low, high);
    // Adding may have moved the table.
    if (this.#table.length - 1 === mask) this.#table[place] = node;
    else this.#enter(node);
    return node;
  }

  /**
   * One function where a condition holds, another where it does not.
   *
   * @param condition - a condition
   * @param yes - any function
   * @param no - one of the same kind
   * @returns their combination
   * @throws {BpfError} BPF_PROOF_LIMIT when it takes too many nodes or steps
   */
  choose(condition: number, yes: number, no: number): number {
    if (condition === TRUE || yes === no) return yes;
    if (condition === FALSE) return no;
    if (yes === TRUE && no === FALSE) return condition;
    const levelC = this.level[condition] as number;
    const levelY = this.level[yes] as number;
    const levelN = this.level[no] as number;
    if (
      levelC < levelY &&
      levelC < levelN &&
      this.low[condition] === FALSE &&
      this.high[condition] === TRUE
    ) {
      return this.node(levelC, no, yes);
    }
    const h = hash(condition, yes, no);
    let cache = this.#cache;
    let at = (h << 2) & (cache.length - 1);
    if (cache[at] === condition && cache[at + 1] === yes && cache[at + 2] === no)
      return cache[at + 3] as number;
    this.step();
    const level = Math.min(levelC, levelY, levelN);
    const low = this.choose(
      levelC === level ? (this.low[condition] as number) : condition,
      levelY === level ? (this.low[yes] as number) : yes,
      levelN === level ? (this.low[no] as number) : no,
    );
    const high = this.choose(
      levelC === level ? (this.high[condition] as number) : condition,
      levelY === level ? (this.high[yes] as number) : yes,
      levelN === level ? (this.high[no] as number) : no,
    );
    const result = this.node(level, low, high);
    cache = this.#cache;
    at = (h << 2) & (cache.length - 1);
    cache[at] = condition;
    cache[at + 1] = yes;
    cache[at + 2] = no;
    cache[at + 3] = result;
    return result;
  }

  /** Both hold. */
  and(a: number, b: number): number {
    return this.choose(a, b, FALSE);
  }

  /** At least one holds. */
  or(a: number, b: number): number {
    return this.choose(a, TRUE, b);
  }

  /** It does not hold. */
  not(a: number): number {
    return this.choose(a, FALSE, TRUE);
  }

  /** Exactly one holds. */
  xor(a: number, b: number): number {
    return a === b ? FALSE : this.choose(a, this.not(b), b);
  }

  /**
   * Joins two functions leaf by leaf.
   *
   * @param a - one function
   * @param b - the other
   * @param join - the node for two that are terminal; also asked for others, where undefined means go on
   * @returns the function that gives `join` of what both give
   * @throws {BpfError} BPF_PROOF_LIMIT
   */
  combine(a: number, b: number, join: (a: number, b: number) => number | undefined): number {
    const known = new Map<number, number>();
    const visit = (p: number, q: number): number => {
      const joined = join(p, q);
      if (joined !== undefined) return joined;
      const key = p * MAX_NODES + q;
      const before = known.get(key);
      if (before !== undefined) return before;
      this.step();
      if (known.size === MOST_PAIRS) throw beyondReach(this.#nodeLimit);
      const levelP = this.level[p] as number;
      const levelQ = this.level[q] as number;
      const level = Math.min(levelP, levelQ);
      const low = visit(
        levelP === level ? (this.low[p] as number) : p,
        levelQ === level ? (this.low[q] as number) : q,
      );
      const high = visit(
        levelP === level ? (this.high[p] as number) : p,
        levelQ === level ? (this.high[q] as number) : q,
      );
      const result = this.node(level, low, high);
      known.set(key, result);
      return result;
    };
    return visit(a, b);
  }

  /**
   * Changes the ends of a function.
   *
   * @param a - a function
   * @param change - what to put in place of a node; undefined to go on with its children
   * @returns the changed function
   * @throws {BpfError} BPF_PROOF_LIMIT
   */
  map(a: number, change: (node: number) => number | undefined): number {
    return this.combine(a, TRUE, change);
  }

  /**
   * Finds a call for which something else than {@link FALSE} comes out.
   *
   * @param node - not {@link FALSE}
   * @param first - the value to try first for every bit
   * @returns the bits by level, 0 where it does not matter
   */
  path(node: number, first: 0 | 1): Uint8Array {
    const bits = new Uint8Array(LEVELS);
    const [one, other] = first === 0 ? [this.low, this.high] : [this.high, this.low];
    let next = node;
    while (this.level[next] !== TERMINAL) {
      const isDead = one[next] === FALSE;
      bits[this.level[next] as number] = isDead ? 1 - first : first;
      next = (isDead ? other[next] : one[next]) as number;
    }
    return bits;
  }

  /**
   * @param node - any function
   * @param bits - a call, by level
   * @returns what comes out: a terminal
   */
  follow(node: number, bits: Uint8Array): number {
    let next = node;
    for (let level = this.level[next] as number; level !== TERMINAL; level = this.level[next] as number) {
      next = (bits[level] === 1 ? this.high[next] : this.low[next]) as number;
    }
    return next;
  }

  /** Begins to count nodes and steps anew, for the next question to the same store. */
  renew(): void {
    this.#before = this.count;
    this.#steps = 0;
  }

  /** Counts one step of work; throws BPF_PROOF_LIMIT when there have been too many. */
  step(): void {
    if (++this.#steps > this.#nodeLimit * STEPS_PER_NODE) throw beyondReach(this.#nodeLimit);
  }

  #add(level: number, low: number, high: number): number {
    const node = this.count;
    if (node - this.#before >= this.#nodeLimit || node >= MAX_NODES) throw beyondReach(this.#nodeLimit);
    if (node === this.level.length) this.#grow();
    this.count++;
    this.level[node] = level;
    this.low[node] = low;
    this.high[node] = high;
    return node;
  }

  #grow(): void {
    const capacity = this.level.length * 2;
    const { level, low, high } = this;
    this.level = new Uint16Array(capacity);
    this.level.set(level);
    this.low = new Int32Array(capacity);
    this.low.set(low);
    this.high = new Int32Array(capacity);
    this.high.set(high);
    this.#cache = new Int32Array(capacity * ENTRY);
    this.#table = new Int32Array(capacity * 2);
    for (let node = WIDE + 1; node < this.count; node++) if (this.level[node] !== TERMINAL) this.#enter(node);
  }

  #enter(node: number): void {
    const mask = this.#table.length - 1;
    let place = hash(this.level[node] as number, this.low[node] as number, this.high[node] as number) & mask;
    while (this.#table[place] !== 0) place = (place + 1) & mask;
    this.#table[place] = node;
  }
}

function hash(a: number, b: number, c: number): number {
  const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}

function beyondReach(limit: number): BpfError {
  return new BpfError(
    'BPF_PROOF_LIMIT',
    `the proof takes a diagram of more than ${limit} nodes or ${limit * STEPS_PER_NODE} steps`,
    { limit },
  );
}
