/**
 * Programs in the forms in which they are met: raw bytes of either byte order, hexadecimal text, C source,
 * strace's output, decimal lists, tables of other disassemblers, assembler text.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { assemble } from './assembler.ts';
import { BpfError } from './errors.ts';
import { decodeEitherOrder, hexBytes } from './input/bytes.ts';
import { readByteArrays } from './input/c-bytes.ts';
import { readBareList, readProgramArrays, readStrace } from './input/c-text.ts';
import { dumpBytes, isDump } from './input/dump.ts';
import { isTableRow, readDecimalRows, readTable } from './input/rows.ts';
import type { Program } from './instruction.ts';
import { type NameOptions, NameScope } from './text/names.ts';

/**
 * A form of a program.
 *
 * | form | what it is |
 * |---|---|
 * | raw | struct sock_filter, 8 bytes each, in either byte order |
 * | hex | those bytes as hexadecimal digits, alone or as `xxd` and `hexdump -C` write them |
 * | c | C source: `{ 0x20, 0, 0, 4 },`, BPF_STMT, BPF_JUMP, or those bytes in an array of char |
 * | strace | output of `strace -v` |
 * | decimal | `tcpdump -ddd`, bpf_asm: the length, then `code jt jf k` in decimal |
 * | table | scmp_bpf_disasm, seccomp-tools: `0000: 0x20 0x00 0x00 0x00000004` |
 * | asm | assembler text |
 */
export type ProgramForm = 'raw' | 'hex' | 'c' | 'strace' | 'decimal' | 'table' | 'asm';

/** How to read a program. */
export interface ReadProgramOptions extends NameOptions {
  /** The form; without it, what {@link detectForm} says. */
  readonly form?: ProgramForm;
  /** Which program to take of C source or strace's output that has several, 0 for the first. */
  readonly index?: number;
}

/** A program that was read. */
export interface ProgramInput {
  readonly program: Program;
  readonly form: ProgramForm;
  /** Byte order: found in bytes, whatever they are written in, else that of the options or of `.arch`; undefined when nothing says it. */
  readonly endian: Endian | undefined;
}

/** Web API that browsers and Node share. */
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly fatal: true },
) => { decode(bytes: Uint8Array): string };

/**
 * Says in which form a program is.
 *
 * Bytes are raw when one of them is zero: every raw filter has zero bytes, since opcodes are below 256 in 16
 * bits, and no text has. A text has the first of these forms that fits, comments left out: hex when it begins
 * with an address and bytes, as dumps do, strace (`filter=`), C (`{`, BPF_STMT or BPF_JUMP), table, decimal (a
 * line with one number, then lines with four), hex (nothing but hexadecimal digits), else asm.
 *
 * @param input - bytes, or text
 * @returns the form; that the program can be read is not said
 * @throws {BpfError} BPF_INPUT when bytes are neither raw nor UTF-8
 * @example
 * ```ts
 * import { detectForm } from '@qseccomp/bpf';
 *
 * detectForm('BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)'); // 'c'
 * ```
 */
export function detectForm(input: Uint8Array | string): ProgramForm {
  if (typeof input !== 'string') return input.includes(0) ? 'raw' : detectForm(decodeText(input));
  if (isDump(input)) return 'hex';
  const code = input.replace(/\/\*.*?(?:\*\/|$)/gs, ' ').replace(/;.*|^#.*/gm, '');
  if (/\bfilter=(?:\[|0x|NULL)/.test(code)) return 'strace';
  if (/\{|\bBPF_(?:STMT|JUMP)\b/.test(code)) return 'c';
  if (input.split('\n').some(isTableRow)) return 'table';
  const counts = input
    .split(/[,\n]/)
    .filter((row) => row.trim() !== '')
    .map((row) => (/^[\d\s]+$/.test(row) ? row.trim().split(/\s+/).length : 0));
  if (counts.length > 1 && counts.every((count, row) => count === (row === 0 ? 1 : 4))) return 'decimal';
  return /^(?:[\s,;"']|0x|\\x|[\da-f])+$/i.test(input) && /[\da-f]/i.test(input) ? 'hex' : 'asm';
}

/**
 * Reads a program in any form.
 *
 * @param input - bytes, or text
 * @param options - what is known of the form, the byte order, and where names come from
 * @returns the program, which need not be valid, its form, and its byte order if known
 * @throws {BpfError} BPF_BYTES_LENGTH or BPF_BYTE_ORDER when raw or hex bytes are no filter in either order, or none
 * in that of the options; BPF_INPUT when instructions are missing or it is not clear which program is meant;
 * in texts BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE, BPF_LABEL, BPF_JUMP_TOO_FAR, BPF_OPCODE with line and column
 * @throws RangeError when there is no program of that index
 * @example
 * ```ts
 * import { readProgram } from '@qseccomp/bpf';
 *
 * readProgram('00 06 00 00 7f ff 00 00');
 * // { program: [{ code: 6, jt: 0, jf: 0, k: 0x7fff0000 }], form: 'hex', endian: 'big' }
 * ```
 */
export function readProgram(input: Uint8Array | string, options: ReadProgramOptions = {}): ProgramInput {
  const form = options.form ?? detectForm(input);
  const read = readForm(input, form, options);
  if (read.program.length === 0)
    throw new BpfError('BPF_INPUT', `expected a program, got no instruction (read as ${form})`);
  const endian = read.endian ?? options.endian ?? options.architecture?.endian;
  return { program: read.program, form, endian };
}

/** A program, and its byte order where bytes tell it. */
interface ReadForm {
  readonly program: Program;
  readonly endian?: Endian | undefined;
}

function readForm(input: Uint8Array | string, form: ProgramForm, options: ReadProgramOptions): ReadForm {
  if (form === 'raw') {
    if (typeof input !== 'string') return decodeEitherOrder(input, options.endian);
    throw new BpfError('BPF_INPUT', 'expected bytes for the form raw, got a string');
  }
  const text = typeof input === 'string' ? input : decodeText(input);
  switch (form) {
    case 'hex':
      return decodeEitherOrder(isDump(text) ? dumpBytes(text) : hexBytes(text), options.endian);
    case 'c':
      return readC(text, options);
    case 'strace':
      return choose(readStrace(text, new NameScope(options)), options);
    case 'decimal':
      return { program: readDecimalRows(text) };
    case 'table':
      return { program: readTable(text) };
    case 'asm':
      return assemble(text, { ...options, validate: false });
  }
}

/** Arrays of instructions come before arrays of bytes, which their source can have beside them. */
function readC(text: string, options: ReadProgramOptions): ReadForm {
  const scope = new NameScope(options);
  const programs = readProgramArrays(text, scope);
  if (programs.length > 0) return choose(programs, options);
  const arrays = readByteArrays(text, scope);
  if (arrays.length > 0) return decodeEitherOrder(choose(arrays, options).bytes, options.endian);
  return choose([readBareList(text, scope)], options);
}

/** The one that the option index says, of several. */
function choose<T extends { readonly line: number }>(found: readonly T[], { index }: ReadProgramOptions): T {
  const lines = found.map(({ line }) => line).join(', ');
  if (index === undefined && found.length > 1) {
    throw new BpfError(
      'BPF_INPUT',
      `expected one program, got ${found.length}, on lines ${lines}: the option index chooses`,
    );
  }
  const chosen = found[index ?? 0];
  if (chosen === undefined)
    throw new RangeError(`expected index to be 0 to ${found.length - 1}, got ${index}`);
  return chosen;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new BpfError('BPF_INPUT', 'expected raw bytes or text in UTF-8, got bytes that are neither');
  }
}
