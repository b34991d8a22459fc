/**
 * Runs the built command: one process for each command line, or one for many.
 *
 * @module
 */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command as it is installed. */
export const COMMAND: string = fileURLToPath(new URL('../bin/qseccomp.mjs', import.meta.url));
const MANY = fileURLToPath(new URL('many.mjs', import.meta.url));

/** What a command line gave. */
export interface Result {
  /** Null after a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command line in a process of its own.
 *
 * @param argv - words after the program's name
 * @param options - as for spawnSync
 */
export function qseccomp(argv: readonly string[], options: SpawnSyncOptions = {}): Result {
  return run(process.execPath, [COMMAND, ...argv], options);
}

/**
 * Runs a line of shell in which `qseccomp` is the command.
 *
 * @param line - for /bin/sh
 * @param options - as for spawnSync
 */
export function shell(line: string, options: SpawnSyncOptions = {}): Result {
  return run('/bin/sh', ['-c', `qseccomp() { '${process.execPath}' '${COMMAND}' "$@"; }\n${line}`], options);
}

function run(program: string, args: readonly string[], options: SpawnSyncOptions): Result {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 60_000,
    ...options,
  });
  if (error) throw error;
  return { status, stdout: String(stdout ?? ''), stderr: String(stderr ?? '') };
}

/** A command line, and the files that it finds in its working directory. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Runs many command lines in one process, each through the command's main function.
 *
 * @param lines - command lines
 * @param encoding - what turns outputs into text; latin1 keeps bytes
 * @returns what each gave
 */
export function many(lines: readonly CommandLine[], encoding: 'utf8' | 'latin1' = 'utf8'): Result[] {
  const options = { input: JSON.stringify(lines), maxBuffer: 1 << 28 };
  const { stdout, stderr, status, error } = spawnSync(process.execPath, [MANY], options);
  if (error) throw error;
  if (status !== 0) throw new Error(`many.mjs: status ${status}: ${stderr}`);
  const split = (bytes: Buffer): string[] => bytes.toString('latin1').split(/\n<<(\d+)>>\n/);
  const text = (part = ''): string => Buffer.from(part, 'latin1').toString(encoding);
  const outputs = split(stdout);
  const errors = split(stderr);
  return lines.map((_, at) => ({
    status: Number(errors[2 * at + 1]),
    stdout: text(outputs[2 * at]),
    stderr: text(errors[2 * at]),
  }));
}
