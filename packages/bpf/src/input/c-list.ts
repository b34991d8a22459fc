/**
 * Lists of instructions as C initialises them: BPF_STMT, BPF_JUMP and rows in braces, each perhaps behind its
 * index (`[0] =`) and a cast (`(struct sock_filter)`).
 *
 * @module
 */

import type { Instruction } from '../instruction.ts';
import { readConstant } from '../text/constant.ts';
import type { NameScope } from '../text/names.ts';
import { type TokenReader, textError, unexpected } from '../text/token.ts';

const FIELDS = { code: 16, jt: 8, jf: 8, k: 32 } as const;

/**
 * Reads instructions with commas between them. Indices have to ascend from 0 without gaps, as the places in a
 * program do: what C puts into a gap, an instruction of zeros, nobody means.
 *
 * @param tokens - the text, behind the bracket that opens the list
 * @param scope - what names mean
 * @param close - the bracket that closes it, which is read too; none: the list ends with `;` or the text
 * @returns the instructions
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE with line and column; BPF_INPUT for strace's `...`
 */
export function readList(tokens: TokenReader, scope: NameScope, close: '}' | ']' | ''): Instruction[] {
  const program: Instruction[] = [];
  const ends = close === '' ? ['', ';'] : [close];
  for (;;) {
    if (ends.includes(tokens.peek().text)) {
      tokens.next();
      return program;
    }
    if (tokens.peek().text === '[') readDesignator(tokens, scope, program.length);
    program.push(readInstruction(tokens, scope));
    if (!ends.includes(tokens.peek().text)) tokens.expect(',', close === '' ? "','" : `',' or '${close}'`);
  }
}

/** `[N] =` in front of an instruction. */
function readDesignator(tokens: TokenReader, scope: NameScope, next: number): void {
  const bracket = tokens.expect('[');
  const index = readConstant(tokens, scope, 16, 'the index of an instruction');
  if (index !== next) {
    throw textError(
      'BPF_SYNTAX',
      bracket,
      `expected [${next}], since indices ascend without gaps, got [${index}]`,
    );
  }
  tokens.expect(']');
  tokens.expect('=');
}

function readInstruction(tokens: TokenReader, scope: NameScope): Instruction {
  if (tokens.take('(')) readCast(tokens);
  const token = tokens.next();
  if (token.text === '{') return readRow(tokens, scope);
  if (token.text === '...') {
    throw textError('BPF_INPUT', token, "expected all instructions, got '...' for the rest: strace needs -v");
  }
  if (token.text !== 'BPF_STMT' && token.text !== 'BPF_JUMP') {
    unexpected(token, 'BPF_STMT, BPF_JUMP or { code, jt, jf, k }; other macros need cc -E first');
  }
  tokens.expect('(');
  const fields = token.text === 'BPF_STMT' ? (['code', 'k'] as const) : (['code', 'k', 'jt', 'jf'] as const);
  const values = { code: 0, jt: 0, jf: 0, k: 0 };
  for (const [index, field] of fields.entries()) {
    if (index > 0) tokens.expect(',');
    values[field] = readConstant(tokens, scope, FIELDS[field], `a constant for ${field}`);
  }
  tokens.expect(')');
  return values;
}

/** The rest of `(struct sock_filter)`. */
function readCast(tokens: TokenReader): void {
  tokens.take('const');
  tokens.expect('struct', "'struct sock_filter'");
  tokens.expect('sock_filter', "'sock_filter'");
  tokens.expect(')');
}

/** What stands in braces: four values, or some with names, of which the others are 0. */
function readRow(tokens: TokenReader, scope: NameScope): Instruction {
  const values = { code: 0, jt: 0, jf: 0, k: 0 };
  if (tokens.peek().text === '.') {
    while (tokens.take('.')) {
      const name = tokens.next();
      if (!Object.hasOwn(FIELDS, name.text)) unexpected(name, 'code, jt, jf or k');
      const field = name.text as keyof typeof FIELDS;
      tokens.expect('=');
      values[field] = readConstant(tokens, scope, FIELDS[field], `a constant for ${field}`);
      if (!tokens.take(',')) break;
    }
  } else {
    for (const field of ['code', 'jt', 'jf', 'k'] as const) {
      values[field] = readConstant(tokens, scope, FIELDS[field], `a constant for ${field}`);
      if (field !== 'k') tokens.expect(',');
      else tokens.take(',');
    }
  }
  tokens.expect('}');
  return values;
}
