/**
 * The two calls that put a filter on every thread of this process: prctl(2) for NO_NEW_PRIVS, seccomp(2)
 * with TSYNC. Every refusal names the call, the errno, what it means, and what has been changed by then.
 * Source: man seccomp(2).
 *
 * @module
 */
import { Prctl, SeccompFlag, type SeccompFlagName, SeccompOperation } from './abi.ts';
import { callFailure, describeErrno, type Meanings } from './call-failure.ts';
import { RuntimeError } from './errors.ts';
import { type CallResult, errnoText, type Structure, systemCall } from './libc.ts';
import { sockFprog } from './memory.ts';
import type { Host } from './platform.ts';
import { hasFlag } from './probe.ts';

/** What an errno of SECCOMP_SET_MODE_FILTER means, and what to do. */
const MEANINGS: Meanings = {
  EACCES: 'neither NO_NEW_PRIVS nor CAP_SYS_ADMIN is there: set NO_NEW_PRIVS first',
  EBUSY:
    'another filter of this process has a listener already (it runs under a trace, or an engine with SCMP_ACT_NOTIFY), and only one filter can',
  EFAULT: 'the kernel could not read the filter',
  EINVAL:
    'the kernel does not know an operation, flag or instruction, or another seccomp mode is on: see `qseccomp probe`',
  ENOMEM:
    'no memory, or all filters of this process together exceed 32768 instructions (as the kernel translates them, up to twice as many as they have, and 4 more for each)',
  ENOSYS:
    'the kernel has no seccomp(2) (Linux 3.17), or a filter that is already installed answers so for it',
  EOPNOTSUPP: 'the kernel was built without CONFIG_SECCOMP_FILTER',
  ESRCH: 'another thread has a filter of its own, so that it cannot take this one',
};

/** ERRNO with the errno 0 is success to the caller. */
const PRETENCE = 'a filter that is already installed answers in the place of the kernel, or a container does';

/**
 * Refuses a kernel that cannot put a filter on all threads.
 *
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_KERNEL
 */
export function requireThreadSync(host: Host): void {
  if (hasFlag(host, SeccompFlag.TSYNC)) {
    requireRealAnswers(host);
    return;
  }
  const { errno } = systemCall(
    host.number('seccomp'),
    SeccompOperation.SET_MODE_FILTER,
    SeccompFlag.TSYNC,
    0,
  );
  throw new RuntimeError(
    'RUNTIME_UNSUPPORTED_KERNEL',
    `expected a kernel with SECCOMP_FILTER_FLAG_TSYNC (Linux 3.17, CONFIG_SECCOMP_FILTER), but seccomp(2) answers ${describeErrno(errno, MEANINGS)}`,
    { call: 'seccomp', errno, strerror: errnoText(errno) },
  );
}

/** A program without instructions is one that no kernel takes. */
function requireRealAnswers(host: Host): void {
  const { value } = load(host, SeccompFlag.TSYNC, sockFprog(Buffer.alloc(0)));
  if (value !== 0) return;
  throw new RuntimeError(
    'RUNTIME_UNSUPPORTED_KERNEL',
    `expected seccomp(2) to refuse an empty filter, but it succeeded: ${PRETENCE}; nothing is installed`,
    { call: 'seccomp' },
  );
}

/** Flags of seccomp(2) that a filter can be loaded with beside TSYNC, which it always is. */
export type LoadFlagName = Extract<SeccompFlagName, 'LOG' | 'SPEC_ALLOW'>;

/**
 * Refuses flags that the kernel does not know.
 *
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_KERNEL
 */
export function requireFlags(host: Host, flags: readonly LoadFlagName[]): void {
  const missing = flags.find((flag) => !hasFlag(host, SeccompFlag[flag]));
  if (missing === undefined) return;
  throw new RuntimeError(
    'RUNTIME_UNSUPPORTED_KERNEL',
    `expected a kernel with SECCOMP_FILTER_FLAG_${missing}, but seccomp(2) does not know it; nothing is installed`,
    { call: 'seccomp' },
  );
}

/**
 * Sets NO_NEW_PRIVS and loads a filter; synchronous, so that nothing of this process runs in between.
 *
 * @param host - this machine
 * @param filter - struct sock_filter array in its byte order, 1..4096 instructions of 8 bytes
 * @param entry - index of the sandbox entry that it is for, which an error names
 * @param more - flags beside TSYNC
 * @throws {RuntimeError} RUNTIME_NO_NEW_PRIVS, RUNTIME_INSTALL, RUNTIME_THREAD_SYNC
 */
export function installOnHost(
  host: Host,
  filter: Uint8Array,
  entry?: number,
  more: readonly LoadFlagName[] = [],
): void {
  // Whatever allocates comes first: after NO_NEW_PRIVS only the load is left.
  const program = sockFprog(filter);
  setNoNewPrivs(host, entry);
  const flags = ['TSYNC' as const, ...more];
  const { value, errno } = load(host, flagBits(flags), program);
  if (value === 0) return;
  if (value > 0) {
    throw new RuntimeError(
      'RUNTIME_THREAD_SYNC',
      `seccomp(SECCOMP_SET_MODE_FILTER, ${flags.join('|')}) could not bring thread ${value} along: it has a filter of its own; ${stateAfter(entry)}`,
      { call: 'seccomp', tid: value, entry },
    );
  }
  throw loadFailure(flags, errno, entry);
}

/**
 * The same for a filter whose USER_NOTIF calls are to be announced (Linux 5.7).
 *
 * @param host - this machine
 * @param filter - struct sock_filter array in its byte order, 1..4096 instructions of 8 bytes
 * @param killable - whether only what kills the caller interrupts a call that was received; where the kernel can
 *   do that (5.19), and else nothing
 * @returns the listener's descriptor, close-on-exec
 * @throws {RuntimeError} RUNTIME_NO_NEW_PRIVS, RUNTIME_INSTALL
 */
export function installWithListener(host: Host, filter: Uint8Array, killable: boolean): number {
  const program = sockFprog(filter);
  // The answer cannot be a descriptor and a thread's id: such a thread is ESRCH here.
  const flags: SeccompFlagName[] = ['TSYNC', 'TSYNC_ESRCH', 'NEW_LISTENER'];
  if (killable && hasFlag(host, SeccompFlag.WAIT_KILLABLE_RECV)) flags.push('WAIT_KILLABLE_RECV');
  setNoNewPrivs(host, undefined);
  const { value, errno } = load(host, flagBits(flags), program);
  if (value === -1) throw loadFailure(flags, errno, undefined);
  return value;
}

function flagBits(flags: readonly SeccompFlagName[]): number {
  return flags.reduce((bits, flag) => bits | SeccompFlag[flag], 0);
}

function load(host: Host, flags: number, program: Structure): CallResult {
  return systemCall(host.number('seccomp'), SeccompOperation.SET_MODE_FILTER, flags, program);
}

function loadFailure(
  flags: readonly SeccompFlagName[],
  errno: number,
  entry: number | undefined,
): RuntimeError {
  const call = `seccomp(SECCOMP_SET_MODE_FILTER, ${flags.join('|')})`;
  return callFailure('RUNTIME_INSTALL', call, errno, { state: stateAfter(entry), meanings: MEANINGS, entry });
}

/** What has been changed when a filter could not be loaded. */
function stateAfter(entry = 0): string {
  return `NO_NEW_PRIVS is set, this filter is on no thread${entry > 0 ? `, ${filters(entry)} installed before it` : ''}`;
}

function filters(count: number): string {
  return count === 1 ? 'the filter' : `the ${count} filters`;
}

function setNoNewPrivs(host: Host, entry: number | undefined): void {
  const prctl = host.number('prctl');
  const state = entry ? `${filters(entry)} installed before` : 'nothing is installed';
  const { value, errno } = systemCall(prctl, Prctl.SET_NO_NEW_PRIVS, 1);
  if (value !== 0) {
    throw callFailure('RUNTIME_NO_NEW_PRIVS', 'prctl(PR_SET_NO_NEW_PRIVS)', errno, { state, entry });
  }
  if (systemCall(prctl, Prctl.GET_NO_NEW_PRIVS).value === 1) return;
  throw new RuntimeError(
    'RUNTIME_NO_NEW_PRIVS',
    `prctl(PR_SET_NO_NEW_PRIVS) succeeded without an effect: ${PRETENCE}; ${state}`,
    { call: 'prctl', entry },
  );
}
