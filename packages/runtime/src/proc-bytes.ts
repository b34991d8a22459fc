/**
 * This process's command line and environment as bytes: Node shows them as text, and what is not UTF-8 is
 * lost there.
 * Source: man proc(5), /proc/PID/cmdline and environ.
 *
 * @module
 */
import { closeSync, readFileSync } from 'node:fs';
import { HANDOVER_VARIABLE } from './inheritance.ts';

/**
 * The last words of a command line.
 *
 * @param count - how many words
 * @param descriptor - an open cmdline of /proc, which is closed; this process's where absent
 * @returns the words without their closing NUL
 */
export function commandBytes(count: number, descriptor?: number): readonly Uint8Array[] {
  const words =
    readNulSeparated(descriptor, '/proc/self/cmdline') ?? process.argv.map((word) => Buffer.from(word));
  return words.slice(words.length - count);
}

/**
 * The environment, without what this package adds to it.
 *
 * @param descriptor - an open environ of /proc, which is closed; this process's where absent
 * @returns `NAME=value` each, without their closing NUL
 */
export function environmentBytes(descriptor?: number): readonly Uint8Array[] {
  const ours = Buffer.from(`${HANDOVER_VARIABLE}=`);
  const variables =
    readNulSeparated(descriptor, '/proc/self/environ') ??
    Object.entries(process.env).map(([name, value]) => Buffer.from(`${name}=${value}`));
  return variables.filter((variable) => !variable.subarray(0, ours.length).equals(ours));
}

/** Undefined where /proc is not mounted. */
function readNulSeparated(descriptor: number | undefined, path: string): Buffer[] | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(descriptor ?? path);
  } catch (error) {
    if (descriptor === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (descriptor !== undefined) closeSync(descriptor);
  const strings: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    strings.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return strings;
}
