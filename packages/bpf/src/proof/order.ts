/**
 * Which bit of a call a diagram asks for first. The answer decides how large diagrams become: a word that is
 * compared with constants wants its bits together, highest first; two words that are compared with each other
 * want theirs in turn; what a word is shifted by wants to be known before the word.
 *
 * Terms: a block is a run of levels that belong together. Architecture and number come first, then the
 * arguments, then the instruction pointer; of 64 bits the high word comes first. Words that a program
 * combines with each other share a block, at the place of the first.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import type { Program } from '../instruction.ts';
import { Opcode } from '../opcode.ts';
import { effectOf, REGISTERS, successorsOf, takesX, X } from './effect.ts';

/** A part of a call; a number is the index of an argument, 0..5. */
export type CallField = 'architecture' | 'number' | 'instructionPointer' | 0 | 1 | 2 | 3 | 4 | 5;

/** A run of levels. */
export interface Block {
  /** First level. */
  readonly start: number;
  /** First level of the next block. */
  readonly end: number;
  /** What it stands for, highest bit first; undefined for words that are mixed. */
  readonly field: CallField | undefined;
}

/** Place of every bit. */
export interface BitOrder {
  /** Level of bit b (0 is the lowest) of word w, at 32 * w + b. */
  readonly levels: Uint16Array;
  /** The other way round. */
  readonly bits: Uint16Array;
  readonly blocks: readonly Block[];
  readonly endian: Endian;
}

/** Words that are combined, as bits of a mask: word w is bit w. */
export interface Relations {
  /** Masks of words whose bits are to take turns. */
  readonly mixed: readonly number[];
  /** Words that say how far another is shifted. */
  readonly shifts: number;
}

const WORD_BITS = 32;
const WORDS = 16;
const X_REGISTER = Math.log2(X);

/**
 * Finds the words that programs combine with each other.
 *
 * @param programs - valid programs
 * @returns the words
 */
export function relationsOf(programs: readonly Program[]): Relations {
  const mixed: number[] = [];
  let shifts = 0;
  for (const program of programs) {
    if (!program.some(({ code }) => takesX(code))) continue;
    // For each instruction, the words that each register can depend on before it.
    const words = program.map(() => new Uint16Array(REGISTERS));
    for (const [pc, instruction] of program.entries()) {
      const { code, k } = instruction;
      const before = words[pc] as Uint16Array;
      const { reads, writes } = effectOf(instruction);
      let read = code === Opcode.LD_ABS ? 1 << (k >>> 2) : 0;
      for (const [register, mask] of before.entries()) if (reads & (1 << register)) read |= mask;
      if (takesX(code)) {
        const shift = code === Opcode.LSH_X || code === Opcode.RSH_X ? (before[X_REGISTER] as number) : 0;
        shifts |= shift;
        if (shift !== 0 || (read & (read - 1)) !== 0) mixed.push(read);
      }
      for (const next of successorsOf(instruction, pc)) {
        const after = words[next] as Uint16Array;
        for (const [register, mask] of before.entries()) {
          after[register] = (after[register] as number) | (writes & (1 << register) ? read : mask);
        }
      }
    }
  }
  return { mixed: joinOverlapping(mixed), shifts };
}

/**
 * @param a - words that are combined in one place
 * @param b - those of another
 * @returns both
 */
export function joinRelations(a: Relations, b: Relations): Relations {
  return { mixed: joinOverlapping([...a.mixed, ...b.mixed]), shifts: a.shifts | b.shifts };
}

/**
 * Lays the bits out.
 *
 * @param relations - words that are combined
 * @param endian - which word of an argument is the high one
 * @returns the place of every bit
 */
export function orderBits({ mixed, shifts }: Relations, endian: Endian): BitOrder {
  const levels = new Uint16Array(WORDS * WORD_BITS);
  const bits = new Uint16Array(WORDS * WORD_BITS);
  const blocks: Block[] = [];
  let level = 0;
  let done = 0;
  const place = (word: number, bit: number): void => {
    levels[word * WORD_BITS + bit] = level;
    bits[level++] = word * WORD_BITS + bit;
    done |= 1 << word;
  };
  const add = (words: readonly number[], field: CallField | undefined): void => {
    const start = level;
    for (const word of words) for (let bit = WORD_BITS - 1; bit >= 0; bit--) place(word, bit);
    blocks.push({ start, end: level, field });
  };
  const addMixed = (mask: number): void => {
    const start = level;
    const words = Array.from({ length: WORDS }, (_, word) => word).filter((word) => mask & (1 << word));
    const first = words.filter((word) => shifts & (1 << word));
    for (const word of first) for (let bit = 0; bit < WORD_BITS; bit++) place(word, bit);
    for (let bit = WORD_BITS - 1; bit >= 0; bit--)
      for (const word of words) if (!first.includes(word)) place(word, bit);
    blocks.push({ start, end: level, field: undefined });
  };
  for (const [field, words] of fieldWords(endian)) {
    const group = mixed.filter((mask) => words.some((word) => mask & (1 << word)));
    if (group.length === 0) {
      add(words, field);
      continue;
    }
    for (const word of words) {
      if (done & (1 << word)) continue;
      const mask = group.find((candidate) => candidate & (1 << word));
      if (mask === undefined) add([word], undefined);
      else addMixed(mask);
    }
  }
  return { levels, bits, blocks, endian };
}

/**
 * What a level asks for.
 *
 * @param order - place of every bit
 * @param level - below {@link TERMINAL}
 * @returns the field and the place of the bit in it, 0n for the lowest
 */
export function placeOf({ bits, endian }: BitOrder, level: number): { field: CallField; shift: bigint } {
  const index = bits[level] as number;
  const word = index >>> 5;
  const bit = BigInt(index & 31);
  if (word < 2) return { field: word === 0 ? 'number' : 'architecture', shift: bit };
  const field = word < 4 ? 'instructionPointer' : (((word - 4) >>> 1) as 0 | 1 | 2 | 3 | 4 | 5);
  return { field, shift: word % 2 === (endian === 'little' ? 1 : 0) ? bit + 32n : bit };
}

function fieldWords(endian: Endian): (readonly [CallField, readonly number[]])[] {
  const pair = (first: number): readonly number[] =>
    endian === 'little' ? [first + 1, first] : [first, first + 1];
  const indices = [0, 1, 2, 3, 4, 5] as const;
  return [
    ['architecture', [1]],
    ['number', [0]],
    ...indices.map((index) => [index, pair(4 + 2 * index)] as const),
    ['instructionPointer', pair(2)],
  ];
}

function joinOverlapping(masks: readonly number[]): number[] {
  let joined: number[] = [];
  for (const mask of masks) {
    const overlapping = joined.filter((other) => other & mask);
    joined = joined.filter((other) => !(other & mask));
    joined.push(overlapping.reduce((all, other) => all | other, mask));
  }
  return joined;
}
