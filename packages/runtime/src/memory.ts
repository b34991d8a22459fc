/**
 * C structures laid out in buffers, in this machine's byte order and pointer size.
 * Sources: linux/filter.h (struct sock_fprog), man execve(2), getrlimit(2), sigset_t of the kernel.
 *
 * @module
 */
import { endianness } from 'node:os';
import { addressOf, type Structure } from './libc.ts';

const LITTLE = endianness() === 'LE';
const POINTER_BYTES = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 4 : 8;

/**
 * struct sock_fprog for a filter.
 *
 * @param filter - struct sock_filter array in this machine's byte order, 8 bytes an instruction
 */
export function sockFprog(filter: Uint8Array): Structure {
  const program = copyOf(filter);
  const bytes = Buffer.allocUnsafeSlow(2 * POINTER_BYTES).fill(0);
  view(bytes).setUint16(0, filter.length / 8, LITTLE);
  putPointer(bytes, POINTER_BYTES, addressOf(program));
  return { bytes, keep: [program] };
}

/**
 * A null-terminated array of C strings, as execve(2) takes its arguments and environment.
 *
 * @param strings - the strings without their closing NUL
 */
export function stringArray(strings: readonly Uint8Array[]): Structure {
  const text = Buffer.allocUnsafeSlow(strings.reduce((sum, string) => sum + string.length + 1, 1)).fill(0);
  const bytes = Buffer.allocUnsafeSlow((strings.length + 1) * POINTER_BYTES).fill(0);
  const base = addressOf(text);
  let offset = 0;
  strings.forEach((string, index) => {
    text.set(string, offset);
    putPointer(bytes, index * POINTER_BYTES, base + BigInt(offset));
    offset += string.length + 1;
  });
  return { bytes, keep: [text] };
}

/** The empty C string. */
export function emptyString(): Buffer {
  return Buffer.allocUnsafeSlow(1).fill(0);
}

/**
 * struct rlimit64 of prlimit64(2).
 *
 * @param soft - soft limit; -1 stands for unlimited
 * @param hard - hard limit; -1 stands for unlimited
 */
export function rlimit64(soft: bigint, hard: bigint): Buffer {
  return words64([BigInt.asUintN(64, soft), BigInt.asUintN(64, hard)]);
}

/**
 * struct timespec.
 *
 * @param nanoseconds - 0..999999999
 */
export function timespec(nanoseconds: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(2 * POINTER_BYTES).fill(0);
  putPointer(bytes, POINTER_BYTES, BigInt(nanoseconds));
  return bytes;
}

/**
 * struct iovec.
 *
 * @param address - of the memory
 * @param length - bytes
 */
export function ioVector(address: bigint, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(2 * POINTER_BYTES);
  putPointer(bytes, 0, address);
  putPointer(bytes, POINTER_BYTES, BigInt(length));
  return bytes;
}

/** Two 64-bit words as they stand in memory. */
export function readWords64(bytes: Uint8Array): [bigint, bigint] {
  return [view(bytes).getBigUint64(0, LITTLE), view(bytes).getBigUint64(8, LITTLE)];
}

/**
 * A signal set of rt_sigprocmask(2).
 *
 * @param mask - bit n-1 stands for signal n, as in /proc/PID/status
 */
export function signalSet(mask: bigint): Buffer {
  if (LITTLE || POINTER_BYTES === 8) return words64([mask]);
  // Big-endian 32-bit: an array of longs, the low signals first.
  return words64([((mask & 0xffff_ffffn) << 32n) | (mask >> 32n)]);
}

function words64(words: readonly bigint[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(8 * words.length);
  words.forEach((word, index) => {
    view(bytes).setBigUint64(8 * index, word, LITTLE);
  });
  return bytes;
}

function putPointer(bytes: Buffer, offset: number, address: bigint): void {
  if (POINTER_BYTES === 8) view(bytes).setBigUint64(offset, address, LITTLE);
  else view(bytes).setUint32(offset, Number(address), LITTLE);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A copy that V8's collector does not move: allocUnsafeSlow takes memory of its own.
 *
 * @param bytes - what to copy
 */
export function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
