/** The filter of a dry run: it announces what the filters that it stands for deny, and nothing else. */
import { emulate, emulateStack, type Program, validateProgram } from '@qseccomp/bpf';
import { compilePolicy } from '@qseccomp/bpf/compile';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileEntry } from '../src/sandbox-program.ts';
import { announceEveryCall, announcingProgram } from '../src/trace/announcing-program.ts';
import { MIXES } from './support.ts';

const sandboxes = MIXES.map(
  (text) => compileEntry(parseSandbox(text), [x86_64], { killProcess: true }).program,
);
/** Answers with A, logs, and asks: what no sandbox does. */
const odd: readonly Program[] = [
  [
    { code: 0x20, jt: 0, jf: 0, k: 0 },
    { code: 0x16, jt: 0, jf: 0, k: 0 },
  ],
  compilePolicy({
    defaultAction: 'LOG',
    architectures: [
      {
        architecture: x86_64,
        rules: [
          { syscall: 'getpid', action: { trace: 3 } },
          { syscall: 'read', action: 'ALLOW' },
          { syscall: 'write', action: 'USER_NOTIF' },
        ],
      },
    ],
  }).program,
];

const seed = Math.floor(Math.random() * 2 ** 31);
console.log(`seed ${seed}`);

const call = fc.record({
  nr: fc.oneof(
    fc.integer({ min: 0, max: 470 }),
    fc.constantFrom(56, 59, 144, 203, 435, 0x4000_0001, 0xffff_ffff),
  ),
  arch: fc.constantFrom(x86_64.auditArch, x86_64.auditArch, 0x4000_0003),
  instructionPointer: fc.constant(0n),
  args: fc.array(fc.constantFrom(0n, 5n, 17n, 0x3d0f00n, 2n ** 40n), { maxLength: 6 }),
});

describe('a filter that announces', () => {
  it('answers USER_NOTIF exactly where one of the filters denies', () => {
    const programs = fc.array(fc.constantFrom(...sandboxes, ...odd.slice(1)), { maxLength: 4 });
    fc.assert(
      fc.property(programs, call, (stack, data) => {
        const { action } = stack.length === 0 ? { action: 'ALLOW' } : emulateStack(stack, data);
        const passes = action === 'ALLOW' || action === 'LOG';
        expect(emulate(announcingProgram(stack), data).action).toBe(passes ? 'ALLOW' : 'USER_NOTIF');
      }),
      { seed, numRuns: 3000 },
    );
  });

  it.each([[[]], [sandboxes], [odd]])('is one that the kernel takes, %#', (stack) => {
    expect(() => validateProgram(announcingProgram(stack))).not.toThrow();
  });

  test('announces every answer that is computed', () => {
    const data = { nr: 1, arch: x86_64.auditArch, instructionPointer: 0n, args: [] };
    expect(emulate(announcingProgram([odd[0] as Program]), data).action).toBe('USER_NOTIF');
    expect(emulate(announceEveryCall(), data).action).toBe('USER_NOTIF');
  });
});
