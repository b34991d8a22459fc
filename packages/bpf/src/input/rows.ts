/**
 * Programs as rows of four numbers: the decimal list of `tcpdump -ddd`, bpf_asm and iptables' bpf match, and the
 * numbered table of scmp_bpf_disasm and seccomp-tools.
 *
 * @module
 */

import type { Instruction } from '../instruction.ts';
import { positionAt, textError } from '../text/token.ts';

/** Widths of code, jt, jf and k, as their greatest values. */
const LIMITS = [0xffff, 0xff, 0xff, 0xffffffff] as const;

/** A row of the table: index, code, jt, jf and k. */
const TABLE_ROW =
  /^[ \t]*(\d+):[ \t]+(0x[\da-f]+|\d+)[ \t]+(0x[\da-f]+|\d+)[ \t]+(0x[\da-f]+|\d+)[ \t]+(0x[\da-f]+|\d+)(?![\w])/i;

/**
 * Reads a decimal list: the number of instructions, then `code jt jf k` for each; rows end with a line or a comma.
 *
 * @param text - the list
 * @returns the instructions
 * @throws {BpfError} BPF_SYNTAX or BPF_FIELD_RANGE with line and column; BPF_INPUT when the number is another
 */
export function readDecimalRows(text: string): Instruction[] {
  const rows = [...text.matchAll(/[^,\n]+/g)].filter(([row]) => row.trim() !== '');
  const program: Instruction[] = [];
  let length: number | undefined;
  for (const row of rows) {
    const at = row.index + row[0].search(/\S/);
    const numbers = row[0].trim().split(/\s+/);
    const wanted = length === undefined ? 1 : 4;
    if (numbers.length !== wanted || !numbers.every((number) => /^\d{1,10}$/.test(number))) {
      const expected =
        length === undefined ? 'the number of instructions' : 'four decimal numbers, code jt jf k';
      throw textError(
        'BPF_SYNTAX',
        positionAt(text, at),
        `expected ${expected}, got '${row[0].trim().slice(0, 40)}'`,
      );
    }
    if (length === undefined) length = Number(numbers[0]);
    else program.push(instruction(numbers, text, at));
  }
  if (program.length !== length) {
    throw textError(
      'BPF_INPUT',
      positionAt(text, text.length),
      `expected ${length} instructions as the first line says, got ${program.length}`,
    );
  }
  return program;
}

/**
 * Reads a numbered table: lines `0003: 0x15 0x00 0x01 0x0000003b`, whatever follows on them, behind a heading.
 *
 * @param text - the table
 * @returns the instructions
 * @throws {BpfError} BPF_SYNTAX or BPF_FIELD_RANGE with line and column
 */
export function readTable(text: string): Instruction[] {
  const program: Instruction[] = [];
  for (const line of text.matchAll(/[^\n]+/g)) {
    const row = TABLE_ROW.exec(line[0]);
    if (row === null ? program.length > 0 && line[0].trim() !== '' : Number(row[1]) !== program.length) {
      throw textError(
        'BPF_SYNTAX',
        positionAt(text, line.index),
        `expected '${program.length}: code jt jf k', got '${line[0].trim().slice(0, 40)}'`,
      );
    }
    if (row !== null) program.push(instruction(row.slice(2), text, line.index));
  }
  return program;
}

/**
 * Whether a line is a row of a numbered table.
 *
 * @param line - a line of text
 * @returns true if it begins like one
 */
export function isTableRow(line: string): boolean {
  return TABLE_ROW.test(line);
}

function instruction(numbers: readonly string[], text: string, at: number): Instruction {
  const [code, jt, jf, k] = LIMITS.map((limit, field) => {
    const value = Number(numbers[field]);
    if (value <= limit) return value;
    throw textError(
      'BPF_FIELD_RANGE',
      positionAt(text, at),
      `expected ${['code', 'jt', 'jf', 'k'][field]} from 0 to ${limit}, got ${numbers[field]}`,
      { limit },
    );
  }) as [number, number, number, number];
  return { code, jt, jf, k };
}
