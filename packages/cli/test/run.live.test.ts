/** The command line of `qseccomp run`: messages and exit statuses; launching itself is the runtime package's. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { qseccomp } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'data'), 'no program\n');
writeFileSync(join(folder, 'bad-interpreter'), '#!/missing/interpreter\n');
chmodSync(join(folder, 'bad-interpreter'), 0o755);
writeFileSync(join(folder, 'vm.cfg'), '[sandbox]\n  enable = "on"\n  spawn = "never"\n');

const ECHO = ['/bin/echo', 'ran'] as const;

describe.each([
  ['supervised', []],
  ['in place', ['--exec']],
] as const)('%s', (_title, mode) => {
  const run = (...words: string[]) => qseccomp(['run', ...mode, ...words], { cwd: folder });

  test('the program’s output and status are those of the command', () => {
    expect(run('-sandbox', 'on,spawn=deny', '--', ...ECHO)).toEqual({
      status: 0,
      stdout: 'ran\n',
      stderr: '',
    });
    expect(run('/bin/sh', '-c', 'exit 3').status).toBe(3);
    expect(run('-sandbox', 'off', ...ECHO)).toEqual({ status: 0, stdout: 'ran\n', stderr: '' });
  });

  test('what follows the program’s name is the program’s', () => {
    expect(run('/bin/echo', '-sandbox', '--debug', '--help', '--').stdout).toBe(
      '-sandbox --debug --help --\n',
    );
    expect(run('--', '/bin/echo', '--', '-h').stdout).toBe('-- -h\n');
    // --debug there is not the command's.
    expect(run('missing-program', '--debug').stderr).toBe('qseccomp: missing-program: not found in PATH\n');
  });

  const refused: readonly (readonly [words: string[], message: string, status?: number])[] = [
    [['--bogus', ...ECHO], 'run: unknown option --bogus (see qseccomp run --help)'],
    [['--', '--bogus'], '--bogus: not found in PATH', 127],
    [['-sandbox', 'on'], 'run: expected a command to run, got none (see qseccomp run --help)'],
    [['-sandbox', 'maybe', ...ECHO], "-sandbox maybe: Parameter 'enable' expects 'on' or 'off'"],
    [['--sandbox', 'on,spawn=never', ...ECHO], '--sandbox on,spawn=never: invalid argument for spawn'],
    [['-sandbox', 'on', '-set', 'x', ...ECHO], '-set x: can\'t parse: "x"'],
    [
      ['--edition', '2.10', '-sandbox', 'on,spawn=deny', ...ECHO],
      "edition 2.10 knows only on and off, got 'spawn'",
    ],
    [['missing-program'], 'missing-program: not found in PATH', 127],
    [['./missing'], './missing: not found', 127],
    [['./data/below'], './data/below: not found', 127],
    [[''], 'expected a program to run, got an empty name', 127],
    [['./data'], './data: permission denied', 126],
    [['/'], '/: not a regular file', 126],
    [['./bad-interpreter'], './bad-interpreter: interpreter /missing/interpreter: not found', 126],
  ];
  it.each(refused.map(([words, message, status = 125]) => [words, message, status] as const))(
    '%j',
    (words, message, status) => {
      expect(run(...words)).toEqual({ status, stdout: '', stderr: `qseccomp: ${message}\n` });
    },
  );

  test('a bad config file is told with its line', () => {
    const { status, stderr } = run('-readconfig', 'vm.cfg', ...ECHO);
    expect(stderr).toBe('qseccomp:vm.cfg:3: invalid argument for spawn\n');
    expect(status).toBe(125);
  });

  test('warnings are printed once, and the program runs', () => {
    expect(run('-sandbox', 'on,id', ...ECHO)).toEqual({
      status: 0,
      stdout: 'ran\n',
      stderr:
        "qseccomp: -sandbox on,id: warning: short-form boolean option 'id' deprecated\n" +
        'Please use id=on instead\n',
    });
  });

  test('help in the sandbox string runs nothing', () => {
    const { status, stdout, stderr } = run('-sandbox', 'on,help', ...ECHO);
    expect({ status, stderr }).toEqual({ status: 125, stderr: '' });
    expect(stdout).toMatch(/^sandbox options:\n/);
    expect(stdout).not.toContain('ran');
  });
});

/** The shell starts another program, which is denied. */
const KILLED = ['-sandbox', 'on,spawn=deny', '--', '/bin/sh', '-c', '/bin/true; :'] as const;

test('a kill says which call, or that it cannot be known', () => {
  const { status, stderr } = qseccomp(['run', ...KILLED]);
  expect(status).toBe(128 + 31);
  expect(stderr).toMatch(
    /^qseccomp: \/bin\/sh \(process \d+\) was killed by the sandbox: (?:v?fork|clone) \(\d+ on \w+\): denied by the set spawn \(new processes\).*; spawn=allow allows it\n$|cannot be known/,
  );
});

test('in place, a kill is the signal', () => {
  expect(qseccomp(['run', '--exec', ...KILLED])).toEqual({ status: null, stdout: '', stderr: '' });
});
