/** What a launched program finds, against what the same program finds when it is started directly. */
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, MODES, run, temporaryFolder } from './launching.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

const folder = temporaryFolder();
const STATE = join(folder, 'state.sh');
copyFileSync(fileURLToPath(new URL('fixtures/state.sh', import.meta.url)), STATE);
chmodSync(STATE, 0o755);

/** A line of shell in which PROGRAM stands for the command: run directly, and in the sandbox. */
const SITUATIONS: readonly (readonly [title: string, line: string])[] = [
  ['a plain command', 'PROGRAM'],
  ['arguments that are empty, hold blanks, are no UTF-8', "PROGRAM '' 'a  b' \"$(printf 'x\\377y')\""],
  ['descriptors 3 to 9', 'exec 3</etc/passwd 5<>file 9>>file; PROGRAM 4<&3'],
  ['a descriptor beyond 9', 'exec 8</dev/null; PROGRAM 7</dev/null'],
  ['standard input closed', 'PROGRAM <&-'],
  ['standard input and error closed', 'PROGRAM <&- 2>&-'],
  ['pipes', 'echo x | PROGRAM | cat'],
  ['nohup', 'nohup PROGRAM'],
  ['ignored signals', "trap '' PIPE INT QUIT USR1 XFSZ; PROGRAM"],
  ['blocked signals', 'env --block-signal=TERM --block-signal=USR2 PROGRAM'],
  ['a limit of open files', 'ulimit -Sn 100; PROGRAM'],
  ['a hard limit of open files', 'ulimit -n 120; PROGRAM'],
  ['a limit of file size and a umask', 'ulimit -f 1000; umask 027; PROGRAM'],
  ['another working directory', 'cd /usr/lib; PROGRAM'],
  ['a nice value', 'nice -n 3 PROGRAM'],
  ['variables that are no UTF-8', "A=$(printf '\\377\\376') PROGRAM"],
  ['variables that a shell cannot spell', "env 'a.b=1' 'x-y= 2' PROGRAM"],
  ['NODE_OPTIONS, which is the program’s', 'NODE_OPTIONS=--no-warnings PROGRAM'],
  ['an environment without PWD', 'env -u PWD -u OLDPWD PROGRAM'],
];

describe.each(MODES)('launched %s', (_title, mode) => {
  it.each(SITUATIONS)('with %s it finds the same', (_situation, line) => {
    const state = (program: string): string => {
      const script = line.replaceAll('PROGRAM', program);
      return run('/bin/sh', ['-c', script], { cwd: folder }).stdout;
    };
    const direct = state(STATE);
    expect(direct).toContain('descriptor');
    expect(state(`${COMMAND} run ${mode.join(' ')} -sandbox on,resourcecontrol=deny -- ${STATE}`)).toBe(
      direct,
    );
  });

  it.each([0, 1, 42, 125, 255])('exit status %i arrives', (status) => {
    const command = ['run', ...mode, '-sandbox', 'on,spawn=deny', '--', '/bin/sh', '-c', `exit ${status}`];
    expect(run(COMMAND, command).status).toBe(status);
  });

  it.each([
    ['TERM', 143],
    ['KILL', 137],
    ['SEGV', 139],
  ])('an end by SIG%s arrives', (signal, status) => {
    const command = [
      'run',
      ...mode,
      '-sandbox',
      'on,spawn=deny',
      '--',
      '/bin/sh',
      '-c',
      `kill -${signal} $$`,
    ];
    expect(run(COMMAND, command).status).toBe(status);
  });

  it('standard input arrives whole', () => {
    const input = 'x'.repeat(300_000);
    const { stdout } = run(COMMAND, ['run', ...mode, '-sandbox', 'on,spawn=deny', '--', '/bin/cat'], {
      input,
    });
    expect(stdout).toBe(input);
  });
});
