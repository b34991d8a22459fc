/**
 * What the live tests share: the command as it is installed, C programs compiled on the spot, and a folder.
 *
 * @module
 */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { afterAll, beforeEach, type TestContext } from 'vitest';

/** The command: a shell in front of Node. */
export const COMMAND: string = fileURLToPath(new URL('../../cli/bin/qseccomp.mjs', import.meta.url));

/** Ways to launch: words that come before the sandbox and the command. */
export const WAYS = {
  'in place': [COMMAND, 'run', '--exec'],
  supervised: [COMMAND, 'run'],
  'in place, node in front': [process.execPath, COMMAND, 'run', '--exec'],
  'supervised, node in front': [process.execPath, COMMAND, 'run'],
} as const;

/** The two ways that differ in who becomes the program. */
export const MODES = ['in place', 'supervised'] as const;

/** All values of four options: each mix is the options that are not at their default. */
export const MIXES: readonly string[] = Array.from({ length: 16 }, (_, bits) =>
  [
    'on',
    ...['obsolete=allow', 'elevateprivileges=deny', 'spawn=deny', 'resourcecontrol=deny'].filter(
      (_option, at) => (bits >> at) & 1,
    ),
  ].join(),
);

/** How a process ended, and what it said. */
export interface Ending {
  /** Exit status; 128 and the signal's number after a signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Exit status of a program that the sandbox killed: 128 and SIGSYS. */
export const KILLED: number = 128 + constants.signals.SIGSYS;

/**
 * Runs a command to its end.
 *
 * @param words - program and arguments
 * @param options - as for spawnSync; the environment is small unless it is given
 */
export function run(words: readonly string[], options: SpawnSyncOptions = {}): Ending {
  const [program = '', ...args] = words;
  const env = { PATH: process.env['PATH'] };
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    timeout: 20_000,
    env,
    ...options,
  });
  if (error) throw error;
  return {
    status: signal === null ? (status as number) : 128 + constants.signals[signal],
    stdout: String(stdout ?? ''),
    stderr: String(stderr ?? ''),
  };
}

/**
 * A folder for the tests of one file, gone when they are done.
 *
 * @returns a function that writes a file there and gives its path
 */
export function scratch(): (name: string, content?: string | Uint8Array, mode?: number) => string {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-runtime-'));
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content, mode = 0o755) => {
    const path = join(folder, name);
    if (content !== undefined) {
      writeFileSync(path, content);
      chmodSync(path, mode);
    }
    return path;
  };
}

/**
 * Compiles a program of test/programs.
 *
 * @param file - a path from {@link scratch}, without content: where to put it
 * @param source - name of the source, without `.c`
 * @param flags - for gcc
 * @returns the path, or undefined where there is no gcc, or none that can do it
 */
export function compiled(file: string, source: string, ...flags: readonly string[]): string | undefined {
  const path = fileURLToPath(new URL(`programs/${source}.c`, import.meta.url));
  const { status } = spawnSync('gcc', ['-O1', '-o', file, path, ...flags]);
  return status === 0 ? file : undefined;
}

/** Skips a test that needs a program which could not be compiled. */
export function need(context: TestContext, ...programs: readonly (string | undefined)[]): void {
  if (programs.includes(undefined))
    context.skip('needs gcc that can compile the program (gcc, gcc-multilib)');
}

/** Skips every test of a file where there is no Linux with a table. */
export function linuxOnly(): void {
  beforeEach((context) => {
    if (process.platform !== 'linux' || host === undefined) context.skip('needs Linux on x86_64 or aarch64');
  });
}

const host = { x64: x86_64, arm64: aarch64 }[process.arch as string];

/** Number of a call on this machine. */
export function nr(name: string): number {
  const number = host && syscallNumber(host, name);
  if (number === undefined) throw new Error(`no call ${name} on ${process.arch}`);
  return number;
}

/** Whether this machine has a call of that name. */
export function hasCall(name: string): boolean {
  return host !== undefined && syscallNumber(host, name) !== undefined;
}

/**
 * Waits until a text that grows matches.
 *
 * @param text - gives it as it is now
 * @param pattern - what must appear within ten seconds
 */
export async function said(text: () => string, pattern: RegExp): Promise<void> {
  for (let waited = 0; !pattern.test(text()); waited += 10) {
    if (waited > 10_000) throw new Error(`expected ${pattern}, got ${JSON.stringify(text())}`);
    await pause(10);
  }
}

/** The one child of a process, as soon as there is one. */
export async function childOf(pid: number): Promise<number> {
  let children = '';
  await said(() => {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children;
  }, /^\d+$/);
  return Number(children);
}

/** Whether a process is there and not just waiting to be collected. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
