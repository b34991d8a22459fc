/**
 * What a filter sees of a system call: struct seccomp_data of linux/seccomp.h, sixteen 32-bit words.
 *
 * | byte | word |
 * |---|---|
 * | 0 | system call number |
 * | 4 | AUDIT_ARCH_* token |
 * | 8, 12 | instruction pointer |
 * | 16 + 8·n | argument n, 64 bits in the machine's byte order |
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { SECCOMP_DATA_BYTES } from './opcode.ts';

/** One system call as a filter sees it. */
export interface SeccompData {
  /** Number, as an unsigned 32-bit value; -1 and 0xffffffff are the same. */
  readonly nr: number;
  /** AUDIT_ARCH_* token, unsigned 32 bits. */
  readonly arch: number;
  /** Address after the call instruction, 64 bits. */
  readonly instructionPointer: bigint;
  /** Arguments, 64 bits each; up to six, missing ones are 0. */
  readonly args: readonly bigint[];
}

/**
 * Lays a call out as the words that loads address.
 *
 * @param data - the call
 * @param endian - byte order of the machine: says which half of an argument comes first
 * @returns 16 unsigned words; word i is at byte 4·i
 * @throws RangeError when there are more than six arguments or nr or arch is not a 32-bit integer
 * @example
 * ```ts
 * import { dataWords } from '@qseccomp/bpf';
 *
 * dataWords({ nr: 1, arch: 0xc000003e, instructionPointer: 0n, args: [2n ** 32n] }, 'little')[5]; // 1
 * ```
 */
export function dataWords(data: SeccompData, endian: Endian): Uint32Array {
  if (data.args.length > 6) throw new RangeError(`expected at most 6 arguments, got ${data.args.length}`);
  const words = new Uint32Array(SECCOMP_DATA_BYTES / 4);
  words[0] = word(data.nr, 'nr');
  words[1] = word(data.arch, 'arch');
  const high = endian === 'little' ? 1 : 0;
  store(words, 2, data.instructionPointer, high);
  for (const [index, argument] of data.args.entries()) store(words, 4 + 2 * index, argument, high);
  return words;
}

function word(value: number, name: string): number {
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw new RangeError(`expected ${name} to be a 32-bit integer, got ${value}`);
  }
  return value >>> 0;
}

function store(words: Uint32Array, at: number, value: bigint, high: 0 | 1): void {
  words[at + high] = Number((value >> 32n) & 0xffffffffn);
  words[at + 1 - high] = Number(value & 0xffffffffn);
}
