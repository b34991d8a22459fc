/**
 * Text into tokens, one at a time, for the two languages that programs are written in: bpf_asm's and C's.
 *
 * Terms: a line and a column count from 1; a column is a UTF-16 unit, a tab is one. A mark is a character (or
 * `<<`, `>>`, `...`) that is no part of a word or number; characters that no language knows are marks too, so
 * that the parser names them where they stand.
 *
 * @module
 */

import { BpfError, type BpfErrorCode, type BpfErrorDetails } from '../errors.ts';
import type { TextPosition } from '../json.ts';

/**
 * Whose comments: `;` and a line that starts with `#` in bpf_asm, `//` in C; `/* *\/` in both. What the C
 * preprocessor says of lines (`# 9 "filter.c" 3 4`, in the middle of an array too) is a comment, its directives
 * are not.
 */
export type Language = 'asm' | 'c';

/** A piece of text that means something. */
export interface Token extends TextPosition {
  readonly kind: 'word' | 'number' | 'string' | 'mark' | 'end';
  /** As written; empty at the end. */
  readonly text: string;
}

const SPACE = /[^\S\n]+/y;
const BLOCK_COMMENT = /\/\*.*?\*\//sy;
const LINE_COMMENT = { asm: /;[^\n]*/y, c: /\/\/[^\n]*/y } as const;
const HASH_LINE = { asm: /#[^\n]*/y, c: /#[ \t]*(?:(?:line[ \t]+)?\d|pragma\b)[^\n]*/y } as const;
const WORD = /[A-Za-z_]\w*/y;
const NUMBER = /\d\w*/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y;
const MARK = /<<|>>|\.\.\.|./suy;

/** Reads tokens from a text, with one to look ahead. */
export class TokenReader {
  readonly #text: string;
  readonly #language: Language;
  #at: number;
  #line: number;
  #lineStart: number;
  #ahead: Token | undefined;

  /**
   * @param text - what to read
   * @param language - whose comments and strings count
   * @param start - index at which to begin
   */
  constructor(text: string, language: Language, start = 0) {
    this.#text = text;
    this.#language = language;
    this.#at = start;
    const { line, column } = positionAt(text, start);
    this.#line = line;
    this.#lineStart = start - column + 1;
  }

  /** The next token, which stays. */
  peek(): Token {
    this.#ahead ??= this.#read();
    return this.#ahead;
  }

  /** The next token. */
  next(): Token {
    const token = this.peek();
    this.#ahead = undefined;
    return token;
  }

  /** The next token if it reads so, in any case of its letters. */
  take(text: string): Token | undefined {
    return isText(this.peek(), text) ? this.next() : undefined;
  }

  /** The next token, which has to read so. */
  expect(text: string, expected = `'${text}'`): Token {
    return this.take(text) ?? unexpected(this.peek(), expected);
  }

  /** The next token, which has to be a word. */
  expectWord(expected: string): Token {
    return this.peek().kind === 'word' ? this.next() : unexpected(this.peek(), expected);
  }

  #read(): Token {
    this.#skip();
    const position = { line: this.#line, column: this.#at - this.#lineStart + 1 };
    if (this.#at >= this.#text.length) return { kind: 'end', text: '', ...position };
    const word = this.#match(WORD);
    if (word !== undefined) return { kind: 'word', text: word, ...position };
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number, ...position };
    const string = this.#language === 'c' ? this.#match(STRING) : undefined;
    if (string !== undefined) return { kind: 'string', text: string, ...position };
    return { kind: 'mark', text: this.#match(MARK) as string, ...position };
  }

  #skip(): void {
    for (;;) {
      if (this.#text[this.#at] === '\n') {
        this.#at++;
        this.#line++;
        this.#lineStart = this.#at;
        continue;
      }
      if (this.#match(SPACE) !== undefined || this.#match(LINE_COMMENT[this.#language]) !== undefined)
        continue;
      if (this.#at === this.#lineStart && this.#match(HASH_LINE[this.#language]) !== undefined) continue;
      const start = { line: this.#line, column: this.#at - this.#lineStart + 1 };
      const comment = this.#match(BLOCK_COMMENT);
      if (comment === undefined) {
        if (this.#text.startsWith('/*', this.#at)) {
          throw textError('BPF_SYNTAX', start, "expected '*/' to end the comment, got the end of the text");
        }
        return;
      }
      const lines = comment.split('\n');
      if (lines.length > 1) {
        this.#line += lines.length - 1;
        this.#lineStart = this.#at - (lines.at(-1) as string).length;
      }
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

/**
 * Where in a text an index is.
 *
 * @param text - the text
 * @param at - index, 0 to the text's length, in UTF-16 units
 * @returns line and column, from 1
 */
export function positionAt(text: string, at: number): TextPosition {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

/**
 * Whether a token reads so, in any case of its letters.
 *
 * @param token - a token
 * @param text - what it may read, in lower case
 * @returns true if it does
 */
export function isText(token: Token, text: string): boolean {
  return token.kind !== 'end' && token.text.toLowerCase() === text;
}

/**
 * Refuses a token.
 *
 * @param token - what came
 * @param expected - what was expected in its place
 * @throws {BpfError} BPF_SYNTAX with line and column, always
 */
export function unexpected(token: Token, expected: string): never {
  const came = token.kind === 'end' ? 'the end of the text' : `'${token.text}'`;
  throw textError('BPF_SYNTAX', token, `expected ${expected}, got ${came}`);
}

/**
 * An error that says where in a text.
 *
 * @param code - one of the codes in the README's table
 * @param position - the place
 * @param message - what was expected and what came
 * @param details - other facts for programs
 * @returns the error, to be thrown
 */
export function textError(
  code: BpfErrorCode,
  { line, column }: TextPosition,
  message: string,
  details: BpfErrorDetails = {},
): BpfError {
  return new BpfError(code, `line ${line}, column ${column}: ${message}`, { ...details, line, column });
}
