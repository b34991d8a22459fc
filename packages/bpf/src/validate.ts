/**
 * The kernel's rules for a seccomp filter: bpf_check_classic (net/core/filter.c) and seccomp_check_filter
 * (kernel/seccomp.c), v6.12.
 *
 * @module
 */

import { encodeProgram } from './encoding.ts';
import { BpfError } from './errors.ts';
import type { Instruction, Program } from './instruction.ts';
import {
  MAX_INSTRUCTIONS,
  MAX_STACK_INSTRUCTIONS,
  Opcode,
  SCRATCH_CELLS,
  SECCOMP_DATA_BYTES,
  STACKED_FILTER_COST,
} from './opcode.ts';

const ALLOWED: ReadonlySet<number> = new Set(Object.values(Opcode));

/** JEQ, JGT, JGE and JSET with k or X: class JMP, operation not JA. */
function isConditional(code: number): boolean {
  return (code & 0x07) === 0x05 && code !== Opcode.JA;
}

/**
 * Checks that the kernel would take a program as a seccomp filter.
 *
 * @param program - instructions, 1..4096
 * @throws {BpfError} with the instruction's index in `pc` and the bound in `limit`:
 * BPF_PROGRAM_LENGTH, BPF_FIELD_RANGE, BPF_OPCODE, BPF_LOAD_OFFSET, BPF_SCRATCH_INDEX, BPF_SCRATCH_UNSET,
 * BPF_DIVISION_BY_ZERO, BPF_SHIFT_RANGE, BPF_JUMP_OUTSIDE, BPF_NO_RETURN
 * @example
 * ```ts
 * import { validateProgram } from '@qseccomp/bpf';
 *
 * validateProgram([{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }]); // undefined
 * ```
 */
export function validateProgram(program: Program): void {
  const { length } = program;
  if (length < 1 || length > MAX_INSTRUCTIONS) {
    throw new BpfError(
      'BPF_PROGRAM_LENGTH',
      `expected 1 to ${MAX_INSTRUCTIONS} instructions, got ${length}`,
      {
        limit: MAX_INSTRUCTIONS,
      },
    );
  }
  encodeProgram(program, 'little'); // checks the fields
  for (let pc = 0; pc < length; pc++) checkInstruction(program[pc] as Instruction, pc, length);
  const { code } = program[length - 1] as Instruction;
  if (code !== Opcode.RET_K && code !== Opcode.RET_A) {
    fail('BPF_NO_RETURN', length - 1, `the last instruction has to be a return, got ${hex(code)}`);
  }
  checkScratch(program);
}

/**
 * Checks that a thread may carry filters together: 32768 instructions over all of them, where each one that
 * is already there counts 4 more than its length. The kernel counts the instructions of its own, longer,
 * translation, so it can refuse a stack that is close to the limit here.
 *
 * @param programs - filters, in order of installation
 * @throws {BpfError} BPF_STACK_LENGTH when they are too long together
 * @example
 * ```ts
 * import { validateStack } from '@qseccomp/bpf';
 *
 * validateStack([[{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }]]); // undefined
 * ```
 */
export function validateStack(programs: readonly Program[]): void {
  const total =
    programs.reduce((sum, { length }) => sum + length + STACKED_FILTER_COST, 0) - STACKED_FILTER_COST;
  if (total > MAX_STACK_INSTRUCTIONS) {
    throw new BpfError(
      'BPF_STACK_LENGTH',
      `${programs.length} filters count ${total} instructions, expected at most ${MAX_STACK_INSTRUCTIONS}`,
      { limit: MAX_STACK_INSTRUCTIONS },
    );
  }
}

function checkInstruction({ code, jt, jf, k }: Instruction, pc: number, length: number): void {
  if (!ALLOWED.has(code)) fail('BPF_OPCODE', pc, `opcode ${hex(code)} is not allowed in a seccomp filter`);
  switch (code) {
    case Opcode.DIV_K:
      if (k === 0) fail('BPF_DIVISION_BY_ZERO', pc, 'division by the constant 0');
      break;
    case Opcode.LSH_K:
    case Opcode.RSH_K:
      if (k > 31) fail('BPF_SHIFT_RANGE', pc, `shift by ${k}, expected 0 to 31`, 31);
      break;
    case Opcode.LD_MEM:
    case Opcode.LDX_MEM:
    case Opcode.ST:
    case Opcode.STX:
      if (k >= SCRATCH_CELLS) {
        fail(
          'BPF_SCRATCH_INDEX',
          pc,
          `scratch cell ${k}, expected 0 to ${SCRATCH_CELLS - 1}`,
          SCRATCH_CELLS - 1,
        );
      }
      break;
    case Opcode.LD_ABS:
      if (k >= SECCOMP_DATA_BYTES || k % 4 !== 0) {
        fail(
          'BPF_LOAD_OFFSET',
          pc,
          `load at byte ${k}, expected a multiple of 4 below ${SECCOMP_DATA_BYTES}`,
          60,
        );
      }
      break;
    case Opcode.JA:
      checkJump(k, pc, length);
      break;
    default:
      if (isConditional(code)) checkJump(Math.max(jt, jf), pc, length);
  }
}

function checkJump(skip: number, pc: number, length: number): void {
  const follow = length - pc - 1;
  if (skip >= follow) {
    fail(
      'BPF_JUMP_OUTSIDE',
      pc,
      `jump over ${skip} instructions leaves the program, ${follow} follow`,
      follow - 1,
    );
  }
}

/**
 * No cell may be read that some path has not written. As in check_load_and_stores, what holds after a return
 * is carried into the next instruction too, although nothing falls through: that is the kernel's rule.
 */
function checkScratch(program: Program): void {
  const reached = new Uint16Array(program.length).fill(0xffff);
  let written = 0;
  for (const [pc, { code, jt, jf, k }] of program.entries()) {
    written &= reached[pc] as number;
    if (code === Opcode.ST || code === Opcode.STX) {
      written |= 1 << k;
    } else if (code === Opcode.LD_MEM || code === Opcode.LDX_MEM) {
      if ((written & (1 << k)) === 0) {
        fail('BPF_SCRATCH_UNSET', pc, `scratch cell ${k} is read, but not every path has written it`);
      }
    } else if (code === Opcode.JA) {
      reached[pc + 1 + k] = (reached[pc + 1 + k] as number) & written;
      written = 0xffff;
    } else if (isConditional(code)) {
      reached[pc + 1 + jt] = (reached[pc + 1 + jt] as number) & written;
      reached[pc + 1 + jf] = (reached[pc + 1 + jf] as number) & written;
      written = 0xffff;
    }
  }
}

function fail(code: BpfError['code'], pc: number, message: string, limit?: number): never {
  throw new BpfError(code, `instruction ${pc}: ${message}`, limit === undefined ? { pc } : { pc, limit });
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
