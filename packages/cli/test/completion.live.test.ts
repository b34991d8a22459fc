/** Completions: the candidates, and the real shells that show them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { COMMAND, many, qseccomp } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'bin'));
symlinkSync(COMMAND, join(folder, 'bin/qseccomp'));
writeFileSync(join(folder, 'profile one.json'), '{}');
const env = {
  PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  HOME: folder,
  TERM: 'dumb',
  LC_ALL: 'C.UTF-8',
};

describe('candidates', () => {
  const cases: readonly (readonly [typed: readonly string[], expected: readonly string[]])[] = [
    [['comp'], ['compile', 'completion', 'complete?']],
    [['help', 'pr'], ['probe']],
    [['--v'], ['--version']],
    [['compile', '--fo'], ['--format']],
    [
      ['compile', '--format', 's'],
      ['systemd', 'svg'],
    ],
    [
      ['compile', '--format=s'],
      ['--format=systemd', '--format=svg'],
    ],
    [['compile', '--arch', 'mips64n'], ['mips64n32']],
    [['compile', '--output', ''], [':file']],
    [['compile', '-sand'], ['-sandbox']],
    // An option that takes one value is not offered twice; one that may be repeated is.
    [['compile', '--format', 'c', '--fo'], []],
    [['compile', '--arch', 'x86', '--ar'], ['--arch']],
    [
      ['run', '-sandbox', 'o'],
      ['on', 'off', 'obsolete=allow', 'obsolete=deny', ':open'],
    ],
    [
      ['run', '-sandbox', 'on,spawn=deny,el'],
      ['allow', 'deny', 'children']
        .map((value) => `on,spawn=deny,elevateprivileges=${value}`)
        .concat(':open'),
    ],
    [['run', '-sandbox', 'on', ''], [':command']],
    [['run', '--', ''], [':command']],
    // What follows the program is the program's.
    [['run', 'ls', '--ex'], [':file']],
    [['run', '--exec', '--ex'], []],
    [
      ['verify', 'on,sp'],
      ['on,spawn=allow', 'on,spawn=deny', ':file', ':open'],
    ],
    [
      ['why', 'clone'],
      ['clone', 'clone3'],
    ],
    [['completion', 'z'], ['zsh']],
    [['no-such-command', ''], []],
  ];
  const results = many(cases.map(([typed]) => ({ argv: ['__complete', ...typed] })));

  it.each(cases.map(([typed, expected], at) => [typed, expected, at] as const))(
    '%j',
    (_typed, expected, at) => {
      const { status, stdout, stderr } = results[at] ?? {};
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const words = (stdout ?? '')
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t')[0]);
      expect(words).toEqual(expected.filter((word) => !word.endsWith('?')));
    },
  );

  test('every command that takes operands knows what they are', () => {
    const overview = qseccomp(['--help']).stdout;
    const commands = [...overview.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = '']) => name);
    const answers = many(commands.map((name) => ({ argv: ['__complete', name, ''] })));
    const without = commands.filter((_, at) => answers[at]?.stdout === '');
    expect(without.sort()).toEqual(['compile', 'explain', 'parse', 'probe']);
  });
});

/** What a shell shows for an unfinished line. */
const SHELLS: Readonly<Record<string, (line: string) => readonly string[]>> = {
  bash: (line) => {
    // COMP_WORDS as readline makes them: `=` and `:` break words.
    const script = `
      source <(qseccomp completion bash)
      COMP_LINE=$1 COMP_POINT=\${#1} COMP_TYPE=9
      mapfile -t COMP_WORDS < <(grep -oE '[=:]+|[^[:space:]=:]+' <<<"$1")
      [[ $1 == *[[:space:]] ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      compopt() { :; }
      _qseccomp
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shown('bash', ['--norc', '-c', script, 'bash', line]);
  },
  fish: (line) => {
    const script = 'qseccomp completion fish | source; complete -C $argv[1]';
    return shown('fish', ['--no-config', '-c', script, line]).map((answer) => answer.split('\t')[0] ?? '');
  },
};

function shown(shell: string, args: readonly string[]): string[] {
  const { stdout, stderr, error } = spawnSync(shell, args, {
    env,
    cwd: folder,
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (error) throw error;
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe.each(Object.entries(SHELLS))('%s', (shell, complete) => {
  test.for([
    ['qseccomp comp', ['compile', 'completion']],
    ['qseccomp compile --format s', ['systemd', 'svg']],
    [
      'qseccomp verify on on,spawn=',
      shell === 'bash' ? ['allow', 'deny'] : ['on,spawn=allow', 'on,spawn=deny'],
    ],
    ['qseccomp compile --profile prof', ['profile one.json']],
    ['qseccomp run -- setpri', ['setpriv']],
  ] as const)('%s', ([line, expected], context) => {
    if (spawnSync(shell, ['--version']).error) context.skip(`needs ${shell}`);
    const found = complete(line).map((word) => word.replaceAll('\\', ''));
    expect(new Set(found)).toEqual(new Set(expected));
  });
});

/** In a terminal of its own: a line, Tab, and a key that shows what the line has become. */
function zshLine(line: string): string {
  const script = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PROMPT=; autoload -U compinit; compinit -u -d $HOME/.zcompdump; source <(qseccomp completion zsh)
      show() { print -r -- "<<$BUFFER>>" >$HOME/line }; zle -N show; bindkey "^X^P" show; print rea""dy'
    zpty -r shell line '*ready*'
    zpty -w -n shell "$1"$'\\t\\C-x\\C-p'
    for i in {1..100}; do [[ -s $HOME/line ]] && break; sleep 0.1; done
    cat $HOME/line; rm -f $HOME/line`;
  return shown('zsh', ['-f', '-c', script, 'zsh', line]).join('\n');
}

test.for([
  ['qseccomp compi', 'qseccomp compile '],
  ['qseccomp compile --format=sys', 'qseccomp compile --format=systemd '],
  ['qseccomp verify on on,spawn=d', 'qseccomp verify on on,spawn=deny'],
  ['qseccomp compile --profile prof', 'qseccomp compile --profile profile\\ one.json '],
  ['qseccomp run -- setpri', 'qseccomp run -- setpriv '],
] as const)('zsh: %s', ([line, expected], context) => {
  if (spawnSync('zsh', ['--version']).error) context.skip('needs zsh');
  expect(zshLine(line)).toBe(`<<${expected}>>`);
});

test('a shell without completions is told', () => {
  expect(qseccomp(['completion', 'tcsh'])).toEqual({
    status: 2,
    stdout: '',
    stderr:
      "qseccomp: completion: expected one of bash, zsh, fish; got 'tcsh' (see qseccomp completion --help)\n",
  });
});
