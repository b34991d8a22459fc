/**
 * Arithmetic on words that are known only as functions of the call: each of the 32 bits is a condition.
 *
 * Assumptions, those of `emulate`: sums and products keep their low 32 bits, and a shift by X takes the low five bits of X (kernel/bpf/core.c, v6.12; machines whose
 * just-in-time compiler does otherwise are not described).
 *
 * Source: linux/filter.h, v6.12; the circuits are the schoolbook ones.
 *
 * @module
 */

import { type Diagrams, FALSE, TERMINAL, TRUE, WIDE } from './diagram.ts';
import type { BitOrder } from './order.ts';

/** A word; equal words of one {@link Words} are one object. */
export interface Word {
  /** Conditions, lowest bit first. */
  readonly bits: readonly number[];
}

const BITS = 32;

/** Size of a calculated answer, in nodes, above which it is too varied to have leaves. */
const MOST_ANSWERS = 1024;

/** What a filter answers: the leaf's value, or that of `wide` where the leaf is {@link WIDE}. */
export interface Answer {
  readonly node: number;
  readonly wide: Word | undefined;
}

/** Words over one store. */
export class Words {
  readonly diagrams: Diagrams;
  readonly order: BitOrder;
  readonly #known = new Map<string, Word>();
  readonly #loads: Word[] = [];
  readonly #constants = new Map<number, Word>();

  /**
   * @param diagrams - where the nodes live
   * @param order - place of every bit
   */
  constructor(diagrams: Diagrams, order: BitOrder) {
    this.diagrams = diagrams;
    this.order = order;
  }

  /**
   * @param bits - conditions, lowest bit first
   * @returns the word
   */
  of(bits: readonly number[]): Word {
    const key = bits.join();
    let word = this.#known.get(key);
    if (word === undefined) {
      word = { bits };
      this.#known.set(key, word);
    }
    return word;
  }

  /**
   * @param value - unsigned 32 bits
   * @returns the word that always is this value
   */
  constant(value: number): Word {
    let word = this.#constants.get(value);
    if (word === undefined) {
      word = this.of(Array.from({ length: BITS }, (_, bit) => ((value >>> bit) & 1 ? TRUE : FALSE)));
      this.#constants.set(value, word);
    }
    return word;
  }

  /**
   * @param index - word of the call, 0..15
   * @returns the word as it is in the call
   */
  load(index: number): Word {
    let word = this.#loads[index];
    if (word === undefined) {
      const levels = this.order.levels.subarray(index * BITS, (index + 1) * BITS);
      word = this.of(Array.from(levels, (level) => this.diagrams.node(level, FALSE, TRUE)));
      this.#loads[index] = word;
    }
    return word;
  }

  /**
   * @param word - any word
   * @returns its value if it is the same in every call, unsigned 32 bits; else undefined
   */
  constantOf({ bits }: Word): number | undefined {
    if (bits.some((bit) => bit !== FALSE && bit !== TRUE)) return undefined;
    return bits.reduce((sum, bit, place) => sum + bit * 2 ** place, 0);
  }

  and(a: Word, b: Word): Word {
    return this.of(a.bits.map((bit, i) => this.diagrams.and(bit, at(b, i))));
  }

  or(a: Word, b: Word): Word {
    return this.of(a.bits.map((bit, i) => this.diagrams.or(bit, at(b, i))));
  }

  xor(a: Word, b: Word): Word {
    return this.of(a.bits.map((bit, i) => this.diagrams.xor(bit, at(b, i))));
  }

  add(a: Word, b: Word): Word {
    return this.of(this.#sum(a.bits, b.bits, FALSE));
  }

  subtract(a: Word, b: Word): Word {
    return this.of(this.#sum(a.bits, this.#inverted(b.bits), TRUE));
  }

  multiply(a: Word, b: Word): Word {
    let sum: readonly number[] = this.constant(0).bits;
    for (const [place, bit] of b.bits.entries()) {
      if (bit === FALSE) continue;
      const shifted = a.bits.map((_, i) => (i < place ? FALSE : this.diagrams.and(bit, at(a, i - place))));
      sum = this.#sum(sum, shifted, FALSE);
    }
    return this.of(sum);
  }

  shiftLeft(a: Word, b: Word): Word {
    return this.#shift(a, b, -1);
  }

  shiftRight(a: Word, b: Word): Word {
    return this.#shift(a, b, 1);
  }

  negate(a: Word): Word {
    return this.subtract(this.constant(0), a);
  }

  /** One word where a condition holds, another where it does not. */
  choose(condition: number, yes: Word, no: Word): Word {
    if (yes === no) return yes;
    return this.of(yes.bits.map((bit, i) => this.diagrams.choose(condition, bit, at(no, i))));
  }

  /** a = b */
  equal(a: Word, b: Word): number {
    const { diagrams } = this;
    let result = TRUE;
    for (const [i, bit] of a.bits.entries()) {
      const other = at(b, i);
      if (other === TRUE) result = diagrams.choose(bit, result, FALSE);
      else if (other === FALSE) result = diagrams.choose(bit, FALSE, result);
      else result = diagrams.choose(diagrams.xor(bit, other), FALSE, result);
    }
    return result;
  }

  /** a >= b, unsigned */
  notBelow(a: Word, b: Word): number {
    return this.#notBelow(a.bits, b.bits);
  }

  /** Whether a and b have a bit in common. */
  meets(a: Word, b: Word): number {
    const { diagrams } = this;
    let result = FALSE;
    for (const [i, bit] of a.bits.entries()) result = diagrams.or(diagrams.and(bit, at(b, i)), result);
    return result;
  }

  /**
   * One of many functions, by the value of a word.
   *
   * @param word - any word
   * @param cases - values, unsigned 32 bits, each once, and what there is for them
   * @param otherwise - what there is for all others
   * @returns the function
   */
  select(word: Word, cases: readonly (readonly [value: number, node: number])[], otherwise: number): number {
    const visit = (rest: typeof cases, place: number): number => {
      const [first] = rest;
      if (first === undefined) return otherwise;
      if (place < 0) return first[1];
      const ones = rest.filter(([value]) => (value >>> place) & 1);
      const zeros = rest.filter(([value]) => !((value >>> place) & 1));
      return this.diagrams.choose(at(word, place), visit(ones, place - 1), visit(zeros, place - 1));
    };
    return visit(cases, BITS - 1);
  }

  /**
   * Turns a word into an answer.
   *
   * @param word - any word
   * @param reached - where it counts
   * @returns the answer that is the word's value there and 0 elsewhere
   */
  answer(word: Word, reached: number): Answer {
    const { diagrams } = this;
    const known = new Map<string, number>();
    const visit = (bits: readonly number[]): number => {
      let level = TERMINAL;
      for (const bit of bits) level = Math.min(level, diagrams.level[bit] as number);
      if (level === TERMINAL) return diagrams.leaf(bits.reduce((sum, bit, i) => sum + bit * 2 ** i, 0));
      const key = bits.join();
      const before = known.get(key);
      if (before !== undefined) return before;
      known.set(key, WIDE);
      if (known.size > MOST_ANSWERS) return WIDE;
      const side = (nodes: Int32Array): number =>
        visit(bits.map((bit) => (diagrams.level[bit] === level ? (nodes[bit] as number) : bit)));
      const result = diagrams.node(level, side(diagrams.low), side(diagrams.high));
      known.set(key, result);
      return result;
    };
    const there = this.of(word.bits.map((bit) => diagrams.and(bit, reached)));
    const node = visit(there.bits);
    return known.size > MOST_ANSWERS ? { node: WIDE, wide: there } : { node, wide: undefined };
  }

  /**
   * @param word - any word
   * @param bits - a call, by level
   * @returns the word's value in that call, unsigned 32 bits
   */
  valueAt(word: Word, bits: Uint8Array): number {
    return word.bits.reduce((sum, bit, place) => sum + this.diagrams.follow(bit, bits) * 2 ** place, 0);
  }

  #inverted(bits: readonly number[]): number[] {
    return bits.map((bit) => this.diagrams.not(bit));
  }

  #sum(a: readonly number[], b: readonly number[], carryIn: number): number[] {
    const { diagrams } = this;
    let carry = carryIn;
    return a.map((p, i) => {
      const q = b[i] as number;
      const odd = diagrams.xor(p, q);
      const bit = diagrams.xor(odd, carry);
      carry = diagrams.choose(odd, carry, p);
      return bit;
    });
  }

  #notBelow(a: readonly number[], b: readonly number[]): number {
    const { diagrams } = this;
    let result = TRUE;
    for (const [i, p] of a.entries()) {
      const q = b[i] as number;
      result = diagrams.choose(diagrams.xor(p, q), p, result);
    }
    return result;
  }

  /** Shifts right by `direction` times the low five bits of `b`. */
  #shift(a: Word, b: Word, direction: 1 | -1): Word {
    let { bits } = a;
    for (let place = 0; place < 5; place++) {
      const distance = direction * 2 ** place;
      const before = bits;
      bits = before.map((bit, i) => this.diagrams.choose(at(b, place), before[i + distance] ?? FALSE, bit));
    }
    return this.of(bits);
  }
}

function at(word: Word, bit: number): number {
  return word.bits[bit] as number;
}
