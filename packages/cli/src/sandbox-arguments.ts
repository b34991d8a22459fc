/**
 * `-sandbox`, `-readconfig` and `-set` of a command line, as entries.
 *
 * @module
 */
import { loadSandboxArgv } from '@qseccomp/options/argv-lazy';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { Arguments } from './arguments.ts';
import { CliError, ExitStatus } from './errors.ts';
import { complain, exactBytes, fileReader, print } from './io.ts';

/** The sandbox that a command line without one asks for. */
const DEFAULT_SANDBOX = ['-sandbox', 'on'];

/**
 * The entries of a command line; `-sandbox on` where it names none.
 *
 * @param args - the command line
 * @param failure - exit status for a bad option
 * @returns all entries, those that are off included
 * @throws {CliError} with QEMU's message
 */
export async function sandboxEntries(
  args: Arguments,
  failure: number = ExitStatus.BAD_OPTION,
): Promise<readonly SandboxEntry[]> {
  const words = args.qemu.length > 0 ? args.qemu : DEFAULT_SANDBOX;
  const { stdout, stderr, exitCode, entries } = await loadSandboxArgv(words, {
    readFile: await fileReader(words),
  });
  print(stdout);
  if (exitCode !== 0) throw new CliError(stderr, failure);
  complain(await exactBytes(stderr));
  return entries;
}
