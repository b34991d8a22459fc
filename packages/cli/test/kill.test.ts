/** What `run` says of a kill: the call, the rule behind it, the option that would allow it. */
import { parseSandbox } from '@qseccomp/options';
import { type Architecture, aarch64, s390x, syscallNumber, x32, x86, x86_64 } from '@qseccomp/syscall-tables';
import { expect, it } from 'vitest';
import { explainRecord } from '../src/kill.ts';

const ALL = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

type Case = readonly [
  sandbox: string | readonly string[],
  architecture: Architecture,
  call: string | number,
  expected: string,
  edition?: '2.10' | '3.0',
];

const cases: readonly Case[] = [
  [
    'on',
    x86_64,
    'mount',
    'mount (165 on x86_64): denied by the set default (never needed); no option but off allows it',
  ],
  [
    'on',
    x86_64,
    'ustat',
    'ustat (136 on x86_64): denied by the set obsolete (obsolete); obsolete=allow allows it',
  ],
  [
    ALL,
    s390x,
    'clone',
    'clone (120 on s390x): denied by the set spawn (new processes) unless it makes a thread; spawn=allow allows it',
  ],
  [
    ALL,
    aarch64,
    'setns',
    'setns (268 on aarch64): denied by the set spawn (new processes); spawn=allow allows it',
  ],
  // The second filter is the one that denies it.
  [
    ['off', 'on,obsolete=allow', 'on,elevateprivileges=deny'],
    x86_64,
    'setuid',
    'setuid (105 on x86_64): denied by the set privileged (change of identity); elevateprivileges=allow allows it',
  ],
  ['on', x86_64, 'getrandom', 'getrandom (318 on x86_64): not on the allow-list of edition 2.10', '2.10'],
  [
    ALL,
    x86_64,
    'setpriority',
    'setpriority (141 on x86_64): denied by the set resourcecontrol (scheduling); resourcecontrol=allow allows it',
    '3.0',
  ],
  // A 32-bit program under a 64-bit filter.
  [
    'on',
    x86,
    'getpid',
    'getpid (20 on x86); no rule names it: the filter is for another architecture, and kills every call of this one',
  ],
  [
    'on',
    x32,
    'getpid',
    'getpid (1073741863 on x32); no rule names it: the filter is for another architecture, and kills every call of this one',
  ],
  ['on', x86_64, 999, 'call 999 of x86_64, which has no call of that number'],
];

it.each(cases.map((one) => [`${one[0]}: ${one[2]} on ${one[1].name}`, one] as const))(
  '%s',
  (_title, [sandbox, architecture, call, expected, edition]) => {
    const syscall = typeof call === 'number' ? call : (syscallNumber(architecture, call) as number);
    const entries = [sandbox].flat().map((text) => parseSandbox(text));
    const record = { pid: 1, arch: architecture.auditArch, syscall };
    expect(explainRecord(record, { entries, ...(edition && { edition }) })).toBe(expected);
  },
);

it('shows arguments where they are known', () => {
  const record = { pid: 1, arch: x86_64.auditArch, syscall: 165, args: [1n, 0xffff_ffff_ffff_ffffn] };
  expect(explainRecord(record, { entries: [parseSandbox('on')] })).toMatch(
    /^mount\(0x1, 0xffffffffffffffff\) \(165 on x86_64\): denied by /,
  );
});

it('names a foreign token', () => {
  const record = { pid: 1, arch: 0x1234, syscall: 5 };
  expect(explainRecord(record, { entries: [parseSandbox('on')] })).toBe(
    'call 5 of architecture token 0x1234, which has no call of that number',
  );
});
