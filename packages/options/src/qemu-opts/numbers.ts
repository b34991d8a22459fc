/**
 * Numbers (64 bits, as C's strtoull reads them in base 0) and sizes (64 bits exact, powers of 1024).
 * Behaviour of QEMU 7.2, util/cutils.c.
 * @module
 */

import { OptionsError } from '../errors.ts';
import type { OptType } from './types.ts';

const TWO_64 = 1n << 64n;

/** An unsigned 64-bit number: decimal, 0x hexadecimal or 0 octal; `-1` wraps around as in C. */
export const numberType: OptType<bigint> = {
  label: 'num',
  parse(name, value) {
    const number = readInteger(value, 0);
    if (number === undefined || number.end !== value.length) {
      throw new OptionsError('OPTIONS_BAD_NUMBER', `Parameter '${name}' expects a number`);
    }
    if (number.overflow) {
      throw new OptionsError(
        'OPTIONS_NUMBER_TOO_LARGE',
        `Value '${value}' is too large for parameter '${name}'`,
      );
    }
    return number.value;
  },
};

const SIZE_HINT =
  'Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\nand exabytes, respectively.';

/** A number of bytes below 2^64: decimal with an optional fraction and suffix, or 0x hexadecimal. */
export const sizeType: OptType<bigint> = {
  label: 'size',
  parse(name, value, warn) {
    const bad = (): OptionsError =>
      new OptionsError('OPTIONS_BAD_SIZE', `Parameter '${name}' expects a non-negative number below 2^64`, {
        hint: SIZE_HINT,
      });
    const beyond = (): OptionsError =>
      new OptionsError(
        'OPTIONS_SIZE_OUT_OF_RANGE',
        `Value '${value}' is out of range for parameter '${name}'`,
      );

    let whole = readInteger(value, 10);
    const hexadecimal =
      whole !== undefined && !whole.negative && whole.value === 0n && /[xX]/.test(value.charAt(whole.end));
    if (hexadecimal) whole = readInteger(value, 16);
    if (whole === undefined) throw bad();
    let end = whole.end;
    // Text after a number that is too large is the error that QEMU reports.
    if (whole.overflow) throw end === value.length ? beyond() : bad();
    if (whole.negative) throw bad();

    let fraction = 0n;
    if (value[end] === '.') {
      const part = /\.(\d*)(?:(?<=\d)[eE][+-]?\d+)?/y;
      part.lastIndex = end;
      const [text, digits] = part.exec(value) as unknown as [string, string];
      if (hexadecimal || text.length > digits.length + 1) throw bad();
      // 64 fractional bits of the nearest double.
      fraction = BigInt(Math.trunc(Number(`0.${digits}`) * 2 ** 64));
      end += text.length;
    }

    const scale = SCALES[value.charAt(end).toUpperCase()];
    if (scale !== undefined) {
      if (hexadecimal) warn(`Using a multiplier suffix on hex numbers is deprecated: ${value}`);
      end += 1;
    }
    const unit = scale ?? 1n;
    if (unit === 1n && fraction !== 0n) throw bad();
    if (end !== value.length) throw bad();
    // 64.64 bits times a scale, a half rounded up.
    const bytes = (((whole.value << 64n) + fraction) * unit + (1n << 63n)) >> 64n;
    if (bytes >= TWO_64) throw beyond();
    return bytes;
  },
};

const SCALES: Readonly<Record<string, bigint>> = {
  B: 1n,
  K: 1n << 10n,
  M: 1n << 20n,
  G: 1n << 30n,
  T: 1n << 40n,
  P: 1n << 50n,
  E: 1n << 60n,
};

interface Integer {
  /** Modulo 2^64. */
  readonly value: bigint;
  readonly negative: boolean;
  /** Offset of the first character that does not belong to the number. */
  readonly end: number;
  readonly overflow: boolean;
}

const DIGITS = { 8: /[0-7]*/y, 10: /[0-9]*/y, 16: /[0-9a-fA-F]*/y } as const;
const PREFIX = { 8: '0o', 10: '', 16: '0x' } as const;

// strtoull: blanks, a sign, for base 16 an optional 0x that digits must follow; base 0 looks at the prefix.
function readInteger(text: string, base: 0 | 10 | 16): Integer | undefined {
  const [head, sign] = /^[ \t\n\v\f\r]*([+-]?)/.exec(text) as unknown as [string, string];
  let start = head.length;
  const hexadecimal = base !== 10 && /^0[xX][0-9a-fA-F]/.test(text.slice(start, start + 3));
  if (hexadecimal) start += 2;
  const radix = base === 10 ? 10 : hexadecimal || base === 16 ? 16 : text[start] === '0' ? 8 : 10;
  const pattern = DIGITS[radix];
  pattern.lastIndex = start;
  const [digits] = pattern.exec(text) as unknown as [string];
  if (digits === '') return undefined;
  const significant = digits.replace(/^0+/, '');
  // 22 octal digits hold 64 bits: longer text is too large in every base, and need not be converted.
  const magnitude = significant.length > 22 ? TWO_64 : BigInt(`${PREFIX[radix]}${significant || '0'}`);
  const negative = sign === '-';
  return {
    value: BigInt.asUintN(64, negative ? -magnitude : magnitude),
    negative,
    end: start + digits.length,
    overflow: magnitude >= TWO_64,
  };
}
