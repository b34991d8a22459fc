import { describe, expect, it } from 'vitest';
import {
  dataWords,
  emulate,
  emulateStack,
  type Instruction,
  Opcode,
  type Program,
  type SeccompData,
} from '../src/index.ts';

const op = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const ret = (k: number): Program => [op(Opcode.RET_K, k)];
const call: SeccompData = {
  nr: 0x11111111,
  arch: 0xc000003e,
  instructionPointer: 0x2222222233333333n,
  args: [0n, 1n, 2n, 3n, 4n, 0x5555555566666666n],
};

/** A = a, X = x, then one instruction, then A is returned. */
const alu = (code: number, a: number, operand: number): number =>
  emulate([op(Opcode.LDX_IMM, operand), op(Opcode.LD_IMM, a), op(code, operand), op(Opcode.RET_A)], call)
    .value;

describe('emulate', () => {
  it.each<[keyof typeof Opcode, number, number, number]>([
    ['ADD_K', 0xffffffff, 2, 1],
    ['ADD_X', 0xffffffff, 2, 1],
    ['SUB_K', 1, 2, 0xffffffff],
    ['SUB_X', 1, 2, 0xffffffff],
    ['MUL_K', 0x12345678, 0x9abcdef1, 0x366176f8],
    ['MUL_X', 0x80000001, 0x80000001, 1],
    ['DIV_K', 0xffffffff, 16, 0x0fffffff],
    ['DIV_X', 7, 2, 3],
    ['OR_K', 0x80000000, 1, 0x80000001],
    ['OR_X', 0x80000000, 1, 0x80000001],
    ['AND_K', 0xffffffff, 0x80000000, 0x80000000],
    ['AND_X', 0xff, 0x0f, 0x0f],
    ['XOR_K', 0xffffffff, 1, 0xfffffffe],
    ['XOR_X', 5, 5, 0],
    ['LSH_K', 1, 31, 0x80000000],
    ['LSH_X', 1, 33, 2],
    ['RSH_K', 0x80000000, 31, 1],
    ['RSH_X', 0x80000000, 63, 1],
    ['NEG', 1, 0, 0xffffffff],
  ])('%s of %i and %i is %i', (name, a, operand, result) => {
    expect(alu(Opcode[name], a, operand)).toBe(result);
  });

  it.each<[keyof typeof Opcode, number, number, boolean]>([
    ['JEQ_K', 5, 5, true],
    ['JEQ_X', 5, 6, false],
    ['JGT_K', 0x80000000, 1, true],
    ['JGT_X', 1, 1, false],
    ['JGE_K', 1, 1, true],
    ['JGE_X', 1, 0x80000000, false],
    ['JSET_K', 0x80000000, 0xc0000000, true],
    ['JSET_X', 6, 9, false],
  ])('%s of %i and %i is %s', (name, a, operand, holds) => {
    const program = [
      op(Opcode.LDX_IMM, operand),
      op(Opcode.LD_IMM, a),
      op(Opcode[name], operand, 1, 0),
      ...ret(0),
      ...ret(1),
    ];
    expect(emulate(program, call).value).toBe(Number(holds));
  });

  it('ends with 0 on a division by X when X is 0', () => {
    expect(emulate([op(Opcode.LD_IMM, 5), op(Opcode.DIV_X), ...ret(7)], call)).toMatchObject({
      action: 'KILL_THREAD',
      value: 0,
      steps: 2,
    });
  });

  it('starts with A and X at 0 and knows the size of the data', () => {
    expect(emulate([op(Opcode.RET_A)], call).value).toBe(0);
    expect(emulate([op(Opcode.TXA), op(Opcode.RET_A)], call).value).toBe(0);
    expect(emulate([op(Opcode.LD_LEN), op(Opcode.RET_A)], call).value).toBe(64);
    expect(emulate([op(Opcode.LDX_LEN), op(Opcode.TXA), op(Opcode.RET_A)], call).value).toBe(64);
  });

  it('keeps A and X in scratch cells', () => {
    const program = [
      op(Opcode.LD_IMM, 3),
      op(Opcode.TAX),
      op(Opcode.LD_IMM, 4),
      op(Opcode.ST, 0),
      op(Opcode.STX, 15),
      op(Opcode.LD_MEM, 15),
      op(Opcode.LDX_MEM, 0),
      op(Opcode.MUL_X),
      op(Opcode.RET_A),
    ];
    expect(emulate(program, call).value).toBe(12);
  });

  it('reads words in the byte order of the machine', () => {
    const word = (k: number, endian: 'little' | 'big'): number =>
      emulate([op(Opcode.LD_ABS, k), op(Opcode.RET_A)], call, { endian }).value;
    expect(word(0, 'big')).toBe(0x11111111);
    expect(word(4, 'little')).toBe(0xc000003e);
    expect([word(8, 'little'), word(12, 'little')]).toEqual([0x33333333, 0x22222222]);
    expect([word(56, 'little'), word(60, 'little')]).toEqual([0x66666666, 0x55555555]);
    expect([word(56, 'big'), word(60, 'big')]).toEqual([0x55555555, 0x66666666]);
  });

  it('takes the byte order from the token when it is not given', () => {
    const program = [op(Opcode.LD_ABS, 16), op(Opcode.RET_A)];
    expect(emulate(program, { ...call, args: [1n] }).value).toBe(1);
    expect(emulate(program, { ...call, arch: 0x80000016, args: [1n] }).value).toBe(0);
  });

  it('counts steps and records the path when asked to', () => {
    const program = [op(Opcode.JA, 1), ...ret(1), op(Opcode.JEQ_K, 0, 0, 1), ...ret(0x7fff0000), ...ret(2)];
    expect(emulate(program, call)).toEqual({ action: 'ALLOW', data: 0, value: 0x7fff0000, steps: 3 });
    expect(emulate(program, call, { path: true }).path).toEqual([0, 2, 3]);
  });

  it.each<[number, string, number]>([
    [0x80000000, 'KILL_PROCESS', 0],
    [0x00000000, 'KILL_THREAD', 0],
    [0x00030007, 'TRAP', 7],
    [0x00050026, 'ERRNO', 38],
    [0x0005ffff, 'ERRNO', 4095],
    [0x7fc00000, 'USER_NOTIF', 0],
    [0x7ff0beef, 'TRACE', 0xbeef],
    [0x7ffc0000, 'LOG', 0],
    [0x7fff0001, 'ALLOW', 1],
    [0x00010000, 'KILL_PROCESS', 0],
    [0xffffffff, 'KILL_PROCESS', 0xffff],
  ])('takes the value 0x%s as the kernel does: %s', (value, action, data) => {
    expect(emulate(ret(value), call)).toMatchObject({ action, data, value });
  });

  it('refuses data that is no call', () => {
    expect(() => dataWords({ ...call, args: Array(7).fill(0n) }, 'little')).toThrow(RangeError);
    expect(() => dataWords({ ...call, nr: 0.5 }, 'little')).toThrow(RangeError);
    expect(() => dataWords({ ...call, arch: 2 ** 32 }, 'little')).toThrow(
      'expected arch to be a 32-bit integer',
    );
    expect(dataWords({ ...call, nr: -1 }, 'little')[0]).toBe(0xffffffff);
  });
});

describe('emulateStack', () => {
  it('takes the most restrictive answer', () => {
    const stack = [0x7fff0000, 0x7ffc0000, 0x00050001, 0x00030000, 0x00000000, 0x80000000].map(ret);
    for (let length = 1; length <= stack.length; length++) {
      expect(emulateStack(stack.slice(0, length), call)).toMatchObject({ filter: length - 1, steps: length });
      expect(emulateStack(stack.slice(0, length).reverse(), call)).toMatchObject({ filter: 0 });
    }
  });

  it('takes the data of the filter installed last when actions are the same', () => {
    expect(emulateStack([ret(0x00050001), ret(0x00050002)], call)).toMatchObject({ data: 2, filter: 1 });
  });

  it('ranks a value that the kernel does not know by its number', () => {
    expect(emulateStack([ret(0x00010000), ret(0x00000000)], call)).toMatchObject({ filter: 1 });
    expect(emulateStack([ret(0x00010000), ret(0x00030000)], call)).toMatchObject({
      filter: 0,
      action: 'KILL_PROCESS',
    });
  });

  it('says what each filter answers, and by which path', () => {
    const number = [op(Opcode.LD_ABS, 0), op(Opcode.JEQ_K, call.nr, 0, 1), ...ret(0x7fff0000), ...ret(0)];
    expect(emulateStack([ret(0x7ffc0000), number, ret(0x00050001)], call, { path: true })).toEqual({
      action: 'ERRNO',
      data: 1,
      value: 0x00050001,
      steps: 5,
      filter: 2,
      filters: [
        { action: 'LOG', data: 0, value: 0x7ffc0000, steps: 1, path: [0] },
        { action: 'ALLOW', data: 0, value: 0x7fff0000, steps: 3, path: [0, 1, 2] },
        { action: 'ERRNO', data: 1, value: 0x00050001, steps: 1, path: [0] },
      ],
    });
  });

  it('counts the budget as the kernel does: 32768 instructions, 4 more for each filter that is there', () => {
    const long = (length: number): Program => Array(length).fill(op(Opcode.RET_K, 0x7fff0000));
    const stack = [...Array(7).fill(long(4096)), long(4096 - 28)];
    expect(emulateStack(stack, call)).toMatchObject({ action: 'ALLOW', filter: 7, steps: 8 });
    expect(() => emulateStack([...stack.slice(0, 7), long(4096 - 27)], call)).toThrowError(
      expect.objectContaining({ code: 'BPF_STACK_LENGTH', limit: 32768 }),
    );
  });

  it('says which filter faults', () => {
    expect(() => emulateStack([ret(0), [op(0x94, 1), ...ret(0)]], call)).toThrowError(
      expect.objectContaining({
        code: 'BPF_OPCODE',
        path: 'filters[1]',
        pc: 0,
        message: 'filters[1]: instruction 0 has opcode 0x94, which seccomp does not take',
      }),
    );
  });

  it('refuses what the kernel would not take', () => {
    expect(() => emulateStack([], call)).toThrow(RangeError);
    expect(() => emulateStack(Array(9).fill(Array(4096).fill(op(Opcode.RET_K))), call)).toThrowError(
      expect.objectContaining({ code: 'BPF_STACK_LENGTH' }),
    );
  });
});

describe('strict', () => {
  const unreached = [...ret(0x7fff0000), op(0x94, 1), ...ret(0)];
  const unwritten = [op(Opcode.JEQ_K, 0, 0, 1), op(Opcode.ST, 3), op(Opcode.LD_MEM, 3), ...ret(0)];
  const shift = (x: number): Program => [
    op(Opcode.LDX_IMM, x),
    op(Opcode.LD_IMM, 1),
    op(Opcode.LSH_X),
    op(Opcode.RET_A),
  ];

  it.each<[string, Program, object]>([
    ['an instruction out of reach', unreached, { code: 'BPF_OPCODE', pc: 1 }],
    ['a cell that another path leaves unwritten', unwritten, { code: 'BPF_SCRATCH_UNSET', pc: 2 }],
    ['no return at the end', [...ret(0), op(Opcode.TAX)], { code: 'BPF_NO_RETURN', pc: 1 }],
    ['4097 instructions', Array(4097).fill(op(Opcode.RET_K)), { code: 'BPF_PROGRAM_LENGTH', limit: 4096 }],
    ['a shift by an X above 31', shift(32), { code: 'BPF_SHIFT_RANGE', pc: 2 }],
  ])('refuses %s, which else does not matter', (_, program, error) => {
    expect(() => emulate(program, call, { strict: true })).toThrowError(expect.objectContaining(error));
    expect(() => emulateStack([ret(0), program], call, { strict: true })).toThrowError(
      expect.objectContaining({ ...error, path: 'filters[1]' }),
    );
    expect(emulate(program, call).steps).toBeGreaterThan(0);
  });

  it('changes no answer', () => {
    expect(emulate(shift(31), call, { strict: true })).toEqual(emulate(shift(31), call));
    expect(emulateStack([ret(1), ret(0)], call, { strict: true })).toEqual(
      emulateStack([ret(1), ret(0)], call),
    );
  });
});
