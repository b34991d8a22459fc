/**
 * Holds two programs against each other on all interesting calls: every given number, every constant of
 * either program and its neighbours in the word that it is compared with, in every combination that a path
 * looks at.
 */

import { Opcode, type Program, run } from '../src/index.ts';

/** Words of struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 1;
const ARGUMENTS = 4;

/** A call on which two programs differ. */
export interface Difference {
  readonly words: readonly number[];
  readonly values: readonly number[];
}

/** What two programs are asked about. */
export interface Questions {
  readonly tokens: readonly number[];
  readonly numbers: readonly number[];
}

/** What programs have in common, or where they differ. */
export interface Comparison {
  readonly difference: Difference | undefined;
  /** Calls tried. */
  readonly calls: number;
  /** Instructions of the first program that no call reached. */
  readonly unreached: readonly number[];
}

/** The first call on which programs differ from each other, or from what an oracle says. */
export function compare(
  programs: readonly Program[],
  { tokens, numbers }: Questions,
  oracle?: (words: Uint32Array) => number,
): Comparison {
  const reached = new Set<number>();
  const constants = programs.map(constantsByWord);
  const valuesOf = (word: number): number[] => {
    const values = new Set<number>([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]);
    for (const known of constants) for (const k of known[word] ?? []) addNeighbours(values, k);
    return [...values];
  };
  const values = Array.from({ length: 16 }, (_, word) => valuesOf(word));
  let calls = 0;

  const ask = (words: Uint32Array, fixed: ReadonlySet<number>): Difference | undefined => {
    const loaded: number[] = [];
    const answers = programs.map((program, index) => {
      const path: number[] = [];
      const { value } = run(program, words, path);
      if (index === 0) for (const pc of path) reached.add(pc);
      for (const pc of path) {
        const { code, k } = program[pc] as Program[number];
        if (code === Opcode.LD_ABS && k / 4 >= ARGUMENTS && !fixed.has(k / 4)) loaded.push(k / 4);
      }
      return value;
    });
    calls++;
    if (oracle !== undefined) answers.push(oracle(words));
    if (answers.some((answer) => answer !== answers[0])) return { words: [...words], values: answers };
    const [word] = loaded;
    if (word === undefined) return undefined;
    const more = new Set(fixed).add(word);
    for (const value of values[word] as number[]) {
      const changed = words.slice();
      changed[word] = value;
      const difference = ask(changed, more);
      if (difference !== undefined) return difference;
    }
    return undefined;
  };

  const result = (difference: Difference | undefined): Comparison => {
    const unreached = [...(programs[0] as Program).keys()].filter((pc) => !reached.has(pc));
    return { difference, calls, unreached };
  };
  const allTokens = new Set([...tokens, ...(values[ARCHITECTURE] as number[])]);
  const allNumbers = new Set(values[NUMBER] as number[]);
  for (const number of numbers) addNeighbours(allNumbers, number);
  for (const token of allTokens) {
    for (const number of allNumbers) {
      const words = new Uint32Array(16);
      words[NUMBER] = number;
      words[ARCHITECTURE] = token;
      const difference = ask(words, new Set());
      if (difference !== undefined) return result(difference);
    }
  }
  return result(undefined);
}

function addNeighbours(values: Set<number>, value: number): void {
  for (const near of [value - 1, value, value + 1]) values.add(near >>> 0);
}

/** For each word, what a program compares it with, and each bit and the whole of what it masks it with. */
function constantsByWord(program: Program): Set<number>[] {
  const constants = Array.from({ length: 16 }, () => new Set<number>());
  // What A can hold at each instruction: words, whole or masked.
  const held = program.map(() => new Set<number>());
  const flow = (from: ReadonlySet<number>, to: number): void => {
    for (const word of from) held[to]?.add(word);
  };
  for (const [pc, { code, jt, jf, k }] of program.entries()) {
    const here = held[pc] as Set<number>;
    for (const word of here) {
      const known = constants[word] as Set<number>;
      if ((code & 7) === 5 || code === Opcode.AND_K) known.add(k);
      if (code === Opcode.AND_K || code === Opcode.JSET_K) {
        for (let bit = 0; bit < 32; bit++)
          if ((k >>> bit) & 1) known.add((1 << bit) >>> 0).add((k ^ (1 << bit)) >>> 0);
      }
    }
    if (code === Opcode.LD_ABS) flow(new Set([k / 4]), pc + 1);
    else if (code === Opcode.JA) flow(here, pc + 1 + k);
    else if ((code & 7) === 5) {
      flow(here, pc + 1 + jt);
      flow(here, pc + 1 + jf);
    } else if (code !== Opcode.RET_K && code !== Opcode.RET_A) flow(here, pc + 1);
  }
  return constants;
}
