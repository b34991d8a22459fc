/**
 * A command line of `-sandbox`, `-readconfig` and `-set`, handled as QEMU 7.2 handles it (softmmu/vl.c): one
 * pass that only looks options up, one that reads them, then each entry is applied. What few command lines
 * need (config files, `-set`, help) is in argv.ts and loaded on demand: each module costs a start 0.4 ms.
 * @module
 */

import { formatReport, type Location, OptionsError } from './errors.ts';
import type { OptsList } from './qemu-opts/list.ts';
import { createSandboxList, readSandbox, type SandboxEntry } from './sandbox.ts';

/** What a command line needs from outside. */
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

/** What reads config files and `-set`, and writes help. */
export interface ArgvTools {
  readConfig(list: OptsList, path: string, readFile: SandboxArgvSettings['readFile']): void;
  setOption(list: OptsList, text: string): void;
  help(list: OptsList): string;
}

/** Thrown where a tool is needed and none was given. */
const TOOLS_MISSING = new Error('this command line needs tools');

/**
 * Handles a command line, loading only what it needs; otherwise like runSandboxArgv.
 * @param argv - the words after the program's name
 * @param settings - how to read files, what to call the program
 * @returns output, exit code, entries
 * @example
 * ```ts
 * import { loadSandboxArgv } from '@qseccomp/options/argv-lazy';
 * const readFile = () => new Uint8Array();
 * const { entries } = await loadSandboxArgv(['-sandbox', 'on,spawn=deny'], { readFile });
 * entries[0].sets; // => ['default', 'obsolete', 'spawn']
 * ```
 */
export async function loadSandboxArgv(
  argv: readonly string[],
  settings: SandboxArgvSettings,
): Promise<SandboxArgvResult> {
  try {
    return handleArgv(argv, settings);
  } catch (error) {
    if (error !== TOOLS_MISSING) throw error;
    const { runSandboxArgv } = await import('./argv.ts');
    return runSandboxArgv(argv, settings);
  }
}

/**
 * Handles a command line with given tools.
 * @param argv - the words after the program's name
 * @param settings - how to read files, what to call the program
 * @param tools - absent: the first word that needs one ends in an error
 * @returns output, exit code, entries
 * @internal
 */
export function handleArgv(
  argv: readonly string[],
  settings: SandboxArgvSettings,
  tools?: ArgvTools,
): SandboxArgvResult {
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
          stdout += need(tools).help(list);
          return finish(1);
        }
      } else if (name === 'readconfig') {
        need(tools).readConfig(list, words[1], readFile);
      } else {
        need(tools).setOption(list, words[1]);
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

function need(tools: ArgvTools | undefined): ArgvTools {
  if (tools === undefined) throw TOOLS_MISSING;
  return tools;
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
