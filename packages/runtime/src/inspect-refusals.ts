/**
 * Why a process's filters cannot be shown: each reason is an error of its own.
 *
 * @module
 */
import { constants } from 'node:os';
import { hasCapability } from './capabilities.ts';
import { errnoName, RuntimeError } from './errors.ts';
import { errnoText } from './libc.ts';
import { type ProcessState, readProcess } from './process-state.ts';

/**
 * Refuses a process without filters.
 *
 * @param state - the process
 * @throws {RuntimeError} RUNTIME_NOT_FILTERED, RUNTIME_STRICT_MODE
 */
export function requireFilters(state: ProcessState): void {
  const { threads } = state;
  if (threads.some(({ mode }) => mode === 'filter')) return;
  if (threads.some(({ mode }) => mode === 'strict')) {
    throw new RuntimeError(
      'RUNTIME_STRICT_MODE',
      `${titleOf(state)} is in strict mode (SECCOMP_MODE_STRICT): it may read, write, exit and return from signals, and has no filter that could be shown`,
    );
  }
  const count = threads.length === 1 ? 'its only thread' : `all ${threads.length} threads`;
  throw new RuntimeError(
    'RUNTIME_NOT_FILTERED',
    `${titleOf(state)} has no filter: the seccomp mode of ${count} is 0`,
  );
}

/**
 * Refuses what the kernel would refuse, as far as that is known before the process is touched.
 *
 * @param state - the process
 * @throws {RuntimeError} RUNTIME_NOT_PERMITTED, RUNTIME_CALLER_FILTERED, RUNTIME_ALREADY_TRACED
 */
export function requireRights(state: ProcessState): void {
  const self = readProcess(process.pid);
  if (state.pid === self.pid) {
    throw new RuntimeError(
      'RUNTIME_NOT_PERMITTED',
      `${titleOf(state)} is the one that asks, and no process can trace itself: ask from another`,
    );
  }
  if (self.threads.some(({ mode }) => mode !== 'none')) {
    throw new RuntimeError(
      'RUNTIME_CALLER_FILTERED',
      'this process has a seccomp filter of its own, and the kernel shows it no others then: ask from outside the container or sandbox',
    );
  }
  if (!hasCapability(self.capabilities.effective, 'CAP_SYS_ADMIN')) throw notPermitted(state);
  const tracer = tracerOf(state);
  if (tracer !== 0) throw alreadyTraced(state, tracer);
}

/**
 * The error for a thread that cannot be traced.
 *
 * @param state - its process
 * @param errno - of PTRACE_SEIZE
 */
export function seizeFailure(state: ProcessState, errno: number): RuntimeError {
  const tracer = tracerOf(readProcess(state.pid));
  if (tracer !== 0 && tracer !== process.pid) return alreadyTraced(state, tracer);
  if (errno === constants.errno.EPERM) return notPermitted(state);
  return failure(`ptrace(PTRACE_SEIZE) of ${titleOf(state)}`, errno);
}

/**
 * The error for a filter that cannot be read, of a thread that is known to have some.
 *
 * @param state - its process
 * @param errno - of PTRACE_SECCOMP_GET_FILTER
 */
export function readFailure(state: ProcessState, errno: number): RuntimeError {
  if (errno === constants.errno.EACCES) return notPermitted(state);
  // EIO: before Linux 4.4.
  if (errno === constants.errno.EINVAL || errno === constants.errno.EIO) {
    return new RuntimeError(
      'RUNTIME_UNSUPPORTED_KERNEL',
      `expected a kernel with PTRACE_SECCOMP_GET_FILTER (Linux 4.4, CONFIG_CHECKPOINT_RESTORE), but ptrace(2) answers ${errnoName(errno)}`,
      { call: 'ptrace', errno, strerror: errnoText(errno) },
    );
  }
  return failure(`ptrace(PTRACE_SECCOMP_GET_FILTER) of ${titleOf(state)}`, errno);
}

/**
 * The error for a thread that stays in the kernel.
 *
 * @param state - its process
 * @param tid - the thread
 * @param patience - how long it was waited for, milliseconds
 */
export function doesNotStop(state: ProcessState, tid: number, patience: number): RuntimeError {
  return new RuntimeError(
    'RUNTIME_INSPECT',
    `thread ${tid} of ${titleOf(state)} did not stop within ${patience / 1000} s: it waits in the kernel for what nothing interrupts (vfork(2), a device); try again when that is over`,
    { tid },
  );
}

function titleOf({ pid, name }: ProcessState): string {
  return `process ${pid} (${name})`;
}

function tracerOf({ threads }: ProcessState): number {
  return threads.find(({ tracer }) => tracer !== 0)?.tracer ?? 0;
}

function alreadyTraced(state: ProcessState, tracer: number): RuntimeError {
  return new RuntimeError(
    'RUNTIME_ALREADY_TRACED',
    `${titleOf(state)} is traced by process ${tracer}, and only one can: end that one first (a debugger, strace)`,
  );
}

function notPermitted(state: ProcessState): RuntimeError {
  return new RuntimeError(
    'RUNTIME_NOT_PERMITTED',
    `the filters of ${titleOf(state)} are shown to root only: it takes CAP_SYS_ADMIN in the initial user namespace, and the right to trace the process (CAP_SYS_PTRACE for another user's)`,
    { call: 'ptrace' },
  );
}

function failure(what: string, errno: number): RuntimeError {
  return new RuntimeError('RUNTIME_INSPECT', `${what} failed: ${errnoName(errno)} (${errnoText(errno)})`, {
    call: 'ptrace',
    errno,
    strerror: errnoText(errno),
  });
}
