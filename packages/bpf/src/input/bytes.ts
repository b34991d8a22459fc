/**
 * Programs as bytes whose order is not known, and as hexadecimal text.
 *
 * Why the order is certain: a filter that the kernel takes ends with a return, whose 16-bit opcode is 0x06 or
 * 0x16, so exactly one byte of these two is zero, and which one tells the order. The other opcodes must agree.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { decodeProgram } from '../encoding.ts';
import { BpfError } from '../errors.ts';
import type { Instruction } from '../instruction.ts';
import { Opcode } from '../opcode.ts';
import { positionAt, textError } from '../text/token.ts';

/** A program and the order in which its bytes stood. */
export interface OrderedProgram {
  readonly program: Instruction[];
  readonly endian: Endian;
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(Opcode));

/**
 * Reads a program and finds its byte order.
 *
 * @param bytes - 8 bytes for each instruction
 * @param endian - the order where it is known; then any opcode is taken
 * @returns the program and its order
 * @throws {BpfError} BPF_BYTES_LENGTH when there are none or the length is not a multiple of 8; BPF_BYTE_ORDER
 * when the bytes are no filter in either order
 */
export function decodeEitherOrder(bytes: Uint8Array, endian?: Endian): OrderedProgram {
  if (bytes.length === 0)
    throw new BpfError('BPF_BYTES_LENGTH', 'expected 8 bytes or more (struct sock_filter), got none');
  const orders: readonly Endian[] = endian === undefined ? ['little', 'big'] : [endian];
  const read = orders.map((order) => ({ program: decodeProgram(bytes, order), endian: order }));
  const fitting = endian === undefined ? read.filter(({ program }) => fault(program) === undefined) : read;
  if (fitting[0] !== undefined) return fitting[0];
  const faults = read.map((one) => `${one.endian}-endian, ${fault(one.program)}`);
  throw new BpfError(
    'BPF_BYTE_ORDER',
    `expected a filter in one byte order, got bytes that read: ${faults.join('; ')}`,
  );
}

/** Why these instructions cannot be a filter in the order in which they were read. */
function fault(program: readonly Instruction[]): string | undefined {
  const pc = program.findIndex(({ code }) => !KNOWN.has(code));
  if (pc >= 0)
    return `instruction ${pc} has opcode ${hex(program[pc] as Instruction)}, which seccomp does not take`;
  const last = program.at(-1) as Instruction;
  const isReturn = last.code === Opcode.RET_K || last.code === Opcode.RET_A;
  return isReturn ? undefined : `the last instruction has opcode ${hex(last)}, which is no return`;
}

function hex({ code }: Instruction): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}

/** One byte with a prefix, or several without. */
const HEX_PIECE = /[\s,;"']+|(?:0x|\\x)([\da-f]{2})(?![\da-f])|((?:[\da-f]{2})+)(?![\da-f])/iy;

/**
 * Reads bytes from hexadecimal text: pairs of digits, alone (`20 00`), in runs (`2000000004000000`), or each
 * with a prefix (`0x20, 0x00`, `"\x20\x00"`).
 *
 * @param text - digits, with spaces, commas, semicolons and quotes between bytes
 * @returns the bytes
 * @throws {BpfError} BPF_SYNTAX with line and column
 */
export function hexBytes(text: string): Uint8Array {
  let digits = '';
  for (let at = 0; at < text.length; at = HEX_PIECE.lastIndex) {
    HEX_PIECE.lastIndex = at;
    const piece = HEX_PIECE.exec(text);
    if (piece === null) {
      const [came] = /\S{1,20}/.exec(text.slice(at)) as RegExpExecArray;
      throw textError(
        'BPF_SYNTAX',
        positionAt(text, at),
        `expected two hexadecimal digits for each byte, got '${came}'`,
      );
    }
    digits += piece[1] ?? piece[2] ?? '';
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
