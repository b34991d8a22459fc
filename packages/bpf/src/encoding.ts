/**
 * Programs as bytes: an array of struct sock_filter (linux/filter.h), 8 bytes each, in the byte order of the
 * machine that runs them: `u16 code; u8 jt; u8 jf; u32 k`.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { BpfError } from './errors.ts';
import type { Instruction, Program } from './instruction.ts';

/** Size of one encoded instruction, in bytes. */
const INSTRUCTION_BYTES = 8;

/**
 * Turns a program into the bytes that the kernel reads.
 *
 * @param program - instructions; their number is not checked here
 * @param endian - byte order of the target machine
 * @returns 8 bytes for each instruction
 * @throws {BpfError} BPF_FIELD_RANGE when a field is not an unsigned integer of its width
 * @example
 * ```ts
 * import { encodeProgram } from '@qseccomp/bpf';
 *
 * encodeProgram([{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }], 'big');
 * // Uint8Array.of(0x00, 0x06, 0, 0, 0x7f, 0xff, 0x00, 0x00)
 * ```
 */
export function encodeProgram(program: Program, endian: Endian): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  const little = endian === 'little';
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc] as Instruction;
    const at = pc * INSTRUCTION_BYTES;
    view.setUint16(at, field(code, 'code', 0xffff, pc), little);
    view.setUint8(at + 2, field(jt, 'jt', 0xff, pc));
    view.setUint8(at + 3, field(jf, 'jf', 0xff, pc));
    view.setUint32(at + 4, field(k, 'k', 0xffffffff, pc), little);
  }
  return bytes;
}

/**
 * Reads a program from bytes. Any opcode is taken; `validateProgram` judges them.
 *
 * @param bytes - 8 bytes for each instruction
 * @param endian - byte order in which they were written
 * @returns the instructions
 * @throws {BpfError} BPF_BYTES_LENGTH when the length is not a multiple of 8
 * @example
 * ```ts
 * import { decodeProgram } from '@qseccomp/bpf';
 *
 * decodeProgram(Uint8Array.of(6, 0, 0, 0, 0, 0, 255, 127), 'little'); // [{ code: 6, jt: 0, jf: 0, k: 0x7fff0000 }]
 * ```
 */
export function decodeProgram(bytes: Uint8Array, endian: Endian): Instruction[] {
  if (bytes.length % INSTRUCTION_BYTES !== 0) {
    throw new BpfError(
      'BPF_BYTES_LENGTH',
      `expected a multiple of ${INSTRUCTION_BYTES} bytes (struct sock_filter), got ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = endian === 'little';
  const program: Instruction[] = [];
  for (let at = 0; at < bytes.length; at += INSTRUCTION_BYTES) {
    program.push({
      code: view.getUint16(at, little),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, little),
    });
  }
  return program;
}

function field(value: number, name: string, limit: number, pc: number): number {
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    throw new BpfError('BPF_FIELD_RANGE', `instruction ${pc}: ${name} is ${value}, expected 0 to ${limit}`, {
      pc,
      limit,
    });
  }
  return value;
}
