/**
 * `--arch`: which architectures a filter is for.
 *
 * @module
 */
import { endianness } from 'node:os';
import { type Architecture, findArchitecture } from '@qseccomp/syscall-tables';
import type { Arguments, OptionSpec } from './arguments.ts';
import { CliError } from './errors.ts';

/** The option, for the commands that take it. */
export const ARCH_OPTION: OptionSpec = {
  name: 'arch',
  value: 'NAME',
  repeatable: true,
  help: 'architecture of the filter (this machine where absent); repeated: one filter for several of one byte order',
};

/**
 * The architectures of a command line, each once, in the order given; this machine's where it names none.
 *
 * @param args - the command line
 * @throws {CliError} for architectures of both byte orders, and for one that is for look-up only
 * @throws {SyscallTablesError} for an unknown name, with suggestions
 */
export function filterArchitectures(args: Arguments): readonly Architecture[] {
  const names = args.values('arch');
  const architectures = [...new Set((names.length > 0 ? names : [machine()]).map(findArchitecture))];
  const [first] = architectures as [Architecture, ...Architecture[]];
  for (const architecture of architectures) {
    if (architecture.lookupOnly) {
      throw new CliError(`--arch: no filter can be made for ${architecture.name}, another architecture owns its token`);
    }
    if (architecture.endian !== first.endian) {
      throw new CliError(
        `--arch: expected architectures of one byte order, got ${first.name} (${first.endian}) and ${architecture.name} (${architecture.endian})`,
      );
    }
  }
  return architectures;
}

/** What Node calls the architecture that it was built for; its ppc64 says nothing of the byte order. */
export function machine(): string {
  return process.arch === 'ppc64' && endianness() === 'LE' ? 'ppc64le' : process.arch;
}
