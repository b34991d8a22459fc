/** Attacks on the exec ticket: a sandboxed program that tries to run another without it dies. */
import { beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, compileC, KILLED, MODES, run, temporaryFolder } from './launching.ts';

const attack = compileC(temporaryFolder(), 'exec-attack');

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
  if ('missing' in attack) context.skip(attack.missing);
});

const WAYS = ['execve', 'plain', 'path', 'same-descriptor', 'guess'];

describe.each(MODES)('launched %s', (_title, mode) => {
  const launch = (...args: string[]) => {
    const program = 'path' in attack ? attack.path : '';
    return run(process.execPath, [
      COMMAND,
      'run',
      ...mode,
      '-sandbox',
      'on,spawn=deny',
      '--',
      program,
      ...args,
    ]);
  };

  it.each(WAYS)('%s kills the program', (way) => {
    expect(launch(way)).toMatchObject({ status: KILLED, stdout: '' });
  });

  it.each(WAYS)('%s on a second thread kills the whole program', (way) => {
    expect(launch(way, 'thread')).toMatchObject({ status: KILLED, stdout: '' });
  });

  it('a program that does not try lives', () => {
    expect(launch('nothing')).toMatchObject({ status: 0, stdout: 'survived\n' });
  });
});

describe('the second Node', () => {
  it('shows no ticket on its command line or in its environment', () => {
    // The command that is launched prints what its predecessor in the same process was started with: nothing is left.
    const { stdout } = run(process.execPath, [
      COMMAND,
      'run',
      '-sandbox',
      'on,spawn=deny',
      '--',
      process.execPath,
      '-p',
      "require('fs').readFileSync('/proc/self/environ', 'latin1').includes('QSECCOMP')",
    ]);
    expect(stdout).toBe('false\n');
  });
});
