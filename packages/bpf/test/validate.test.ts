import { describe, expect, it } from 'vitest';
import {
  type BpfError,
  type BpfErrorCode,
  emulate,
  type Instruction,
  Opcode,
  type Program,
  validateProgram,
  validateStack,
} from '../src/index.ts';

const ALLOW = 0x7fff0000;
const op = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const ret = op(Opcode.RET_K, ALLOW);

function errorOf(program: Program): BpfError {
  try {
    validateProgram(program);
  } catch (error) {
    return error as BpfError;
  }
  throw new Error('expected an error');
}

describe('validateProgram', () => {
  const wrong: [string, Program, BpfErrorCode, number | undefined, number | undefined][] = [
    ['has no instruction', [], 'BPF_PROGRAM_LENGTH', undefined, 4096],
    ['has 4097 instructions', Array(4097).fill(ret), 'BPF_PROGRAM_LENGTH', undefined, 4096],
    ['takes a remainder', [op(0x94, 3), ret], 'BPF_OPCODE', 0, undefined],
    ['loads a half-word', [op(0x28), ret], 'BPF_OPCODE', 0, undefined],
    ['loads a byte', [op(0x30), ret], 'BPF_OPCODE', 0, undefined],
    ['loads through X', [op(0x40), ret], 'BPF_OPCODE', 0, undefined],
    ['loads the length of a header', [op(0xb1), ret], 'BPF_OPCODE', 0, undefined],
    ['returns X', [op(0x0e)], 'BPF_OPCODE', 0, undefined],
    ['has an opcode of 16 bits', [op(0x0106)], 'BPF_OPCODE', 0, undefined],
    ['loads from byte 64', [op(Opcode.LD_ABS, 64), ret], 'BPF_LOAD_OFFSET', 0, 60],
    ['loads from byte 2', [ret, op(Opcode.LD_ABS, 2), ret], 'BPF_LOAD_OFFSET', 1, 60],
    ['writes scratch cell 16', [op(Opcode.ST, 16), ret], 'BPF_SCRATCH_INDEX', 0, 15],
    ['reads scratch cell 16', [op(Opcode.LDX_MEM, 16), ret], 'BPF_SCRATCH_INDEX', 0, 15],
    ['divides by the constant 0', [op(Opcode.DIV_K, 0), ret], 'BPF_DIVISION_BY_ZERO', 0, undefined],
    ['shifts by 32', [op(Opcode.LSH_K, 32), ret], 'BPF_SHIFT_RANGE', 0, 31],
    ['jumps to its end', [op(Opcode.JA, 1), ret], 'BPF_JUMP_OUTSIDE', 0, 0],
    ['jumps far outside', [op(Opcode.JA, 0xffffffff), ret], 'BPF_JUMP_OUTSIDE', 0, 0],
    ['branches to its end if true', [op(Opcode.JEQ_K, 0, 1, 0), ret], 'BPF_JUMP_OUTSIDE', 0, 0],
    ['branches to its end if false', [op(Opcode.JSET_X, 0, 0, 1), ret], 'BPF_JUMP_OUTSIDE', 0, 0],
    ['jumps back', [op(Opcode.JA, -1), ret], 'BPF_FIELD_RANGE', 0, 0xffffffff],
    ['branches back', [ret, op(Opcode.JEQ_K, 0, -1, -1), ret], 'BPF_FIELD_RANGE', 1, 0xff],
    ['returns more than 32 bits', [op(Opcode.RET_K, 2 ** 32)], 'BPF_FIELD_RANGE', 0, 0xffffffff],
    ['ends with a load', [ret, op(Opcode.LD_ABS)], 'BPF_NO_RETURN', 1, undefined],
    ['reads a cell that nothing has written', [op(Opcode.LD_MEM, 3), ret], 'BPF_SCRATCH_UNSET', 0, undefined],
  ];
  it.each(wrong)('refuses a program that %s', (_, program, code, pc, limit) => {
    expect(errorOf(program)).toMatchObject({ name: 'BpfError', code, pc, limit });
  });

  it('says where, what came and what was expected', () => {
    expect(errorOf([op(Opcode.LD_ABS, 64), ret]).message).toBe(
      'instruction 0: load at byte 64, expected a multiple of 4 below 64',
    );
    expect(errorOf([op(Opcode.JEQ_K, 0, 7, 1), ret, ret]).message).toBe(
      'instruction 0: jump over 7 instructions leaves the program, 2 follow',
    );
  });

  it('wants a cell to be written on every path', () => {
    const halfWritten = [op(Opcode.JEQ_K, 0, 0, 1), op(Opcode.ST, 1), op(Opcode.LD_MEM, 1), ret];
    expect(errorOf(halfWritten)).toMatchObject({ code: 'BPF_SCRATCH_UNSET', pc: 2 });
    const written = [op(Opcode.JEQ_K, 0, 0, 2), op(Opcode.ST, 1), op(Opcode.JA, 1), op(Opcode.STX, 1)];
    expect(() => validateProgram([...written, op(Opcode.LD_MEM, 1), ret])).not.toThrow();
  });

  it('carries what is written past a return, as the kernel does', () => {
    // Instruction 4 is only reached by the jump, with cell 0 written; but the return before it has not seen that.
    const program = [
      op(Opcode.JEQ_K, 0, 2, 0),
      op(Opcode.ST, 0),
      op(Opcode.JA, 1),
      ret,
      op(Opcode.LD_MEM, 0),
      ret,
    ];
    expect(errorOf(program)).toMatchObject({ code: 'BPF_SCRATCH_UNSET', pc: 4 });
  });

  it('takes every opcode that seccomp takes, and 4096 instructions', () => {
    const codes = Object.values(Opcode).filter((code) => code !== Opcode.LD_MEM && code !== Opcode.LDX_MEM);
    const program = [...codes.map((code) => op(code, code === Opcode.LD_ABS ? 60 : 1)), ret, ret];
    expect(() => validateProgram(program)).not.toThrow();
    expect(() => validateProgram(Array(4096).fill(ret))).not.toThrow();
  });
});

describe('validateStack', () => {
  it('counts 4 instructions more for each filter that is there before', () => {
    const long: Program = Array(4096).fill(ret);
    expect(() => validateStack(Array(7).fill(long))).not.toThrow();
    expect(() => validateStack([...Array(7).fill(long), long.slice(28)])).not.toThrow();
    expect(() => validateStack([...Array(7).fill(long), long.slice(27)])).toThrowError(
      expect.objectContaining({ code: 'BPF_STACK_LENGTH', limit: 32768 }),
    );
  });
});

describe('emulate', () => {
  const call = { nr: 0, arch: 0xc000003e, instructionPointer: 0n, args: [] };

  it.each<[string, Program, BpfErrorCode]>([
    ['an unknown opcode', [op(0x94, 3), ret], 'BPF_OPCODE'],
    ['an unknown jump', [op(0x55), ret], 'BPF_OPCODE'],
    ['a load outside', [op(Opcode.LD_ABS, 64), ret], 'BPF_LOAD_OFFSET'],
    ['a scratch cell outside', [op(Opcode.LD_MEM, 16), ret], 'BPF_SCRATCH_INDEX'],
    ['a write outside', [op(Opcode.ST, 16), ret], 'BPF_SCRATCH_INDEX'],
    ['a cell not written', [op(Opcode.LDX_MEM, 1), ret], 'BPF_SCRATCH_UNSET'],
    ['a division by the constant 0', [op(Opcode.DIV_K), ret], 'BPF_DIVISION_BY_ZERO'],
    ['a shift too far', [op(Opcode.RSH_K, 32), ret], 'BPF_SHIFT_RANGE'],
    ['a jump outside', [op(Opcode.JA, 9), ret], 'BPF_JUMP_OUTSIDE'],
    ['a jump back', [op(Opcode.JA, -1), ret], 'BPF_FIELD_RANGE'],
    ['a branch back', [op(Opcode.TAX), op(Opcode.JEQ_K, 0, -2, 0), ret], 'BPF_FIELD_RANGE'],
    ['running off the end', [op(Opcode.TAX)], 'BPF_JUMP_OUTSIDE'],
  ])('faults on %s', (_, program, code) => {
    expect(() => emulate(program, call)).toThrowError(expect.objectContaining({ code }));
  });
});
