/**
 * The filters that a command line asks for: those of `-sandbox`, or that of `--profile`.
 *
 * @module
 */
import { filterArchitectures, namedArchitectures } from './architectures.ts';
import { type Arguments, type CommandSpec, usageError } from './arguments.ts';
import { CliError } from './errors.ts';
import { fileTitle, input } from './io.ts';
import { POLICY_OPTIONS, policyOptions } from './policy-options.ts';
import { sandboxEntries } from './sandbox-arguments.ts';
import { type RequestedFilter, sandboxFilter } from './sandbox-filter.ts';
import { findingText } from './warnings.ts';

/** Options that go with a profile only, beside itself. */
const WITH_PROFILE = ['cap', 'kernel', 'strict'];

/**
 * The filters of a command line.
 *
 * @param args - the command line
 * @param spec - the command
 * @returns one for each entry that is on, or one for the profile
 * @throws {CliError} for options that exclude each other, a file that cannot be read or is no profile
 * @throws {BpfError} for what cannot be compiled
 */
export async function requestedFilters(
  args: Arguments,
  spec: CommandSpec,
): Promise<readonly RequestedFilter[]> {
  if (args.has('profile')) return [await requestedProfile(args, spec)];
  const alone = WITH_PROFILE.find((name) => args.has(name));
  if (alone !== undefined) throw usageError(spec, `--${alone} goes with --profile`);
  const entries = (await sandboxEntries(args)).filter(({ enabled }) => enabled);
  const architectures = await filterArchitectures(args);
  const options = policyOptions(args);
  return entries.map((entry) => sandboxFilter(entry, architectures, options));
}

async function requestedProfile(args: Arguments, spec: CommandSpec): Promise<RequestedFilter> {
  if (args.qemu.length > 0) throw usageError(spec, `--profile and ${args.qemu[0]} exclude each other`);
  const other = [...POLICY_OPTIONS.map(({ name }) => name), 'kill-process'].find((name) => args.has(name));
  if (other !== undefined) throw usageError(spec, `--${other} goes with -sandbox, not with --profile`);
  const name = args.value('profile') as string;
  const requested = args.has('arch') ? await filterArchitectures(args) : [];
  const [machine] = requested.length > 0 ? [] : await namedArchitectures(args);
  const { profileFilter } = await import('./profile-filter.ts');
  const bytes = await input(name);
  try {
    const options = { name, requested, machine, caps: args.values('cap'), kernel: args.value('kernel') };
    const filter = profileFilter(bytes, options);
    const vain = args.has('strict') ? filter.findings.filter(({ ineffective }) => ineffective) : [];
    if (vain[0] === undefined) return filter;
    const more = vain.length > 1 ? ` (and ${vain.length - 1} more)` : '';
    throw new CliError(`${findingText(vain[0])}${more}`);
  } catch (error) {
    if (!(error instanceof Error) || !/^(Bpf|Cli)Error$/.test(error.name)) throw error;
    throw new CliError(`${fileTitle(name)}: ${error.message}`, undefined, error);
  }
}
