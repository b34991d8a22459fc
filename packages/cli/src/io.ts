/**
 * Output. Written with synchronous calls on the bare descriptors: touching process.stdout would make a
 * pipe or terminal that others share non-blocking.
 *
 * @module
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { CliError } from './errors.ts';

/** Milliseconds between two tries at a descriptor that takes nothing at the moment. */
const RETRY = 5;

/**
 * Writes to standard output.
 *
 * @param data - text, or bytes
 */
export function print(data: string | Uint8Array): void {
  writeAll(1, data);
}

/**
 * Writes to standard error.
 *
 * @param text - whole lines
 */
export function complain(text: string): void {
  writeAll(2, text);
}

/**
 * A value as JSON on standard output. 64-bit values are written as numbers, exactly.
 *
 * @param value - plain data; bigint allowed
 */
export function printJson(value: unknown): void {
  print(`${toJson(value)}\n`);
}

/**
 * Writes a result to a file, or to standard output for `-` or no name.
 *
 * @param path - file name
 * @param data - text, or bytes
 * @throws {CliError} when the file cannot be written
 */
export function output(path: string | undefined, data: string | Uint8Array): void {
  if (path === undefined || path === '-') {
    print(data);
    return;
  }
  try {
    writeFileSync(path, data);
  } catch (cause) {
    throw new CliError(`cannot write ${path}: ${reason(cause)}`, undefined, cause);
  }
}

/**
 * Reads a file.
 *
 * @param path - file name, `-` for standard input
 * @throws {CliError} when it cannot be read
 */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (cause) {
    throw new CliError(`cannot read ${path}: ${reason(cause)}`, undefined, cause);
  }
}

/** JSON text with bigint as plain numbers, which JSON allows at any size. */
function toJson(value: unknown): string {
  // A marker that JSON.stringify quotes and nothing else here can produce.
  const marked = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `\u0000${item}` : item), 2);
  return marked.replace(/"\\u0000(-?\d+)"/g, '$1');
}

function reason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === undefined ? message : (REASONS[code] ?? code);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
};

function writeAll(descriptor: number, data: string | Uint8Array): void {
  let rest: Uint8Array = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader has gone (`| head`): what is left has nowhere to go.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw new CliError(`cannot write to descriptor ${descriptor}: ${reason(error)}`, undefined, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
    }
  }
}
