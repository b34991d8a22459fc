/**
 * Text and bytes. An option is text here and bytes in C: lengths, cut-offs and hash order go by UTF-8 bytes.
 *
 * Text is an ordinary string. A byte that is not UTF-8 (a config file may hold any) is kept as a lone
 * surrogate U+DC80 to U+DCFF, as Python's surrogateescape does, so nothing is lost on the way back to bytes.
 * A byte string holds one byte in each character, U+0000 to U+00FF.
 * @module
 */

/**
 * Text as UTF-8; escaped bytes come out as they were.
 * @param text - any string
 * @returns its bytes
 * @example
 * ```ts
 * import { encodeText } from '@qseccomp/options/qemu-opts';
 * [...encodeText('ä\udcff')]; // => [0xc3, 0xa4, 0xff]
 * ```
 */
export function encodeText(text: string): Uint8Array {
  return Uint8Array.from(toByteString(text), (byte) => byte.charCodeAt(0));
}

/**
 * UTF-8 as text; each byte that does not belong to a valid sequence is escaped.
 * @param bytes - any bytes
 * @returns text that {@link encodeText} turns into the same bytes
 * @example
 * ```ts
 * import { decodeText } from '@qseccomp/options/qemu-opts';
 * decodeText(Uint8Array.of(0xc3, 0xa4, 0xff)); // => 'ä\udcff'
 * ```
 */
export function decodeText(bytes: Uint8Array): string {
  return fromByteString(bytesToByteString(bytes));
}

/**
 * Bytes as a byte string.
 * @param bytes - any bytes
 * @returns one character for each byte
 * @example
 * ```ts
 * import { bytesToByteString } from '@qseccomp/options/qemu-opts';
 * bytesToByteString(Uint8Array.of(0x6f, 0xff)); // => 'o\xff'
 * ```
 */
export function bytesToByteString(bytes: Uint8Array): string {
  let text = '';
  // Slices: a call takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/**
 * Text as a byte string of its UTF-8.
 * @param text - any string
 * @returns one character for each byte
 * @example
 * ```ts
 * import { toByteString } from '@qseccomp/options/qemu-opts';
 * toByteString('ä'); // => '\xc3\xa4'
 * ```
 */
export function toByteString(text: string): string {
  return isAscii(text) ? text : text.replace(/[^\0-\x7f]/gu, (character) => encodeCharacter(character));
}

/**
 * A byte string as text.
 * @param bytes - one character for each byte
 * @returns the text, bytes that are not UTF-8 escaped
 * @example
 * ```ts
 * import { fromByteString } from '@qseccomp/options/qemu-opts';
 * fromByteString('\xc3\xa4'); // => 'ä'
 * ```
 */
export function fromByteString(bytes: string): string {
  return isAscii(bytes) ? bytes : bytes.replace(SEQUENCE, (sequence) => decodeSequence(sequence));
}

// Well-formed sequences, table 3-7 of the Unicode standard; else one byte.
const SEQUENCE =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

function encodeCharacter(character: string): string {
  const point = character.codePointAt(0) as number;
  if (point >= 0xdc80 && point <= 0xdcff) return String.fromCharCode(point - 0xdc00);
  if (point >= 0xd800 && point <= 0xdfff) return '\xef\xbf\xbd';
  const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), tail(0));
  if (point < 0x10000) return String.fromCharCode(0xe0 | (point >> 12), tail(6), tail(0));
  return String.fromCharCode(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
}

function decodeSequence(sequence: string): string {
  const lead = sequence.charCodeAt(0);
  if (sequence.length === 1) return String.fromCharCode(0xdc00 + lead);
  // A lead byte of n bytes carries 7 - n bits.
  let point = lead & (0x7f >> sequence.length);
  for (let at = 1; at < sequence.length; at++) point = (point << 6) | (sequence.charCodeAt(at) & 0x3f);
  return String.fromCodePoint(point);
}
