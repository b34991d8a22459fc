/**
 * The ioctls on a listener of SECCOMP_RET_USER_NOTIF: receive, answer, check, hand a descriptor over.
 *
 * Sources: man seccomp_unotify(2), pidfd_getfd(2), ioctl(2); linux/seccomp.h, asm-generic/ioctl.h (v6.12).
 *
 * @module
 */
import { constants } from 'node:os';
import { O_CLOEXEC, SeccompFlag, SeccompOperation } from './abi.ts';
import { errnoName, RuntimeError } from './errors.ts';
import { errnoText, type Register, systemCall } from './libc.ts';
import type { Host } from './platform.ts';
import { hasFlag } from './probe.ts';

/** A call that waits for its answer, as the kernel announces it. */
export interface AnnouncedCall {
  /** What the answer must name. */
  readonly id: bigint;
  /** Thread that made the call, as this process sees it; 0 for one of a PID namespace that it does not see. */
  readonly pid: number;
  /** Number of the call. */
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
const DATA_BYTES = 64;
/** struct seccomp_notif_resp: id, val, error, flags. */
const RESPONSE_BYTES = 24;
const FLAG_CONTINUE = 1;
/** struct seccomp_notif_addfd: id, flags, srcfd, newfd, newfd_flags. */
const ADDFD_BYTES = 24;
const ADDFD_SETFD = 1;
const ADDFD_SEND = 2;

/** Numbers of the ioctls, and whether the kernel only reads its argument. */
const RECV = { name: 'SECCOMP_IOCTL_NOTIF_RECV', number: 0, bytes: NOTIF_BYTES, reads: false };
const SEND = { name: 'SECCOMP_IOCTL_NOTIF_SEND', number: 1, bytes: RESPONSE_BYTES, reads: false };
const ID_VALID = { name: 'SECCOMP_IOCTL_NOTIF_ID_VALID', number: 2, bytes: 8, reads: true };
const ADDFD = { name: 'SECCOMP_IOCTL_NOTIF_ADDFD', number: 3, bytes: ADDFD_BYTES, reads: true };
const SET_FLAGS = { name: 'SECCOMP_IOCTL_NOTIF_SET_FLAGS', number: 4, bytes: 8, reads: true };
type Request = typeof RECV;
/** SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP. */
const SYNC_WAKE_UP = 1n;

const IOC_TYPE = 0x21;
/** asm/ioctl.h: these architectures have three bits of direction, and 4 is writing. */
const IOC_THREE_BITS = /^(?:ppc|mips|sparc|alpha)/;

/** What an errno means, and what to do. */
const REMEDIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pidfd_open: {
    EINVAL: 'the id is not that of a process',
    EMFILE: 'this process has as many descriptors open as it may: raise `ulimit -n`',
    ENOSYS: 'the kernel is older than 5.3, or a filter that is installed here answers so',
    ESRCH: 'the process has ended',
  },
  pidfd_getfd: {
    EBADF: 'the process has no such descriptor (any more)',
    EMFILE: 'this process has as many descriptors open as it may: raise `ulimit -n`',
    ENOSYS: 'the kernel is older than 5.6, or a filter that is installed here answers so',
    EPERM:
      'the process may not be traced from here: it must be a child of the same user, or CAP_SYS_PTRACE be there (Yama: /proc/sys/kernel/yama/ptrace_scope below 3)',
    ESRCH: 'the process has ended',
  },
  [ADDFD.name]: {
    EBADF: 'the descriptor to hand over is not open here',
    EBUSY: 'the limit of the caller (RLIMIT_NOFILE) is below the number that was asked for',
    EINPROGRESS: 'the call has been answered already',
    EINVAL: 'the kernel is older than 5.9, or than 5.14 where the descriptor is to be the answer',
    EMFILE: 'the caller has as many descriptors open as it may',
  },
  [SEND.name]: {
    EINPROGRESS: 'the call has been answered already',
    EINVAL: 'the kernel is older than 5.5, which has no CONTINUE',
  },
  [RECV.name]: { EINVAL: 'the kernel is older than 5.0, or its structures are others' },
};

/**
 * Refuses a kernel on which a listener cannot be had together with TSYNC, or whose structures are smaller.
 *
 * @param host - this machine
 * @returns bytes of the kernel's struct seccomp_notif, which may have grown
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_KERNEL
 */
export function requireNotifications(host: Host): number {
  if (!hasFlag(host, SeccompFlag.TSYNC_ESRCH)) {
    throw new RuntimeError(
      'RUNTIME_UNSUPPORTED_KERNEL',
      'expected a kernel with SECCOMP_FILTER_FLAG_TSYNC_ESRCH (Linux 5.7), for a listener of all threads; see `qseccomp probe`',
      { call: 'seccomp' },
    );
  }
  const sizes = Buffer.allocUnsafeSlow(6);
  const result = systemCall(host.number('seccomp'), SeccompOperation.GET_NOTIF_SIZES, 0, sizes);
  if (result.value !== 0) throw listenerError('seccomp(SECCOMP_GET_NOTIF_SIZES)', result.errno);
  const [notif = 0, response = 0, data = 0] = new Uint16Array(sizes.buffer, 0, 3);
  if (notif >= NOTIF_BYTES && response >= RESPONSE_BYTES && data === DATA_BYTES) return notif;
  throw new RuntimeError(
    'RUNTIME_UNSUPPORTED_KERNEL',
    `expected notifications of ${NOTIF_BYTES}, answers of ${RESPONSE_BYTES} and calls of ${DATA_BYTES} bytes; SECCOMP_GET_NOTIF_SIZES says ${notif}, ${response} and ${data}`,
    { call: 'seccomp' },
  );
}

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
 * Asks the kernel to switch straight between caller and supervisor (Linux 6.6): both wait for each other.
 *
 * @param host - this machine
 * @param listener - descriptor of the listener
 */
export function preferSyncWakeUp(host: Host, listener: number): void {
  // Older kernels do not know it, and go on as before.
  systemCall(host.number('ioctl'), listener, request(host, SET_FLAGS), SYNC_WAKE_UP);
}

/**
 * Receives the next call; blocks where there is none, so the listener must be readable.
 *
 * @param host - this machine
 * @param listener - descriptor of the listener
 * @param buffer - as long as the kernel's struct seccomp_notif
 * @returns the call; undefined when its caller was killed before it could be received
 * @throws {RuntimeError} RUNTIME_LISTENER
 */
export function receive(host: Host, listener: number, buffer: Buffer): AnnouncedCall | undefined {
  // The kernel takes nothing but zeros.
  buffer.fill(0);
  const result = systemCall(host.number('ioctl'), listener, request(host, RECV), buffer);
  if (result.value === 0) return readNotification(buffer, host);
  const { ENOENT, EINTR } = constants.errno;
  if (result.errno !== ENOENT && result.errno !== EINTR) checked(RECV.name, result);
  return undefined;
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
export function send(host: Host, listener: number, id: bigint, answer: Answer): boolean {
  const little = host.architecture.endian === 'little';
  const response = Buffer.allocUnsafeSlow(RESPONSE_BYTES).fill(0);
  const fields = view(response);
  fields.setBigUint64(0, id, little);
  if (answer === 'continue') fields.setUint32(20, FLAG_CONTINUE, little);
  else if ('errno' in answer) fields.setInt32(16, -answer.errno, little);
  else fields.setBigInt64(8, BigInt.asIntN(64, answer.value), little);
  return onCaller(host, listener, SEND, response) !== undefined;
}

/**
 * Tells whether a call still waits, and so whether what was read of its caller was the caller's.
 *
 * @param host - this machine
 * @param listener - descriptor of the listener
 * @param id - of the notification
 */
export function isWaiting(host: Host, listener: number, id: bigint): boolean {
  const word = Buffer.allocUnsafeSlow(8);
  view(word).setBigUint64(0, id, host.architecture.endian === 'little');
  return onCaller(host, listener, ID_VALID, word) !== undefined;
}

/** How a descriptor is handed over. */
export interface DescriptorPlace {
  /** Number that it gets there, in place of whatever has it; the lowest free one where absent. */
  readonly at?: number | undefined;
  /** Whether it closes when the caller executes a program; false where absent. */
  readonly closeOnExec?: boolean | undefined;
  /** Whether its number is the answer to the call (Linux 5.14), in one step with handing it over. */
  readonly asAnswer?: boolean | undefined;
}

/**
 * Installs a copy of a descriptor of this process in the caller.
 *
 * @param host - this machine
 * @param listener - descriptor of the listener
 * @param id - of the notification
 * @param descriptor - what to hand over
 * @param place - where it goes
 * @returns its number there; undefined when the caller is gone meanwhile
 * @throws {RuntimeError} RUNTIME_LISTENER
 */
export function handDescriptor(
  host: Host,
  listener: number,
  id: bigint,
  descriptor: number,
  { at, closeOnExec = false, asAnswer = false }: DescriptorPlace,
): number | undefined {
  const little = host.architecture.endian === 'little';
  const bytes = Buffer.allocUnsafeSlow(ADDFD_BYTES).fill(0);
  const fields = view(bytes);
  fields.setBigUint64(0, id, little);
  fields.setUint32(8, (at === undefined ? 0 : ADDFD_SETFD) | (asAnswer ? ADDFD_SEND : 0), little);
  fields.setInt32(12, descriptor, little);
  fields.setInt32(16, at ?? 0, little);
  fields.setUint32(20, closeOnExec ? O_CLOEXEC : 0, little);
  return onCaller(host, listener, ADDFD, bytes);
}

/** An ioctl about a call; undefined where nobody waits for its answer any more. */
function onCaller(host: Host, listener: number, what: Request, argument: Register): number | undefined {
  const result = systemCall(host.number('ioctl'), listener, request(host, what), argument);
  if (result.errno === constants.errno.ENOENT) return undefined;
  return checked(what.name, result);
}

function readNotification(bytes: Uint8Array, host: Host): AnnouncedCall {
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

/** _IOW or _IOWR('!', number, size). */
function request({ architecture }: Host, { number, bytes, reads }: Request): number {
  const [write, both, shift] = IOC_THREE_BITS.test(architecture.name) ? [4, 6, 29] : [1, 3, 30];
  return (((reads ? write : both) << shift) | (bytes << 16) | (IOC_TYPE << 8) | number) >>> 0;
}

function checked(call: string, { value, errno }: { value: number; errno: number }): number {
  if (value !== -1) return value;
  throw listenerError(call, errno);
}

function listenerError(call: string, errno: number): RuntimeError {
  const name = errnoName(errno);
  const remedy = REMEDIES[call]?.[name];
  const strerror = errnoText(errno);
  const title = call.startsWith('SECCOMP_IOCTL') ? `ioctl(${call})` : call;
  return new RuntimeError(
    'RUNTIME_LISTENER',
    `${title} failed: ${name} (${strerror})${remedy === undefined ? '' : `: ${remedy}`}`,
    { call: title, errno, strerror },
  );
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
