/**
 * Waits until descriptors can be read, without blocking the event loop.
 *
 * Node watches sockets, pipes and terminals only. Here one thread of libuv's pool sits in ppoll(2) for all
 * descriptors that are waited for together, and an eventfd among them wakes it: when another one is added, and
 * when Node exits, which waits for its threads.
 *
 * @module
 */
import { constants } from 'node:fs';
import { constants as system } from 'node:os';
import { O_CLOEXEC, POLLIN } from './abi.ts';
import { callFailure } from './call-failure.ts';
import type { RuntimeError } from './errors.ts';
import { systemCall, systemCallAsync } from './libc.ts';
import type { Host } from './platform.ts';

/** struct pollfd: fd, events, revents. */
const POLLFD_BYTES = 8;

interface Waiting {
  readonly resolve: (events: number) => void;
  readonly reject: (error: unknown) => void;
}

/** By descriptor: who waits. */
const waiting = new Map<number, Waiting>();
let waker: number | undefined;
let polling = false;

/**
 * Waits until a descriptor can be read, or has nobody at its other end.
 *
 * @param host - this machine
 * @param descriptor - open, and waited for by nobody else
 * @returns ppoll's events, or 0 after {@link stopWaiting}
 * @throws {RuntimeError} RUNTIME_LISTENER
 */
export function readable(host: Host, descriptor: number): Promise<number> {
  return new Promise((resolve, reject) => {
    waiting.set(descriptor, { resolve, reject });
    if (polling) wake(host);
    else pollAll(host).catch(rejectAll);
  });
}

/**
 * Gives up waiting for a descriptor, which may be closed then.
 *
 * @param host - this machine
 * @param descriptor - of {@link readable}
 */
export function stopWaiting(host: Host, descriptor: number): void {
  const waits = waiting.get(descriptor);
  waiting.delete(descriptor);
  if (polling) wake(host);
  waits?.resolve(0);
}

/**
 * The same for this moment, or a short one; blocks that long.
 *
 * @param host - this machine
 * @param buffer - from {@link pollBuffer}
 * @param timeout - struct timespec
 */
export function readableNow(host: Host, buffer: Buffer, timeout: Uint8Array): number {
  const { value } = systemCall(host.number('ppoll'), buffer, 1, timeout, 0, 0);
  return value > 0 ? eventsOf(host, buffer, 0) : 0;
}

/**
 * struct pollfd for descriptors, asking whether they can be read.
 *
 * @param host - this machine
 * @param descriptors - open descriptors
 */
export function pollBuffer(host: Host, descriptors: readonly number[]): Buffer {
  const little = host.architecture.endian === 'little';
  const buffer = Buffer.allocUnsafeSlow(POLLFD_BYTES * descriptors.length).fill(0);
  const fields = new DataView(buffer.buffer);
  descriptors.forEach((descriptor, index) => {
    fields.setInt32(POLLFD_BYTES * index, descriptor, little);
    fields.setInt16(POLLFD_BYTES * index + 4, POLLIN, little);
  });
  return buffer;
}

async function pollAll(host: Host): Promise<void> {
  polling = true;
  try {
    waker ??= openWaker(host);
    const own = waker;
    const drained = Buffer.allocUnsafeSlow(8);
    while (waiting.size > 0) {
      const descriptors = [...waiting.keys()];
      const buffer = pollBuffer(host, [own, ...descriptors]);
      const count = 1 + descriptors.length;
      const answer = await systemCallAsync(host.number('ppoll'), buffer, count, 0, 0, 0);
      if (answer === -1) requirePolling(host, buffer, count);
      systemCall(host.number('read'), own, drained, drained.length);
      descriptors.forEach((descriptor, index) => {
        const events = eventsOf(host, buffer, 1 + index);
        if (events === 0) return;
        waiting.get(descriptor)?.resolve(events);
        waiting.delete(descriptor);
      });
    }
  } finally {
    polling = false;
  }
}

/** errno is not known of a call on another thread: a short one on this tells it. */
function requirePolling(host: Host, buffer: Buffer, count: number): void {
  const atOnce = Buffer.allocUnsafeSlow(16).fill(0);
  const { errno } = systemCall(host.number('ppoll'), buffer, count, atOnce, 0, 0);
  if (errno !== 0 && errno !== system.errno.EINTR) throw failure('ppoll', errno);
}

function rejectAll(error: unknown): void {
  for (const { reject } of waiting.values()) reject(error);
  waiting.clear();
}

function failure(call: string, errno: number): RuntimeError {
  return callFailure('RUNTIME_LISTENER', call, errno, { state: 'nobody is told of calls any more' });
}

function eventsOf(host: Host, buffer: Buffer, index: number): number {
  return new DataView(buffer.buffer).getInt16(
    POLLFD_BYTES * index + 6,
    host.architecture.endian === 'little',
  );
}

function openWaker(host: Host): number {
  const { value, errno } = systemCall(host.number('eventfd2'), 0, O_CLOEXEC | constants.O_NONBLOCK);
  if (value === -1) throw failure('eventfd2', errno);
  process.once('exit', () => wake(host));
  return value;
}

function wake(host: Host): void {
  const one = Buffer.allocUnsafeSlow(8);
  new BigUint64Array(one.buffer)[0] = 1n;
  systemCall(host.number('write'), waker ?? -1, one, one.length);
}
