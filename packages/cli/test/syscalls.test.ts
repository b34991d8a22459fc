/** `qseccomp syscalls`: by name, by number, whole tables. */
import { architectures, syscallNumber, x86_64 } from '@qseccomp/syscall-tables';
import { describe, expect, it, test } from 'vitest';
import { many, type Result } from './command.ts';

const syscalls = (...words: string[]): Result => many([{ argv: ['syscalls', ...words] }])[0] as Result;

test('by name, on every architecture that has the call', () => {
  const { status, stdout } = syscalls('execve', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual(
    architectures.flatMap((architecture) => {
      const number = syscallNumber(architecture, 'execve');
      return number === undefined ? [] : [{ architecture: architecture.name, number, name: 'execve' }];
    }),
  );
});

test.each([
  [['clone3', '--arch', 'x86_64'], 'architecture  number  call\nx86_64           435  clone3\n'],
  [
    ['59', '--arch', 'amd64', '--arch', 'x86_64'],
    'architecture  number  call\nx86_64            59  execve\n',
  ],
  [['0xDD', '--arch', 'arm64'], 'architecture  number  call\naarch64          221  execve\n'],
  // Alpha has two names for one number.
  [
    ['22', '--arch', 'alpha'],
    'architecture  number  call\nalpha             22  umount\nalpha             22  umount2\n',
  ],
  [['0x40000000', '--arch', 'x32'], 'architecture      number  call\nx32           1073741824  read\n'],
] as const)('%j', (words, stdout) => {
  expect(syscalls(...words)).toEqual({ status: 0, stdout, stderr: '' });
});

test('a call that goes through another shows the argument', () => {
  expect(syscalls('accept', '--arch', 'x86').stdout).toBe(
    'architecture  number  call\nx86              102  accept, when argument 0 is 5\n',
  );
  expect(JSON.parse(syscalls('bind', '--arch', 'x86', '--json').stdout)).toEqual([
    { architecture: 'x86', number: 361, name: 'bind' },
    { architecture: 'x86', number: 102, name: 'bind', argument: 2 },
  ]);
});

test('without a call, the whole table', () => {
  const rows = JSON.parse(syscalls('--arch', 'x86_64', '--json').stdout);
  expect(rows).toEqual(x86_64.syscalls.map(([name, number]) => ({ architecture: 'x86_64', number, name })));
  const lines = syscalls('--arch', 's390', '--arch', 's390x').stdout.split('\n');
  expect(lines.filter((line) => line.startsWith('s390 '))).not.toEqual([]);
  expect(lines.filter((line) => line.startsWith('s390x '))).not.toEqual([]);
});

describe('bad input', () => {
  const cases: readonly (readonly [words: readonly string[], message: string])[] = [
    [
      ['umont'],
      "syscalls: expected the name of a call on any architecture, got 'umont'; did you mean umount?",
    ],
    [
      ['EXECVE', '--arch', 'x86_64'],
      "syscalls: expected the name of a call on x86_64, got 'EXECVE'; did you mean execve, execveat?",
    ],
    [['constructor'], "syscalls: expected the name of a call on any architecture, got 'constructor'"],
    [[''], "syscalls: expected the name of a call on any architecture, got ''"],
    [['99999'], 'syscalls: expected the number of a call on any architecture, got 99999'],
    [['500', '--arch', 'x86_64'], 'syscalls: expected the number of a call on x86_64, got 500'],
    [
      ['read', 'write'],
      "syscalls: expected at most one operand, got 'read write' (see qseccomp syscalls --help)",
    ],
    [['read', '--arch', 'vax'], "expected the name of an architecture, got 'vax'"],
    [['-1'], 'syscalls: unknown option -1 (see qseccomp syscalls --help)'],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['syscalls', ...words] })));
  it.each(cases.map(([words, message], at) => [words.join(' '), message, at] as const))(
    '%s',
    (_title, message, at) => {
      expect(results[at]).toEqual({ status: 2, stdout: '', stderr: `qseccomp: ${message}\n` });
    },
  );
});
