/**
 * Constant expressions as C and its headers write them: `BPF_LD | BPF_W | BPF_ABS`, `SECCOMP_RET_ERRNO|0x1`,
 * `offsetof(struct seccomp_data, args[0]) + sizeof(__u32)`, `(unsigned short)(0x05 | 0x10)`.
 *
 * Values are exact integers; only the result has to fit. That agrees with C, whose operators give the same low
 * bits in any width, but for `>>`: of what is no unsigned 32-bit number it is refused, because C's answer
 * depends on the type.
 *
 * @module
 */

import { ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET, NUMBER_OFFSET } from '../opcode.ts';
import type { NameScope } from './names.ts';
import { type Token, type TokenReader, textError, unexpected } from './token.ts';

/** How tightly an operator binds, and what it does: C's order. */
const OPERATORS: Readonly<
  Record<string, readonly [strength: number, apply: (a: bigint, b: bigint) => bigint]>
> = {
  '|': [1, (a, b) => a | b],
  '^': [2, (a, b) => a ^ b],
  '&': [3, (a, b) => a & b],
  '<<': [4, (a, b) => a << b],
  '>>': [4, (a, b) => a >> b],
  '+': [5, (a, b) => a + b],
  '-': [5, (a, b) => a - b],
  '*': [6, (a, b) => a * b],
};

/** Integer types of C and linux/types.h: bits, negative for signed ones. Not long: its width depends on the target. */
// biome-ignore format: a table
const TYPES: Readonly<Record<string, number>> = {
  unsigned: 32, signed: -32, int: -32, short: -16, char: -8,
  __u8: 8, __u16: 16, __u32: 32, __u64: 64, uint8_t: 8, uint16_t: 16, uint32_t: 32, uint64_t: 64,
};

/** Up to 64 digits: 0000000000 is how bpf_asm writes zero. */
const INTEGER =
  /^(?:0x(?<hex>[\da-f]{1,64})|0b(?<binary>[01]{1,64})|0(?<octal>[0-7]{1,64})|(?<decimal>0|[1-9]\d{0,63}))[ul]{0,3}$/i;

/** Parentheses and signs within each other; a text with more is not a program, and would exhaust the stack. */
const MAX_DEPTH = 100;

/** Shifts beyond this serve no 32-bit constant. */
const MAX_SHIFT = 63n;

/**
 * Reads one constant.
 *
 * @param tokens - the text, at the first token of the constant
 * @param scope - what names mean
 * @param bits - width of the field: 8, 16 or 32; at 32 negative numbers are taken as two's complement
 * @param expected - what the place wants, for the message
 * @returns an unsigned integer of that width
 * @throws {BpfError} BPF_SYNTAX, BPF_NAME; BPF_FIELD_RANGE when it does not fit
 */
export function readConstant(
  tokens: TokenReader,
  scope: NameScope,
  bits: 8 | 16 | 32,
  expected = 'a number',
): number {
  const start = tokens.peek();
  const value = readBinary(tokens, scope, expected, 1, 0);
  const lowest = bits === 32 ? -0x80000000n : 0n;
  if (value < lowest || value >= 1n << BigInt(bits)) {
    throw textError(
      'BPF_FIELD_RANGE',
      start,
      `expected ${lowest} to ${(1n << BigInt(bits)) - 1n}, got ${brief(value)}`,
    );
  }
  return Number(BigInt.asUintN(bits, value));
}

function readBinary(
  tokens: TokenReader,
  scope: NameScope,
  expected: string,
  strength: number,
  depth: number,
): bigint {
  let left = readUnary(tokens, scope, expected, depth);
  for (;;) {
    const operator = tokens.peek();
    const [binds, apply] = operatorOf(operator) ?? [0];
    if (binds < strength || apply === undefined) return left;
    tokens.next();
    const right = readBinary(tokens, scope, 'a number', binds + 1, depth);
    if (binds === 4 && (right < 0n || right > MAX_SHIFT)) {
      throw textError('BPF_SYNTAX', operator, `expected a shift by 0 to ${MAX_SHIFT}, got ${brief(right)}`);
    }
    if (operator.text === '>>' && (left < 0n || left > 0xffffffffn)) {
      throw textError('BPF_SYNTAX', operator, `expected 0 to 4294967295 in front of >>, got ${brief(left)}`);
    }
    left = apply(left, right);
  }
}

function readUnary(tokens: TokenReader, scope: NameScope, expected: string, depth: number): bigint {
  const token = tokens.peek();
  if (depth > MAX_DEPTH)
    throw textError('BPF_SYNTAX', token, `expected at most ${MAX_DEPTH} levels, got more`);
  if (token.kind === 'number') return integer(tokens.next());
  if (token.kind === 'word') return readName(tokens, scope);
  if (tokens.take('-')) return -readUnary(tokens, scope, 'a number', depth + 1);
  if (tokens.take('+')) return readUnary(tokens, scope, 'a number', depth + 1);
  if (tokens.take('~')) return ~readUnary(tokens, scope, 'a number', depth + 1);
  if (!tokens.take('(')) unexpected(token, expected);
  if (Object.hasOwn(TYPES, tokens.peek().text)) {
    const bits = readType(tokens);
    tokens.expect(')');
    const value = readUnary(tokens, scope, 'a number', depth + 1);
    return bits < 0 ? BigInt.asIntN(-bits, value) : BigInt.asUintN(bits, value);
  }
  const value = readBinary(tokens, scope, 'a number', 1, depth + 1);
  tokens.expect(')');
  return value;
}

function readName(tokens: TokenReader, scope: NameScope): bigint {
  const token = tokens.next();
  if (token.text === 'offsetof' || token.text === '__builtin_offsetof') {
    tokens.expect('(');
    tokens.expect('struct');
    tokens.expect('seccomp_data', 'seccomp_data');
    tokens.expect(',');
    const offset = readMember(tokens);
    tokens.expect(')');
    return BigInt(offset);
  }
  if (token.text === 'sizeof') {
    tokens.expect('(');
    const bits = Object.hasOwn(TYPES, tokens.peek().text)
      ? readType(tokens)
      : unexpected(tokens.peek(), 'an integer type');
    tokens.expect(')');
    return BigInt(Math.abs(bits) / 8);
  }
  return BigInt(scope.constant(token));
}

/** A member of struct seccomp_data as offsetof names it: its byte. */
function readMember(tokens: TokenReader): number {
  const member = tokens.next();
  if (member.text === 'nr') return NUMBER_OFFSET;
  if (member.text === 'arch') return ARCHITECTURE_OFFSET;
  if (member.text === 'instruction_pointer') return INSTRUCTION_POINTER_OFFSET;
  if (member.text !== 'args') unexpected(member, 'nr, arch, instruction_pointer or args[0] to args[5]');
  return readArgumentIndex(tokens);
}

/** Byte of the instruction pointer in struct seccomp_data. */
export const INSTRUCTION_POINTER_OFFSET = 8;

/**
 * Reads the `[N]` of `args[N]`.
 *
 * @param tokens - the text, behind `args`
 * @returns byte of that argument in struct seccomp_data
 * @throws {BpfError} BPF_SYNTAX when N is not 0 to 5
 */
export function readArgumentIndex(tokens: TokenReader): number {
  tokens.expect('[');
  const index = tokens.next();
  if (!/^[0-5]$/.test(index.text)) unexpected(index, 'an argument from 0 to 5');
  tokens.expect(']');
  return ARGUMENTS_OFFSET + 8 * Number(index.text);
}

/** Words of one type, such as `unsigned short int`: its bits, negative when signed. */
function readType(tokens: TokenReader): number {
  const words: string[] = [];
  while (Object.hasOwn(TYPES, tokens.peek().text)) words.push(tokens.next().text);
  const width = Math.abs(
    TYPES[words.find((word) => !['unsigned', 'signed', 'int'].includes(word)) ?? 'int'] as number,
  );
  return words.some((word) => word === 'unsigned' || (TYPES[word] as number) > 0) ? width : -width;
}

function operatorOf(
  token: Token,
): readonly [strength: number, apply: (a: bigint, b: bigint) => bigint] | undefined {
  return token.kind === 'mark' && Object.hasOwn(OPERATORS, token.text) ? OPERATORS[token.text] : undefined;
}

function integer(token: Token): bigint {
  const { hex, binary, octal, decimal } = INTEGER.exec(token.text)?.groups ?? {};
  if (hex !== undefined) return BigInt(`0x${hex}`);
  if (binary !== undefined) return BigInt(`0b${binary}`);
  if (octal !== undefined) return BigInt(`0o${octal}`);
  return BigInt(decimal ?? unexpected(token, 'a number'));
}

/** A number for a message, cut when it is long. */
function brief(value: bigint): string {
  const digits = value.toString();
  return digits.length > 24 ? `${digits.slice(0, 21)}...` : digits;
}
