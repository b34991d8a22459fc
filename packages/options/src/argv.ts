/**
 * A command line of `-sandbox`, `-readconfig` and `-set` with all that it can need, loaded at once.
 * @module
 */

import { type ArgvTools, handleArgv, type SandboxArgvResult, type SandboxArgvSettings } from './argv-lazy.ts';
import { OptionsError } from './errors.ts';
import { loadConfig, setOption } from './qemu-opts/config.ts';
import { helpText } from './qemu-opts/help.ts';
import type { OptsList } from './qemu-opts/list.ts';

export type { SandboxArgvResult, SandboxArgvSettings } from './argv-lazy.ts';

const TOOLS: ArgvTools = {
  readConfig,
  setOption: (list, text) => setOption([list], text),
  help: helpText,
};

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
  return handleArgv(argv, settings, TOOLS);
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
