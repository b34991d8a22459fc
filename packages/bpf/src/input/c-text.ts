/**
 * Programs as C writes them: arrays of struct sock_filter, BPF_STMT and BPF_JUMP, and strace's output, which
 * uses the same words.
 *
 * Text behind the C preprocessor (`cc -E`) is read too: that is the way for source with macros of its own.
 *
 * @module
 */

import { BpfError } from '../errors.ts';
import type { Instruction } from '../instruction.ts';
import type { NameScope } from '../text/names.ts';
import { positionAt, TokenReader, textError, unexpected } from '../text/token.ts';
import { readArrays } from './c-arrays.ts';
import { readList } from './c-list.ts';

/** A program and the line on which it begins. */
export interface FoundProgram {
  readonly program: Instruction[];
  readonly line: number;
}

/**
 * Reads C source: each array of struct sock_filter that has values.
 *
 * @param text - C source
 * @param scope - what names mean
 * @returns the programs, none where there is no such array
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE with line and column
 */
export function readProgramArrays(text: string, scope: NameScope): FoundProgram[] {
  return readArrays(text, ['sock_filter'], (tokens) => readList(tokens, scope, '}')).map(
    ({ values, line }) => ({ program: values, line }),
  );
}

/** struct sock_filter, but for a cast in front of an instruction. */
const NAMED_STRUCT = /\bsock_filter\b(?!\s*\)\s*(?:\{|BPF_))/;

/**
 * Reads a list of instructions that is no array of struct sock_filter, with or without braces or brackets
 * around it.
 *
 * @param text - C source without an array
 * @param scope - what names mean
 * @returns the program
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE with line and column; BPF_INPUT when struct
 * sock_filter is named, so that an array was to be expected
 */
export function readBareList(text: string, scope: NameScope): FoundProgram {
  if (NAMED_STRUCT.test(text)) {
    throw new BpfError(
      'BPF_INPUT',
      "expected an array 'struct sock_filter NAME[] = { ... }' or 'unsigned char NAME[] = { ... }', got none",
    );
  }
  const tokens = new TokenReader(text, 'c');
  const { line } = tokens.peek();
  let close: '}' | ']' | '' = '';
  if (opensList(text, '[')) close = ']';
  else if (opensList(text, '{')) close = '}';
  if (close !== '') tokens.next();
  const program = readList(tokens, scope, close);
  tokens.take(';');
  const rest = tokens.next();
  if (rest.kind !== 'end') unexpected(rest, 'the end of the list');
  return { program, line };
}

/** Whether a bracket that begins the text opens a list: else it opens one row, or the index of an instruction. */
function opensList(text: string, bracket: '[' | '{'): boolean {
  const tokens = new TokenReader(text, 'c');
  if (!tokens.take(bracket)) return false;
  const { text: first } = tokens.next();
  if (first === '(') return ['const', 'struct'].includes(tokens.peek().text);
  return ['{', '[', ']', 'BPF_STMT', 'BPF_JUMP', '...'].includes(first);
}

/** What strace writes of a filter: its length, and its instructions or, without -v, their address. */
const STRACE_FILTER = /(?:\blen=(\d+), )?\bfilter=(\[|0x[\da-f]+|NULL)/g;

/**
 * Reads strace's output: the filter of each prctl or seccomp call.
 *
 * @param text - output of `strace -v`
 * @param scope - what names mean
 * @returns the programs, at least one
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE with line and column; BPF_INPUT when strace has left
 * out instructions
 */
export function readStrace(text: string, scope: NameScope): FoundProgram[] {
  const matches = [...text.matchAll(STRACE_FILTER)];
  const written = matches.filter((match) => match[2] === '[');
  if (written.length === 0) {
    const got = matches.length === 0 ? 'none' : 'an address: strace needs -v';
    throw textError('BPF_INPUT', positionAt(text, matches[0]?.index ?? 0), `expected 'filter=[', got ${got}`);
  }
  return written.map((match) => {
    const tokens = new TokenReader(text, 'c', match.index + match[0].length);
    const position = positionAt(text, match.index);
    const program = readList(tokens, scope, ']');
    if (match[1] !== undefined && Number(match[1]) !== program.length) {
      throw textError(
        'BPF_INPUT',
        position,
        `expected ${match[1]} instructions as len says, got ${program.length}`,
      );
    }
    return { program, line: position.line };
  });
}
