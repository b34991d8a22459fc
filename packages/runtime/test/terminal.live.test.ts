/** Job control in a real terminal: bash in a pty of script(1) is typed at, and sees what it would see of the program alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childOf, compiled, isRunning, linuxOnly, MODES, need, said, scratch, WAYS } from './support.ts';

linuxOnly();
beforeEach((context) => {
  need(context, signals);
  if (!existsSync('/usr/bin/script') || !existsSync('/bin/bash')) context.skip('needs script(1) and bash');
});
const file = scratch();
const signals = compiled(file('signals'), 'signals') as string;

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const CTRL_BACKSLASH = '\x1c';

/** An interactive shell in a terminal. */
interface Terminal {
  readonly script: ChildProcess;
  /** Types something. */
  readonly type: (text: string) => void;
  /** Waits for output behind what was waited for before. */
  readonly expect: (pattern: RegExp) => Promise<void>;
  /** Output behind what was waited for. */
  readonly rest: () => string;
  /** Process id of the shell. */
  readonly shell: number;
}

let open: Terminal | undefined;
afterEach(() => {
  open?.script.kill('SIGKILL');
  open = undefined;
});

async function terminal(): Promise<Terminal> {
  const env = { PATH: process.env['PATH'], PS1: 'prompt> ', TERM: 'dumb', HOME: '/nonexistent' };
  const command = 'exec /bin/bash --norc --noprofile --noediting -i';
  const script = spawn('/usr/bin/script', ['-qfc', command, '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  let seen = 0;
  script.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const rest = () => text.slice(seen);
  const wait = async (pattern: RegExp) => {
    await said(rest, pattern);
    const { index, 0: match } = pattern.exec(rest()) as RegExpExecArray;
    seen += index + match.length;
  };
  await wait(/prompt> /);
  open = {
    script,
    type: (words) => void script.stdin?.write(words),
    expect: wait,
    rest,
    shell: await childOf(script.pid as number),
  };
  return open;
}

const state = (pid: number): string => /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '';

describe.each(MODES)('%s', (mode) => {
  const launch = [...WAYS[mode], '-sandbox', 'on,spawn=deny', '--'].join(' ');

  test('Ctrl-C and Ctrl-\\ reach the program once, and the command waits for its end', async () => {
    const { type, expect: sees } = await terminal();
    type(`${launch} ${signals}; echo "status $?"\n`);
    await sees(/ready\r\n/);
    type(CTRL_C);
    await sees(/got 02\r\n/);
    type(CTRL_BACKSLASH);
    await sees(/got 03\r\n/);
    type(CTRL_C);
    await sees(/got 02\r\n/);
    await pause(50);
    // Not twice.
    expect(open?.rest()).toBe('');
    type(`${CTRL_Z}`);
    await sees(/Stopped/);
    type('kill -USR2 %1; fg\n');
    await sees(/got 12\r\n/);
    await sees(/prompt> /);
    type('echo "then $?"\n');
    await sees(/then 9\r\n/);
  });

  test('Ctrl-C ends a program that does not care', async () => {
    const { type, expect: sees } = await terminal();
    type(`${launch} /bin/sh -c 'echo up; read line'\n`);
    await sees(/up\r\n/);
    type(CTRL_C);
    await sees(/prompt> /);
    type('echo "status $?"\n');
    await sees(/status 130\r\n/);
  });

  test('Ctrl-Z stops a job, fg and bg continue it', async () => {
    const { type, expect: sees, shell } = await terminal();
    type(`${launch} ${signals}\n`);
    await sees(/ready\r\n/);
    const job = await childOf(shell);
    const program = mode === 'supervised' ? await childOf(job) : job;
    type(CTRL_Z);
    await sees(/Stopped/);
    expect([state(job), state(program)]).toEqual(['T', 'T']);
    type('jobs\n');
    await sees(/\[1\]\+ {2}Stopped/);
    type('fg\n');
    // SIGCONT once, as without the command.
    await sees(/got 18\r\n/);
    await pause(50);
    expect(open?.rest()).toBe('');
    expect([state(job), state(program)]).toEqual(['S', 'S']);
    type(CTRL_Z);
    await sees(/Stopped/);
    type('bg\n');
    await sees(/got 18\r\n/);
    await pause(100);
    // In the background the terminal's signals are not the program's.
    type(CTRL_C);
    await pause(100);
    expect(open?.rest()).not.toMatch(/got/);
    type('kill -INT %1\n');
    await sees(/got 02\r\n/);
    type('kill -USR2 %1\n');
    await sees(/got 12\r\n/);
    type('wait; echo over\n');
    await sees(/over\r\n/);
  });

  test('a background program that reads the terminal is stopped, and reads after fg', async () => {
    const { type, expect: sees } = await terminal();
    type(`${launch} /bin/sh -c 'read line; echo "read $line"' &\n`);
    await sees(/prompt> /);
    await pause(300);
    type('\n');
    await sees(/Stopped/);
    type('fg\n');
    await sees(/read line/);
    type('words\n');
    await sees(/read words\r\n/);
  });

  test('what the program changes of the terminal stays', async () => {
    const { type, expect: sees } = await terminal();
    type(`${launch} /bin/stty -echo erase q\n`);
    await sees(/prompt> /);
    type('stty -a\n');
    await sees(/erase = q;(?:.|\s)* -echo /);
  });

  // The shell tells its jobs, and when it has ended the kernel tells them too: one or two, never more.
  test('a terminal that goes away tells the program no oftener than without the command', async () => {
    const { type, script, shell } = await terminal();
    const log = file('log', '');
    type(`${launch} ${signals} ${log}\n`);
    await said(() => readFileSync(log, 'utf8'), /ready/);
    const job = await childOf(shell);
    const program = mode === 'supervised' ? await childOf(job) : job;
    script.kill('SIGKILL');
    await said(() => readFileSync(log, 'utf8'), /got 01/);
    await pause(100);
    const hangups = readFileSync(log, 'utf8').match(/got 01/g);
    process.kill(program, 'SIGUSR2');
    expect([1, 2]).toContain(hangups?.length);
    await expect.poll(() => isRunning(job)).toBe(false);
  });
});
