/** `qseccomp stats`: length, steps, what the kernel caches and what spoils the rest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeProgram } from '@qseccomp/bpf';
import { x86_64 } from '@qseccomp/syscall-tables';
import { afterAll, describe, expect, it, test } from 'vitest';
import { readWeights } from '../src/weights.ts';
import { many } from './command.ts';
import { launchedFilter, SECRET_TEXT } from './launched.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const STRACE = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000030           3        30           read
 40.00    0.000020           2        10         4 openat
------ ----------- ----------- --------- --------- ----------------
100.00    0.000050           1        40         4 total
`;
const PERF = ` Summary of events:

 sh (1234), 120 events, 98.4%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   read                  20      0     0.040     0.001     0.002     0.009     18.00%
   openat                10      4     0.030     0.002     0.003     0.004     12.00%

 cat (1235), 20 events, 1.6%

   read                  10      0     0.040     0.001     0.002     0.009     18.00%
`;
const WEIGHTS = file('strace.txt', STRACE);
/** Looks at an argument of every call first. */
const SPOILT = file(
  'spoilt.asm',
  '.arch x86_64\nld [4]\njne #x86_64, no\nld [16]\njeq #7, no\nret #ALLOW\nno: ret #KILL\n'
    .replace('#ALLOW', '#0x7fff0000')
    .replace('#KILL', '#0'),
);
const LAUNCHED = file('launched.bpf', encodeProgram(launchedFilter('on,spawn=deny', x86_64), 'little'));

test('in words', () => {
  const [result] = many([{ argv: ['stats', 'on,spawn=deny', '--arch', 'x86_64'] }]);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(result?.stdout).toMatch(
    /^-sandbox on,spawn=deny, edition 7\.0, on x86_64\n\nlength {4}\d+ instructions\nsteps {5}\d\.\d\d per call, over a QEMU guest's calls\nat worst {2}\d+, for clone\ncached {4}\d+ of \d+ calls, 100 % of a QEMU guest's calls\n\n/,
  );
  expect(result?.stdout).toMatch(
    /\n +\d+ {2}ld +\[16\] +argument 0, low word\n +clone \(56\): \d+(?: to \d+)?\n/,
  );
  expect(result?.stdout).toMatch(
    /\n +\d+ {2}ret +#0x80000000 +KILL_PROCESS\n +fork \(57\): \d+, vfork \(58\): \d+, /,
  );
});

test('as JSON, over weights of a file', () => {
  const [result] = many([{ argv: ['stats', SPOILT, '--weights', WEIGHTS, '--json'] }]);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const [statistics] = JSON.parse(result?.stdout ?? '');
  expect(statistics).toMatchObject({
    architecture: 'x86_64',
    sandboxes: [],
    execTicket: false,
    length: 6,
    weights: WEIGHTS,
    steps: { least: 5, most: 5 },
    worst: { most: 5 },
    cached: 0,
    cachedShare: 0,
  });
  expect(statistics.calls).toHaveLength(x86_64.syscalls.length);
  expect(statistics.calls[0]).toEqual({
    name: 'read',
    number: 0,
    least: 5,
    most: 5,
    cached: false,
    reason: 'argument',
    answers: [
      { value: 0, action: 'KILL_THREAD', data: 0 },
      { value: 0x7fff0000, action: 'ALLOW', data: 0 },
    ],
    pc: 2,
    instruction: '2 ld [16] argument 0, low word',
  });
});

test('the kernel remembers nothing of numbers that do not begin at 0', () => {
  const [x32, arm, mips] = many(
    ['x32', 'arm', 'mips'].map((name) => ({ argv: ['stats', 'on', '--arch', name] })),
  );
  for (const result of [x32, mips]) {
    expect(result?.stdout).toMatch(/\ncached {4}0 of \d+ calls, 0\.0 % of a QEMU guest's calls\n/);
    expect(result?.stdout).toMatch(/\n {6}numbers of which the kernel remembers nothing\n {8}\w+ \(\d+\): /);
  }
  expect(arm?.stdout).toMatch(
    /\n {6}numbers of which the kernel remembers nothing\n {8}breakpoint \(983041\): \d+, cacheflush /,
  );
});

test('of several filters, architectures, and a launched one', () => {
  const [stack, three, launched] = many([
    { argv: ['stats', '-sandbox', 'on', '-sandbox', 'on,spawn=deny', '--arch', 'aarch64'] },
    { argv: ['stats', 'on', '--arch', 'x86_64', '--arch', 'x32', '--arch', 'x86', '--json'] },
    { argv: ['stats', LAUNCHED] },
  ]);
  expect(stack?.stdout).toMatch(
    /^-sandbox on, .* on aarch64\n(?:.*\n)*\n-sandbox on,spawn=deny, .*\n(?:.*\n)*\n2 filters: the kernel runs each, /,
  );
  const names = JSON.parse(three?.stdout ?? '').map(
    ({ architecture }: { architecture: string }) => architecture,
  );
  expect(names).toEqual(['x86_64', 'x32', 'x86']);
  expect(launched?.stdout).toContain(
    "; implements -sandbox on,spawn=deny (edition 7.0), with the launcher's one-shot exec ticket\n",
  );
  expect(launched?.stdout).not.toMatch(SECRET_TEXT);
});

describe('weights', () => {
  it('come from strace -c, perf trace -s and JSON', () => {
    const expected = { read: 30, openat: 10 };
    expect(readWeights(STRACE, 'a')).toEqual(expected);
    expect(readWeights(PERF, 'a')).toEqual(expected);
    expect(readWeights(JSON.stringify(expected), 'a')).toEqual(expected);
  });

  it('are refused in one sentence', () => {
    expect(() => readWeights('{"read": 1e999}', 'a file')).toThrow(
      /^a file: expected a count of 0 or more for read, got Infinity$/,
    );
    expect(() => readWeights('hello\n', 'a file')).toThrow(
      /^a file: expected the output of strace -c or perf trace -s, /,
    );
    expect(() => readWeights('{"read": -1}', 'a file')).toThrow(
      /^a file: expected a count of 0 or more for read, got -1$/,
    );
    expect(() => readWeights('{', 'a file')).toThrow(/^a file: expected JSON, /);
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
    [['on', '-sandbox', 'on'], /^stats: 'on' and -sandbox exclude each other/],
    [['-sandbox', 'off'], /^stats: expected a sandbox that is on, got off: there is no filter$/],
    [['--index', '1'], /^stats: --index goes with a program, and there is none/],
    [[file('bad.asm', 'ld [0]\n')], /bad\.asm': instruction 0: .* return/],
    [['--weights', 'no-such-file'], /^cannot read 'no-such-file'/],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['stats', ...words] })));
  it.each(
    cases.map(([words, message], at) => [words.join(' ').replaceAll(folder, ''), message, at] as const),
  )('%s', (_title, message, at) => {
    const { status, stdout, stderr = '' } = results[at] ?? {};
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.replace(/^qseccomp: (.*)\n$/, '$1')).toMatch(message);
  });
});
