/**
 * Programs as C source has the bytes of a file: `unsigned char filter_bpf[] = { 0x20, 0x00, ... };`, as
 * `xxd -i` writes it, with the number of bytes behind it.
 *
 * @module
 */

import { readConstant } from '../text/constant.ts';
import type { NameScope } from '../text/names.ts';
import { positionAt, type TokenReader, textError } from '../text/token.ts';
import { readArrays } from './c-arrays.ts';

/** The bytes of an array, and the line on which it begins. */
export interface FoundBytes {
  readonly bytes: Uint8Array;
  readonly line: number;
}

/** Types of a byte: C's, stdint.h's, linux/types.h's. */
const BYTE_TYPES = ['char', 'uint8_t', '__u8', 'u8'];

/** `unsigned int filter_bpf_len = 24;` */
const LENGTH = /\bint\s+(\w+)_len\s*=\s*(\d+)\s*;/gi;

/**
 * Reads each array of bytes that has values in braces.
 *
 * @param text - C source
 * @param scope - what names mean
 * @returns the arrays, none where there is no such array
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE with line and column; BPF_INPUT when NAME_len says
 * another number of bytes
 */
export function readByteArrays(text: string, scope: NameScope): FoundBytes[] {
  const lengths = [...text.matchAll(LENGTH)];
  return readArrays(text, BYTE_TYPES, (tokens) => readBytes(tokens, scope)).map(({ name, values, line }) => {
    const length = lengths.find((match) => match[1] === name);
    if (length !== undefined && Number(length[2]) !== values.length) {
      throw textError(
        'BPF_INPUT',
        positionAt(text, length.index),
        `expected ${length[2]} bytes in ${name} as its length says, got ${values.length}`,
      );
    }
    return { bytes: Uint8Array.from(values), line };
  });
}

function readBytes(tokens: TokenReader, scope: NameScope): number[] {
  const bytes: number[] = [];
  while (!tokens.take('}')) {
    bytes.push(readConstant(tokens, scope, 8, 'a byte'));
    if (tokens.peek().text !== '}') tokens.expect(',', "',' or '}'");
  }
  return bytes;
}
