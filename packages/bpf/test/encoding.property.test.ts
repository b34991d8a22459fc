import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeProgram,
  emulate,
  encodeProgram,
  type Instruction,
  Opcode,
  validateProgram,
} from '../src/index.ts';
import { SEED } from './generate.ts';

console.log(`seed ${SEED}`);

const u = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });
const anyInstruction: fc.Arbitrary<Instruction> = fc.record({ code: u(16), jt: u(8), jf: u(8), k: u(32) });

/** Mostly valid: known opcodes, small jumps, offsets that loads take. */
const likelyInstruction: fc.Arbitrary<Instruction> = fc.record({
  code: fc.constantFrom(...Object.values(Opcode)),
  jt: fc.integer({ min: 0, max: 3 }),
  jf: fc.integer({ min: 0, max: 3 }),
  k: fc.oneof(fc.integer({ min: 0, max: 16 }), fc.constantFrom(16, 20, 24, 28, 31, 32, 60, 0xffffffff)),
});

const data = fc.record({
  nr: u(32),
  arch: u(32),
  instructionPointer: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  args: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 6 }),
});

describe('encoding', () => {
  it.each(['little', 'big'] as const)('is undone by decoding, %s-endian', (endian) => {
    fc.assert(
      fc.property(fc.array(anyInstruction), (program) => {
        expect(decodeProgram(encodeProgram(program, endian), endian)).toEqual(program);
      }),
      { seed: SEED },
    );
  });

  it('has the code, both jumps and the constant in the byte order of the target', () => {
    const program = [{ code: 0x0102, jt: 3, jf: 4, k: 0x05060708 }];
    expect([...encodeProgram(program, 'little')]).toEqual([2, 1, 3, 4, 8, 7, 6, 5]);
    expect([...encodeProgram(program, 'big')]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('decodes a view into a larger buffer', () => {
    const bytes = Uint8Array.of(9, 9, 9, 6, 0, 0, 0, 1, 0, 0, 0, 9).subarray(3, 11);
    expect(decodeProgram(bytes, 'little')).toEqual([{ code: 6, jt: 0, jf: 0, k: 1 }]);
  });

  it('refuses bytes that are no instructions and fields that do not fit', () => {
    expect(() => decodeProgram(new Uint8Array(12), 'little')).toThrow(
      'expected a multiple of 8 bytes (struct sock_filter), got 12',
    );
    const good = { code: 6, jt: 0, jf: 0, k: 0 };
    expect(() => encodeProgram([good, { ...good, jt: 256 }], 'little')).toThrow(
      'instruction 1: jt is 256, expected 0 to 255',
    );
    expect(() => encodeProgram([{ ...good, k: -1 }], 'little')).toThrowError(
      expect.objectContaining({ code: 'BPF_FIELD_RANGE', pc: 0, limit: 0xffffffff }),
    );
  });
});

describe('a valid program', () => {
  it('never faults', () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.array(likelyInstruction, { maxLength: 8 }), data, (body, call) => {
        const program = [...body, { code: Opcode.RET_A, jt: 0, jf: 0, k: 0 }];
        try {
          validateProgram(program);
        } catch {
          return;
        }
        valid++;
        const { steps, value } = emulate(program, call);
        expect(steps).toBeLessThanOrEqual(program.length);
        expect(value).toBe(value >>> 0);
      }),
      { seed: SEED, numRuns: 3000 },
    );
    expect(valid).toBeGreaterThan(100);
  });
});
