/** Attacks on the exec ticket: a sandboxed program that tries to run another one without it dies. */
import { describe, expect, it } from 'vitest';
import { compiled, KILLED, linuxOnly, MODES, need, run, scratch, WAYS } from './support.ts';

linuxOnly();

const file = scratch();
const attack = compiled(file('exec-attack'), 'exec-attack', '-pthread');
const profile = file(
  'no-exec.json',
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['execve', 'execveat'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
  }),
);

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

describe.each(MODES)('launched %s under a profile that answers exec with an errno', (mode) => {
  const launch = (way: string) => run([...WAYS[mode], '--profile', profile, '--', attack as string, way]);

  it.for(['execve', 'plain', 'path', 'guess', 'nothing'])('%s starts nothing', (way, context) => {
    need(context, attack);
    expect(launch(way)).toMatchObject({ status: 0, stdout: 'survived\n' });
  });

  it('same-descriptor kills the program: a ticket is no errno to try again after', (context) => {
    need(context, attack);
    expect(launch('same-descriptor')).toMatchObject({ status: KILLED, stdout: '' });
  });
});
