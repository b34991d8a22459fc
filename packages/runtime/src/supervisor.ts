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

/** What the second Node is to install, told through its socket: one line of JSON. */
export interface LauncherOrder extends SandboxOptions {
  readonly entries: readonly SandboxEntry[];
  /** Have each kill announced, with the call's arguments, and carry it out here. */
  readonly trace?: boolean;
}

/** What the second Node is told on its command line: descriptors. */
export interface LauncherDescriptors {
  /** Where it waits for its order, and reports a failure. */
  readonly socket: number;
  /** The caller's /proc/self/cmdline and environ, where bytes must arrive exactly. */
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
  /** Of a traced launch: the kills so far, those of the program's own children included. */
  readonly kills: readonly KilledCall[];
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
  | { readonly known: true; readonly record: KilledCall }
  | { readonly known: false; readonly reason: string };

/** A call that was killed, as the kernel's log or a trace has it. */
export type KilledCall = Pick<AuditRecord, 'pid' | 'arch' | 'syscall'> & {
  /** Register arguments, which only a trace knows. */
  readonly args?: readonly bigint[];
};

/** What the second Node waits for after it has handed its listener over. */
const GO = 'g';

/** A second Node that waits for its order. */
export interface WaitingLauncher {
  readonly child: ChildProcess;
  /** Hardens this process, then sends the order. */
  readonly go: (order: LauncherOrder) => Launched;
}

/**
 * Starts the second Node. It loads what it needs and waits, so that this process can find out meanwhile
 * what to order; should that fail, kill the child.
 *
 * @param command - program and arguments
 * @param state - what the program is to find
 * @param streams - descriptors 0 and up of the program
 * @param options - environment and working directory
 * @param exact - descriptors of a command line and an environment to take instead, byte for byte
 * @returns the child, and what sends it its order
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT for a NUL byte in the command
 */
export function startLauncher(
  command: readonly string[],
  state: Inheritance,
  streams: readonly ('inherit' | 'pipe' | 'ignore' | number)[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
  exact?: { readonly commandLine: number; readonly environment: number },
): WaitingLauncher {
  const nul = command.find((word) => word.includes('\0'));
  if (nul !== undefined) {
    throw new RuntimeError(
      'RUNTIME_BAD_ARGUMENT',
      `expected arguments without NUL bytes, got ${JSON.stringify(nul)}`,
    );
  }
  const socket = streams.length;
  const descriptors: LauncherDescriptors = {
    socket,
    ...(exact && { commandLine: socket + 1, environment: socket + 2 }),
  };
  const stdio = [...streams, 'pipe', ...(exact ? [exact.commandLine, exact.environment] : [])];
  const since = Date.now() / 1000;
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve('@qseccomp/runtime/launcher')),
      JSON.stringify(descriptors),
      ...command,
    ],
    {
      ...options,
      env: { ...options.env, [HANDOVER_VARIABLE]: formatHandover(state) },
      stdio: stdio as SpawnOptions['stdio'] & unknown[],
    },
  );
  const kills: KilledCall[] = [];
  const connection = connect(child, socket, kills);
  const ended = end(child, since, kills);
  return { child, go: (order) => ({ child, started: start(child, connection, order), ended, kills }) };
}

/** The parent's end of the socket, and what the child reports on it until it closes: nothing, or a failure. */
interface Connection {
  readonly socket: Socket | null;
  readonly report: Promise<string>;
}

function connect(child: ChildProcess, descriptor: number, kills: KilledCall[]): Connection {
  const socket = (child.stdio[descriptor] ?? null) as Socket | null;
  let text = '';
  const report = new Promise<string>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        new RuntimeError('RUNTIME_LAUNCH', `a second Node could not be started: ${cause.message}`, { cause }),
      );
    });
    socket?.setEncoding('utf8');
    socket?.on('data', (chunk: string) => {
      text += chunk;
      const listener = /^\{"listener":(\d+)\}\n/.exec(text)?.[1];
      if (listener === undefined) return;
      text = '';
      import('./trace-kills.ts')
        .then(({ traceKills }) => traceKills(child, Number(listener), kills))
        .then(() => socket.write(GO))
        .catch((error) => {
          child.kill('SIGKILL');
          reject(error);
        });
    });
    // A child that was killed resets the connection: its end says why.
    socket?.on('error', () => {});
    socket?.once('close', () => resolve(text));
  });
  // Whoever does not wait for the start is not to see an unhandled rejection.
  report.catch(() => {});
  return { socket, report };
}

async function start(
  child: ChildProcess,
  { socket, report }: Connection,
  order: LauncherOrder,
): Promise<void> {
  try {
    await hardenSupervisor();
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  socket?.write(`${JSON.stringify(order)}\n`);
  const failure = await report;
  if (failure !== '') throw reportedError(failure);
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

function end(child: ChildProcess, since: number, kills: readonly KilledCall[]): Promise<LaunchResult> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ exitCode: null, signal: null }));
    child.once('exit', async (exitCode, signal) => {
      const traced = kills.find(({ pid }) => pid === child.pid);
      if (traced) resolve({ exitCode, signal: 'SIGSYS', kill: { known: true, record: traced } });
      else if (signal === 'SIGSYS') resolve({ exitCode, signal, kill: await reportKill(child.pid, since) });
      else resolve({ exitCode, signal });
    });
  });
}

async function reportKill(pid: number | undefined, since: number): Promise<KillReport> {
  const { searchAudit } = await import('./audit.ts');
  const search = searchAudit(since);
  if (!search.readable)
    return { known: false, reason: `the kernel's log cannot be read here (${search.reason})` };
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
