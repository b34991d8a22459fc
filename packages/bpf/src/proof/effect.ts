/**
 * What each instruction reads and writes, and where it goes on.
 *
 * Terms: a set of registers is a mask: bits 0 to 15 are the scratch cells, bit 16 is A, bit 17 is X.
 *
 * @module
 */

import type { Instruction, Program } from '../instruction.ts';
import { Opcode, SCRATCH_CELLS } from '../opcode.ts';

/** The accumulator. */
export const A: number = 1 << SCRATCH_CELLS;

/** The index register. */
export const X: number = A << 1;

/** How many registers there are. */
export const REGISTERS: number = SCRATCH_CELLS + 2;

/** Registers that an instruction reads and writes. */
export interface Effect {
  readonly reads: number;
  readonly writes: number;
}

/**
 * @param instruction - one that seccomp takes
 * @returns what it reads and writes
 */
export function effectOf({ code, k }: Instruction): Effect {
  switch (code) {
    case Opcode.LD_ABS:
    case Opcode.LD_LEN:
    case Opcode.LD_IMM:
      return { reads: 0, writes: A };
    case Opcode.LDX_LEN:
    case Opcode.LDX_IMM:
      return { reads: 0, writes: X };
    case Opcode.LD_MEM:
      return { reads: 1 << k, writes: A };
    case Opcode.LDX_MEM:
      return { reads: 1 << k, writes: X };
    case Opcode.ST:
      return { reads: A, writes: 1 << k };
    case Opcode.STX:
      return { reads: X, writes: 1 << k };
    case Opcode.TAX:
      return { reads: A, writes: X };
    case Opcode.TXA:
      return { reads: X, writes: A };
    case Opcode.RET_A:
      return { reads: A, writes: 0 };
    case Opcode.RET_K:
    case Opcode.JA:
      return { reads: 0, writes: 0 };
    default:
      return { reads: takesX(code) ? A | X : A, writes: isJump(code) ? 0 : A };
  }
}

/**
 * @param instruction - one that seccomp takes
 * @param pc - its index
 * @returns indices of the instructions that can follow, none after a return
 */
export function successorsOf({ code, jt, jf, k }: Instruction, pc: number): readonly number[] {
  if (code === Opcode.RET_K || code === Opcode.RET_A) return [];
  if (code === Opcode.JA) return [pc + 1 + k];
  return isJump(code) ? [pc + 1 + jt, pc + 1 + jf] : [pc + 1];
}

/**
 * @param code - opcode
 * @returns whether it is a conditional jump
 */
export function isJump(code: number): boolean {
  return (code & 0x07) === 0x05 && code !== Opcode.JA;
}

/**
 * @param code - opcode
 * @returns whether it calculates with A and X, or compares them
 */
export function takesX(code: number): boolean {
  return ((code & 0x07) === 0x04 || (code & 0x07) === 0x05) && (code & 0x08) !== 0;
}

/**
 * Which registers matter.
 *
 * @param program - a valid program
 * @returns for each instruction, the registers that are read from there on before they are written
 */
export function liveRegisters(program: Program): Uint32Array {
  const live = new Uint32Array(program.length);
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const instruction = program[pc] as Instruction;
    const { reads, writes } = effectOf(instruction);
    let after = 0;
    for (const next of successorsOf(instruction, pc)) after |= live[next] as number;
    live[pc] = reads | (after & ~writes);
  }
  return live;
}
