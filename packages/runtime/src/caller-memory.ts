/**
 * Reads the memory of the thread that a notification is about.
 *
 * The memory is the process's, not the call's: other threads, and whoever shares it, can change it at any time,
 * also between this look and the kernel's. Source: man process_vm_readv(2).
 *
 * @module
 */
import { addressOf, systemCall } from './libc.ts';
import { ioVector } from './memory.ts';
import type { Host } from './platform.ts';

/** The smallest page: reading up to its end cannot fail for what follows. */
const PAGE_BYTES = 4096n;

/**
 * Reads bytes.
 *
 * @param host - this machine
 * @param pid - a thread
 * @param address - in its memory
 * @param length - bytes, 1 or more
 * @returns that many bytes, or fewer where the rest cannot be read; none where nothing can
 */
export function readMemory(host: Host, pid: number, address: bigint, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  const local = ioVector(addressOf(bytes), length);
  const remote = ioVector(address, length);
  const { value } = systemCall(host.number('process_vm_readv'), pid, local, 1, remote, 1, 0);
  return bytes.subarray(0, Math.max(0, value));
}

/**
 * Reads a C string.
 *
 * @param host - this machine
 * @param pid - a thread
 * @param address - in its memory
 * @param most - bytes after which to give up
 * @returns its bytes without the NUL; undefined where it cannot be read, or is longer
 */
export function readString(host: Host, pid: number, address: bigint, most: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  let at = address;
  for (let rest = most; rest > 0; ) {
    const piece = readMemory(host, pid, at, Math.min(rest, Number(PAGE_BYTES - (at % PAGE_BYTES))));
    if (piece.length === 0) return undefined;
    const end = piece.indexOf(0);
    if (end >= 0) return Buffer.concat([...pieces, piece.subarray(0, end)]);
    pieces.push(piece);
    at += BigInt(piece.length);
    rest -= piece.length;
  }
  return undefined;
}
