/**
 * The instructions of an assembler text and how the operands of each are read.
 *
 * Source: tools/bpf/bpf_exp.y, v6.1, for what seccomp takes; names, fields and numeric jumps are additions.
 *
 * @module
 */

import type { BpfError } from '../errors.ts';
import { ActionValue } from '../filter/action.ts';
import type { TextPosition } from '../json.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET, Opcode } from '../opcode.ts';
import { INSTRUCTION_POINTER_OFFSET, readArgumentIndex, readConstant } from '../text/constant.ts';
import type { NameScope } from '../text/names.ts';
import { isText, type Token, type TokenReader, textError, unexpected } from '../text/token.ts';

/** Where a jump goes: as many instructions on, or to a label. */
type Target = number | Token;

/** An opcode with its fields; those that are absent are 0. */
export interface Operands {
  readonly code: number;
  readonly jt?: Target;
  readonly jf?: Target;
  readonly k?: Target;
}

/** Reads what follows a mnemonic. */
export type Reader = (tokens: TokenReader, scope: NameScope) => Operands;

/** Opcodes with a constant and with X, as {@link Opcode} has them. */
type Pair = readonly [k: number, x: number];

const ARITHMETIC: Readonly<Record<string, Pair>> = {
  add: [Opcode.ADD_K, Opcode.ADD_X],
  sub: [Opcode.SUB_K, Opcode.SUB_X],
  mul: [Opcode.MUL_K, Opcode.MUL_X],
  div: [Opcode.DIV_K, Opcode.DIV_X],
  or: [Opcode.OR_K, Opcode.OR_X],
  and: [Opcode.AND_K, Opcode.AND_X],
  lsh: [Opcode.LSH_K, Opcode.LSH_X],
  rsh: [Opcode.RSH_K, Opcode.RSH_X],
  xor: [Opcode.XOR_K, Opcode.XOR_X],
};

const JUMPS = {
  jeq: [Opcode.JEQ_K, Opcode.JEQ_X],
  jgt: [Opcode.JGT_K, Opcode.JGT_X],
  jge: [Opcode.JGE_K, Opcode.JGE_X],
  jset: [Opcode.JSET_K, Opcode.JSET_X],
} as const;

/** Jumps that go where the opposite one does not. */
const NEGATED_JUMPS: Readonly<Record<string, Pair>> = {
  jneq: JUMPS.jeq,
  jne: JUMPS.jeq,
  jlt: JUMPS.jge,
  jle: JUMPS.jgt,
};

/** Mnemonics of bpf_asm that seccomp has no instruction for. */
export const REFUSED: ReadonlySet<string> = new Set(['ldb', 'ldh', 'ldxb', 'mod']);

/** What bpf_asm loads beside a packet's bytes (tools/bpf/bpf_exp.l), which seccomp does not have. */
const EXTENSIONS: ReadonlySet<string> = new Set(
  'proto type poff ifidx nla nlan mark queue hatype rxhash cpu vlan_tci vlan_pr vlan_avail vlan_tpid rand'.split(
    ' ',
  ),
);

/** How what follows each mnemonic is read. */
export const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ld', readLoad],
  ['ldi', (tokens, scope) => ({ code: Opcode.LD_IMM, k: readImmediate(tokens, scope) })],
  ['ldx', readLoadX],
  ['ldxi', (tokens, scope) => ({ code: Opcode.LDX_IMM, k: readImmediate(tokens, scope) })],
  ['st', (tokens, scope) => ({ code: Opcode.ST, k: readCell(tokens, scope) })],
  ['stx', (tokens, scope) => ({ code: Opcode.STX, k: readCell(tokens, scope) })],
  ['jmp', readJump],
  ['ja', readJump],
  ...Object.entries(JUMPS).map(([name, pair]) => [name, readConditional(pair, false)] as const),
  ...Object.entries(NEGATED_JUMPS).map(([name, pair]) => [name, readConditional(pair, true)] as const),
  ...Object.entries(ARITHMETIC).map(([name, pair]) => [name, readArithmetic(pair)] as const),
  ['neg', () => ({ code: Opcode.NEG })],
  ['tax', () => ({ code: Opcode.TAX })],
  ['txa', () => ({ code: Opcode.TXA })],
  ['ret', readReturn],
]);

function readLoad(tokens: TokenReader, scope: NameScope): Operands {
  if (tokens.take('[')) return { code: Opcode.LD_ABS, k: readField(tokens, scope) };
  if (isText(tokens.peek(), 'm')) return { code: Opcode.LD_MEM, k: readCell(tokens, scope) };
  return readLengthOrConstant(tokens, scope, Opcode.LD_LEN, Opcode.LD_IMM, "'[', M[cell], len or #constant");
}

function readLoadX(tokens: TokenReader, scope: NameScope): Operands {
  if (isText(tokens.peek(), 'm')) return { code: Opcode.LDX_MEM, k: readCell(tokens, scope) };
  return readLengthOrConstant(tokens, scope, Opcode.LDX_LEN, Opcode.LDX_IMM, 'M[cell], len or #constant');
}

function readLengthOrConstant(
  tokens: TokenReader,
  scope: NameScope,
  lengthCode: number,
  constantCode: number,
  expected: string,
): Operands {
  if (tokens.take('len')) return { code: lengthCode };
  refuseExtension(tokens.peek());
  if (tokens.peek().text === '4') throw refused(tokens.peek(), 'a load of the length of an IP header');
  tokens.expect('#', expected);
  if (tokens.take('len')) return { code: lengthCode };
  refuseExtension(tokens.peek());
  return { code: constantCode, k: readConstant(tokens, scope, 32) };
}

function refuseExtension(token: Token): void {
  if (token.kind === 'word' && EXTENSIONS.has(token.text.toLowerCase()))
    throw refused(token, `the extension ${token.text}`);
}

/** What stands between the brackets of `ld [...]`: a byte or a field of struct seccomp_data. */
function readField(tokens: TokenReader, scope: NameScope): number {
  const token = tokens.peek();
  if (isText(token, 'x') || isText(token, '%')) throw refused(token, 'a load relative to X');
  const read = FIELDS.get(token.text);
  const offset = read
    ? read(tokens, scope, tokens.next())
    : readConstant(tokens, scope, 32, 'a byte or a field');
  tokens.expect(']');
  return offset;
}

type FieldReader = (tokens: TokenReader, scope: NameScope, field: Token) => number;

const readPointer: FieldReader = (...at) => readHalf(...at, INSTRUCTION_POINTER_OFFSET);

const FIELDS: ReadonlyMap<string, FieldReader> = new Map<string, FieldReader>([
  ['nr', () => NUMBER_OFFSET],
  ['arch', () => ARCHITECTURE_OFFSET],
  ['ip', readPointer],
  ['instruction_pointer', readPointer],
  ['args', (tokens, scope, field) => readHalf(tokens, scope, field, readArgumentIndex(tokens))],
]);

/** The `.low` or `.high` of a 64-bit field. */
function readHalf(tokens: TokenReader, scope: NameScope, field: Token, offset: number): number {
  const expected = `.low or .high, since ${field.text} has 64 bits and a load 32`;
  tokens.expect('.', expected);
  const half = tokens.next();
  if (half.text !== 'low' && half.text !== 'high') unexpected(half, expected);
  const { endian } = scope;
  if (endian === undefined) {
    throw textError(
      'BPF_BYTE_ORDER',
      field,
      `expected a byte order for .${half.text}: an architecture in force, or the option endian; got neither`,
    );
  }
  return (half.text === 'low') === (endian === 'little') ? offset : offset + 4;
}

function readCell(tokens: TokenReader, scope: NameScope): number {
  tokens.expect('m', 'M[cell]');
  tokens.expect('[');
  const cell = readConstant(tokens, scope, 32);
  tokens.expect(']');
  return cell;
}

/** `ldi 5` and `ldi #5`. */
function readImmediate(tokens: TokenReader, scope: NameScope): number {
  tokens.take('#');
  return readConstant(tokens, scope, 32, '#constant');
}

/** `#constant`, or undefined for `x` and `%x`. */
function readOperand(tokens: TokenReader, scope: NameScope): number | undefined {
  if (tokens.take('#')) return readConstant(tokens, scope, 32);
  tokens.take('%');
  tokens.expect('x', '#constant or x');
  return undefined;
}

function readArithmetic([constantCode, xCode]: Pair): Reader {
  return (tokens, scope) => {
    const k = readOperand(tokens, scope);
    return k === undefined ? { code: xCode } : { code: constantCode, k };
  };
}

function readConditional([constantCode, xCode]: Pair, negated: boolean): Reader {
  return (tokens, scope) => {
    const k = readOperand(tokens, scope);
    const operands = k === undefined ? { code: xCode } : { code: constantCode, k };
    tokens.expect(',');
    if (negated) {
      const jf = readLabel(tokens, 'a label');
      return { ...operands, jf, jt: tokens.take(',') ? readLabel(tokens, 'a label') : 0 };
    }
    const first = tokens.peek();
    const jt = readTarget(tokens, scope, ['jt', 'jf'], 'a label, jt and a number, or jf and a number');
    if (typeof jt === 'number' && isText(first, 'jf')) return { ...operands, jf: jt };
    if (!tokens.take(',')) return { ...operands, jt };
    return { ...operands, jt, jf: readTarget(tokens, scope, ['jf'], 'a label, or jf and a number') };
  };
}

/** `jt N` or `jf N`, the field itself, or a label, which may have such a name as well. */
function readTarget(
  tokens: TokenReader,
  scope: NameScope,
  fields: readonly ('jt' | 'jf')[],
  expected: string,
): Target {
  const token = tokens.peek();
  if (!fields.some((field) => isText(token, field))) return readLabel(tokens, expected);
  tokens.next();
  return tokens.peek().kind === 'number' ? readConstant(tokens, scope, 8) : token;
}

function readJump(tokens: TokenReader, scope: NameScope): Operands {
  const isSkip = tokens.peek().text === '+';
  return {
    code: Opcode.JA,
    k: isSkip ? readConstant(tokens, scope, 32) : readLabel(tokens, 'a label, or + and a number'),
  };
}

function readLabel(tokens: TokenReader, expected: string): Token {
  const token = tokens.expectWord(expected);
  return isReserved(token) ? unexpected(token, expected) : token;
}

function readReturn(tokens: TokenReader, scope: NameScope): Operands {
  if (tokens.take('#')) return { code: Opcode.RET_K, k: readConstant(tokens, scope, 32) };
  if (tokens.take('a')) return { code: Opcode.RET_A };
  const token = tokens.peek();
  if (tokens.take('%')) {
    if (tokens.take('a')) return { code: Opcode.RET_A };
    throw isText(tokens.peek(), 'x') ? refused(token, 'ret %x') : unexpected(tokens.peek(), 'a');
  }
  if (isText(token, 'x')) throw refused(token, 'ret x');
  const expected = `#constant, a, or an action: ${Object.keys(ActionValue).join(', ')}`;
  if (token.kind !== 'word' || isReserved(token)) unexpected(token, expected);
  return { code: Opcode.RET_K, k: readAction(tokens, scope, expected) };
}

/** `ALLOW`, `ERRNO(EPERM)`, `SECCOMP_RET_ERRNO | 1`. */
function readAction(tokens: TokenReader, scope: NameScope, expected: string): number {
  const token = tokens.next();
  const name = token.text.toUpperCase().replace(/^SECCOMP_RET_/, '');
  const action = name === 'KILL' ? 'KILL_THREAD' : name;
  if (!Object.hasOwn(ActionValue, action)) unexpected(token, expected);
  const value = ActionValue[action as keyof typeof ActionValue];
  if (tokens.take('(')) {
    const data = readConstant(tokens, scope, 16, 'data from 0 to 65535');
    tokens.expect(')');
    return (value | data) >>> 0;
  }
  if (tokens.take('|')) return (value | readConstant(tokens, scope, 16, 'data from 0 to 65535')) >>> 0;
  if (action === 'ERRNO' || action === 'TRACE') unexpected(tokens.peek(), `'(' and the data of ${action}`);
  return value;
}

/** Whether a word cannot be a label. */
function isReserved({ text }: Token): boolean {
  const word = text.toLowerCase();
  return READERS.has(word) || REFUSED.has(word);
}

/**
 * The error for what bpf_asm knows and seccomp does not take.
 *
 * @param position - where it stands
 * @param what - as it is written
 * @returns the error, to be thrown
 */
export function refused(position: TextPosition, what: string): BpfError {
  return textError('BPF_OPCODE', position, `expected an instruction that seccomp takes, got ${what}`);
}
