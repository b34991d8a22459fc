/**
 * Where C source has arrays with values: `TYPE NAME[...] = { ... }`, several in one declaration too, and
 * `(TYPE[]) { ... }`.
 *
 * @module
 */

import { type Token, TokenReader } from '../text/token.ts';

/** An array of C source. */
export interface CArray<Values> {
  /** Its name, empty where it has none. */
  readonly name: string;
  readonly values: Values;
  /** Line of the brace that opens the values. */
  readonly line: number;
}

/**
 * Finds arrays and reads their values.
 *
 * @param text - C source
 * @param types - last words of the type: `char`
 * @param readValues - reads from behind the brace that opens the values to behind the one that closes them
 * @returns the arrays in their order; none where the source has none with values
 * @throws {BpfError} BPF_SYNTAX with line and column, and what `readValues` throws
 */
export function readArrays<Values>(
  text: string,
  types: readonly string[],
  readValues: (tokens: TokenReader) => Values,
): CArray<Values>[] {
  const tokens = new TokenReader(text, 'c');
  const found: CArray<Values>[] = [];
  for (let token = tokens.next(); token.kind !== 'end'; token = tokens.next()) {
    if (!types.includes(token.text)) continue;
    let name = skipDeclarator(tokens);
    while (name !== undefined) {
      const { line } = tokens.expect('{');
      found.push({ name, values: readValues(tokens), line });
      name = tokens.take(',') ? skipDeclarator(tokens) : undefined;
    }
  }
  return found;
}

/**
 * Goes from behind the type to the brace that opens the values: `NAME[...] = {` or `[...]) {`.
 *
 * @returns the name, empty where there is none; undefined where there are no values
 */
function skipDeclarator(tokens: TokenReader): string | undefined {
  tokens.take('const');
  const name = tokens.peek().kind === 'word' ? tokens.next().text : '';
  if (tokens.peek().text !== '[') return undefined;
  let last: Token;
  do last = tokens.next();
  while (!['{', ';', ''].includes(tokens.peek().text));
  const before = name === '' ? ')' : '=';
  return tokens.peek().text === '{' && last.text === before ? name : undefined;
}
