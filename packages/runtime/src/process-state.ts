/**
 * What /proc says of a process's rights, without touching the process.
 * Source: man proc(5), /proc/PID/status; Seccomp since Linux 3.8, NoNewPrivs since 4.10.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { RuntimeError } from './errors.ts';
import { loadHost } from './platform.ts';

/** prctl(PR_GET_SECCOMP)'s modes by number. */
const MODES = ['none', 'strict', 'filter'] as const;

/** Whether a thread has filters, may only read, write and exit (`strict`), or may call anything. */
export type SeccompMode = (typeof MODES)[number];

/** One thread of a process. */
export interface ThreadState {
  readonly tid: number;
  /** Up to 15 bytes. */
  readonly name: string;
  readonly mode: SeccompMode;
  readonly noNewPrivs: boolean;
  /** Id of the process that traces the thread, 0 for none. */
  readonly tracer: number;
}

/** A process as /proc shows it. */
export interface ProcessState {
  readonly pid: number;
  /** Name of the main thread, up to 15 bytes. */
  readonly name: string;
  /** Whether all threads have it. */
  readonly noNewPrivs: boolean;
  /** Effective, permitted, inheritable, bounding and ambient capabilities: bit n stands for capability n. */
  readonly capabilities: Readonly<Record<CapabilitySet, bigint>>;
  /** Id of the process that started it, or that adopted it. */
  readonly parent: number;
  /** All threads that have not ended, the main one first. */
  readonly threads: readonly ThreadState[];
}

/** Names of the capability sets as /proc shortens them. */
const CAPABILITY_SETS = {
  effective: 'CapEff',
  permitted: 'CapPrm',
  inheritable: 'CapInh',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
} as const;

/** One of a thread's capability sets, capabilities(7). */
export type CapabilitySet = keyof typeof CAPABILITY_SETS;

/**
 * Reads what a process may do, from /proc alone.
 *
 * @param pid - the process, or one of its threads; 1 or more
 * @returns its seccomp mode thread by thread, NO_NEW_PRIVS, capabilities
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM elsewhere than on Linux; RUNTIME_NO_PROCESS where there
 *   is none, or one that has ended; RUNTIME_UNSUPPORTED_KERNEL where the kernel does not tell
 * @throws RangeError for a number that is no process id
 * @example
 * ```ts
 * import { processState } from '@qseccomp/runtime';
 *
 * const { noNewPrivs, threads } = await processState(process.pid);
 * const open = threads.filter(({ mode }) => mode === 'none');
 * ```
 */
export async function processState(pid: number): Promise<ProcessState> {
  await loadHost();
  return readProcess(pid);
}

/**
 * The same at once, where the machine is known to be Linux.
 *
 * @param pid - the process, or one of its threads
 */
export function readProcess(pid: number): ProcessState {
  if (!Number.isInteger(pid) || pid < 1 || pid >= 2 ** 31)
    throw new RangeError(`expected a process id from 1, got ${pid}`);
  const given = statusOf(`/proc/${pid}`);
  if (given === undefined) throw noProcess(pid, 'there is no such process, or /proc does not show it');
  const leader = Number(given.get('Tgid'));
  const status = leader === pid ? given : (statusOf(`/proc/${leader}`) ?? given);
  const threads = threadIds(leader).flatMap((tid) => {
    const thread = statusOf(`/proc/${leader}/task/${tid}`);
    if (thread === undefined || hasEnded(thread)) return [];
    return [
      {
        tid,
        name: nameOf(thread),
        mode: modeOf(thread),
        noNewPrivs: thread.get('NoNewPrivs') === '1',
        tracer: Number(thread.get('TracerPid')),
      },
    ];
  });
  if (threads.length === 0)
    throw noProcess(pid, 'it has ended, and waits for its parent to take note of that');
  const capability = (set: CapabilitySet): bigint => BigInt(`0x${status.get(CAPABILITY_SETS[set]) ?? '0'}`);
  return {
    pid: leader,
    name: nameOf(status),
    noNewPrivs: threads.every((thread) => thread.noNewPrivs),
    capabilities: {
      effective: capability('effective'),
      permitted: capability('permitted'),
      inheritable: capability('inheritable'),
      bounding: capability('bounding'),
      ambient: capability('ambient'),
    },
    parent: Number(status.get('PPid')),
    threads,
  };
}

/**
 * The threads of a process, the main one first.
 *
 * @param pid - the process
 * @returns their ids; none where the process is gone
 */
export function threadIds(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map(Number)
      .sort((a, b) => Number(b === pid) - Number(a === pid) || a - b);
  } catch {
    return [];
  }
}

/**
 * What a thread is at, in the letter of /proc/PID/status: `R`, `S`, `D` (in what nothing interrupts), `T`, ….
 *
 * @param pid - its process
 * @param tid - the thread
 * @returns the letter; undefined where the thread has ended
 */
export function threadState(pid: number, tid: number): string | undefined {
  const status = statusOf(`/proc/${pid}/task/${tid}`);
  return status === undefined || hasEnded(status) ? undefined : status.get('State')?.charAt(0);
}

/**
 * An error about a process that is not there.
 *
 * @param pid - as asked for
 * @param reason - why it is not
 */
export function noProcess(pid: number, reason: string): RuntimeError {
  return new RuntimeError('RUNTIME_NO_PROCESS', `process ${pid} cannot be looked at: ${reason}`);
}

function modeOf(status: ReadonlyMap<string, string>): SeccompMode {
  const mode = MODES[Number(status.get('Seccomp'))];
  if (mode !== undefined) return mode;
  throw new RuntimeError(
    'RUNTIME_UNSUPPORTED_KERNEL',
    'expected a line Seccomp in /proc/PID/status (Linux 3.8, CONFIG_SECCOMP), got none',
  );
}

function nameOf(status: ReadonlyMap<string, string>): string {
  return status.get('Name') ?? '';
}

function hasEnded(status: ReadonlyMap<string, string>): boolean {
  return /^[ZX]/.test(status.get('State') ?? 'X');
}

/** The lines of a status file; undefined where the thread is gone. */
function statusOf(folder: string): ReadonlyMap<string, string> | undefined {
  try {
    const lines = readFileSync(`${folder}/status`, 'utf8').split('\n');
    return new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim()];
      }),
    );
  } catch {
    return undefined;
  }
}
