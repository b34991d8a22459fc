/**
 * Values of arguments in words.
 *
 * @module
 */
import type { Architecture } from '@qseccomp/syscall-tables';
import { constantValue } from '@qseccomp/syscall-tables/arguments';

/**
 * The value of an argument in words: a number, NULL, names with `|` between them, a descriptor with its path.
 *
 * @param word - as strace writes it, or a person
 * @param kind - kind of the argument (`callArguments`), where there is one
 * @param architecture - whose numbers
 * @returns the register, or undefined
 */
export function argumentValue(
  word: string,
  kind: string | undefined,
  architecture: Architecture,
): bigint | undefined {
  const bare = word.replace(/\s*\/\*.*?\*\/\s*/g, '').trim();
  const plain = plainNumber(bare.replace(/^(-?\d+)<.*>$/, '$1'), architecture);
  if (plain !== undefined) return plain;
  if (bare === 'NULL') return 0n;
  if (bare.startsWith('AT_FDCWD')) return BigInt.asUintN(architecture.registerBits, -100n);
  if (kind === undefined || !/^[\w|]+$/.test(bare)) return undefined;
  let value = 0n;
  for (const part of bare.split('|')) {
    const bits = plainNumber(part, architecture) ?? constantValue(architecture, kind, part);
    if (bits === undefined) return undefined;
    value |= bits;
  }
  return value;
}

/**
 * A number.
 *
 * @param word - decimal, hexadecimal with 0x, octal with a leading 0; a negative value is what a register holds
 * @param architecture - whose register
 * @returns the register, or undefined
 */
export function plainNumber(word: string, { registerBits }: Architecture): bigint | undefined {
  const [, sign, digits = ''] = /^(-?)(0x[\da-f]+|\d+)$/i.exec(word.trim()) ?? [];
  if (digits === '') return undefined;
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return BigInt.asUintN(registerBits, sign === '-' ? -value : value);
}
