/**
 * The filters that a command line asks for: those of `-sandbox`, or that of `--profile`.
 *
 * @module
 */
import type { Finding, ProfilePolicy } from '@qseccomp/bpf';
import { compilePolicy } from '@qseccomp/bpf/compile';
import { formatSandbox, type SandboxEntry } from '@qseccomp/options/sandbox';
import { compileEntry, entryPolicy, type PolicyOptions } from '@qseccomp/runtime/program';
import type { Architecture } from '@qseccomp/syscall-tables';
import { filterArchitectures, namedArchitectures } from './architectures.ts';
import { type Arguments, type CommandSpec, type OptionSpec, usageError } from './arguments.ts';
import { CliError } from './errors.ts';
import type { CompiledFilter } from './format/filter.ts';
import { fileTitle, input } from './io.ts';
import { POLICY_OPTIONS, policyOptions } from './policy-options.ts';
import { sandboxEntries } from './sandbox-arguments.ts';
import { findingText } from './warnings.ts';

/** Options that go with a profile. */
export const PROFILE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'profile',
    value: 'FILE',
    help: 'a container profile (OCI, Docker, Podman) instead of -sandbox; - is standard input',
  },
  {
    name: 'cap',
    value: 'CAP',
    repeatable: true,
    help: 'capability that the container of the profile has, such as CAP_SYS_ADMIN',
  },
  {
    name: 'kernel',
    value: 'X.Y',
    help: 'kernel release that the profile is for (default: newer than any that it names)',
  },
];

/** Options that go with a profile only, beside itself. */
const WITH_PROFILE = ['cap', 'kernel', 'strict'];

/** A filter of the command line, with the sandbox entry behind it if there is one. */
export interface RequestedFilter extends CompiledFilter {
  readonly entry?: SandboxEntry;
}

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
  if (args.has('profile')) return [await profileFilter(args, spec)];
  const alone = WITH_PROFILE.find((name) => args.has(name));
  if (alone !== undefined) throw usageError(spec, `--${alone} goes with --profile`);
  const entries = (await sandboxEntries(args)).filter(({ enabled }) => enabled);
  const architectures = await filterArchitectures(args);
  const options = policyOptions(args);
  return entries.map((entry) => sandboxFilter(entry, architectures, options));
}

function sandboxFilter(
  entry: SandboxEntry,
  architectures: readonly Architecture[],
  options: ReturnType<typeof policyOptions> & PolicyOptions,
): RequestedFilter {
  const policies = architectures.map((architecture) => entryPolicy(entry, architecture, options));
  const { defaultAction, badArchitectureAction } = policies[0] as (typeof policies)[number];
  const sandbox = formatSandbox(entry);
  return {
    entry,
    source: { sandbox, edition: options.edition },
    title: `-sandbox ${sandbox}, edition ${options.edition}`,
    architectures,
    policy: {
      defaultAction,
      badArchitectureAction,
      architectures: architectures.map((architecture, at) => ({
        architecture,
        rules: policies[at]?.rules ?? [],
      })),
    },
    ...compileEntry(entry, architectures, options),
  };
}

async function profileFilter(args: Arguments, spec: CommandSpec): Promise<RequestedFilter> {
  if (args.qemu.length > 0) throw usageError(spec, `--profile and ${args.qemu[0]} exclude each other`);
  const other = [...POLICY_OPTIONS.map(({ name }) => name), 'kill-process'].find((name) => args.has(name));
  if (other !== undefined) throw usageError(spec, `--${other} goes with -sandbox, not with --profile`);
  const file = args.value('profile') as string;
  const requested = args.has('arch') ? await filterArchitectures(args) : [];
  const machine = requested.length > 0 ? [] : await namedArchitectures(args);
  const { profileArchitectures, profilePolicy, readProfile } = await import('@qseccomp/bpf/oci');
  const { findArchitecture } = await import('@qseccomp/syscall-tables');
  const bytes = await input(file);
  try {
    const profile = readProfile(bytes);
    const architectures = profileArchitectures(profile, {
      requested,
      ...(machine[0] && { machine: machine[0] }),
      find: findArchitecture,
    });
    const kernel = args.value('kernel');
    const { policy, findings } = profilePolicy(profile, {
      architectures,
      caps: args.values('cap'),
      ...(kernel !== undefined && { kernel }),
    });
    const compiled = compilePolicy(policy);
    const all = [...findings, ...compiled.findings.map((finding) => placed(finding, policy))];
    const vain = args.has('strict') ? all.filter(({ ineffective }) => ineffective) : [];
    if (vain[0]) {
      const more = vain.length > 1 ? ` (and ${vain.length - 1} more)` : '';
      throw new CliError(`${findingText(vain[0])}${more}`);
    }
    const { flags, listenerPath } = profile;
    return {
      source: { profile: file, ...(flags && { flags }), ...(listenerPath !== undefined && { listenerPath }) },
      title: `profile ${commentText(file)}`,
      architectures,
      policy,
      profile,
      ...compiled,
      findings: all,
    };
  } catch (error) {
    if (!(error instanceof Error) || !/^(Bpf|Cli)Error$/.test(error.name)) throw error;
    throw new CliError(`${fileTitle(file)}: ${error.message}`, undefined, error);
  }
}

/** A finding about a rule, with the places of the rule and of the other one in the profile. */
function placed(finding: Finding, { architectures }: ProfilePolicy['policy']): Finding {
  const table = architectures.find(({ architecture }) => architecture.name === finding.architecture);
  const pathOf = (rule: number | undefined): string | undefined =>
    rule === undefined ? undefined : table?.rules[rule]?.path;
  const path = pathOf(finding.rule);
  const by = pathOf(finding.by);
  const message = by === undefined ? finding.message : finding.message.replace(`rule ${finding.by}`, by);
  return { ...finding, message, ...(path !== undefined && { path }) } as Finding;
}

/** Text that cannot end a comment. */
export function commentText(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').replaceAll('*/', '*?');
}
