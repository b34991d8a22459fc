/**
 * Gives this process back the state that a plain exec would have handed over, right before it becomes the
 * program.
 *
 * @module
 */
import { constants as fileConstants } from 'node:fs';
import { constants } from 'node:os';
import { Fcntl, RLIMIT_NOFILE } from './abi.ts';
import { callFailure } from './call-failure.ts';
import type { Inheritance } from './inheritance.ts';
import { setDisposition, systemCall } from './libc.ts';
import { readWords64, rlimit64, signalSet } from './memory.ts';
import type { Host } from './platform.ts';

/** Signals that Node has reset before JavaScript runs (src/node.cc: 1 to 31; the two cannot be changed). */
const RESET_SIGNALS = Array.from({ length: 31 }, (_, index) => index + 1).filter(
  (signal) => signal !== constants.signals.SIGKILL && signal !== constants.signals.SIGSTOP,
);
const SIG_SETMASK = process.arch.startsWith('mips') ? 3 : 2;
const KERNEL_SIGSET_BYTES = process.arch.startsWith('mips') ? 16 : 8;

/**
 * Undoes what Node changed. The signal mask comes last: from then on a blocked signal waits for the program.
 *
 * @param host - this machine
 * @param state - what the program is to find
 * @throws {RuntimeError} RUNTIME_LAUNCH naming the call that failed
 */
export function restore(host: Host, state: Inheritance): void {
  const fcntl = host.number(host.architecture.registerBits === 32 ? 'fcntl64' : 'fcntl');
  for (const descriptor of state.descriptors) {
    mustSucceed('fcntl(F_SETFD)', systemCall(fcntl, descriptor, Fcntl.SETFD, 0));
  }
  for (const standard of [0, 1, 2]) {
    // Node opened these on /dev/null because they were closed.
    if (!state.descriptors.includes(standard)) systemCall(host.number('close'), standard);
  }
  for (const descriptor of state.nonBlocking) {
    const { value } = systemCall(fcntl, descriptor, Fcntl.GETFL);
    mustSucceed(
      'fcntl(F_SETFL)',
      systemCall(fcntl, descriptor, Fcntl.SETFL, value | fileConstants.O_NONBLOCK),
    );
  }
  for (const signal of RESET_SIGNALS)
    setDisposition(signal, isSet(state.ignored, signal) ? 'ignore' : 'default');
  restoreOpenFiles(host, state.openFiles);
  mustSucceed(
    'rt_sigprocmask(SIG_SETMASK)',
    systemCall(host.number('rt_sigprocmask'), SIG_SETMASK, signalSet(state.blocked), 0, KERNEL_SIGSET_BYTES),
  );
}

function restoreOpenFiles(host: Host, soft: bigint | undefined): void {
  if (soft === undefined) return;
  const prlimit = host.number('prlimit64');
  const now = rlimit64(0n, 0n);
  mustSucceed('prlimit(RLIMIT_NOFILE)', systemCall(prlimit, 0, RLIMIT_NOFILE, 0, now));
  const [, hard] = readWords64(now);
  mustSucceed('prlimit(RLIMIT_NOFILE)', systemCall(prlimit, 0, RLIMIT_NOFILE, rlimit64(soft, hard), 0));
}

function mustSucceed(call: string, { value, errno }: { value: number; errno: number }): void {
  if (value !== -1) return;
  throw callFailure('RUNTIME_LAUNCH', call, errno, {
    state: 'the program was not started, no filter is installed',
  });
}

function isSet(mask: bigint, signal: number): boolean {
  return ((mask >> BigInt(signal - 1)) & 1n) === 1n;
}
