/**
 * What A holds before each instruction, in words: `number`, `args[0] low & 0x3f`.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import type { Instruction, Program } from '../instruction.ts';
import { ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET, NUMBER_OFFSET, Opcode } from '../opcode.ts';
import { A, effectOf, isJump } from '../proof/effect.ts';

/** Stands for what takes too many words, or depends on the way. */
const ANY = 'A';

/** Characters above which an expression is no longer spelled out. */
const MAX_LENGTH = 48;

const OPERATORS: ReadonlyMap<number, string> = new Map([
  [Opcode.ADD_K, '+'],
  [Opcode.SUB_K, '-'],
  [Opcode.MUL_K, '*'],
  [Opcode.DIV_K, '/'],
  [Opcode.OR_K, '|'],
  [Opcode.AND_K, '&'],
  [Opcode.XOR_K, '^'],
  [Opcode.LSH_K, '<<'],
  [Opcode.RSH_K, '>>'],
]);

/**
 * Says what A holds.
 *
 * @param program - a valid program
 * @param endian - which half of an argument comes first
 * @returns words for each instruction, about A before it
 */
export function accumulatorTexts(program: Program, endian: Endian): string[] {
  const texts: (string | undefined)[] = program.map((_, pc) => (pc === 0 ? '0' : undefined));
  const reach = (pc: number, text: string): void => {
    texts[pc] = texts[pc] === undefined || texts[pc] === text ? text : ANY;
  };
  for (const [pc, instruction] of program.entries()) {
    const here = texts[pc] ?? ANY;
    const { code, jt, jf, k } = instruction;
    if (code === Opcode.RET_K || code === Opcode.RET_A) continue;
    if (code === Opcode.JA) {
      reach(pc + 1 + k, here);
    } else if (isJump(code)) {
      reach(pc + 1 + jt, here);
      reach(pc + 1 + jf, here);
    } else {
      reach(pc + 1, after(instruction, here, endian));
    }
  }
  return texts.map((text) => text ?? ANY);
}

/** What A is after an instruction. */
function after(instruction: Instruction, a: string, endian: Endian): string {
  const { code, k } = instruction;
  if (code === Opcode.LD_ABS) return wordName(k, endian);
  if (code === Opcode.LD_IMM) return constantText(k);
  if ((effectOf(instruction).writes & A) === 0) return a;
  const operator = OPERATORS.get(code);
  const text = operator === undefined ? ANY : `${operand(a)} ${operator} ${constantText(k)}`;
  return text.length > MAX_LENGTH ? ANY : text;
}

function operand(a: string): string {
  return /[-+*/|&^<>]/.test(a) ? `(${a})` : a;
}

function wordName(offset: number, endian: Endian): string {
  if (offset === NUMBER_OFFSET) return 'number';
  if (offset === ARCHITECTURE_OFFSET) return 'architecture';
  const half = offset % 8 === (endian === 'big' ? 0 : 4) ? 'high' : 'low';
  return offset < ARGUMENTS_OFFSET
    ? `instruction pointer ${half}`
    : `args[${Math.floor((offset - ARGUMENTS_OFFSET) / 8)}] ${half}`;
}

/**
 * A constant as a person reads it.
 *
 * @param k - unsigned 32 bits
 * @returns decimal digits for small numbers, hexadecimal ones for others
 */
export function constantText(k: number): string {
  return k < 4096 ? String(k) : `0x${k.toString(16)}`;
}
