/**
 * A command line of `-sandbox`, `-readconfig` and `-set`, handled as QEMU 7.2 handles it (softmmu/vl.c): one
 * pass that only looks options up, one that reads them, then each entry is applied.
 * @module
 */

import { formatReport, type Location, OptionsError } from './errors.ts';
import { loadConfig, setOption } from './qemu-opts/config.ts';
import { helpText } from './qemu-opts/help.ts';
import type { OptsList } from './qemu-opts/list.ts';
import { createSandboxList, readSandbox, type SandboxEntry } from './sandbox.ts';

/** What {@link runSandboxArgv} needs from outside. */
export interface SandboxArgvSettings {
  /**
   * Gives the bytes of a file. Failing, it throws an error with `code` (`'ENOENT'`) and, if it was not the
   * opening that failed, `syscall` (`'read'`): node:fs's readFileSync does all this.
   */
  readonly readFile: (path: string) => Uint8Array;
  /** Name before the first colon of a report; default `qseccomp`. */
  readonly programName?: string;
}

/** What QEMU would have written, how it would have ended, and the entries it would have applied. */
export interface SandboxArgvResult {
  /** Help text, or empty. */
  readonly stdout: string;
  /** Warnings and the error, as whole lines. Bytes that are not UTF-8 are escaped: see encodeText. */
  readonly stderr: string;
  /** 0: QEMU would go on to run. 1: an error, or help. */
  readonly exitCode: 0 | 1;
  /** The entries that were applied, disabled ones included; on an error, those before the one at fault. */
  readonly entries: readonly SandboxEntry[];
  /** All calls of prctl(PR_SET_NO_NEW_PRIVS), with that of an entry that failed later. */
  readonly noNewPrivsCalls: number;
}

interface Option {
  readonly name: string;
  /** The words as typed. */
  readonly words: readonly [option: string, argument: string];
}

/**
 * Handles a command line.
 * @param argv - the words after the program's name
 * @param settings - how to read files, what to call the program
 * @returns output, exit code, entries
 * @example
 * ```ts
 * import { runSandboxArgv } from '@qseccomp/options/argv';
 * const readFile = () => new Uint8Array();
 * const good = runSandboxArgv(['-sandbox', 'on,spawn=deny'], { readFile });
 * good.entries[0].sets; // => ['default', 'obsolete', 'spawn']
 * runSandboxArgv(['-sandbox', 'maybe'], { readFile }).stderr; // => "qseccomp: -sandbox maybe: Parameter 'enable' expects 'on' or 'off'\n"
 * ```
 */
export function runSandboxArgv(argv: readonly string[], settings: SandboxArgvSettings): SandboxArgvResult {
  const { readFile, programName = 'qseccomp' } = settings;
  let stdout = '';
  let stderr = '';
  let location: Location = { kind: 'none' };
  const entries: SandboxEntry[] = [];
  let noNewPrivsCalls = 0;
  const finish = (exitCode: 0 | 1): SandboxArgvResult => {
    return { stdout, stderr, exitCode, entries, noNewPrivsCalls };
  };
  const list = createSandboxList((message, hint) => {
    stderr += formatReport(programName, location, `warning: ${message}`, hint);
  });
  try {
    for (const { name, words } of lookUp(argv)) {
      location = { kind: 'argv', words };
      if (name === 'sandbox') {
        if (list.parseNoisily(words[1], { implied: true, location }) === undefined) {
          stdout += helpText(list);
          return finish(1);
        }
      } else if (name === 'readconfig') {
        readConfig(list, words[1], readFile);
      } else {
        setOption([list], words[1]);
      }
    }
    for (const opts of list.entries) {
      const entry = readSandbox(opts);
      entries.push(entry);
      noNewPrivsCalls += entry.noNewPrivsCalls;
    }
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    noNewPrivsCalls += error.noNewPrivsCalls;
    stderr += formatReport(programName, error.location ?? location, error.reason, error.hint);
    return finish(1);
  }
  return finish(0);
}

const NAMES: readonly string[] = ['sandbox', 'readconfig', 'set'];

// One extra dash is allowed; no abbreviations, no `-option=value`.
function lookUp(argv: readonly string[]): Option[] {
  const options: Option[] = [];
  for (let at = 0; at < argv.length; at += 2) {
    const word = argv[at] as string;
    const name = word.replace(/^--?/, '');
    const argument = argv[at + 1];
    const known = word.startsWith('-') && NAMES.includes(name);
    if (known && argument !== undefined) options.push({ name, words: [word, argument] });
    else throw lookUpError(word, known);
  }
  return options;
}

function lookUpError(word: string, known: boolean): OptionsError {
  const location: Location = { kind: 'argv', words: [word] };
  if (known) return new OptionsError('OPTIONS_MISSING_ARGUMENT', 'requires an argument', { location });
  if (word.startsWith('-')) return new OptionsError('OPTIONS_UNKNOWN_OPTION', 'invalid option', { location });
  // To QEMU a word without a dash is a disk image.
  const reason = 'expected one of the options -sandbox, -readconfig, -set';
  return new OptionsError('OPTIONS_UNEXPECTED_ARGUMENT', reason, { location });
}

function readConfig(list: OptsList, path: string, readFile: (path: string) => Uint8Array): void {
  let bytes: Uint8Array;
  try {
    bytes = readFile(path);
  } catch (cause) {
    const { code, syscall } = cause as { readonly code?: unknown; readonly syscall?: unknown };
    if (typeof code !== 'string') throw cause;
    // A directory can be opened but not read.
    const opened = syscall === 'read' || code === 'EISDIR';
    const failure = opened ? 'Cannot read config file' : `Could not open '${path}'`;
    throw new OptionsError('OPTIONS_CONFIG_UNREADABLE', `${failure}: ${STRERROR[code] ?? code}`, { cause });
  }
  loadConfig([list], bytes, path);
}

/** strerror's words (glibc) for what opening and reading a file can answer. */
const STRERROR: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ETXTBSY: 'Text file busy',
  ENAMETOOLONG: 'File name too long',
  ELOOP: 'Too many levels of symbolic links',
  EOVERFLOW: 'Value too large for defined data type',
  ESTALE: 'Stale file handle',
};
