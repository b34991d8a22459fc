/**
 * What the live tests of launching share: the command as it is installed, and C programs made for the test.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The command as it is installed; runtime's own tests use it, since it is how programs are launched. */
export const COMMAND: string = fileURLToPath(new URL('../../cli/bin/qseccomp.mjs', import.meta.url));

/** Status of a supervised program that was killed by its filter: 128 + SIGSYS. */
export const KILLED = 159;

/** Both ways to launch. */
export const MODES = [
  ['in place', ['--exec']],
  ['supervised', []],
] as const;

/** How a process ended. */
export interface Outcome {
  /** Exit status; for one that a signal ended, 128 plus its number, as a shell has it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGSYS: 31, SIGKILL: 9, SIGTERM: 15, SIGSEGV: 11 };

/**
 * Runs a program to its end.
 *
 * @param program - path
 * @param args - its arguments
 * @param options - working directory, environment, input
 */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Outcome {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'latin1',
    timeout: 30_000,
    ...options,
  });
  if (error) throw error;
  return { status: status ?? 128 + (SIGNALS[signal ?? ''] ?? 0), stdout, stderr };
}

/** A folder that is removed when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-runtime-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Compiles a C program of test/fixtures.
 *
 * @param folder - where to
 * @param name - of the source, without `.c`
 * @returns its path, or why there is none
 */
export function compileC(folder: string, name: string): { path: string } | { missing: string } {
  const source = fileURLToPath(new URL(`fixtures/${name}.c`, import.meta.url));
  const path = join(folder, name);
  const { error, status, stderr } = spawnSync('gcc', ['-D_GNU_SOURCE', '-pthread', '-o', path, source], {
    encoding: 'utf8',
  });
  if (error) return { missing: 'needs gcc' };
  if (status !== 0) throw new Error(stderr);
  return { path };
}
