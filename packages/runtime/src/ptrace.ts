/**
 * Stopping the threads of another process, reading their seccomp filters, and letting them go.
 *
 * The kernel binds a trace to the OS thread that began it: all calls here are synchronous, and the caller
 * must not leave the main thread between {@link seize} and {@link release}. If that thread dies, the kernel
 * lets go of everything by itself.
 *
 * Sources: man ptrace(2), waitid(2); linux/ptrace.h, kernel/ptrace.c, seccomp_get_filter() in
 * kernel/seccomp.c (v6.12).
 *
 * @module
 */
import { constants, endianness } from 'node:os';
import { P_PID, Ptrace, SeccompFlag, Wait } from './abi.ts';
import { type CallResult, type Register, systemCall } from './libc.ts';
import { copyOf } from './memory.ts';
import type { Host } from './platform.ts';

/** How a thread that is traced stands. */
export type TraceState =
  /** Stopped; `signal` was about to be delivered to it, 0 for none. */
  | { readonly kind: 'stopped'; readonly signal: number }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended' };

/** One filter as the kernel holds it. */
export interface RawFilter {
  /** struct sock_filter array in this machine's byte order. */
  readonly bytes: Uint8Array;
  /** Whether it was installed with SECCOMP_FILTER_FLAG_LOG; absent before Linux 4.16. */
  readonly log?: boolean;
}

/** struct sock_filter, linux/filter.h. */
const INSTRUCTION_BYTES = 8;
/** struct seccomp_metadata: filter_off, flags. */
const METADATA_BYTES = 16;
/** siginfo_t of waitid(2); si_pid follows three ints and, with 64-bit pointers, padding. */
const SIGINFO_BYTES = 128;
const POINTER_BYTES = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 4 : 8;
const SI_CODE = process.arch === 'mips' || process.arch === 'mipsel' ? 4 : 8;
const SI_PID = POINTER_BYTES === 8 ? 16 : 12;
const SI_STATUS = SI_PID + 8;
/** si_code of a thread that ended: CLD_EXITED, CLD_KILLED, CLD_DUMPED. */
const LAST_ENDED = 3;
/** Above the signal in si_status: a stop that PTRACE_INTERRUPT asked for, or that job control did. */
const PTRACE_EVENT_STOP = 128;

/**
 * Begins to trace a thread, and asks it to stop. It goes on until {@link stateOf} says that it stopped.
 *
 * @param host - this machine
 * @param tid - the thread
 * @returns the failure, or undefined
 */
export function seize(host: Host, tid: number): CallResult | undefined {
  const seized = ptrace(host, Ptrace.SEIZE, tid, 0, 0);
  if (seized.value === -1) return seized;
  // Fails only where the thread ended meanwhile, which its state tells.
  ptrace(host, Ptrace.INTERRUPT, tid, 0, 0);
  return undefined;
}

/**
 * How a thread stands that is traced from here. Takes no notice away from anybody else who waits for it.
 *
 * @param host - this machine
 * @param tid - the thread
 */
export function stateOf(host: Host, tid: number): TraceState {
  const info = copyOf(new Uint8Array(SIGINFO_BYTES));
  const flags = Wait.STOPPED | Wait.EXITED | Wait.NOWAIT | Wait.NOHANG | Wait.ALL;
  const { value } = systemCall(host.number('waitid'), P_PID, tid, info, flags, 0);
  // ECHILD: not traced any more, since it is gone.
  if (value === -1) return { kind: 'ended' };
  const field = (offset: number): number =>
    endianness() === 'LE' ? info.readInt32LE(offset) : info.readInt32BE(offset);
  if (field(SI_PID) === 0) return { kind: 'running' };
  if (field(SI_CODE) <= LAST_ENDED) return { kind: 'ended' };
  const status = field(SI_STATUS);
  return { kind: 'stopped', signal: status >> 8 === PTRACE_EVENT_STOP ? 0 : status & 0xff };
}

/**
 * Lets a stopped thread go: as it was, with the signal that it was about to get.
 *
 * @param host - this machine
 * @param tid - the thread
 * @param signal - what {@link stateOf} said
 * @returns false where the thread is not stopped, or gone
 */
export function release(host: Host, tid: number, signal: number): boolean {
  return ptrace(host, Ptrace.DETACH, tid, 0, signal).value === 0;
}

/**
 * Gives up a traced thread that ended, so that its own parent can collect it.
 *
 * @param host - this machine
 * @param tid - the thread; not a child of this process, whose end somebody else here waits for
 */
export function collect(host: Host, tid: number): void {
  systemCall(host.number('waitid'), P_PID, tid, 0, Wait.EXITED | Wait.NOHANG | Wait.ALL, 0);
}

/**
 * Reads one filter of a stopped thread (Linux 4.4, CONFIG_CHECKPOINT_RESTORE).
 *
 * @param host - this machine
 * @param tid - the thread
 * @param index - 0 for the filter that was installed first
 * @returns the filter, or errno: ENOENT where there are no more
 */
export function readFilter(host: Host, tid: number, index: number): RawFilter | { readonly errno: number } {
  const length = ptrace(host, Ptrace.SECCOMP_GET_FILTER, tid, index, 0);
  if (length.value < 0) return length;
  const bytes = copyOf(new Uint8Array(length.value * INSTRUCTION_BYTES));
  const read = ptrace(host, Ptrace.SECCOMP_GET_FILTER, tid, index, bytes);
  if (read.value < 0) return read;
  const log = readLogFlag(host, tid, index);
  return { bytes, ...(log !== undefined && { log }) };
}

function readLogFlag(host: Host, tid: number, index: number): boolean | undefined {
  const metadata = copyOf(new Uint8Array(METADATA_BYTES));
  const words = new BigUint64Array(metadata.buffer, 0, 2);
  words[0] = BigInt(index);
  const { value } = ptrace(host, Ptrace.SECCOMP_GET_METADATA, tid, METADATA_BYTES, metadata);
  return value === -1 ? undefined : ((words[1] ?? 0n) & BigInt(SeccompFlag.LOG)) !== 0n;
}

/** Whether a failure means that the thread is gone. */
export function isGone(errno: number): boolean {
  return errno === constants.errno.ESRCH;
}

function ptrace(host: Host, request: number, tid: number, address: number, data: Register): CallResult {
  return systemCall(host.number('ptrace'), request, tid, address, data);
}
