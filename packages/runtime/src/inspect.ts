/**
 * A look at the filters that another process has, which goes on as if nobody had looked.
 *
 * All threads are stopped for the moment that reading takes (about a millisecond), so that what they have is
 * compared as of one instant. A stopped process stays stopped, a signal that was on its way arrives, and a
 * call that the process waits in goes on, with what is left of its time-out; the few calls that the kernel
 * does not restart after any stop (epoll_wait, semop, io_getevents, sigtimedwait, reads of inotify: signal(7))
 * return EINTR, as they do after SIGSTOP and SIGCONT.
 *
 * @module
 */
import { constants } from 'node:os';
import type { Program } from '@qseccomp/bpf';
import { decodeProgram } from '@qseccomp/bpf/encoding';
import { doesNotStop, readFailure, requireFilters, requireRights, seizeFailure } from './inspect-refusals.ts';
import { type Host, loadHost } from './platform.ts';
import {
  noProcess,
  type ProcessState,
  readProcess,
  type SeccompMode,
  type ThreadState,
  threadIds,
  threadState,
} from './process-state.ts';
import { collect, isGone, readFilter, release, seize, stateOf, type TraceState } from './ptrace.ts';

/** One filter of a process. */
export interface InspectedFilter {
  readonly program: Program;
  /** Whether it was installed with SECCOMP_FILTER_FLAG_LOG; absent before Linux 4.16. */
  readonly log?: boolean;
}

/** The filters of some threads. */
export interface FilterStack {
  /** Ids of the threads that have exactly these filters. */
  readonly threads: readonly number[];
  /** `none` and `strict` (read, write, exit and sigreturn only) go without filters. */
  readonly mode: SeccompMode;
  /** In order of installation. */
  readonly filters: readonly InspectedFilter[];
}

/** A process and its filters. */
export interface InspectedProcess extends ProcessState {
  /** One where all threads have the same filters, else that of the main thread first. */
  readonly stacks: readonly [FilterStack, ...FilterStack[]];
}

/** Milliseconds that a thread gets to stop: one that waits for vfork(2) or a dead disk does not. */
const PATIENCE = 2000;
/** Milliseconds between two looks at it. */
const PAUSE = 1;
/** Milliseconds between tries to let go of a thread that did not stop. */
const RETRY = 50;

/**
 * Reads every filter of every thread of another process, and lets it go on.
 *
 * Needs CAP_SYS_ADMIN in the initial user namespace, the right to trace the process, and a caller without
 * filters of its own (a usual container has some).
 *
 * @param pid - the process, or one of its threads; 1 or more
 * @returns what /proc says of it, and the filters of its threads
 * @throws {RuntimeError} RUNTIME_NO_PROCESS, RUNTIME_NOT_FILTERED (no thread has a filter), RUNTIME_STRICT_MODE
 *   (threads are in mode 1, and none has a filter), RUNTIME_NOT_PERMITTED, RUNTIME_CALLER_FILTERED,
 *   RUNTIME_ALREADY_TRACED, RUNTIME_UNSUPPORTED_KERNEL (without CONFIG_CHECKPOINT_RESTORE),
 *   RUNTIME_UNSUPPORTED_PLATFORM, RUNTIME_INSPECT for any other step that failed
 * @throws RangeError for a number that is no process id
 * @example
 * ```ts
 * import { inspectProcess, launch } from '@qseccomp/runtime';
 *
 * const { child, started } = launch('sleep', ['60'], { sandbox: 'on' });
 * await started;
 * const { stacks } = await inspectProcess(child.pid);
 * stacks[0].filters[0].program.length <= 27; // => true
 * child.kill();
 * ```
 */
export async function inspectProcess(pid: number): Promise<InspectedProcess> {
  const host = await loadHost();
  const state = readProcess(pid);
  requireFilters(state);
  requireRights(state);
  return readStacks(host, state);
}

/** A process while it is looked at. */
interface Look {
  readonly host: Host;
  readonly state: ProcessState;
  /** Threads that are traced; once one stopped, with the signal that it is to get when it is let go. */
  readonly traced: Map<number, number | undefined>;
}

/** From the first stop to the last release without a turn of the event loop: one OS thread, and no delay. */
function readStacks(host: Host, state: ProcessState): InspectedProcess {
  const look: Look = { host, state, traced: new Map() };
  try {
    stopAll(look);
    // What /proc says now is of this instant: nothing moves.
    const stopped = readProcess(state.pid);
    const threads: ThreadState[] = [];
    const stacks = new Map<string, FilterStack & { readonly threads: number[] }>();
    for (const thread of stopped.threads) {
      const { tid, mode } = thread;
      const filters = look.traced.get(tid) === undefined ? undefined : readFilters(look, tid, mode);
      if (filters === undefined) continue;
      threads.push({ ...thread, tracer: 0 });
      const key = JSON.stringify([mode, filters]);
      const stack = stacks.get(key);
      if (stack === undefined) stacks.set(key, { threads: [tid], mode, filters });
      else stack.threads.push(tid);
    }
    const [first, ...others] = stacks.values();
    if (first === undefined) throw noProcess(state.pid, 'it ended meanwhile');
    return { ...stopped, threads, stacks: [first, ...others] };
  } finally {
    for (const [tid, signal] of look.traced) letGo(look, tid, signal);
  }
}

/** Stops all threads, those included that are started meanwhile. */
function stopAll({ host, state, traced }: Look): void {
  const { pid } = state;
  const deadline = performance.now() + PATIENCE;
  const until = <T>(tid: number, look: () => T | undefined): T => {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw doesNotStop(state, tid, PATIENCE);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  };
  for (;;) {
    const fresh = threadIds(pid).filter((tid) => !traced.has(tid) && threadState(pid, tid) !== undefined);
    if (fresh.length === 0) return;
    // A thread that cannot stop is not traced at all: it could only be let go later.
    for (const tid of fresh) until(tid, () => threadState(pid, tid) !== 'D' || undefined);
    for (const tid of fresh) {
      const failure = seize(host, tid);
      if (failure === undefined) traced.set(tid, undefined);
      else if (!isGone(failure.errno) && threadState(pid, tid) !== undefined)
        throw seizeFailure(state, failure.errno);
    }
    for (const tid of fresh.filter((tid) => traced.has(tid))) {
      const stop = until(tid, () => settled(host, pid, tid));
      if (stop.kind === 'stopped') traced.set(tid, stop.signal);
    }
  }
}

/** How a thread stands that has stopped or ended; undefined while it runs. */
function settled(host: Host, pid: number, tid: number): Exclude<TraceState, { kind: 'running' }> | undefined {
  const state = stateOf(host, tid);
  if (state.kind !== 'running') return state;
  // A main thread that ended before the others is not reported as such.
  return threadState(pid, tid) === undefined ? { kind: 'ended' } : undefined;
}

/** The filters of a stopped thread; undefined where it was killed meanwhile. */
function readFilters({ host, state }: Look, tid: number, mode: SeccompMode): InspectedFilter[] | undefined {
  const filters: InspectedFilter[] = [];
  while (mode === 'filter') {
    const result = readFilter(host, tid, filters.length);
    if ('bytes' in result) {
      const { bytes, log } = result;
      const program = decodeProgram(bytes, host.architecture.endian);
      filters.push({ program, ...(log !== undefined && { log }) });
    } else if (result.errno === constants.errno.ENOENT) break;
    else if (isGone(result.errno)) return undefined;
    else throw readFailure(state, result.errno);
  }
  return filters;
}

function letGo(look: Look, tid: number, signal: number | undefined): void {
  const { host, state } = look;
  if (signal !== undefined && release(host, tid, signal)) return;
  const now = settled(host, state.pid, tid);
  // Whoever waits for a child of this process may have taken note of the stop: the try tells.
  if (now?.kind !== 'ended' && release(host, tid, now?.signal ?? 0)) return;
  // Asked to stop, it is let go as soon as it has. If this process ends first, the kernel does it.
  if (now === undefined) setTimeout(() => letGo(look, tid, undefined), RETRY).unref();
  // The end of a child of this process is for whoever started it here.
  else if (state.parent !== process.pid) collect(host, tid);
}
