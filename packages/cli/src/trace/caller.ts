/**
 * A call's arguments in words, with what its pointers lead to. Read while the caller waits; its memory can change.
 *
 * @module
 */
import type { SyscallNotification } from '@qseccomp/runtime';
import type { Architecture } from '@qseccomp/syscall-tables';
import { argumentText, type ShownArgument, showArguments } from '@qseccomp/syscall-tables/arguments';

/** Strings of an argument vector that are shown, and bytes of each string. */
const MOST_STRINGS = 32;
const MOST_BYTES = 4096;
/** struct sockaddr_un, sys/un.h. */
const SOCKET_ADDRESS_BYTES = 110;
/** struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, linux/sched.h. */
const CLONE_ARGS_BYTES = 40;

/** An argument as a trace shows it. */
export interface TracedArgument {
  readonly name: string;
  readonly text: string;
  /** Whether calls that differ here only are the same kind of call: addresses, sizes, ids of processes. */
  readonly varies: boolean;
}

const VARYING: ReadonlySet<string> = new Set(['address', 'size', 'long', 'uint', 'pid']);

/**
 * The arguments of a call that waits.
 *
 * @param architecture - whose call
 * @param name - of the call
 * @param call - the notification
 */
export function tracedArguments(
  architecture: Architecture,
  name: string,
  call: SyscallNotification,
): readonly TracedArgument[] {
  const shown = showArguments(architecture, name, call.args);
  return shown.map((argument, at) => {
    const read =
      argument.value === 0n ? undefined : readArgument(argument, shown[at + 1], architecture, call);
    const varies = read === undefined && (VARYING.has(argument.kind) || isPointer(argument.kind));
    return { name: argument.name, text: read ?? argument.text, varies };
  });
}

const isPointer = (kind: string): boolean => Object.hasOwn(READERS, kind);

type Reader = (
  value: bigint,
  next: bigint,
  architecture: Architecture,
  call: SyscallNotification,
) => string | undefined;

/** By kind of the argument: what is at the address. */
const READERS: Readonly<Record<string, Reader>> = {
  path: (value, _next, _architecture, call) => quoted(call.readString(value)),
  string: (value, _next, _architecture, call) => quoted(call.readString(value)),
  strings: (value, _next, architecture, call) => stringsAt(value, architecture, call),
  sockaddr: (value, next, architecture, call) => socketAddress(value, next, architecture, call),
};

function readArgument(
  { name, kind, value }: ShownArgument,
  next: ShownArgument | undefined,
  architecture: Architecture,
  call: SyscallNotification,
): string | undefined {
  if (name === 'cl_args') return cloneArguments(value, architecture, call);
  return Object.hasOwn(READERS, kind)
    ? READERS[kind]?.(value, next?.value ?? 0n, architecture, call)
    : undefined;
}

function quoted(bytes: Buffer | undefined): string | undefined {
  return bytes && JSON.stringify(bytes.toString());
}

function stringsAt(
  address: bigint,
  { registerBits, endian }: Architecture,
  call: SyscallNotification,
): string | undefined {
  const step = registerBits / 8;
  const array = call.readMemory(address, step * MOST_STRINGS);
  if (array === undefined) return undefined;
  const words: string[] = [];
  for (let at = 0; at + step <= array.length; at += step) {
    const pointer = pointerAt(array, at, step, endian === 'little');
    if (pointer === 0n) return `[${words.join(', ')}]`;
    words.push(quoted(call.readString(pointer, MOST_BYTES)) ?? `0x${pointer.toString(16)}`);
  }
  return `[${words.join(', ')}, …]`;
}

function pointerAt(bytes: Buffer, at: number, step: number, little: boolean): bigint {
  if (step === 4) return BigInt(little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  return little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
}

/** struct sockaddr: family in the machine's byte order, then the family's own fields. */
function socketAddress(
  address: bigint,
  length: bigint,
  architecture: Architecture,
  call: SyscallNotification,
): string | undefined {
  const bytes = call.readMemory(address, Math.min(Number(length), SOCKET_ADDRESS_BYTES) || 1);
  if (bytes === undefined || bytes.length < 2) return undefined;
  const number = architecture.endian === 'little' ? bytes.readUInt16LE(0) : bytes.readUInt16BE(0);
  const family = argumentText(architecture, 'family', BigInt(number));
  if (family === 'AF_UNIX') return `{${family} ${unixName(bytes.subarray(2))}}`;
  if (family === 'AF_INET' && bytes.length >= 8) {
    return `{${family} ${[...bytes.subarray(4, 8)].join('.')}:${bytes.readUInt16BE(2)}}`;
  }
  if (family === 'AF_INET6' && bytes.length >= 24) {
    const groups = bytes.toString('hex', 8, 24).match(/.{4}/g) ?? [];
    return `{${family} [${groups.join(':')}]:${bytes.readUInt16BE(2)}}`;
  }
  return `{${family}}`;
}

/** An abstract name begins with NUL and ends with the address; a path ends with NUL. */
function unixName(bytes: Buffer): string {
  const end = bytes.indexOf(0, 1);
  const name =
    bytes[0] === 0 ? `@${bytes.toString('utf8', 1)}` : bytes.toString('utf8', 0, end < 0 ? undefined : end);
  return JSON.stringify(name);
}

function cloneArguments(
  address: bigint,
  architecture: Architecture,
  call: SyscallNotification,
): string | undefined {
  const bytes = call.readMemory(address, CLONE_ARGS_BYTES);
  if (bytes === undefined || bytes.length < CLONE_ARGS_BYTES) return undefined;
  const little = architecture.endian === 'little';
  const flags = pointerAt(bytes, 0, 8, little);
  const signal = pointerAt(bytes, 32, 8, little);
  // The lowest byte is flags here, and the signal of clone(2).
  return `{flags=${argumentText(architecture, 'clone', flags & ~0xffn)}, exit_signal=${argumentText(architecture, 'signal', signal)}}`;
}
