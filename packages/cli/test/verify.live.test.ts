/** `qseccomp verify`, `diff` and `stats` of running processes, launched under a sandbox. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, qseccomp } from './command.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
beforeEach((context) => {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  if (process.getuid?.() !== 0 || !/^Seccomp:\s*0/m.test(status))
    context.skip('needs root on Linux, and no filter on the test itself');
});

/** Launches `sleep` in place and waits until it is there, under its filters. */
async function sleeping(...sandbox: readonly string[]): Promise<string> {
  const words = ['run', '--exec', ...sandbox, '--', 'sleep', '600'];
  const child = spawn(process.execPath, [COMMAND, ...words], { stdio: 'ignore', detached: true });
  started.push(child);
  for (let waited = 0; waited < 20_000; waited += 20) {
    await pause(20);
    if (readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n') return `pid:${child.pid}`;
  }
  throw new Error(`${words.join(' ')}: not there within 20 s`);
}

describe('a launched process', () => {
  it('that may exec is the sandbox', async () => {
    const process = await sleeping('-sandbox', 'on,resourcecontrol=deny');
    const { status, stdout, stderr } = qseccomp(['verify', 'on,resourcecontrol=deny', process]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /\nB: process \d+, for \w+, \d+ instructions; implements -sandbox on,resourcecontrol=deny \(editions 6\.0, 7\.0, 10\.0\).*\nsame: both answer every call alike\n$/,
    );
    expect(qseccomp(['diff', process, 'on,resourcecontrol=deny'])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('that may not exec differs in execveat and has the ticket', async () => {
    const process = await sleeping('-sandbox', 'on,spawn=deny');
    const { status, stdout } = qseccomp(['diff', 'on,spawn=deny', process]);
    expect(status).toBe(1);
    const lines = stdout.split('\n');
    expect(lines[1]).toMatch(
      /; implements -sandbox on,spawn=deny \(edition 7\.0\), with the launcher's one-shot exec ticket/,
    );
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(
        /^\w+: A kills the thread, B kills the process: execveat \(\d+\), any arguments$/,
      ),
      "B lets one execveat pass, with the launcher's one-shot exec ticket",
      '',
    ]);
    // Another launch: another ticket, and nothing else.
    const again = await sleeping('-sandbox', 'on,spawn=deny');
    expect(qseccomp(['diff', again, process]).stdout.split('\n').slice(2)).toEqual([
      "A and B let one execveat pass, each with another ticket: the launcher's one-shot exec ticket",
      '',
    ]);
  });

  it('with two filters is both together', async () => {
    const process = await sleeping('-sandbox', 'on', '-sandbox', 'on,resourcecontrol=deny');
    const { status, stdout } = qseccomp(['verify', process, 'on,resourcecontrol=deny']);
    expect(stdout).toMatch(
      /^A: process \d+, for \w+, 2 filters of \d+ and \d+ instructions; filter 1 implements -sandbox on .*; filter 2 implements -sandbox on,resourcecontrol=deny /,
    );
    expect(status).toBe(0);
    const statistics = JSON.parse(qseccomp(['stats', process, '--json']).stdout);
    expect(statistics.map(({ filter }: { filter: string }) => filter)).toEqual([
      expect.stringMatching(/^process \d+, filter 1$/),
      expect.stringMatching(/^process \d+, filter 2$/),
    ]);
  });
});

it('a process without filters is trouble', () => {
  const { status, stdout, stderr } = qseccomp(['verify', 'on', `pid:${process.pid}`]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^qseccomp: process \d+ \(.*\) has no filter: .*\n$/);
});
