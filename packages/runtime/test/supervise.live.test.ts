/** How a launched program ends and what that looks like from outside; signals on their way to it; kills in words. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants as fileConstants, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, it, test } from 'vitest';
import {
  childOf,
  compiled,
  isRunning,
  KILLED,
  linuxOnly,
  MODES,
  need,
  run,
  said,
  scratch,
  WAYS,
} from './support.ts';

linuxOnly();
beforeEach((context) => need(context, signals));
const file = scratch();
const signals = compiled(file('signals'), 'signals') as string;
const { SIGUSR2 } = constants.signals;

describe('exit status', () => {
  describe.each(MODES)('%s', (mode) => {
    it.each([0, 1, 2, 63, 64, 99, 125, 126, 127, 128, 129, 137, 254, 255])('%i', (status) => {
      expect(run([...WAYS[mode], '--', '/bin/sh', '-c', `exit ${status}`]).status).toBe(status);
    });

    it.each(['HUP', 'INT', 'QUIT', 'ABRT', 'KILL', 'USR1', 'SEGV', 'PIPE', 'ALRM', 'TERM'])(
      '128 and the number of SIG%s',
      (name) => {
        const number = constants.signals[`SIG${name}` as NodeJS.Signals];
        expect(run([...WAYS[mode], '--', '/bin/sh', '-c', `ulimit -c 0; kill -${name} $$`]).status).toBe(
          128 + number,
        );
      },
    );
  });

  test('supervised it is a status, in place the signal itself', async () => {
    const ending = async (mode: (typeof MODES)[number]) => {
      const [program, ...args] = [...WAYS[mode], '--', '/bin/sh', '-c', 'kill -TERM $$'];
      return once(spawn(program as string, args), 'exit');
    };
    expect(await ending('supervised')).toEqual([143, null]);
    expect(await ending('in place')).toEqual([null, 'SIGTERM']);
  });
});

/** A supervised program that tells what it gets; in a process group of its own, with no terminal. */
async function listening(): Promise<{
  supervisor: ChildProcess;
  program: number;
  ended: Promise<string>;
  /** What it has told so far. */
  text: () => string;
}> {
  const [command, ...args] = [...WAYS.supervised, '-sandbox', 'on,spawn=deny', '--', signals];
  const supervisor = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let text = '';
  supervisor.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await said(() => text, /ready/);
  const ended = once(supervisor, 'close').then(([status]) => `${text}status ${status}`);
  return { supervisor, program: await childOf(supervisor.pid as number), ended, text: () => text };
}

describe('signals to the supervisor', () => {
  const FORWARDED = [
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGABRT',
    'SIGUSR1',
    'SIGTERM',
    'SIGCONT',
    'SIGURG',
    'SIGVTALRM',
    'SIGWINCH',
    'SIGIO',
    'SIGPWR',
  ] as const;

  test('reach the program, each once', async () => {
    const { supervisor, ended, text } = await listening();
    const line = (signal: NodeJS.Signals) => `got ${String(constants.signals[signal]).padStart(2, '0')}\n`;
    // Signals that wait together come in the order of their numbers.
    for (const signal of FORWARDED) {
      supervisor.kill(signal);
      await said(text, new RegExp(line(signal)));
    }
    supervisor.kill('SIGUSR2');
    const lines = [...FORWARDED, 'SIGUSR2' as const].map(line).join('');
    expect(await ended).toBe(`ready\n${lines}status 9`);
  });

  test('SIGKILL takes the program along', async () => {
    const { supervisor, program } = await listening();
    supervisor.kill('SIGKILL');
    await expect.poll(() => isRunning(program)).toBe(false);
  });

  test('a stop of the program is not followed where there is no terminal', async () => {
    const { supervisor, program, ended } = await listening();
    process.kill(program, 'SIGSTOP');
    await pause(100);
    expect(readFileSync(`/proc/${supervisor.pid}/stat`, 'utf8')).not.toMatch(/\) T /);
    process.kill(program, 'SIGCONT');
    process.kill(program, 'SIGUSR2');
    expect(await ended).toMatch(new RegExp(`got ${SIGUSR2}\nstatus 9$`));
  });

  // At any moment: while the shell runs, while either Node starts, after the program has started.
  it.each([0, 5, 15, 30, 40, 50, 60, 80])(
    'SIGTERM after %i ms leaves nothing behind',
    async (milliseconds) => {
      const [command, ...args] = [...WAYS.supervised, '--', '/bin/sleep', '3.14159'];
      const supervisor = spawn(command as string, args, { stdio: 'ignore', detached: true });
      await pause(milliseconds);
      supervisor.kill('SIGTERM');
      expect([
        [143, null],
        [null, 'SIGTERM'],
      ]).toContainEqual(await once(supervisor, 'exit'));
      await expect.poll(() => groupOf(supervisor.pid as number)).toEqual([]);
    },
  );
});

/** Command lines of a process group's running members. */
function groupOf(group: number): string[] {
  const { stdout } = run(['/bin/sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null']);
  return stdout
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf(')') + 2).split(' '))
    .filter(([state, , pgrp]) => Number(pgrp) === group && state !== 'Z')
    .map((fields) => fields.join(' '));
}

describe('after a kill', () => {
  const DENIED = ['-sandbox', 'on,spawn=deny', '--', '/bin/sh', '-c', '/bin/true; :'] as const;
  const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] as const;

  test.for([undefined])(
    'the message names the call and the set, where the log can be read',
    async (_, context) => {
      if (process.getuid?.() !== 0) context.skip('needs root, to read /dev/kmsg');
      // The kernel drops records beyond ten in five seconds; other tests make many.
      for (let tries = 0; ; tries++) {
        const { status, stderr } = run([...WAYS.supervised, ...DENIED]);
        expect(status).toBe(KILLED);
        if (stderr.includes('has no record') && tries < 4) await pause(2500);
        else {
          expect(stderr).toMatch(
            /^qseccomp: \/bin\/sh \(process \d+\) was killed by the sandbox: (?:v?fork|clone) \(\d+ on \w+\): denied by the set spawn \(new processes\).*; spawn=allow allows it\n$/,
          );
          return;
        }
      }
    },
  );

  test.for([undefined])(
    'it says that the call cannot be known, where the log cannot be read',
    (_, context) => {
      if (process.getuid?.() !== 0) context.skip('needs root, to become somebody else');
      const { status, stderr } = run([...NOBODY, ...WAYS.supervised, ...DENIED]);
      expect(status).toBe(KILLED);
      expect(stderr).toMatch(
        /^qseccomp: \/bin\/sh \(process \d+\) was killed by the sandbox: which call it was cannot be known here: the kernel's log cannot be read here \(\/dev\/kmsg: E\w+, .*\)\.\n/,
      );
    },
  );

  test.for([undefined])('--trace tells anybody, with the arguments', (_, context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to become somebody else');
    const { status, stderr } = run([...NOBODY, ...WAYS.supervised, '--trace', ...DENIED]);
    expect(status).toBe(KILLED);
    expect(stderr).toMatch(
      /^qseccomp: \/bin\/sh \(process \d+\) was killed by the sandbox: (?:v?fork|clone)\(.*\) \(\d+ on \w+\): denied by the set spawn/,
    );
  });
});

test('other holders of the standard descriptors keep their blocking mode', () => {
  const script = 'sleep 0.2; for fd in 0 1 2; do sed -n s/^flags://p /proc/$$/fdinfo/$fd; done';
  // Sockets on all three, which both ends have to themselves.
  const { stdout } = run([...WAYS.supervised, '--', '/bin/sh', '-c', script], { input: '' });
  const modes = stdout
    .trim()
    .split('\n')
    .map((flags) => Number.parseInt(flags, 8) & fileConstants.O_NONBLOCK);
  expect(modes).toEqual([0, 0, 0]);
});
