/** `qseccomp inspect` and `audit pid:N` against real processes: QEMU under every mix of options, launched programs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, qseccomp } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
beforeEach((context) => {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  if (process.getuid?.() !== 0 || !/^Seccomp:\s*0/m.test(status))
    context.skip('needs root on Linux, and no filter on the test itself');
});

/** Starts a program and waits until it has as many filters. */
async function running(words: readonly string[], filters: number): Promise<number | undefined> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  started.push(child);
  const failed = new Promise<undefined>((resolve) => child.on('error', () => resolve(undefined)));
  const ready = (async () => {
    for (let waited = 0; waited < 20_000; waited += 20) {
      await pause(20);
      if (child.pid === undefined) return undefined;
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      if (new RegExp(`^Seccomp_filters:\\s*${filters}$`, 'm').test(status)) return child.pid;
    }
    throw new Error(`${words.join(' ')}: no ${filters} filters within 20 s`);
  })();
  return Promise.race([failed, ready]);
}

const QEMU = ['qemu-system-x86_64', '-display', 'none', '-machine', 'none', '-S', '-nodefaults'];

const MIXES = Array.from({ length: 16 }, (_, bits) =>
  ['obsolete=allow', 'elevateprivileges=deny', 'spawn=deny', 'resourcecontrol=deny'].filter(
    (_option, at) => (bits >> at) & 1,
  ),
).map((options) => ['on', ...options].join());

describe('a running QEMU', () => {
  it.each(MIXES)('with -sandbox %s is recognised as that', async (sandbox) => {
    const pid = await running([...QEMU, '-sandbox', sandbox], 1);
    if (pid === undefined) return expect.unreachable('needs qemu-system-x86_64 (qemu-system-x86)');
    const { status, stdout, stderr } = qseccomp(['inspect', String(pid), '--json']);
    expect([status, stderr]).toEqual([0, '']);
    const { stacks, noNewPrivs } = JSON.parse(stdout);
    expect(noNewPrivs).toBe(true);
    expect(stacks).toHaveLength(1);
    expect(stacks[0].filters[0].implements).toContainEqual({
      sandbox,
      edition: '7.0',
      killProcess: expect.anything(),
    });
    // That name comes first, and is the only one of this edition.
    const [first] = stacks[0].filters[0].implements;
    expect(first.sandbox).toBe(sandbox);
    const verified = qseccomp(['verify', sandbox, `pid:${pid}`]);
    expect([verified.status, verified.stderr]).toEqual([0, '']);
  });

  it('can be written in every form, and read back as the same', async () => {
    const pid = await running([...QEMU, '-sandbox', 'on,spawn=deny'], 1);
    if (pid === undefined) return expect.unreachable('needs qemu-system-x86_64 (qemu-system-x86)');
    for (const format of ['asm', 'raw', 'hex', 'c', 'oci']) {
      const file = join(folder, `filter.${format === 'oci' ? 'json' : format}`);
      const written = qseccomp(['inspect', String(pid), '--format', format, '--output', file]);
      // A profile that denies execve is of no use to those who load it before they start the program.
      const warned =
        format === 'oci' ? expect.stringMatching(/^qseccomp: warning: execve is denied.*\n$/) : '';
      expect([written.status, written.stderr], format).toEqual([0, warned]);
      expect(qseccomp(['verify', 'on,spawn=deny', file]).stdout, format).toMatch(/^same:/m);
    }
  });

  it('with two filters shows both, and what they do together as one profile', async () => {
    const pid = await running(
      [
        process.execPath,
        COMMAND,
        'run',
        '--exec',
        '-sandbox',
        'on',
        '-sandbox',
        'on,resourcecontrol=deny',
        '--',
        '/bin/sleep',
        '30',
      ],
      2,
    );
    const { stdout } = qseccomp(['inspect', String(pid)]);
    expect(stdout).toMatch(/^filter 1: .* implements -sandbox on \(/m);
    expect(stdout).toMatch(/^filter 2: .* implements -sandbox on,resourcecontrol=deny \(/m);
    const { stderr, status } = qseccomp(['inspect', String(pid), '--format', 'raw']);
    expect([status, stderr]).toEqual([
      2,
      'qseccomp: inspect: format raw holds one filter, but the thread has 2; --index chooses one\n',
    ]);
    const profile = join(folder, 'both.json');
    expect(qseccomp(['inspect', String(pid), '--format', 'oci', '--output', profile]).stderr).toBe('');
    expect(qseccomp(['verify', profile, `pid:${pid}`]).status).toBe(0);
  });
});

describe('a launched program', () => {
  const launch = () =>
    running(
      [process.execPath, COMMAND, 'run', '--exec', '-sandbox', 'on,spawn=deny', '--', '/bin/sleep', '30'],
      1,
    );

  /** The number by itself: its digits may be in another one. */
  const wordOf = (pid: number | undefined): RegExp => new RegExp(`\\b${pid}\\b`, 'g');

  it('is named, and its ticket is in no form', async () => {
    const pid = await launch();
    const { stdout } = qseccomp(['inspect', String(pid)]);
    expect(stdout).toContain(
      "implements -sandbox on,spawn=deny (edition 7.0), with the launcher's one-shot exec ticket",
    );
    const { filters } = JSON.parse(qseccomp(['inspect', String(pid), '--json']).stdout).stacks[0];
    expect(filters[0].execTicket).toBe(true);
    // Without the ticket, no comparison of execveat with a random word is left: two launches look the same.
    const other = await launch();
    const again = JSON.parse(qseccomp(['inspect', String(other), '--json']).stdout).stacks[0].filters;
    expect(again[0].instructions).toEqual(filters[0].instructions);
    for (const format of ['asm', 'raw', 'hex', 'c', 'oci', 'json']) {
      const [one, two] = [pid, other].map((id) => qseccomp(['inspect', String(id), '--format', format]));
      expect(one?.stdout.replace(wordOf(pid), 'N')).toBe(two?.stdout.replace(wordOf(other), 'N'));
      expect(one?.stderr).toContain('exec ticket is left out');
    }
  });

  it('is audited without telling the ticket', async () => {
    const pid = await launch();
    const { stdout, status } = qseccomp(['audit', `pid:${pid}`, '--json']);
    expect(status).toBe(1);
    const { findings } = JSON.parse(stdout);
    const checks = findings.map(({ check }: { check: string }) => check);
    expect(checks).toContain('capabilities');
    expect(checks).not.toContain('new-programs');
    expect(stdout).not.toContain('execveat');
  });
});

describe('a process without a filter', () => {
  it('is an error for inspect, and the worst finding of an audit', async () => {
    const pid = await running(['/bin/sleep', '30'], 0);
    const inspected = qseccomp(['inspect', String(pid)]);
    expect(inspected.status).toBe(2);
    expect(inspected.stderr).toMatch(/^qseccomp: process \d+ \(sleep\) has no filter: .*\n$/);
    const audited = qseccomp(['audit', `pid:${pid}`]);
    expect(audited.status).toBe(1);
    expect(audited.stdout).toMatch(/^high {4}the process has no filter \[no-filter\]$/m);
  });
});

it('a wrong command line is one line', () => {
  for (const argv of [
    ['inspect', 'sleep'],
    ['inspect', '1', '--index', '0'],
    ['inspect', '2147483647'],
    ['audit', 'pid:2147483647'],
  ]) {
    const { status, stderr } = qseccomp(argv);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^qseccomp: .*\n$/)]);
  }
});
