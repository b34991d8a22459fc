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
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { Prctl } from './abi.ts';
import type { AuditRecord } from './audit.ts';
import { callFailure, describeErrno } from './call-failure.ts';
import { RuntimeError, type RuntimeErrorCode, type RuntimeErrorFacts } from './errors.ts';
import { systemCall } from './libc.ts';
import type { Listener } from './notifications.ts';
import { encodeOrder, type LauncherOrder, LISTENING, type ProgramOrder, READY } from './order.ts';
import { ownDirectory } from './own-package.ts';
import { loadHost } from './platform.ts';

export type { LauncherOrder, ProgramOrder } from './order.ts';

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
  /** Why the program was killed from here: its calls could not be received any more. */
  readonly failure?: Error;
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

/** What the second Node waits for once it has installed a filter with a listener. */
const GO = 'g';

/** Takes a listener over and begins to answer; the program is started when it has settled. */
export type Serve = (listener: Listener) => void | Promise<void>;

/** A second Node that waits for its order. */
export interface WaitingLauncher {
  readonly child: ChildProcess;
  /** Hardens this process, then sends the order; with an announcing filter, to be served by the last argument. */
  readonly go: (sandbox: LauncherOrder, program: ProgramOrder, serve?: Serve) => Launched;
  /**
   * Closes this end of the socket, once `started` has settled. To Node that is a reason to look at
   * process.stderr, which makes the pipe behind it non-blocking, for the program as well: a process that ends
   * with the program leaves it open.
   */
  readonly close: () => void;
}

/** What the second Node is given as one of its descriptors. */
export type Stream = 'inherit' | 'pipe' | 'ignore' | number;

/** The second Node's environment: what may be needed to load it. The program's goes through the socket. */
const LAUNCHER_VARIABLES = ['LD_LIBRARY_PATH'];

/**
 * Starts the second Node. It loads what it needs and waits, so that this process can find out meanwhile
 * what to order; should that fail, kill the child.
 *
 * @param streams - descriptors 0 and up of the program, three or more
 * @param cwd - working directory; this process's where absent
 * @returns the child, and what sends it its order
 * @throws {RuntimeError} RUNTIME_LAUNCH when the kernel refuses to start it
 */
export function startLauncher(streams: readonly Stream[], cwd?: string): WaitingLauncher {
  // The lowest free number: a high one may be beyond the limit of open files.
  const gap = streams.findIndex((stream, fd) => fd > 2 && stream === 'ignore');
  const socket = gap < 0 ? streams.length : gap;
  const stdio = streams.toSpliced(socket, 1, 'pipe') as SpawnOptions['stdio'];
  const env = Object.fromEntries(LAUNCHER_VARIABLES.map((name) => [name, process.env[name]]));
  const since = Date.now() / 1000;
  // Loading it costs 2 ms, which a launch in place can do without.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const launcher = `${ownDirectory()}/dist/bundle/launcher.cjs`;
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [launcher, String(socket)], { env, cwd, stdio });
  } catch (cause) {
    throw startFailure(cause as Error, cwd);
  }
  const kills: KilledCall[] = [];
  const failures: Error[] = [];
  let serveAnnounced: Serve = async (listener) => {
    const { serveKills } = await import('@qseccomp/runtime/trace-kills');
    serveKills(listener, child, kills).catch((error) => {
      failures.push(error);
    });
  };
  const connection = connect(child, socket, (listener) => serveAnnounced(listener), cwd);
  const ended = end(child, since, kills).then((result) => {
    const [failure] = failures;
    return failure === undefined ? result : { ...result, failure };
  });
  return {
    child,
    go: (sandbox, program, serve) => {
      if (serve) serveAnnounced = serve;
      const line = encodeOrder({ ...sandbox, ...program });
      return { child, started: start(child, connection, line), ended, kills };
    },
    close: () => connection.socket?.destroy(),
  };
}

function startFailure(cause: Error, cwd: string | undefined): RuntimeError {
  const where = cwd === undefined ? '' : ` in ${cwd}`;
  const { errno } = cause as NodeJS.ErrnoException;
  const reason = errno === undefined ? cause.message : describeErrno(-errno);
  return new RuntimeError('RUNTIME_LAUNCH', `a second Node could not be started${where}: ${reason}`, {
    call: 'spawn',
    errno: errno && -errno,
    cause,
  });
}

/** The parent's end of the socket, and what the child reports on it until it closes: nothing, or a failure. */
interface Connection {
  readonly socket: Socket | null;
  readonly report: Promise<string>;
}

function connect(child: ChildProcess, descriptor: number, serve: Serve, cwd: string | undefined): Connection {
  // Without stdio where the child could not be started.
  const socket = (child.stdio?.[descriptor] ?? null) as Socket | null;
  // Otherwise its end closes it.
  if (socket) socket.allowHalfOpen = true;
  let text = '';
  let state: 'starting' | 'ready' | 'listening' | 'served' = 'starting';
  const report = new Promise<string>((resolve, reject) => {
    const fail = (error: unknown): void => {
      child.kill('SIGKILL');
      reject(error);
    };
    child.once('error', (cause) => reject(startFailure(cause, cwd)));
    socket?.setEncoding('utf8');
    socket?.on('data', (chunk: string) => {
      text += chunk;
      if (state === 'starting' && text.startsWith(READY)) {
        text = text.slice(READY.length);
        state = 'ready';
      }
      if (state !== 'ready' || !text.startsWith(LISTENING)) return;
      text = text.slice(LISTENING.length);
      state = 'listening';
      import('@qseccomp/runtime/launched-listener')
        .then(({ takeLauncherListener }) =>
          takeLauncherListener(child, descriptor, () => socket.readableEnded),
        )
        .then(async (listener) => {
          // Otherwise the second Node has reported why not.
          if (listener === undefined) return;
          await serve(listener);
          state = 'served';
          socket.write(GO);
        })
        .catch(fail);
    });
    // A child that was killed resets the connection: its end says why.
    socket?.on('error', () => {});
    const over = (): void => {
      if (state === 'starting' && text === '') reject(brokenLauncher());
      else if (state === 'listening' && text === '') reject(lostLauncher());
      else resolve(text);
    };
    socket?.once('end', over);
    socket?.once('close', over);
  });
  // Whoever does not wait for the start is not to see an unhandled rejection.
  report.catch(() => {});
  return { socket, report };
}

function brokenLauncher(): RuntimeError {
  return new RuntimeError(
    'RUNTIME_LAUNCH',
    'the second Node ended before it had its order, and the program was not started: Node itself could not start (a limit of memory, open files or processes), or was killed',
  );
}

function lostLauncher(): RuntimeError {
  return new RuntimeError(
    'RUNTIME_LAUNCH',
    'the second Node ended with the filter installed, before it became the program: an announcing filter must let read(2) and execveat(2) through, or announce them',
  );
}

async function start(child: ChildProcess, { socket, report }: Connection, line: string): Promise<void> {
  try {
    await hardenSupervisor();
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  socket?.write(line);
  const failure = await report;
  if (failure !== '') throw reportedError(failure);
}

let hardened = false;

/**
 * Closes this process to the program that it starts: the program runs as the same user, and this process
 * has no filter. Not dumpable: no ptrace, no /proc/PID/mem. SIGUSR1 has a listener for good: Node would
 * otherwise open its inspector to whoever sends that signal.
 *
 * @throws {RuntimeError} RUNTIME_LAUNCH when the inspector is open already, or the kernel refuses
 */
export async function hardenSupervisor(): Promise<void> {
  if (!hardened) process.on('SIGUSR1', () => {});
  hardened = true;
  if (process.getBuiltinModule('node:inspector').url() !== undefined) {
    throw new RuntimeError(
      'RUNTIME_LAUNCH',
      'the inspector of this process is open (--inspect, NODE_OPTIONS): the program could reach it and run code outside of the sandbox; start without it',
    );
  }
  const host = await loadHost();
  const { value, errno } = systemCall(host.number('prctl'), Prctl.SET_DUMPABLE, 0);
  if (value !== 0) {
    const state = 'without it the program could trace this process; it was not started';
    throw callFailure('RUNTIME_LAUNCH', 'prctl(PR_SET_DUMPABLE)', errno, { state });
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

/** Milliseconds between two looks at the kernel's log, which a thread of its own writes, and how many looks. */
const LOG_PAUSE = 20;
const LOG_LOOKS = 10;

async function reportKill(pid: number | undefined, since: number): Promise<KillReport> {
  const { searchAudit } = await import('@qseccomp/runtime/audit');
  for (let looks = 0; looks < LOG_LOOKS; looks++) {
    if (looks > 0) await new Promise((resolve) => setTimeout(resolve, LOG_PAUSE));
    const search = searchAudit(since);
    if (!search.readable) {
      return { known: false, reason: `the kernel's log cannot be read here (${search.reason})` };
    }
    const record = search.records.findLast((candidate) => candidate.pid === pid && candidate.signal !== 0);
    if (record !== undefined) return { known: true, record };
  }
  return {
    known: false,
    reason: "the kernel's log has no record of it (it drops records when there are many)",
  };
}

function reportedError(text: string): RuntimeError {
  const { code, message, ...facts } = JSON.parse(text) as RuntimeErrorFacts & {
    code: RuntimeErrorCode;
    message: string;
  };
  return new RuntimeError(code, message, facts);
}
