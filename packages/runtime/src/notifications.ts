/**
 * Supervising another process's system calls: SECCOMP_RET_USER_NOTIF for authors of Node programs.
 *
 * **Time of check, time of use.** What a call's pointers lead to can change between the supervisor's look and the
 * kernel's: another thread, or a process that shares the memory, may write there. To look at a path and then let
 * the call go on is therefore no security decision, whatever was found (seccomp_unotify(2) says the same). Safe
 * are: decisions by number and registers, which cannot change; failing the call; and doing what the call asked
 * for from here, on a copy, and answering with the result: a value, or a descriptor.
 *
 * @module
 */
import { constants } from 'node:os';
import { LISTENER_LINK, POLLIN } from './abi.ts';
import { readMemory, readString } from './caller-memory.ts';
import { RuntimeError } from './errors.ts';
import { systemCall } from './libc.ts';
import { timespec } from './memory.ts';
import {
  type AnnouncedCall,
  type Answer,
  type DescriptorPlace,
  handDescriptor,
  isWaiting,
  preferSyncWakeUp,
  receive,
  requireNotifications,
  send,
  takeDescriptor,
} from './notify.ts';
import { type Host, loadHost } from './platform.ts';
import { linkTarget } from './proc-bytes.ts';
import { pollBuffer, readable, readableNow, stopWaiting } from './readable.ts';

export type { DescriptorPlace } from './notify.ts';

/** Nanoseconds that the event loop is held up for a caller that comes straight back with its next call. */
const LINGER = 50_000;
/** Milliseconds of calls without a pause after which the event loop gets its turn. */
const TURN = 5;
const MAX_ERRNO = 4095;
/** PATH_MAX, linux/limits.h. */
const PATH_BYTES = 4096;

/**
 * A system call that waits for an answer. Its registers cannot change any more; the memory behind them can at any
 * time, also after it was read here.
 */
export class SyscallNotification {
  /** The kernel's name for this wait. */
  readonly id: bigint;
  /** Thread that makes the call, as this process sees it; 0 for one of a PID namespace that it does not see. */
  readonly pid: number;
  /** Number of the call, on the architecture of {@link arch}. */
  readonly nr: number;
  /** AUDIT_ARCH token, u32: a 32-bit program makes other calls by the same numbers. */
  readonly arch: number;
  readonly instructionPointer: bigint;
  /** Six registers. Arguments that are narrower count with their low bits only. */
  readonly args: readonly bigint[];
  readonly #host: Host;
  readonly #listener: number;
  #answered = false;

  /**
   * @param host - this machine
   * @param listener - descriptor of the listener
   * @param call - what was received
   */
  constructor(host: Host, listener: number, call: AnnouncedCall) {
    this.id = call.id;
    this.pid = call.pid;
    this.nr = call.nr;
    this.arch = call.arch;
    this.instructionPointer = call.instructionPointer;
    this.args = call.args;
    this.#host = host;
    this.#listener = listener;
  }

  /**
   * Answers with a value; the call does not happen.
   *
   * @param value - what the call returns; -4095 to -1 are what libc takes for errors
   * @returns false when the caller is gone meanwhile
   * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when it was answered before, RUNTIME_LISTENER
   */
  answer(value: bigint | number): boolean {
    return this.#send({ value: BigInt(value) });
  }

  /**
   * Answers with an error; the call does not happen.
   *
   * @param errno - 1..4095, or a name such as `EPERM`
   * @returns false when the caller is gone meanwhile
   * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when it was answered before, or for an errno that is none;
   *   RUNTIME_LISTENER
   */
  fail(errno: number | string): boolean {
    const names: Readonly<Record<string, number>> = constants.errno;
    const number = typeof errno === 'number' ? errno : Object.hasOwn(names, errno) ? names[errno] : undefined;
    if (number === undefined || !Number.isInteger(number) || number < 1 || number > MAX_ERRNO) {
      throw new RuntimeError(
        'RUNTIME_BAD_ARGUMENT',
        `expected an errno, 1 to ${MAX_ERRNO} or a name, got ${String(errno)}`,
      );
    }
    return this.#send({ errno: number });
  }

  /**
   * Lets the call go on, as if the filter had allowed it (Linux 5.5).
   *
   * No security decision may rest on what was read of the caller's memory before: it can change until the kernel
   * reads it again.
   *
   * @returns false when the caller is gone meanwhile
   * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when it was answered before, RUNTIME_LISTENER
   */
  continue(): boolean {
    return this.#send('continue');
  }

  /**
   * Installs a copy of a descriptor of this process in the caller (Linux 5.9), as open(2) would. With `asAnswer`
   * the call returns its number and is over; otherwise the call waits on for its answer.
   *
   * @param descriptor - open in this process
   * @param place - its number there, close-on-exec, and whether it is the answer
   * @returns its number in the caller; undefined when the caller is gone meanwhile
   * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when the call was answered before, RUNTIME_LISTENER
   */
  addFd(descriptor: number, place: DescriptorPlace = {}): number | undefined {
    this.#requireWaiting();
    const number = handDescriptor(this.#host, this.#listener, this.id, descriptor, place);
    if (place.asAnswer) this.#answered = true;
    return number;
  }

  /**
   * Tells whether the caller still waits. What was read of the caller (its memory, /proc/PID) is the caller's
   * only if this is true afterwards: its id may be another process's by then.
   */
  isValid(): boolean {
    return !this.#answered && isWaiting(this.#host, this.#listener, this.id);
  }

  /**
   * Reads the caller's memory. It can change right afterwards.
   *
   * @param address - where a register points to
   * @param length - bytes, 1 or more
   * @returns bytes, maybe fewer; undefined where none can be read, or when the caller is gone
   */
  readMemory(address: bigint, length: number): Buffer | undefined {
    const bytes = readMemory(this.#host, this.pid, address, length);
    return bytes.length > 0 && this.isValid() ? bytes : undefined;
  }

  /**
   * Reads a path, or another string that ends with NUL, of the caller's memory. It can change right afterwards.
   *
   * @param address - where a register points to
   * @param most - bytes after which to give up
   * @returns its bytes, which need not be UTF-8; undefined where it cannot be read, is longer, or the caller is gone
   */
  readString(address: bigint, most: number = PATH_BYTES): Buffer | undefined {
    const bytes = readString(this.#host, this.pid, address, most);
    return bytes !== undefined && this.isValid() ? bytes : undefined;
  }

  #send(answer: Answer): boolean {
    this.#requireWaiting();
    this.#answered = true;
    return send(this.#host, this.#listener, this.id, answer);
  }

  #requireWaiting(): void {
    if (this.#answered)
      throw new RuntimeError('RUNTIME_BAD_ARGUMENT', 'expected one answer to a notification, got another');
  }
}

/**
 * The descriptor on which a filter announces calls. To be iterated once; ends when no process has the filter any
 * more, or after {@link close}. Whatever is not answered waits; when nobody has the listener open any more, the
 * kernel answers ENOSYS to what waits and to all that comes.
 */
export class Listener implements AsyncIterable<SyscallNotification> {
  /** The descriptor, of this process; close-on-exec. */
  readonly descriptor: number;
  readonly #host: Host;
  readonly #buffer: Buffer;
  readonly #poll: Buffer;
  readonly #linger = timespec(LINGER);
  readonly #isOwn: (call: SyscallNotification) => boolean;
  #turn = performance.now();
  #closed = false;

  /**
   * @param host - this machine
   * @param descriptor - a listener; this object closes it
   * @param isOwn - tells calls that go on unseen: those of the launcher, before it becomes the program
   */
  constructor(host: Host, descriptor: number, isOwn: (call: SyscallNotification) => boolean = () => false) {
    this.#host = host;
    this.#isOwn = isOwn;
    this.descriptor = descriptor;
    this.#buffer = Buffer.allocUnsafeSlow(requireNotifications(host));
    this.#poll = pollBuffer(host, [descriptor]);
    preferSyncWakeUp(host, descriptor);
  }

  /**
   * Waits for the next call; the event loop goes on meanwhile.
   *
   * @returns the call; undefined when no process has the filter any more, or after {@link close}
   * @throws {RuntimeError} RUNTIME_LISTENER
   */
  async next(): Promise<SyscallNotification | undefined> {
    while (!this.#closed) {
      if (performance.now() - this.#turn > TURN) {
        await new Promise((resolve) => setImmediate(resolve));
        this.#turn = performance.now();
        continue;
      }
      let events = readableNow(this.#host, this.#poll, this.#linger);
      if (events === 0) {
        events = await readable(this.#host, this.descriptor);
        this.#turn = performance.now();
        continue;
      }
      if ((events & POLLIN) === 0) return undefined;
      const received = receive(this.#host, this.descriptor, this.#buffer);
      if (received === undefined) continue;
      const call = new SyscallNotification(this.#host, this.descriptor, received);
      if (!this.#isOwn(call)) return call;
      call.continue();
    }
    return undefined;
  }

  /** Each call, in the order in which the kernel gives them. Leaving the loop closes the listener. */
  async *[Symbol.asyncIterator](): AsyncGenerator<SyscallNotification, void, undefined> {
    try {
      for (let call = await this.next(); call !== undefined; call = await this.next()) yield call;
    } finally {
      this.close();
    }
  }

  /** Gives the listener up: the kernel answers ENOSYS to calls that wait, and to all that would be announced. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    stopWaiting(this.#host, this.descriptor);
    systemCall(this.#host.number('close'), this.descriptor);
  }
}

/**
 * Supervises through a listener that this process has: one that a container engine handed over (`listenerPath` of
 * an OCI profile), or that was inherited.
 *
 * @param descriptor - the listener; closed with the object
 * @returns what announces calls
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM, RUNTIME_UNSUPPORTED_KERNEL; RUNTIME_BAD_ARGUMENT where the
 *   descriptor is something else
 */
export async function openListener(descriptor: number): Promise<Listener> {
  const host = await loadHost();
  const target = linkTarget(`/proc/self/fd/${descriptor}`);
  if (target === LISTENER_LINK) return new Listener(host, descriptor);
  throw new RuntimeError(
    'RUNTIME_BAD_ARGUMENT',
    `expected the descriptor of a seccomp listener, got ${descriptor}: ${target ?? 'not open'}`,
  );
}

/**
 * Supervises through a listener that another process has open (Linux 5.6). Needs the right to trace that process.
 *
 * @param pid - the process, 1 or more
 * @param descriptor - its descriptor of the listener; the process may close it afterwards
 * @returns what announces calls
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM, RUNTIME_UNSUPPORTED_KERNEL, RUNTIME_LISTENER
 */
export async function takeListener(pid: number, descriptor: number): Promise<Listener> {
  const host = await loadHost();
  return new Listener(host, takeDescriptor(host, pid, descriptor));
}
