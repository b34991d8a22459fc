/**
 * Finds the program that a command names, as execvp(3) does, and opens it for execveat(2).
 *
 * A script's interpreter is resolved here: the kernel hands a script that was opened by descriptor to its
 * interpreter as /dev/fd/N, which is closed by then. The rules are those of fs/binfmt_script.c (v6.12).
 *
 * @module
 */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { O_CLOEXEC, O_PATH } from './abi.ts';
import { describeErrno } from './call-failure.ts';
import { RuntimeError } from './errors.ts';

/** A program ready to be executed. */
export interface OpenProgram {
  /** O_PATH descriptor, close-on-exec. */
  readonly descriptor: number;
  /** The arguments that it gets; an interpreter and its argument come before a script's path. */
  readonly argv: readonly Uint8Array[];
}

/** The kernel reads so much of a file to learn what it is (BINPRM_BUF_SIZE, linux/binfmts.h). */
const HEAD_BYTES = 256;
/** Interpreters that the kernel follows before it answers ELOOP (fs/exec.c, exec_binprm). */
const MAX_INTERPRETERS = 5;
/** confstr(_CS_PATH), where execvp(3) looks when PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';
const SLASH = 0x2f;

/**
 * Finds and opens the program of a command.
 *
 * @param argv - the command: name or path first; bytes, since neither need be UTF-8
 * @param path - value of PATH, if set
 * @returns an open descriptor and the final arguments
 * @throws {RuntimeError} RUNTIME_PROGRAM_NOT_FOUND, RUNTIME_PROGRAM_NOT_EXECUTABLE
 */
export function openProgram(argv: readonly Uint8Array[], path: Uint8Array | undefined): OpenProgram {
  const name = argv[0];
  if (name === undefined || name.length === 0) {
    throw new RuntimeError('RUNTIME_PROGRAM_NOT_FOUND', 'expected a program to run, got an empty name');
  }
  const file = findFile(Buffer.from(name), path);
  return followScripts(file, argv);
}

function findFile(name: Buffer, path: Uint8Array | undefined): Buffer {
  if (name.includes(SLASH)) {
    checkExecutable(name, name);
    return name;
  }
  let refusal: RuntimeError | undefined;
  for (const directory of splitPath(path)) {
    const file = Buffer.concat([directory, Buffer.from('/'), name]);
    try {
      checkExecutable(file, file);
      return file;
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      // execvp(3) goes on after EACCES, and reports it when nothing else is found.
      if (error.code === 'RUNTIME_PROGRAM_NOT_EXECUTABLE') refusal ??= error;
    }
  }
  throw refusal ?? new RuntimeError('RUNTIME_PROGRAM_NOT_FOUND', `${name}: not found in PATH`);
}

function splitPath(path: Uint8Array | undefined): Buffer[] {
  const text = (path === undefined ? Buffer.from(DEFAULT_PATH) : Buffer.from(path)).toString('latin1');
  // An empty element is the working directory (POSIX, Base Definitions 8.3).
  return text.split(':').map((directory) => Buffer.from(directory === '' ? '.' : directory, 'latin1'));
}

/** Followed through `#!` lines until something that the kernel executes itself. */
function followScripts(file: Buffer, argv: readonly Uint8Array[]): OpenProgram {
  let current = file;
  let rest = argv;
  for (let depth = 0; depth <= MAX_INTERPRETERS; depth++) {
    const head = readHead(current);
    if (head === undefined || head.toString('latin1', 0, 2) !== '#!') {
      return { descriptor: open(current, O_PATH | O_CLOEXEC), argv: rest };
    }
    const line = parseInterpreterLine(head);
    if (line === undefined) {
      throw new RuntimeError(
        'RUNTIME_PROGRAM_NOT_EXECUTABLE',
        `${current}: expected the whole path of an interpreter after #!, in the first ${HEAD_BYTES} bytes`,
      );
    }
    rest = [line.interpreter, ...(line.argument ? [line.argument] : []), current, ...rest.slice(1)];
    checkExecutable(line.interpreter, current, 'interpreter ');
    current = line.interpreter;
  }
  throw new RuntimeError(
    'RUNTIME_PROGRAM_NOT_EXECUTABLE',
    `${file}: expected at most ${MAX_INTERPRETERS} interpreters in a row, got more`,
  );
}

/** The words after `#!`. */
export interface InterpreterLine {
  readonly interpreter: Buffer;
  /** All the rest of the line, blanks inside included: one argument. */
  readonly argument?: Buffer;
}

/**
 * Reads the first line of a script as the kernel does.
 *
 * @param head - the file's first bytes, up to 256, beginning with `#!`
 * @returns the interpreter and its argument; undefined where there is none, or where it may be cut off
 */
export function parseInterpreterLine(head: Uint8Array): InterpreterLine | undefined {
  // The kernel's buffer: zeros behind a short file.
  const buffer = Buffer.alloc(HEAD_BYTES);
  buffer.set(head);
  const newline = buffer.indexOf('\n');
  let end = newline < 0 ? HEAD_BYTES - 1 : newline;
  const start = skip(buffer, 2, end, isBlank);
  const nameEnd = skip(buffer, start, end, (byte) => !isBlank(byte) && byte !== 0);
  if (newline < 0 && nameEnd === end) return undefined;
  while (end > start && isBlank(buffer[end - 1] as number)) end--;
  if (nameEnd === start) return undefined;
  const interpreter = buffer.subarray(start, nameEnd);
  if (nameEnd >= end || buffer[nameEnd] === 0) return { interpreter };
  const rest = buffer.subarray(skip(buffer, nameEnd, end, isBlank), end);
  const nul = rest.indexOf(0);
  const argument = nul < 0 ? rest : rest.subarray(0, nul);
  return argument.length === 0 ? { interpreter } : { interpreter, argument };
}

/** The first place from `start` on, up to `end`, whose byte does not pass. */
function skip(bytes: Buffer, start: number, end: number, passes: (byte: number) => boolean): number {
  let at = start;
  while (at < end && passes(bytes[at] as number)) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** The first bytes of a file, or undefined where it may be executed but not read. */
function readHead(file: Buffer): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw unusable(file, error, '');
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } catch (error) {
    throw unusable(file, error, '');
  } finally {
    closeSync(descriptor);
  }
}

function open(file: Buffer, flags: number): number {
  try {
    return openSync(file, flags);
  } catch (error) {
    throw unusable(file, error, '');
  }
}

function checkExecutable(file: Buffer, subject: Buffer, role = ''): void {
  try {
    accessSync(file, constants.X_OK);
    if (statSync(file).isFile()) return;
  } catch (error) {
    throw unusable(subject, error, role && `${role}${file}: `);
  }
  throw new RuntimeError(
    'RUNTIME_PROGRAM_NOT_EXECUTABLE',
    `${subject}: ${role && `${role}${file}: `}not a regular file`,
  );
}

function unusable(file: Buffer, cause: unknown, detail: string): RuntimeError {
  const { code = '', errno = 0, syscall: call } = cause as NodeJS.ErrnoException;
  const facts = { call, errno: -errno, cause };
  if (OWN_LIMITS.has(code)) {
    return new RuntimeError('RUNTIME_LAUNCH', `${file}: ${detail}${describeErrno(-errno)}`, facts);
  }
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  if (missing && detail === '') {
    return new RuntimeError('RUNTIME_PROGRAM_NOT_FOUND', `${file}: not found`, facts);
  }
  const reason = missing ? 'not found' : code === 'EACCES' ? 'permission denied' : describeErrno(-errno);
  return new RuntimeError('RUNTIME_PROGRAM_NOT_EXECUTABLE', `${file}: ${detail}${reason}`, facts);
}

/** Errnos that are about this process, whatever the program is. */
const OWN_LIMITS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);
