/** Colours: in a terminal (util-linux' script makes one), never in pipes, files and JSON, and as the environment asks. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { COMMAND, shell } from './command.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'qseccomp-colour-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
  if (!hasScript) context.skip('needs script(1)');
});

const ESCAPE = '\x1b[';
const RED = '\x1b[31m';

/** Variables that decide about colours; the others stay. */
function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...others } = process.env;
  return { ...others, TERM: 'xterm', ...own };
}

/** What a command line prints to a terminal, with line ends as in files. */
function terminal(line: string, own: Readonly<Record<string, string>> = {}): string {
  const typed = `exec '${process.execPath}' '${COMMAND}' ${line}`;
  const { stdout, error } = spawnSync('script', ['-qec', typed, '/dev/null'], {
    encoding: 'utf8',
    env: environment({ SHELL: '/bin/sh', ...own }),
    input: '',
    timeout: 60_000,
  });
  if (error) throw error;
  return stdout.replaceAll('\r\n', '\n');
}

function piped(line: string, own: Readonly<Record<string, string>> = {}): string {
  return shell(`qseccomp ${line} 2>&1`, { env: environment(own) }).stdout;
}

const DENY = '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}';

describe('a terminal gets the same text, coloured', () => {
  it.each([
    'explain -sandbox on,spawn=deny,resourcecontrol=deny --arch x86_64',
    'explain --edition 2.10 --arch x86_64',
    'why -sandbox on --arch x86_64 mount',
    'verify on on,spawn=deny --arch x86_64',
    'diff on on,spawn=deny --arch x86_64',
    'audit on --arch x86_64',
    'stats on --arch x86_64',
    'syscalls mount',
    'probe',
    'explain --help',
    '--help',
  ])('%s', (line) => {
    const coloured = terminal(line);
    expect(coloured).toContain(ESCAPE);
    expect(stripVTControlCharacters(coloured)).toBe(piped(line));
  });

  test('a profile, too', () => {
    const line = 'explain --arch x86_64 --profile -';
    const coloured = shell(`echo '${DENY}' | qseccomp ${line}`, { env: environment({ FORCE_COLOR: '1' }) });
    const plain = shell(`echo '${DENY}' | qseccomp ${line}`, { env: environment({}) });
    expect(coloured.stdout).toContain('Any other call: \x1b[33mfail with EPERM (1)\x1b[39m');
    expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout);
  });

  test('the report of a trace, but not in a file', () => {
    const report = join(folder, 'report');
    const line = "trace -sandbox on,spawn=deny -- /bin/sh -c '/bin/true; :'";
    expect(terminal(line)).toContain(`${RED}would kill the process, went on`);
    terminal(line.replace('--', `--report ${report} --`));
    expect(readFileSync(report, 'utf8')).toContain('would kill the process, went on');
    expect(readFileSync(report, 'utf8')).not.toContain(ESCAPE);
  });

  test('without a command, the help on standard error', () => {
    expect(terminal('')).toContain('\x1b[1mUsage:\x1b[22m');
    expect(terminal('2>/dev/stdout | cat')).not.toContain(ESCAPE);
  });
});

describe('the environment', () => {
  const line = 'why -sandbox on --arch x86_64 mount';
  it.each([
    ['a terminal', {}, true],
    ['a terminal', { NO_COLOR: '1' }, false],
    ['a terminal', { NO_COLOR: '' }, true],
    ['a terminal', { TERM: 'dumb' }, false],
    ['a terminal', { FORCE_COLOR: '0' }, false],
    ['a terminal', { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['a pipe', {}, false],
    ['a pipe', { FORCE_COLOR: '1' }, true],
    ['a pipe', { FORCE_COLOR: '' }, false],
  ] as const)('%s, %j: %s', (where, own, isColoured) => {
    const print = where === 'a terminal' ? terminal : piped;
    expect(print(line, own).includes(`${RED}kill the process`)).toBe(isColoured);
  });
});

describe('what programs read', () => {
  it.each(['explain --json', 'audit on --json', 'compile --arch x86_64', 'probe --json'])(
    '%s has no colours, forced or not',
    (line) => {
      expect(terminal(line, { FORCE_COLOR: '1' })).not.toContain(ESCAPE);
    },
  );
});
