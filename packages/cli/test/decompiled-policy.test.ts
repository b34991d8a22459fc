/** Policies worked out from programs: the same answers, whatever made the program. */
import { readFileSync } from 'node:fs';
import {
  type Action,
  assemble,
  compareFilters,
  compilePolicy,
  type Policy,
  type Program,
  policyProfile,
  profilePolicy,
  range,
  readProfile,
} from '@qseccomp/bpf';
import { parseSandbox } from '@qseccomp/options';
import { type Architecture, aarch64, s390x, x32, x86, x86_64 } from '@qseccomp/syscall-tables';
import { describe, expect, it } from 'vitest';
import { decompilePolicy } from '../src/decompiled-policy.ts';
import { sandboxFilter } from '../src/sandbox-filter.ts';

/** Decompiles, and has the comparison of whole policies judge; exactness is what the result claims. */
function checked(programs: readonly Program[], architectures: readonly Architecture[]): Policy {
  const { policy, exact } = decompilePolicy(programs, architectures);
  expect(exact).toBe(true);
  const { endian } = architectures[0] as Architecture;
  expect(compareFilters(programs, policy, { endian, answers: 'kernel' })).toEqual({ equal: true });
  return policy;
}

const compiled = (
  rules: Policy['architectures'][number]['rules'],
  defaultAction: Action = 'ALLOW',
  architecture: Architecture = x86_64,
): Program => compilePolicy({ defaultAction, architectures: [{ architecture, rules }] }).program;

describe('-sandbox', () => {
  const ALL = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

  it.each([
    ['on', '7.0', [x86_64]],
    [ALL, '7.0', [x86_64]],
    [ALL, '7.0', [s390x]],
    [ALL, '10.0', [aarch64]],
    [ALL, '7.0', [x86_64, x32, x86]],
    ['on', '2.10', [x86]],
  ] as const)('%s of edition %s', (sandbox, edition, architectures) => {
    const { program } = sandboxFilter(parseSandbox(sandbox), architectures, { edition, killProcess: true });
    const policy = checked([program], architectures);
    // The profile says the same of every call of these architectures.
    if (edition === '2.10') return;
    const profile = readProfile(JSON.stringify(policyProfile(policy).profile, bigints));
    const again = profilePolicy(profile, { architectures }).policy;
    const { endian } = architectures[0];
    expect(compareFilters([program], again, { endian, answers: 'kernel' })).toEqual({ equal: true });
  });

  it('two filters become one policy', () => {
    const filters = ['on,spawn=deny', 'on,resourcecontrol=deny'].map(
      (text) => sandboxFilter(parseSandbox(text), [x86_64], { edition: '7.0', killProcess: true }).program,
    );
    checked(filters, [x86_64]);
  });
});

const bigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : value;

describe('comparisons', () => {
  it.each([
    ['equal', [{ argument: 1, op: 'EQ', value: 7n }]],
    ['unequal', [{ argument: 1, op: 'NE', value: 7n }]],
    ['a 32-bit word', [{ argument: 1, op: 'EQ', value: 0x5412n, width: 32 }]],
    ['a range', range(2, 5n, 2n ** 40n)],
    ['a mask', [{ argument: 0, op: 'MASKED_EQ', mask: 0x1001_0000n, value: 0x1000_0000n }]],
    [
      'two arguments',
      [
        { argument: 0, op: 'LT', value: 9n },
        { argument: 5, op: 'GE', value: 2n ** 33n },
      ],
    ],
  ] as const)('%s', (_title, comparisons) => {
    checked([compiled([{ syscall: 'ioctl', action: { errno: 'EPERM' }, comparisons }])], [x86_64]);
    checked([compiled([{ syscall: 'ioctl', action: 'ALLOW', comparisons }], { errno: 'ENOSYS' })], [x86_64]);
  });

  it('all but one value under a mask', () => {
    const text =
      'ld [4]\njne #0xc000003e, ok\nld [0]\njne #16, ok\nld [16]\nand #0xf0\njeq #0x50, ok\nret KILL_PROCESS\nok: ret ALLOW';
    checked([assemble(text, { architectures: [x86_64] }).program], [x86_64]);
  });

  it('every action with its data', () => {
    const actions: Action[] = [
      'KILL_PROCESS',
      'KILL_THREAD',
      { trap: 3 },
      { errno: 5 },
      'USER_NOTIF',
      { trace: 9 },
      'LOG',
    ];
    const program = compiled(actions.map((action, number) => ({ syscall: number + 100, action })));
    checked([program], [x86_64]);
  });
});

it('the default profile of container engines, from its program', () => {
  const text = readFileSync(new URL('../../bpf/test/vectors/containers-seccomp.json', import.meta.url));
  const { policy } = profilePolicy(readProfile(text), { architectures: [x86_64] });
  checked([compilePolicy(policy).program], [x86_64]);
});

describe('what no policy says', () => {
  it('of numbers that no table has is left out, and that is told', () => {
    const program = assemble('ld [0]\njgt #100000, bad\nret ALLOW\nbad: ret ERRNO(38)').program;
    expect(decompilePolicy([program], [x86_64]).exact).toBe(false);
  });

  it.each([
    [
      'the place of a call',
      'ld [8]\njeq #7, bad\nret ALLOW\nbad: ret ERRNO(1)',
      /asks where a call is made from/,
    ],
    ['a calculated answer', 'ld [16]\nand #0xff\nor #0x50000\nret a', /more than 10000 rules/],
  ])('%s is an error', (_title, text, message) => {
    const { program } = assemble(text);
    expect(() => decompilePolicy([program], [x86_64])).toThrow(message);
  });
});
