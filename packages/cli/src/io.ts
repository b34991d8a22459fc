/**
 * Output. Written with synchronous calls on the bare descriptors: touching process.stdout would make a
 * pipe or terminal that others share non-blocking.
 *
 * Text may hold bytes that are not UTF-8, as lone surrogates (`encodeText` of the options package): what a
 * command line or a config file says is repeated byte for byte, and names the same file.
 *
 * @module
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { CliError } from './errors.ts';

/** Milliseconds between two tries at a descriptor that takes nothing at the moment. */
const RETRY = 5;

/**
 * Writes to standard output. Nothing happens when the reader has gone (`| head`).
 *
 * @param data - text, or bytes
 * @throws {CliError} when it cannot be written
 */
export function print(data: string | Uint8Array): void {
  try {
    writeAll(1, data);
  } catch (cause) {
    throw new CliError(`cannot write to standard output: ${reason(cause)}`, undefined, cause);
  }
}

/**
 * Writes to standard error. A failure has nowhere to be told; the exit status stays.
 *
 * @param text - whole lines
 */
export function complain(text: string | Uint8Array): void {
  try {
    writeAll(2, text);
  } catch {}
}

/**
 * A value as JSON on standard output.
 *
 * @param value - plain data
 */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Writes a result to a file, or to standard output for `-` or no name. A file that could be written in part
 * only is removed.
 *
 * @param path - file name
 * @param data - text, or bytes
 * @throws {CliError} when the file cannot be written
 */
export async function output(path: string | undefined, data: string | Uint8Array): Promise<void> {
  if (path === undefined || path === '-') {
    print(data);
    return;
  }
  const file = await exactBytes(path);
  try {
    writeFileSync(file, data);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === 'write') removeFile(file);
    throw new CliError(`cannot write '${path}': ${reason(cause)}`, undefined, cause);
  }
}

/**
 * Refuses a file that could not be written, before anything is done for it.
 *
 * @param path - file name; `-` for standard output
 * @throws {CliError} as {@link output} would, as far as that can be known
 */
export async function requireWritable(path: string): Promise<void> {
  if (path === '-') return;
  const file = await exactBytes(path);
  const slash = file.lastIndexOf('/');
  const folder = slash < 0 ? '.' : file.subarray(0, slash + 1);
  try {
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
  } catch (cause) {
    throw new CliError(`cannot write '${path}': ${reason(cause)}`, undefined, cause);
  }
}

/**
 * Reads a whole file, or standard input for `-` or no name.
 *
 * @param path - file name
 * @throws {CliError} when the file cannot be read
 */
export async function input(path: string | undefined): Promise<Buffer> {
  try {
    return readFileSync(path === undefined || path === '-' ? 0 : await exactBytes(path));
  } catch (cause) {
    throw new CliError(`cannot read ${fileTitle(path)}: ${reason(cause)}`, undefined, cause);
  }
}

/**
 * What a file is called in messages.
 *
 * @param path - file name; `-` or none for standard input
 */
export function fileTitle(path: string | undefined): string {
  return path === undefined || path === '-' ? 'standard input' : `'${path}'`;
}

/**
 * What reads the files that a command line names.
 *
 * @param words - the command line
 * @returns a function like readFileSync
 */
export async function fileReader(words: readonly string[]): Promise<(path: string) => Buffer> {
  const names = new Map<string, Buffer>();
  for (const word of words) names.set(word, await exactBytes(word));
  return (path) => readFileSync(names.get(path) ?? path);
}

/**
 * Text as the bytes that it came from.
 *
 * @param text - text; a lone surrogate U+DC80 to U+DCFF stands for a byte
 */
export async function exactBytes(text: string): Promise<Buffer> {
  if (!/\p{Cs}/u.test(text)) return Buffer.from(text);
  const { encodeText } = await import('@qseccomp/options/qemu-opts');
  return Buffer.from(encodeText(text));
}

/** Unless it is a device, a link to one (/dev/stdout), or a file that cannot be removed (/proc). */
function removeFile(file: Buffer): void {
  try {
    if (lstatSync(file).isFile()) unlinkSync(file);
  } catch {}
}

/** The system's words, without the code where it has some. */
function reason(cause: unknown): string {
  const { errno, message } = cause as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}

function writeAll(descriptor: number, data: string | Uint8Array): void {
  let rest: Uint8Array = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader has gone: what is left has nowhere to go.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
    }
  }
}
