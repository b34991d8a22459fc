/** Attacks on the process that stays behind: it has no filter, so the program must not get at it; and it has no ticket. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { childOf, compiled, linuxOnly, need, run, said, scratch, WAYS } from './support.ts';

linuxOnly();
beforeEach((context) => {
  need(context, neighbour, findTicket, signals);
  if (process.getuid?.() !== 0)
    context.skip('needs root, to become somebody else and to look into processes');
});
const file = scratch();
const neighbour = compiled(file('neighbour'), 'neighbour') as string;
const findTicket = compiled(file('find-ticket'), 'find-ticket') as string;
const signals = compiled(file('signals'), 'signals') as string;

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] as const;
const SPAWN = ['-sandbox', 'on,spawn=deny', '--'] as const;
const { EACCES, EPERM } = constants.errno;

/** What test/programs/neighbour.c may do to its parent. */
function attempts(words: readonly string[]): Record<string, number> {
  const { status, stdout, stderr } = run(words);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([way = '', errno]) => [way, Number(errno)]),
  );
}

describe('a program of the same user, without privileges', () => {
  test('gets at a plain parent, so that the attacks are worth something', (context) => {
    const ways = attempts([...NOBODY, '/bin/sh', '-c', 'trap "" USR1; "$0"; :', neighbour]);
    if (ways['ptrace-seize'] === EPERM) context.skip('this kernel lets no process trace its parent (Yama)');
    expect(new Set(Object.values(ways))).toEqual(new Set([0]));
  });

  it.each(['supervised', 'supervised, node in front'] as const)('does not get at the parent, %s', (way) => {
    const { signal, ...ways } = attempts([...NOBODY, ...WAYS[way], ...SPAWN, neighbour]);
    expect(Object.keys(ways).length).toBe(13);
    expect(Object.entries(ways).filter(([, errno]) => errno !== EPERM && errno !== EACCES)).toEqual([]);
    // It could be sent; that it opens no inspector, the empty stderr says.
    expect(signal).toBe(0);
  });

  test('does not get at the parent of a traced launch', () => {
    const { signal, ...ways } = attempts([...NOBODY, ...WAYS.supervised, '--trace', ...SPAWN, neighbour]);
    expect(Object.entries(ways).filter(([, errno]) => errno !== EPERM && errno !== EACCES)).toEqual([]);
    expect(signal).toBe(0);
  });
});

test('an open inspector is refused, since the program could use it', () => {
  const env = { PATH: process.env['PATH'], NODE_OPTIONS: '--inspect=127.0.0.1:0' };
  const { status, stdout, stderr } = run(
    [...WAYS['supervised, node in front'], ...SPAWN, '/bin/echo', 'ran'],
    { env },
  );
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(stderr).toMatch(/^qseccomp: the inspector of this process is open/m);
  // With the shell in front there is none.
  expect(run([...WAYS.supervised, ...SPAWN, '/bin/echo', 'ran'], { env })).toEqual({
    status: 0,
    stdout: 'ran\n',
    stderr: '',
  });
});

describe('the ticket', () => {
  async function launched() {
    const [command, ...args] = [...WAYS.supervised, ...SPAWN, signals];
    const supervisor = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    supervisor.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await said(() => text, /ready/);
    return { supervisor, program: await childOf(supervisor.pid as number) };
  }

  test('is in no memory once the program runs', async () => {
    const { supervisor, program } = await launched();
    try {
      const { stdout, stderr } = run([findTicket, `${program}`, `${program}`, `${supervisor.pid}`], {
        timeout: 30_000,
      });
      expect(stderr).toBe('');
      const [secret, inProgram, inSupervisor] = stdout.trim().split('\n');
      expect(secret).toBe('secret 8 bytes');
      expect(inProgram).toMatch(/^\d+ 0 \d+$/);
      // The word that is looked for beside it shows that the memory was read.
      expect(inSupervisor).toMatch(/^\d+ 0 [1-9]\d*$/);
    } finally {
      supervisor.kill('SIGKILL');
    }
  });
});
