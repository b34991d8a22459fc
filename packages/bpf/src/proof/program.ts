/**
 * From a program to the function that it computes.
 *
 * Terms: a state is a place in the program with what A, X and the scratch cells hold there, as functions of
 * the call; what nobody reads any more counts as 0. A program as compilers write it has one state, seldom a
 * few, for each instruction, and its answer is put together from the returns upwards. Where paths with
 * different contents meet again and again there would be 2^n states; then those of one place are merged, and
 * each content counts under the condition of its paths.
 *
 * Source: bpf_convert_filter (net/core/filter.c), v6.12: A and X start as 0, and a division by an X that is 0
 * ends the program with the value 0.
 *
 * @module
 */

import type { Instruction, Program } from '../instruction.ts';
import { Opcode, SCRATCH_CELLS, SECCOMP_DATA_BYTES } from '../opcode.ts';
import { FALSE, TRUE } from './diagram.ts';
import { divide } from './divide.ts';
import { A, isJump, liveRegisters, takesX, X } from './effect.ts';
import type { Answer, Word, Words } from './words.ts';

/** Contents of A, X and the scratch cells. */
interface Registers {
  readonly a: Word;
  readonly x: Word;
  /** Cells that were written; empty where none matters. */
  readonly cells: readonly Word[];
}

/** Where a path goes on: at an instruction, or nowhere, with an answer. */
type Target =
  | { readonly pc: number; readonly registers: Registers }
  | { readonly answer: number; readonly wide?: Word | undefined };

/** A state, how it goes on, and what comes out of it in the end. */
interface State {
  readonly registers: Registers;
  condition: number;
  yes: { readonly answer: number };
  no: { readonly answer: number };
  answer: number;
}

/** How one instruction goes on: with `yes` where `condition` holds, else with `no`. */
interface Step {
  readonly condition: number;
  readonly yes: Target;
  readonly no: Target;
}

/** States that there may be for each instruction, on average, before they are merged. */
const STATES_PER_INSTRUCTION = 4;

/** What stands where no path goes on. */
const NOTHING = { answer: FALSE } as const;

const NO_CELLS: readonly Word[] = [];

/**
 * Works out what a program answers.
 *
 * @param program - a valid program
 * @param words - where the function is to live
 * @returns its answer
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function programAnswer(program: Program, words: Words): Answer {
  const execution = new Execution(program, words);
  const node = execution.answerApart();
  return node === undefined ? execution.answerMerged() : { node, wide: undefined };
}

class Execution {
  readonly #program: Program;
  readonly #words: Words;
  readonly #live: Uint32Array;
  readonly #zero: Word;
  readonly #start: Target;

  constructor(program: Program, words: Words) {
    this.#program = program;
    this.#words = words;
    this.#live = liveRegisters(program);
    this.#zero = words.constant(0);
    this.#start = { pc: 0, registers: { a: this.#zero, x: this.#zero, cells: NO_CELLS } };
  }

  /** Keeps the states of a place apart; undefined when there are too many, or one returns what it calculated. */
  answerApart(): number | undefined {
    const limit = (this.#program.length + SCRATCH_CELLS) * STATES_PER_INSTRUCTION;
    const states: State[][] = this.#program.map(() => []);
    let count = 0;
    const enter = (target: Target): { readonly answer: number } => {
      if ('answer' in target) return target;
      const here = states[target.pc] as State[];
      let state = here.find(({ registers }) => isSame(registers, target.registers));
      if (state === undefined) {
        state = { registers: target.registers, condition: TRUE, yes: NOTHING, no: NOTHING, answer: FALSE };
        here.push(state);
        count++;
      }
      return state;
    };
    const first = enter(this.#start);
    for (const [pc, here] of states.entries()) {
      for (const state of here) {
        // What A can be at the end is only known with the condition of the path.
        const isWide =
          this.#program[pc]?.code === Opcode.RET_A && this.#words.constantOf(state.registers.a) === undefined;
        if (isWide) return undefined;
        const { condition, yes, no } = this.#step(pc, state.registers, TRUE);
        state.condition = condition;
        state.yes = enter(yes);
        state.no = yes === no ? state.yes : enter(no);
      }
      if (count > limit) return undefined;
    }
    for (const here of states.reverse()) {
      for (const state of here) {
        state.answer = this.#words.diagrams.choose(state.condition, state.yes.answer, state.no.answer);
      }
    }
    return first.answer;
  }

  /** Merges the states of a place; `reached` is the condition of the paths to it. */
  answerMerged(): Answer {
    const { diagrams } = this.#words;
    const merged: ({ reached: number; registers: Registers } | undefined)[] = [];
    let answer = diagrams.leaf(0);
    let wide: Word | undefined;
    const enter = (reached: number, target: Target): void => {
      if (reached === FALSE) return;
      if ('answer' in target) {
        answer = diagrams.choose(reached, target.answer, answer);
        if (target.wide) wide = this.#words.choose(reached, target.wide, wide ?? this.#zero);
        return;
      }
      const other = merged[target.pc];
      merged[target.pc] =
        other === undefined
          ? { reached, registers: target.registers }
          : {
              reached: diagrams.or(reached, other.reached),
              registers: this.#merge(reached, target.registers, other.registers),
            };
    };
    enter(TRUE, this.#start);
    for (let pc = 0; pc < this.#program.length; pc++) {
      const here = merged[pc];
      if (here === undefined) continue;
      const { condition, yes, no } = this.#step(pc, here.registers, here.reached);
      enter(diagrams.and(condition, here.reached), yes);
      enter(diagrams.and(diagrams.not(condition), here.reached), no);
    }
    return { node: answer, wide };
  }

  #merge(condition: number, yes: Registers, no: Registers): Registers {
    const choose = (p: Word, q: Word): Word => this.#words.choose(condition, p, q);
    return {
      a: choose(yes.a, no.a),
      x: choose(yes.x, no.x),
      cells: yes.cells.map((word, cell) => choose(word, no.cells[cell] as Word)),
    };
  }

  #step(pc: number, registers: Registers, reached: number): Step {
    const instruction = this.#program[pc] as Instruction;
    const { code, jt, jf, k } = instruction;
    const words = this.#words;
    const { a, x } = registers;
    if (code === Opcode.RET_K) return always({ answer: words.diagrams.leaf(k) });
    if (code === Opcode.RET_A) {
      const { node, wide } = words.answer(a, reached);
      return always({ answer: node, wide });
    }
    if (code === Opcode.JA) return always(this.#go(pc + 1 + k, registers));
    const operand = takesX(code) ? x : words.constant(k);
    if (isJump(code)) {
      const condition = compare(words, code & 0xf0, a, operand);
      return {
        condition,
        yes: condition === FALSE ? NOTHING : this.#go(pc + 1 + jt, registers),
        no: condition === TRUE ? NOTHING : this.#go(pc + 1 + jf, registers),
      };
    }
    if (code === Opcode.DIV_X) {
      const condition = words.equal(x, this.#zero);
      const quotient = condition === TRUE ? this.#zero : divide(words, a, x);
      return {
        condition,
        yes: { answer: words.diagrams.leaf(0) },
        no: this.#go(pc + 1, { ...registers, a: quotient }),
      };
    }
    return always(this.#go(pc + 1, this.#after(instruction, registers, operand)));
  }

  #after({ code, k }: Instruction, registers: Registers, operand: Word): Registers {
    const words = this.#words;
    const { a, x, cells } = registers;
    switch (code) {
      case Opcode.LD_ABS:
        return { ...registers, a: words.load(k >>> 2) };
      case Opcode.LD_LEN:
        return { ...registers, a: words.constant(SECCOMP_DATA_BYTES) };
      case Opcode.LDX_LEN:
        return { ...registers, x: words.constant(SECCOMP_DATA_BYTES) };
      case Opcode.LD_IMM:
        return { ...registers, a: operand };
      case Opcode.LDX_IMM:
        return { ...registers, x: operand };
      case Opcode.LD_MEM:
        return { ...registers, a: cells[k] as Word };
      case Opcode.LDX_MEM:
        return { ...registers, x: cells[k] as Word };
      case Opcode.ST:
      case Opcode.STX: {
        const changed = cells.length > 0 ? [...cells] : new Array<Word>(SCRATCH_CELLS).fill(this.#zero);
        changed[k] = code === Opcode.ST ? a : x;
        return { ...registers, cells: changed };
      }
      case Opcode.TAX:
        return { ...registers, x: a };
      case Opcode.TXA:
        return { ...registers, a: x };
      case Opcode.NEG:
        return { ...registers, a: words.negate(a) };
      default:
        return { ...registers, a: calculate(words, code & 0xf0, a, operand) };
    }
  }

  /** Goes on at an instruction with what matters there. */
  #go(pc: number, { a, x, cells }: Registers): Target {
    const live = this.#live[pc] as number;
    const zero = this.#zero;
    return {
      pc,
      registers: {
        a: live & A ? a : zero,
        x: live & X ? x : zero,
        cells: live & (A - 1) ? cells.map((word, cell) => (live & (1 << cell) ? word : zero)) : NO_CELLS,
      },
    };
  }
}

function compare(words: Words, operation: number, a: Word, b: Word): number {
  switch (operation) {
    case Opcode.JEQ_K & 0xf0:
      return words.equal(a, b);
    case Opcode.JGT_K & 0xf0:
      return words.diagrams.not(words.notBelow(b, a));
    case Opcode.JGE_K & 0xf0:
      return words.notBelow(a, b);
    default:
      return words.meets(a, b);
  }
}

function calculate(words: Words, operation: number, a: Word, b: Word): Word {
  switch (operation) {
    case Opcode.ADD_K & 0xf0:
      return words.add(a, b);
    case Opcode.SUB_K & 0xf0:
      return words.subtract(a, b);
    case Opcode.MUL_K & 0xf0:
      return words.multiply(a, b);
    case Opcode.DIV_K & 0xf0:
      return divide(words, a, b);
    case Opcode.OR_K & 0xf0:
      return words.or(a, b);
    case Opcode.AND_K & 0xf0:
      return words.and(a, b);
    case Opcode.XOR_K & 0xf0:
      return words.xor(a, b);
    case Opcode.LSH_K & 0xf0:
      return words.shiftLeft(a, b);
    default:
      return words.shiftRight(a, b);
  }
}

function always(target: Target): Step {
  return { condition: TRUE, yes: target, no: target };
}

function isSame(p: Registers, q: Registers): boolean {
  return p.a === q.a && p.x === q.x && p.cells.every((word, cell) => word === q.cells[cell]);
}
