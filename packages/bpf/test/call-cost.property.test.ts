/** Counts over all arguments, held against the emulator's on single calls. */
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ActionValue,
  assemble,
  callCost,
  compilePolicy,
  dataWords,
  filterCost,
  type Program,
  run,
} from '../src/index.ts';
import { directedCalls, SEED, wildPolicies } from './generate.ts';
import { qemuPolicy } from './qemu-policy.ts';
import { randomCall, randomFrom, randomProgram } from './random-program.ts';

console.log(`seed ${SEED}`);

describe('the cost of a call', () => {
  it('bounds what the emulator counts, for compiled policies', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const { program, endian } = compilePolicy(policy);
        for (const call of directedCalls(policy)) {
          const { value, steps } = run(program, dataWords(call, endian));
          const cost = callCost(program, call.arch, call.nr);
          expect(cost.values).toContain(value);
          expect(steps).toBeGreaterThanOrEqual(cost.least);
          expect(steps).toBeLessThanOrEqual(cost.most);
        }
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('bounds it for programs that use every instruction', () => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 500; round++) {
      const program = randomProgram(random);
      const isCalculated = program.some(({ code }) => code === 0x16);
      for (let call = 0; call < 10; call++) {
        const words = randomCall([program], random);
        const { value, steps } = run(program, words);
        const cost = callCost(program, words[1] as number, words[0] as number);
        if (!isCalculated) expect(cost.values).toContain(value);
        expect(steps).toBeGreaterThanOrEqual(cost.least);
        expect(steps).toBeLessThanOrEqual(cost.most);
      }
    }
  });
});

describe('the cost of a filter', () => {
  it('is that of each call, their mean and the worst of all numbers', () => {
    const { program } = compilePolicy(qemuPolicy('on,spawn=deny', true, x86_64));
    const { calls, mean, worst, cachedShare } = filterCost(program, x86_64);
    expect(calls).toHaveLength(x86_64.syscalls.length);
    for (const { number, values, least, most, cached } of calls) {
      const { value, steps } = run(
        program,
        Uint32Array.of(number, x86_64.auditArch, ...new Array(14).fill(0)),
      );
      expect(values).toContain(value);
      expect(cached).toBe(values.length === 1 && values[0] === ActionValue.ALLOW);
      if (number !== 56) expect([least, most]).toEqual([steps, steps]);
    }
    expect(mean?.least).toBe(mean?.most);
    expect(cachedShare).toBe(1);
    expect(worst.number).toBe(56);
  });

  it('finds the worst number behind a test of one bit', () => {
    // Calls with the bit of x32 are compared one by one, after it is taken off.
    const chain = Array.from({ length: 20 }, (_, call) => `jeq #${call}, no\n`).join('');
    const { program } = assemble(
      `ld [0]\njset #0x40000000, x32\nret #0x7fff0000\nx32: and #0xbfffffff\n${chain}ret #0x7fff0000\nno: ret #0\n`,
    );
    const { number, most } = filterCost(program, x86_64).worst;
    expect(most).toBe(24);
    expect(callCost(program, x86_64.auditArch, number).most).toBe(24);
  });

  it('takes weights', () => {
    const program: Program = assemble('ld [0]\njne #0, L\nret #0x7fff0000\nL: ja M\nM: ret #0\n').program;
    expect(filterCost(program, x86_64, { read: 3, write: 1 })).toMatchObject({
      mean: { least: 3.25, most: 3.25 },
      cachedShare: 0.75,
      worst: { most: 4 },
    });
    expect(filterCost(program, x86_64, { nosuchcall: 1 })).toMatchObject({ mean: undefined, cachedShare: 0 });
  });
});
