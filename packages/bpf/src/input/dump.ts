/**
 * Programs as dumps of their bytes with addresses: rows of `xxd` and of `hexdump -C`.
 *
 * Other dumps are known as such and refused: hexdump and od write words of two bytes in the order of the
 * machine, and `xxd -e` words of four, so that the order of the bytes would be a guess. `hexdump -C` without
 * -v leaves out rows.
 *
 * @module
 */

import { positionAt, textError } from '../text/token.ts';

/** `00000010: 0600 0000 0000 ff7f  ........`: groups of one or two bytes, then two spaces and characters. */
const XXD_ROW = /^([\da-f]{8,16}): ((?:[\da-f]{2}){1,2}(?: (?:[\da-f]{2}){1,2})*)(?: *| {2}.*)$/i;

/** `00000010  06 00 00 00 00 00 ff 7f  |........|` */
const HEXDUMP_ROW = /^([\da-f]{8,16})((?: {1,2}[\da-f]{2})+) +\|.*\|$/i;

/** hexdump's last row, the number of bytes. */
const LENGTH_ROW = /^([\da-f]{8,16})$/i;

/** How dumps of xxd, hexdump -C, hexdump and od, and `od -A x` begin. Neither bytes alone nor labels begin so. */
const BEGINNING =
  /^\s*(?:\d[\da-f]{7,15}: [\da-f]{2}|\d[\da-f]{7,15} {2}[\da-f]{2} .*\||\d[\da-f]{6} +[\da-f]|0{6} .*\n000010 )/i;

/**
 * Whether a text is a dump with addresses, of whatever tool.
 *
 * @param text - any text
 * @returns true if it begins like one
 */
export function isDump(text: string): boolean {
  return BEGINNING.test(text);
}

/**
 * Reads a dump of xxd or hexdump -C.
 *
 * @param text - rows from address 0 on
 * @returns the bytes
 * @throws {BpfError} BPF_SYNTAX for another row, BPF_INPUT when rows are missing, with line and column
 */
export function dumpBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    const written = line[0].trim();
    if (written === '') continue;
    const row = XXD_ROW.exec(written) ?? HEXDUMP_ROW.exec(written) ?? LENGTH_ROW.exec(written);
    if (row === null) {
      throw textError(
        'BPF_SYNTAX',
        positionAt(text, line.index),
        `expected bytes as xxd, xxd -p or hexdump -C -v writes them, got '${written.slice(0, 40)}'`,
      );
    }
    const address = Number.parseInt(row[1] as string, 16);
    if (address !== bytes.length) {
      throw textError(
        'BPF_INPUT',
        positionAt(text, line.index),
        `expected address ${hex(bytes.length)}, behind the bytes that came before, got ${hex(address)}`,
      );
    }
    const digits = (row[2] ?? '').replaceAll(' ', '');
    for (let at = 0; at < digits.length; at += 2) bytes.push(Number.parseInt(digits.slice(at, at + 2), 16));
  }
  return Uint8Array.from(bytes);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
