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
import { readConstant } from '../text/constant.ts';
import type { NameScope } from '../text/names.ts';
import { positionAt, type Token, TokenReader, textError, unexpected } from '../text/token.ts';

/** A program and the line on which it begins. */
export interface FoundProgram {
  readonly program: Instruction[];
  readonly line: number;
}

const FIELDS = { code: 16, jt: 8, jf: 8, k: 32 } as const;

/**
 * Reads C source: each array of struct sock_filter that has values; or, where no struct sock_filter is named, a
 * bare list of instructions, with or without braces or brackets around it.
 *
 * @param text - C source
 * @param scope - what names mean
 * @returns the programs, at least one
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE with line and column; BPF_INPUT when there is no array
 */
export function readCSource(text: string, scope: NameScope): FoundProgram[] {
  const tokens = new TokenReader(text, 'c');
  if (!/\bsock_filter\b/.test(text)) return [readBareList(tokens, scope)];
  const found: FoundProgram[] = [];
  for (let token = tokens.next(); token.kind !== 'end'; token = tokens.next()) {
    if (token.text !== 'sock_filter' || !skipDeclarator(tokens)) continue;
    do {
      const { line } = tokens.expect('{');
      found.push({ program: readList(tokens, scope, '}'), line });
    } while (tokens.take(',') && skipDeclarator(tokens));
  }
  if (found.length === 0) {
    throw new BpfError('BPF_INPUT', "expected an array 'struct sock_filter NAME[] = { ... }', got none");
  }
  return found;
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

/**
 * Goes from behind `sock_filter` to the brace that opens its values: `NAME[...] = {` or `[...]) {`.
 *
 * @returns whether there are any
 */
function skipDeclarator(tokens: TokenReader): boolean {
  let before = ')';
  tokens.take('const');
  if (tokens.peek().kind === 'word') {
    tokens.next();
    before = '=';
  }
  if (tokens.peek().text !== '[') return false;
  let last: Token;
  do last = tokens.next();
  while (!['{', ';', ''].includes(tokens.peek().text));
  return tokens.peek().text === '{' && last.text === before;
}

function readBareList(tokens: TokenReader, scope: NameScope): FoundProgram {
  const { line } = tokens.peek();
  const program: Instruction[] = [];
  if (tokens.take('[')) {
    program.push(...readList(tokens, scope, ']'));
  } else if (tokens.take('{')) {
    if (['{', 'BPF_STMT', 'BPF_JUMP'].includes(tokens.peek().text))
      program.push(...readList(tokens, scope, '}'));
    else {
      program.push(readRow(tokens, scope));
      if (tokens.take(',')) program.push(...readList(tokens, scope, ''));
    }
  } else {
    program.push(...readList(tokens, scope, ''));
  }
  tokens.take(';');
  const rest = tokens.next();
  if (rest.kind !== 'end') unexpected(rest, 'the end of the list');
  return { program, line };
}

/** Instructions with commas between them, up to a closing bracket, which is read too, or the end of the text. */
function readList(tokens: TokenReader, scope: NameScope, close: '}' | ']' | ''): Instruction[] {
  const program: Instruction[] = [];
  for (;;) {
    if (tokens.peek().text === close) {
      tokens.next();
      return program;
    }
    program.push(readInstruction(tokens, scope));
    if (tokens.peek().text !== close) tokens.expect(',', close === '' ? "','" : `',' or '${close}'`);
  }
}

function readInstruction(tokens: TokenReader, scope: NameScope): Instruction {
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
