/** Attacks on the exec ticket: a sandboxed program that tries to run another one without it dies. */
import { describe, expect, it } from 'vitest';
import { compiled, KILLED, linuxOnly, MODES, need, run, scratch, WAYS } from './support.ts';

linuxOnly();

const attack = compiled(scratch()('exec-attack'), 'exec-attack', '-pthread');

/** Ways of `programs/exec-attack.c`. */
const ATTACKS = ['execve', 'plain', 'path', 'same-descriptor', 'guess'];

describe.each(MODES)('launched %s', (mode) => {
  const launch = (...words: string[]) =>
    run([...WAYS[mode], '-sandbox', 'on,spawn=deny', '--', attack as string, ...words]);

  it.for(ATTACKS)('%s kills the program', (way, context) => {
    need(context, attack);
    expect(launch(way)).toMatchObject({ status: KILLED, stdout: '' });
  });

  it.for(ATTACKS)('%s on a second thread kills the whole program', (way, context) => {
    need(context, attack);
    expect(launch(way, 'thread')).toMatchObject({ status: KILLED, stdout: '' });
  });

  it('a program that does not try lives', (context) => {
    need(context, attack);
    expect(launch('nothing')).toMatchObject({ status: 0, stdout: 'survived\n' });
  });
});
