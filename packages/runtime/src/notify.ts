/**
 * The supervisor's side of SECCOMP_RET_USER_NOTIF: take a filter's listener over from another process, receive
 * the calls that the filter announces, answer them.
 *
 * A warning from seccomp_unotify(2): what a call's pointers lead to can change between the look and the
 * answer. Letting a call go on is therefore no security decision; it is for watching.
 *
 * Sources: man seccomp_unotify(2), pidfd_getfd(2); linux/seccomp.h, asm-generic/ioctl.h (v6.12).
 *
 * @module
 */
import { constants } from 'node:os';
import { errnoName, RuntimeError } from './errors.ts';
import { systemCall, systemCallAsync } from './libc.ts';
import type { Host } from './platform.ts';

/** A call that waits for its answer. */
export interface Notification {
  /** What the answer must name. */
  readonly id: bigint;
  /** Thread that made the call, as this process sees it. */
  readonly pid: number;
  readonly nr: number;
  /** AUDIT_ARCH token, u32. */
  readonly arch: number;
  readonly instructionPointer: bigint;
  /** Six register arguments. */
  readonly args: readonly bigint[];
}

/** What the caller gets: the call goes on, or does not happen and returns a value or fails. */
export type Answer = 'continue' | { readonly errno: number } | { readonly value: bigint };

/** struct seccomp_notif: id, pid, flags, then struct seccomp_data. */
const NOTIF_BYTES = 80;
const DATA_OFFSET = 16;
/** struct seccomp_notif_resp: id, val, error, flags. */
const RESPONSE_BYTES = 24;
const FLAG_CONTINUE = 1;
/** struct pollfd: fd, events, revents. */
const POLLFD_BYTES = 8;
const POLLIN = 1;

const IOC_TYPE = 0x21;
/** asm/ioctl.h: these architectures have three bits of direction, read first. */
const IOC_READ_WRITE = /^(?:ppc|mips|sparc|alpha)/;

/**
 * Duplicates a descriptor of another process (Linux 5.6). Needs the right to trace it.
 *
 * @param host - this machine
 * @param pid - the process
 * @param descriptor - its descriptor
 * @returns a descriptor of this process, close-on-exec
 * @throws {RuntimeError} RUNTIME_LISTENER
 */
export function takeDescriptor(host: Host, pid: number, descriptor: number): number {
  const process = checked('pidfd_open', systemCall(host.number('pidfd_open'), pid, 0));
  try {
    return checked('pidfd_getfd', systemCall(host.number('pidfd_getfd'), process, descriptor, 0));
  } finally {
    systemCall(host.number('close'), process);
  }
}

/**
 * Waits for the next call.
 *
 * @param host - this machine
 * @param listener - descriptor of the listener
 * @returns the call; undefined when the last process with the filter has ended
 * @throws {RuntimeError} RUNTIME_LISTENER
 */
export async function receive(host: Host, listener: number): Promise<Notification | undefined> {
  const poll = Buffer.allocUnsafeSlow(POLLFD_BYTES).fill(0);
  const pollView = view(poll);
  pollView.setInt32(0, listener, host.architecture.endian === 'little');
  pollView.setInt16(4, POLLIN, host.architecture.endian === 'little');
  for (;;) {
    // A plain receive would block for good once nobody is left to announce anything.
    const ready = await systemCallAsync(host.number('ppoll'), poll, 1, 0, 0, 0);
    if (ready === -1) continue;
    if ((pollView.getInt16(6, host.architecture.endian === 'little') & POLLIN) === 0) return undefined;
    const notif = Buffer.allocUnsafeSlow(NOTIF_BYTES).fill(0);
    const result = systemCall(host.number('ioctl'), listener, request(host, 0, NOTIF_BYTES), notif);
    if (result.value === 0) return readNotification(notif, host);
    // ENOENT: the caller was killed before its call could be received.
    if (result.errno !== constants.errno.ENOENT && result.errno !== constants.errno.EINTR) {
      checked('ioctl(SECCOMP_IOCTL_NOTIF_RECV)', result);
    }
  }
}

/**
 * Answers a call.
 *
 * @param host - this machine
 * @param listener - descriptor of the listener
 * @param id - of the notification
 * @param answer - what the caller gets; an errno is 1..4095
 * @returns false when the caller is gone meanwhile
 * @throws {RuntimeError} RUNTIME_LISTENER
 */
export function answer(host: Host, listener: number, id: bigint, answer: Answer): boolean {
  const little = host.architecture.endian === 'little';
  const response = Buffer.allocUnsafeSlow(RESPONSE_BYTES).fill(0);
  const fields = view(response);
  fields.setBigUint64(0, id, little);
  if (answer === 'continue') fields.setUint32(20, FLAG_CONTINUE, little);
  else if ('errno' in answer) fields.setInt32(16, -answer.errno, little);
  else fields.setBigInt64(8, BigInt.asIntN(64, answer.value), little);
  const result = systemCall(host.number('ioctl'), listener, request(host, 1, RESPONSE_BYTES), response);
  if (result.errno === constants.errno.ENOENT) return false;
  checked('ioctl(SECCOMP_IOCTL_NOTIF_SEND)', result);
  return true;
}

function readNotification(bytes: Uint8Array, host: Host): Notification {
  const little = host.architecture.endian === 'little';
  const fields = view(bytes);
  return {
    id: fields.getBigUint64(0, little),
    pid: fields.getUint32(8, little),
    nr: fields.getInt32(DATA_OFFSET, little),
    arch: fields.getUint32(DATA_OFFSET + 4, little),
    instructionPointer: fields.getBigUint64(DATA_OFFSET + 8, little),
    args: [0, 1, 2, 3, 4, 5].map((index) => fields.getBigUint64(DATA_OFFSET + 16 + 8 * index, little)),
  };
}

/** _IOWR('!', number, size). */
function request(host: Host, number: number, size: number): number {
  const direction = IOC_READ_WRITE.test(host.architecture.name) ? 6 << 29 : 3 << 30;
  return (direction | (size << 16) | (IOC_TYPE << 8) | number) >>> 0;
}

function checked(call: string, { value, errno }: { value: number; errno: number }): number {
  if (value !== -1) return value;
  throw new RuntimeError('RUNTIME_LISTENER', `${call} failed: ${errnoName(errno)}`, { call, errno });
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
