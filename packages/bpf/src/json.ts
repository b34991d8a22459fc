/**
 * JSON with exact integers: JSON.parse turns 18446744073709551615 into 18446744073709552000, and a filter that
 * compares with that is another filter. Here every integer is a bigint, and every fault has its place.
 *
 * Stricter than JSON.parse in one point: an object that has a name twice is refused, since readers do not
 * agree on which of the two counts. A byte order mark at the start is skipped.
 *
 * Source: RFC 8259. A path is written as in `$.syscalls[3].args[0]`; `$` is the whole text.
 *
 * @module
 */

import { BpfError } from './errors.ts';

/** What JSON can say. Integers are bigint, other numbers (1.5, 1e3) number. */
export type JsonValue = null | boolean | string | bigint | number | readonly JsonValue[] | JsonObject;

/** A JSON object, its members in the order of the text. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** A place in a text. */
export interface TextPosition {
  /** 1 for the first line. */
  readonly line: number;
  /** In UTF-16 units, 1 for the first. */
  readonly column: number;
}

/** Arrays and objects within each other; deeper ones are refused before they exhaust the stack. */
const MAX_DEPTH = 500;

/**
 * Reads JSON.
 *
 * @param source - text, or its bytes in UTF-8
 * @returns the value
 * @throws {BpfError} BPF_JSON with line, column and path when the text is not JSON, has a name twice in an
 * object, a number beyond the range of a double, or more than 500 levels
 * @example
 * ```ts
 * import { parseJson } from '@qseccomp/bpf';
 *
 * parseJson('{"value": 18446744073709551615}'); // { value: 18446744073709551615n }
 * ```
 */
export function parseJson(source: string | Uint8Array): JsonValue {
  return new Parser(typeof source === 'string' ? source : decodeUtf8(source)).document();
}

/**
 * Where in a text a value begins.
 *
 * @param text - JSON that {@link parseJson} reads
 * @param path - path of a value, such as `$.syscalls[3].action`
 * @returns the place of the value, or of the innermost one on the path that exists
 * @example
 * ```ts
 * import { jsonPosition } from '@qseccomp/bpf';
 *
 * jsonPosition('{\n  "a": [1, 2]\n}', '$.a[1]'); // { line: 2, column: 12 }
 * ```
 */
export function jsonPosition(text: string, path: string): TextPosition {
  const parser = new Parser(text, path);
  parser.document();
  return positionAt(text, parser.found);
}

/**
 * Writes JSON, integers of any size in full.
 *
 * @param value - JSON data; bigint and number may be mixed, members that are undefined are left out
 * @returns the text, two spaces for each level, without a newline at the end
 * @throws TypeError for what JSON cannot say, and for a number that is an integer beyond 2^53: it has lost digits
 * @example
 * ```ts
 * import { writeJson } from '@qseccomp/bpf';
 *
 * writeJson([18446744073709551615n, 1]); // '[\n  18446744073709551615,\n  1\n]'
 * ```
 */
export function writeJson(value: unknown): string {
  return write(value, '');
}

/**
 * The path of a member.
 *
 * @param path - path of the object or array
 * @param key - name or index of the member
 * @returns its path
 * @internal
 */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/**
 * Text from UTF-8.
 *
 * @param bytes - the text's bytes
 * @returns the text
 * @throws {BpfError} BPF_JSON with the line when it is not UTF-8
 * @internal
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0, line = 1; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end + 1;
    text += decodeLine(bytes.subarray(from, to), line);
    from = to;
  }
  return text;
}

function decodeLine(bytes: Uint8Array, line: number): string {
  let escaped = '';
  for (const byte of bytes) {
    // 0x25 is the percent sign, which decodeURIComponent takes as the start of an escape.
    escaped +=
      byte < 0x80 && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  }
  try {
    return decodeURIComponent(escaped);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new BpfError('BPF_JSON', `line ${line}: expected UTF-8, got other bytes`, { line });
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not have them
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\u0000-\u001f]*)*"/y;
const WORD = /[A-Za-z]+/y;
const WORDS: ReadonlyMap<string, JsonValue> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

class Parser {
  /** Where the wanted value, or the innermost one around its place, begins. */
  found = 0;
  private at = 0;
  private readonly keys: (string | number)[] = [];
  private readonly text: string;
  private readonly wanted: string | undefined;

  constructor(text: string, wanted?: string) {
    this.text = text;
    this.wanted = wanted;
  }

  document(): JsonValue {
    if (this.text.startsWith('\ufeff')) this.at = 1;
    const value = this.value();
    if (this.at < this.text.length) throw this.fault('the end of the text');
    return value;
  }

  /** A value and the space around it. */
  private value(): JsonValue {
    this.take(SPACE);
    if (this.wanted !== undefined && isOnPath(this.path(), this.wanted)) this.found = this.at;
    const value = this.bareValue();
    this.take(SPACE);
    return value;
  }

  private bareValue(): JsonValue {
    const next = this.text[this.at];
    if (next === '{' || next === '[') {
      if (this.keys.length >= MAX_DEPTH) throw this.fault(`at most ${MAX_DEPTH} levels`);
      this.at++;
      return next === '{' ? this.object() : this.array();
    }
    if (next === '"') return this.string();
    const number = this.take(NUMBER);
    if (number !== undefined) return this.number(number);
    const start = this.at;
    const value = WORDS.get(this.take(WORD)?.[0] ?? '');
    if (value === undefined) throw this.fault('a value', start);
    return value;
  }

  private object(): JsonObject {
    const object: Record<string, JsonValue> = {};
    this.take(SPACE);
    if (this.skip('}')) return object;
    do {
      this.take(SPACE);
      const start = this.at;
      if (this.text[start] !== '"') throw this.fault('a name in double quotes');
      const name = this.string();
      this.take(SPACE);
      if (!this.skip(':')) throw this.fault("':'");
      this.keys.push(name);
      if (Object.hasOwn(object, name)) throw this.fault('each name once in an object', start);
      const value = this.value();
      this.keys.pop();
      // An assignment to __proto__ would set the prototype.
      Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    } while (this.skip(','));
    if (!this.skip('}')) throw this.fault("',' or '}'");
    return object;
  }

  private array(): JsonValue[] {
    const array: JsonValue[] = [];
    this.take(SPACE);
    if (this.skip(']')) return array;
    do {
      this.keys.push(array.length);
      array.push(this.value());
      this.keys.pop();
    } while (this.skip(','));
    if (!this.skip(']')) throw this.fault("',' or ']'");
    return array;
  }

  private string(): string {
    const match = this.take(STRING);
    if (match === undefined)
      throw this.fault('a string that ends, without control characters or other escapes than JSON has');
    return JSON.parse(match[0]) as string;
  }

  private number([text, fraction, exponent]: RegExpExecArray): JsonValue {
    if (fraction === undefined && exponent === undefined) return BigInt(text as string);
    const value = Number(text);
    if (!Number.isFinite(value))
      throw this.fault('a number in the range of a double', this.at - (text as string).length);
    return value;
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match;
  }

  private path(): string {
    return this.keys.reduce(memberPath, '$');
  }

  private fault(expected: string, at: number = this.at): BpfError {
    const position = positionAt(this.text, at);
    const path = this.path();
    const got = at < this.text.length ? excerpt(this.text.slice(at, at + 40)) : 'the end of the text';
    return new BpfError(
      'BPF_JSON',
      `line ${position.line}, column ${position.column}, at ${path}: expected ${expected}, got ${got}`,
      { path, ...position },
    );
  }
}

/** Whether a value is the wanted one or around it. */
function isOnPath(path: string, wanted: string): boolean {
  return wanted.startsWith(path) && ['', '.', '['].includes(wanted.charAt(path.length));
}

function positionAt(text: string, at: number): TextPosition {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

/** The first line of some text, shortened. */
function excerpt(text: string): string {
  const [line = ''] = text.split('\n');
  const short = line.length > 20 ? `${line.slice(0, 20)}…` : line;
  return short === '' ? 'the end of the line' : `'${short}'`;
}

function write(value: unknown, indent: string): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return String(value);
    throw new TypeError(`expected a bigint for an integer beyond 2^53, got the number ${value}`);
  }
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return enclose(
      '[',
      value.map((item) => write(item, inner)),
      ']',
      indent,
    );
  }
  if (typeof value !== 'object')
    throw new TypeError(`expected JSON data, got ${typeof value === 'number' ? value : typeof value}`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}: ${write(member, inner)}`);
  return enclose('{', members, '}', indent);
}

function enclose(open: string, items: readonly string[], close: string, indent: string): string {
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}
