import { describe, expect, it, test } from 'vitest';
import {
  encodeText,
  formatSandbox,
  loadSandboxArgv,
  OptionsError,
  parseSandbox,
  runSandboxArgv,
  type SandboxArgvResult,
} from '../src/index.ts';

const noFile = (): Uint8Array => {
  throw new Error('no file expected');
};
const run = (...argv: string[]): SandboxArgvResult => runSandboxArgv(argv, { readFile: noFile });

function thrown(text: string): OptionsError {
  try {
    parseSandbox(text);
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error('expected an OptionsError');
}

describe('one string', () => {
  test('gives an entry as data', () => {
    expect(parseSandbox('on,id=x,elevateprivileges=children,spawn=allow,resourcecontrol=deny')).toEqual({
      enabled: true,
      sets: ['default', 'obsolete', 'privileged', 'resourcecontrol'],
      noNewPrivsCalls: 2,
      options: { elevateprivileges: 'children', spawn: 'allow', resourcecontrol: 'deny' },
      id: 'x',
      location: {
        kind: 'argv',
        words: ['-sandbox', 'on,id=x,elevateprivileges=children,spawn=allow,resourcecontrol=deny'],
      },
    });
  });

  test('that is off denies nothing and is not checked', () => {
    const { enabled, sets, noNewPrivsCalls, options } = parseSandbox('off,spawn=bogus');
    expect({ enabled, sets, noNewPrivsCalls, options }).toEqual({
      enabled: false,
      sets: [],
      noNewPrivsCalls: 0,
      options: { spawn: 'bogus' },
    });
    expect(parseSandbox('').enabled).toBe(false);
  });

  it.each([
    ['on', 'on'],
    ['enable=yes,obsolete=deny,elevateprivileges=allow,spawn=allow,resourcecontrol=allow', 'on'],
    ['off,spawn=deny', 'off'],
    ['', 'off'],
    ['spawn=deny', 'off'],
    ['id=a,enable=on,obsolete=allow', 'on,id=a,obsolete=allow'],
    [
      'on,resourcecontrol=deny,spawn=deny,elevateprivileges=children',
      'on,elevateprivileges=children,spawn=deny,resourcecontrol=deny',
    ],
    ['on,elevateprivileges=children,elevateprivileges=deny', 'on,elevateprivileges=deny'],
  ])('%j is written %j', (text, canonical) => {
    expect(formatSandbox(parseSandbox(text))).toBe(canonical);
  });
});

describe('errors point at what is wrong', () => {
  it.each([
    ['on,foo=bar', 'OPTIONS_INVALID_PARAMETER', 4, "Invalid parameter 'foo'\non,foo=bar\n   ^"],
    ['on,help', 'OPTIONS_INVALID_PARAMETER', 4, "Invalid parameter 'help'\non,help\n   ^"],
    ['maybe', 'OPTIONS_BAD_BOOL', 1, "Parameter 'enable' expects 'on' or 'off'\nmaybe\n^"],
    ['on,spawn=never', 'OPTIONS_BAD_ARGUMENT', 10, 'invalid argument for spawn\non,spawn=never\n         ^'],
    ['on,spawn', 'OPTIONS_BAD_ARGUMENT', 4, 'invalid argument for spawn\non,spawn\n   ^'],
    [
      'on,id=1',
      'OPTIONS_BAD_ID',
      7,
      "Parameter 'id' expects an identifier\n" +
        "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.\n" +
        'on,id=1\n      ^',
    ],
    ['on,\n\u202e🦀x=1', 'OPTIONS_INVALID_PARAMETER', 4, "Invalid parameter '\n\u202e🦀x'\non,··🦀x=1\n   ^"],
    ['🦀,x=1', 'OPTIONS_BAD_BOOL', 1, "Parameter 'enable' expects 'on' or 'off'\n🦀,x=1\n^"],
    ['on,id=é🦀', 'OPTIONS_BAD_ID', 7, /\non,id=é🦀\n {6}\^$/],
  ])('%j', (text, code, column, message) => {
    const error = thrown(text);
    expect([error.code, error.column, error.input]).toEqual([code, column, text]);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    expect(error.name).toBe('OptionsError');
  });

  test('in a long string, with an excerpt around it', () => {
    const text = `on,${'spawn=deny,'.repeat(20)}nosuch=1,${'spawn=deny,'.repeat(20)}`;
    const [, excerpt, caret] = thrown(text).message.split('\n') as [string, string, string];
    expect(excerpt).toHaveLength(74);
    expect(excerpt.slice(caret.length - 1)).toMatch(/^nosuch=1,/);
    expect([excerpt.at(0), excerpt.at(-1)]).toEqual(['…', '…']);
  });
});

describe('a command line', () => {
  test('gives entries in order, disabled ones included', () => {
    const { stdout, stderr, exitCode, entries, noNewPrivsCalls } = run(
      '-sandbox',
      'off',
      '--sandbox',
      'on,id=b',
    );
    expect({ stdout, stderr, exitCode, noNewPrivsCalls }).toEqual({
      stdout: '',
      stderr: '',
      exitCode: 0,
      noNewPrivsCalls: 1,
    });
    expect(entries.map(({ enabled, id }) => [enabled, id])).toEqual([
      [false, undefined],
      [true, 'b'],
    ]);
    expect(entries[1]?.location).toEqual({ kind: 'argv', words: ['--sandbox', 'on,id=b'] });
  });

  test('without options is fine', () => {
    expect(run()).toEqual({ stdout: '', stderr: '', exitCode: 0, entries: [], noNewPrivsCalls: 0 });
  });

  it.each([
    [
      ['-sandbox', 'on', 'disk.img', '-sandbox'],
      'disk.img: expected one of the options -sandbox, -readconfig, -set',
    ],
    [['-sandbox', 'bogus', '---sandbox', 'on'], '---sandbox: invalid option'],
    [['--'], '--: invalid option'],
    [['-'], '-: invalid option'],
    [['sandbox', 'on'], 'sandbox: expected one of the options -sandbox, -readconfig, -set'],
    [['-sandbox', 'bogus', '--readconfig'], '--readconfig: requires an argument'],
    [['-toString', 'x'], '-toString: invalid option'],
  ])('%j is refused before anything is read', (argv, message) => {
    const { stderr, stdout, exitCode, entries } = run(...argv);
    expect({ stderr, stdout, exitCode, entries }).toEqual({
      stderr: `qseccomp: ${message}\n`,
      stdout: '',
      exitCode: 1,
      entries: [],
    });
  });

  it.each([
    [['-sandbox', 'on,spawn', '-sandbox', 'off']],
    [['-sandbox', 'on,spawn=deny,help']],
    [['-sandbox', 'on,id=x', '-set', 'sandbox.x.spawn=deny']],
    [['-sandbox', 'on,nospawn', '-readconfig', 'f']],
    [['-readconfig', 'f', '-x']],
  ])('%j gives the same if only what it needs is loaded', async (argv) => {
    const readFile = (): Uint8Array => encodeText('[sandbox]\nenable = "on"\n');
    expect(await loadSandboxArgv(argv, { readFile })).toEqual(runSandboxArgv(argv, { readFile }));
  });

  test('keeps the entries that were applied before the one at fault, and counts its children', () => {
    const result = run(
      '-sandbox',
      'on',
      '-sandbox',
      'on,elevateprivileges=children,spawn=bogus',
      '-sandbox',
      'on',
    );
    expect(result.entries.map(({ enabled }) => enabled)).toEqual([true]);
    expect(result.noNewPrivsCalls).toBe(2);
    expect(result.exitCode).toBe(1);
  });

  const failing = (error: unknown): string =>
    runSandboxArgv(['-readconfig', 'a/b'], {
      readFile: () => {
        throw error;
      },
    }).stderr;

  it.each([
    [{ code: 'ENOENT', syscall: 'open' }, "Could not open 'a/b': No such file or directory"],
    [{ code: 'EACCES', syscall: 'open' }, "Could not open 'a/b': Permission denied"],
    [{ code: 'ELOOP' }, "Could not open 'a/b': Too many levels of symbolic links"],
    [{ code: 'EWHAT', syscall: 'open' }, "Could not open 'a/b': EWHAT"],
    [{ code: 'EISDIR', syscall: 'read' }, 'Cannot read config file: Is a directory'],
    [{ code: 'EIO', syscall: 'read' }, 'Cannot read config file: Input/output error'],
  ])('a file that fails with %j', (facts, message) => {
    expect(failing(Object.assign(new Error('x'), facts))).toBe(`qseccomp: -readconfig a/b: ${message}\n`);
  });

  test('an error that is not of the file system is passed on', () => {
    expect(() => failing(new TypeError('mine'))).toThrow('mine');
  });
});
