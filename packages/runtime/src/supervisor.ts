/**
 * The supervised way to launch: a second Node becomes the program, this one stays as its parent.
 *
 * A second Node is started, which installs the filter on itself and becomes the program (`exec.ts`). It
 * costs one more start-up, and it is the cheapest way that is safe: fork(2) without exec crashes in a
 * child of a many-threaded V8; a clone that shares memory would run JavaScript on a stack in use; and a
 * thread that takes the filter before it forks would need that filter to allow the fork. It also means
 * that this process never knows the ticket.
 *
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import { Prctl } from './abi.ts';
import type { AuditRecord } from './audit.ts';
import { RuntimeError, type RuntimeErrorCode, type RuntimeErrorFacts } from './errors.ts';
import { formatHandover, HANDOVER_VARIABLE, type Inheritance } from './inheritance.ts';
import type { SandboxOptions } from './install.ts';
import { systemCall } from './libc.ts';
import { loadHost } from './platform.ts';

/** What the second Node is told on its command line. */
export interface LauncherOrder {
  readonly entries: readonly SandboxEntry[];
  readonly edition?: SandboxOptions['edition'];
  readonly killProcess?: boolean | undefined;
  /** Descriptor on which it waits for the word to go, and reports a failure. */
  readonly status: number;
  /** Descriptors of the caller's /proc/self/cmdline and environ, where bytes must arrive exactly. */
  readonly commandLine?: number | undefined;
  readonly environment?: number | undefined;
}

/** A program that was asked to start. */
export interface Launched {
  /** The child: pid, streams, kill(). */
  readonly child: ChildProcess;
  /** Settles when the program runs; rejects with a {@link RuntimeError} when it could not be started. */
  readonly started: Promise<void>;
  /** Settles when the child is gone, started or not. */
  readonly ended: Promise<LaunchResult>;
}

/** How a program ended. */
export interface LaunchResult {
  /** Exit status 0..255; null after a signal. */
  readonly exitCode: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  /** After SIGSYS: the calls that the kernel says were killed in this process, or why that cannot be known. */
  readonly kill?: KillReport;
}

/** What is known of a kill. */
export type KillReport =
  | { readonly known: true; readonly record: AuditRecord }
  | { readonly known: false; readonly reason: string };

/** The first byte to the second Node. */
const GO = 'g';

/** What {@link startLauncher} fills in itself is left out of the order. */
export type LauncherTask = Omit<LauncherOrder, 'status' | 'commandLine' | 'environment'>;

/**
 * Starts the second Node and gives it the word to go once this process is not dumpable.
 *
 * @param command - program and arguments
 * @param task - what to install
 * @param state - what the program is to find
 * @param streams - descriptors 0 and up of the program
 * @param options - environment and working directory
 * @param exact - descriptors of a command line and an environment to take instead, byte for byte
 */
export function startLauncher(
  command: readonly string[],
  task: LauncherTask,
  state: Inheritance,
  streams: readonly ('inherit' | 'pipe' | 'ignore' | number)[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
  exact?: { readonly commandLine: number; readonly environment: number },
): Launched {
  const nul = command.find((word) => word.includes('\0'));
  if (nul !== undefined) {
    throw new RuntimeError('RUNTIME_BAD_ARGUMENT', `expected arguments without NUL bytes, got ${JSON.stringify(nul)}`);
  }
  const status = streams.length;
  const order: LauncherOrder = {
    ...task,
    status,
    ...(exact && { commandLine: status + 1, environment: status + 2 }),
  };
  const stdio = [...streams, 'pipe', ...(exact ? [exact.commandLine, exact.environment] : [])];
  const since = Date.now() / 1000;
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./launcher.js', import.meta.url)), JSON.stringify(order), ...command],
    { ...options, env: { ...options.env, [HANDOVER_VARIABLE]: formatHandover(state) }, stdio: stdio as SpawnOptions['stdio'] & unknown[] },
  );
  return { child, started: start(child, status), ended: end(child, since) };
}

/** Gives the word to go, and waits until the descriptor closes (the program runs) or a failure is reported. */
async function start(child: ChildProcess, status: number): Promise<void> {
  const socket = child.stdio[status] as Socket | null | undefined;
  const chunks: Buffer[] = [];
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new RuntimeError('RUNTIME_LAUNCH', `a second Node could not be started: ${cause.message}`, { cause }));
    });
    socket?.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket?.once('error', reject);
    socket?.once('close', () => resolve());
  });
  try {
    await hardenSupervisor();
    socket?.write(GO);
  } catch (error) {
    socket?.destroy();
    child.kill('SIGKILL');
    throw error;
  }
  await closed;
  if (chunks.length > 0) throw reportedError(Buffer.concat(chunks).toString());
}

/**
 * Closes this process to the program that it starts: the program runs as the same user, and this process
 * has no filter. Not dumpable: no ptrace, no /proc/PID/mem. SIGUSR1 has a listener: Node would otherwise
 * open its inspector to whoever sends that signal.
 *
 * @throws {RuntimeError} RUNTIME_LAUNCH when the kernel refuses
 */
export async function hardenSupervisor(): Promise<void> {
  if (process.listenerCount('SIGUSR1') === 0) process.on('SIGUSR1', () => {});
  const host = await loadHost();
  const { value, errno } = systemCall(host.number('prctl'), Prctl.SET_DUMPABLE, 0);
  if (value !== 0) {
    throw new RuntimeError('RUNTIME_LAUNCH', 'prctl(PR_SET_DUMPABLE) failed', { call: 'prctl', errno });
  }
}

function end(child: ChildProcess, since: number): Promise<LaunchResult> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ exitCode: null, signal: null }));
    child.once('exit', async (exitCode, signal) => {
      const kill = signal === 'SIGSYS' ? { kill: await reportKill(child.pid, since) } : {};
      resolve({ exitCode, signal, ...kill });
    });
  });
}

async function reportKill(pid: number | undefined, since: number): Promise<KillReport> {
  const { searchAudit } = await import('./audit.ts');
  const search = searchAudit(since);
  if (!search.readable) return { known: false, reason: `the kernel's log cannot be read here (${search.reason})` };
  const record = search.records.findLast((candidate) => candidate.pid === pid && candidate.signal !== 0);
  return record === undefined
    ? { known: false, reason: "the kernel's log has no record of it" }
    : { known: true, record };
}

function reportedError(text: string): RuntimeError {
  const { code, message, ...facts } = JSON.parse(text) as RuntimeErrorFacts & {
    code: RuntimeErrorCode;
    message: string;
  };
  return new RuntimeError(code, message, facts);
}
