/**
 * `-sandbox`, `-readconfig` and `-set` of a command line, as entries.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { runSandboxArgv } from '@qseccomp/options/argv';
import type { Edition } from '@qseccomp/options/policy';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { Arguments, OptionSpec } from './arguments.ts';
import { CliError, ExitStatus } from './errors.ts';
import { complain, print } from './io.ts';

/** Options that choose the policy beside QEMU's own. */
export const POLICY_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'edition',
    value: 'RELEASE',
    choices: ['2.10', '2.11', '3.0', '3.1', '4.0', '5.2', '6.0', '7.0', '10.0'],
    help: "QEMU release whose policy it is: 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0 (default), 10.0",
  },
];

/** What "kill" is; `compile` takes `yes` where it is absent, `run` asks the kernel. */
export const KILL_PROCESS_OPTION: OptionSpec = {
  name: 'kill-process',
  value: 'YES|NO',
  choices: ['yes', 'no'],
  help: 'yes: a denied call kills the process; no: it is trapped (kernels before 4.14)',
};

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
export function sandboxEntries(args: Arguments, failure: number = ExitStatus.BAD_OPTION): readonly SandboxEntry[] {
  const words = args.qemu.length > 0 ? args.qemu : DEFAULT_SANDBOX;
  const { stdout, stderr, exitCode, entries } = runSandboxArgv(words, { readFile: readFileSync });
  if (stdout !== '') print(stdout);
  if (exitCode !== 0) throw new CliError(stderr, failure);
  complain(stderr);
  return entries;
}

/** The edition that was asked for, if any; its name was checked with the command line. */
export function edition(args: Arguments): { edition?: Edition } {
  const name = args.value('edition') as Edition | undefined;
  return name === undefined ? {} : { edition: name };
}

/** What `--kill-process` says, undefined where it is absent. */
export function killProcess(args: Arguments): boolean | undefined {
  const word = args.value('kill-process');
  return word === undefined ? undefined : word === 'yes';
}
