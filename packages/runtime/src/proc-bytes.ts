/**
 * This process's command line and environment as bytes: Node shows them as text, and what is not UTF-8 is
 * lost there. The shell in front of the qseccomp command loses more of the environment (variables whose
 * names it cannot spell, order, duplicates), so it hands over what it was given.
 * Source: man proc(5), /proc/PID/cmdline and environ.
 *
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { ENVIRONMENT_VARIABLE, HANDOVER_VARIABLE, readHandover } from './handover.ts';

/**
 * The last words of this process's command line.
 *
 * @param count - how many words
 * @returns the words without their closing NUL
 */
export function commandBytes(count: number): readonly Uint8Array[] {
  const words = readOwn('cmdline') ?? process.argv.map((word) => Buffer.from(word));
  return words.slice(words.length - count);
}

/**
 * The environment that this process was given, without what this package adds to it.
 *
 * @returns `NAME=value` each, without their closing NUL
 */
export function environmentBytes(): readonly Uint8Array[] {
  const variables =
    handedOver() ??
    readOwn('environ') ??
    Object.entries(process.env).map(([name, value]) => Buffer.from(`${name}=${value}`));
  return variables.filter((variable) => !isOurs(variable));
}

/**
 * What a link of /proc leads to.
 *
 * @param path - such as `/proc/self/fd/0`
 * @returns undefined where there is no such link, or where it may not be read
 */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Strings with a closing NUL each, one behind the other.
 *
 * @param strings - bytes without NUL
 */
export function joinNul(strings: readonly Uint8Array[]): Buffer {
  const nul = Buffer.alloc(1);
  return Buffer.concat(strings.flatMap((string) => [string, nul]));
}

/**
 * The strings of such bytes; a last one may lack its NUL.
 *
 * @param bytes - as {@link joinNul} gives them
 */
export function splitNul(bytes: Buffer): Buffer[] {
  const strings: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    strings.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return strings;
}

/** What the shell in front was given; undefined without such a shell. */
function handedOver(): Buffer[] | undefined {
  const pieces = readHandover()?.environmentPieces;
  if (pieces === undefined) return undefined;
  const text = Array.from(
    { length: pieces },
    (_, index) => process.env[`${ENVIRONMENT_VARIABLE}_${index + 1}`],
  );
  return splitNul(Buffer.from(text.join(''), 'base64'));
}

function isOurs(variable: Buffer): boolean {
  const name = variable.toString('latin1', 0, Math.max(variable.indexOf('='), 0));
  return (
    name === HANDOVER_VARIABLE ||
    (name.startsWith(ENVIRONMENT_VARIABLE) && /^_\d+$/.test(name.slice(ENVIRONMENT_VARIABLE.length)))
  );
}

/** Undefined where /proc is not mounted. */
function readOwn(name: 'cmdline' | 'environ'): Buffer[] | undefined {
  try {
    return splitNul(readFileSync(`/proc/self/${name}`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
