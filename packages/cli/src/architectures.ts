/**
 * `--arch`: which architectures a filter is for.
 *
 * @module
 */
import { endianness } from 'node:os';
import type { Architecture } from '@qseccomp/syscall-tables';
import type { Arguments, OptionSpec } from './arguments.ts';
import { CliError } from './errors.ts';

/** The option, for the commands that take it. */
export const ARCH_OPTION: OptionSpec = {
  name: 'arch',
  value: 'NAME',
  repeatable: true,
  help: 'architecture of the filter (this machine where absent); repeated: one filter for several of one byte order',
};

/** The tables' names of what Node calls otherwise (process.arch). */
const NODE_NAMES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'x86',
  loong64: 'loongarch64',
  ppc64: endianness() === 'LE' ? 'ppc64le' : 'ppc64',
};

/**
 * The architectures of a command line, each once, in the order given; this machine's where it names none.
 *
 * @param args - the command line
 * @throws {SyscallTablesError} for an unknown name, with suggestions
 */
export async function namedArchitectures(args: Arguments): Promise<readonly Architecture[]> {
  const names = args.values('arch');
  const machine = NODE_NAMES[process.arch] ?? process.arch;
  return [...new Set(await Promise.all((names.length > 0 ? names : [machine]).map(loadArchitecture)))];
}

/**
 * The architectures that a filter is to be for.
 *
 * @param args - the command line
 * @throws {CliError} for architectures of both byte orders, and for one that is for look-up only
 * @throws {SyscallTablesError} for an unknown name, with suggestions
 */
export async function filterArchitectures(args: Arguments): Promise<readonly Architecture[]> {
  const architectures = await namedArchitectures(args);
  const [first] = architectures as [Architecture, ...Architecture[]];
  for (const architecture of architectures) {
    if (architecture.lookupOnly) {
      throw new CliError(
        `--arch: no filter can be made for ${architecture.name}, another architecture owns its token`,
      );
    }
    if (architecture.endian !== first.endian) {
      throw new CliError(
        `--arch: expected architectures of one byte order, got ${first.name} (${first.endian}) and ${architecture.name} (${architecture.endian})`,
      );
    }
  }
  return architectures;
}

/** By its own name, its file alone is loaded; all of them take 20 ms. */
async function loadArchitecture(name: string): Promise<Architecture> {
  if (/^[a-z]\w*$/.test(name)) {
    try {
      const module = await import(/* @vite-ignore */ `@qseccomp/syscall-tables/${name}`);
      if (Object.hasOwn(module, name)) return module[name];
    } catch {
      // Not the name of an entry point.
    }
  }
  const { findArchitecture } = await import('@qseccomp/syscall-tables');
  return findArchitecture(name);
}
