/** Help, versions, and command lines that are wrong: what is printed where, and the exit status. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { many, qseccomp } from './command.ts';

const overview = qseccomp(['--help']).stdout;
const COMMANDS = [...overview.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = '']) => name);
/** What an unknown command is told. */
const unknown = (name: string, meant = ''): string =>
  `expected one of ${COMMANDS.join(', ')}; got '${name}'${meant} (see qseccomp --help)`;

test('the commands are those of the overview', () => {
  for (const name of ['run', 'parse', 'compile', 'explain', 'syscalls', 'probe'])
    expect(COMMANDS).toContain(name);
});

describe('help', () => {
  const lines = [
    ['--help'],
    ...COMMANDS.map((command) => [command, '--help']),
    ...COMMANDS.map((command) => ['help', command]),
    ...COMMANDS.map((command) => [command, '-h']),
    // Where it counts more than what is missing or too much.
    ['run', '-sandbox', 'on', '--help'],
    ['compile', '--format', 'c', '--help', 'operand'],
    ['parse', '-sandbox', 'maybe', '--help'],
    ['syscalls', 'a', 'b', '--help'],
  ];
  const results = many(lines.map((argv) => ({ argv })));
  const page = (...argv: string[]) => results[lines.findIndex((line) => line.join(' ') === argv.join(' '))];

  it.each(lines.map((argv, at) => [argv.join(' '), at] as const))('%s', (_title, at) => {
    expect(results[at]).toMatchObject({ status: 0, stderr: '' });
    expect(results[at]?.stdout).toMatch(/^Usage: qseccomp /);
  });

  it.each(COMMANDS)('the page of %s', async (command) => {
    const text = page(command, '--help')?.stdout;
    expect(text).toMatch(/\n\nOptions:\n(?: {2}--.*\n)+\nExamples:\n(?: {2}qseccomp .*\n)+$/);
    expect(page('help', command)?.stdout).toBe(text);
    expect(page(command, '-h')?.stdout).toBe(text);
    await expect(text).toMatchFileSnapshot(`golden/help/${command}.txt`);
  });

  test('without a command it is the error', () => {
    const result = qseccomp([]);
    expect(result).toEqual({ status: 2, stdout: '', stderr: overview });
  });
});

test('--version tells the version and that of the tables', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { status, stdout } = qseccomp(['--version']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^qseccomp \S+ \(system call tables of Linux \d+\.\d+(?:-rc\d+)?\)\n$/);
  expect(stdout.split(' ')[1]).toBe(version);
});

describe('wrong command lines', () => {
  const cases: readonly (readonly [line: string, status: number, message: string])[] = [
    ['complie', 2, unknown('complie', '; did you mean compile?')],
    ['Explain', 2, unknown('Explain', '; did you mean explain?')],
    ['help inspct', 2, unknown('inspct', '; did you mean inspect?')],
    ['help nothing', 2, unknown('nothing')],
    ['-sandbox on', 2, unknown('-sandbox')],
    ['constructor', 2, unknown('constructor')],
    ['explain --bogus', 2, 'explain: unknown option --bogus (see qseccomp explain --help)'],
    ['explain -json', 2, 'explain: unknown option -json; did you mean --json? (see qseccomp explain --help)'],
    [
      'explain --archs x86',
      2,
      'explain: unknown option --archs; did you mean --arch? (see qseccomp explain --help)',
    ],
    [
      'explain --jsno=1',
      2,
      'explain: unknown option --jsno=1; did you mean --json? (see qseccomp explain --help)',
    ],
    [
      'explain -sanbox on',
      2,
      'explain: unknown option -sanbox; did you mean -sandbox? (see qseccomp explain --help)',
    ],
    [
      'compile --format jsn',
      2,
      "compile: --format expects one of raw, hex, c, asm, pfc, json, oci, k8s, systemd, dot, svg; got 'jsn'; did you mean json? (see qseccomp compile --help)",
    ],
    [
      'explain --edition 8.2',
      2,
      "explain: --edition expects one of 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0, 10.0; got '8.2'; did you mean 7.0 (QEMU 7.0 to 9.x)? (see qseccomp explain --help)",
    ],
    [
      'explain --edition v5.1.0',
      2,
      "explain: --edition expects one of 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0, 10.0; got 'v5.1.0'; did you mean 4.0 (QEMU 4.0 to 5.1)? (see qseccomp explain --help)",
    ],
    [
      'explain --edition 1.1',
      2,
      "explain: --edition expects one of 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0, 10.0; got '1.1' (see qseccomp explain --help)",
    ],
    [
      'explain --edition 1.2',
      2,
      "explain: --edition expects one of 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0, 10.0; got '1.2'; did you mean 2.10 (QEMU 1.2 to 2.10, in its last form)? (see qseccomp explain --help)",
    ],
    [
      'explain --sandbox=on',
      2,
      "explain: expected the value of --sandbox as a word of its own, got '--sandbox=on' (see qseccomp explain --help)",
    ],
    ['explain --json=yes', 2, "explain: --json takes no value, got 'yes' (see qseccomp explain --help)"],
    ['explain --edition', 2, 'explain: --edition expects RELEASE, got nothing (see qseccomp explain --help)'],
    [
      'explain --kill-process maybe',
      2,
      "explain: --kill-process expects one of yes, no; got 'maybe' (see qseccomp explain --help)",
    ],
    [
      'explain --edition 3.0 --edition 3.1',
      2,
      'explain: --edition was given twice (see qseccomp explain --help)',
    ],
    ['explain on', 2, "explain: expected no operand, got 'on' (see qseccomp explain --help)"],
    ['explain -- --json', 2, "explain: expected no operand, got '--json' (see qseccomp explain --help)"],
    ['probe --arch x86', 2, 'probe: unknown option --arch (see qseccomp probe --help)'],
    ['probe x', 2, "probe: expected no operand, got 'x' (see qseccomp probe --help)"],
    ['run', 125, 'run: expected a command to run, got none (see qseccomp run --help)'],
    ['run -sandbox on --', 125, 'run: expected a command to run, got none (see qseccomp run --help)'],
    ['run --bogus true', 125, 'run: unknown option --bogus (see qseccomp run --help)'],
    ['run --json true', 125, 'run: unknown option --json (see qseccomp run --help)'],
    // QEMU's parser has its own words.
    ['parse --bogus', 1, '--bogus: invalid option'],
    ['parse -- -sandbox on', 1, '--: invalid option'],
    ['parse disk.img', 1, 'disk.img: expected one of the options -sandbox, -readconfig, -set'],
  ];
  const results = many(cases.map(([line]) => ({ argv: line.split(' ') })));
  it.each(cases.map(([line, status, message], at) => [line, status, message, at] as const))(
    '%s',
    (_line, status, message, at) => {
      expect(results[at]).toEqual({ status, stdout: '', stderr: `qseccomp: ${message}\n` });
    },
  );

  test('are one line, whatever they hold', () => {
    const [result] = many([{ argv: ['explain', 'a\nb\x1b[31m\u0085'] }]);
    expect(result?.stderr).toBe(
      "qseccomp: explain: expected no operand, got 'a\\x0ab\\x1b[31m\\x85' (see qseccomp explain --help)\n",
    );
  });

  test('have a stack with --debug only', () => {
    const [plain, debug, operand] = many([
      { argv: ['explain', 'x'] },
      { argv: ['explain', 'x', '--debug'] },
      { argv: ['explain', 'x', '--', '--debug'] },
    ]);
    expect(plain?.stderr).not.toMatch(/\n {4}at /);
    expect(debug?.stderr).toMatch(/^qseccomp: explain: .*\nCliError: .*\n {4}at /);
    expect(operand?.stderr).toMatch(/got 'x --debug'/);
    expect(debug?.status).toBe(2);
  });
});
