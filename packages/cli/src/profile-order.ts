/**
 * What `run` loads for a container profile.
 *
 * @module
 */
import type { Profile } from '@qseccomp/bpf';
import type { LoadableFilter, LoadFlagName } from '@qseccomp/runtime';
import { namedArchitectures } from './architectures.ts';
import { type Arguments, type CommandSpec, usageError } from './arguments.ts';
import { CliError } from './errors.ts';
import { requestedFilters } from './filters.ts';

/** Flags of a profile, and what they are here: TSYNC is always set. */
const FLAGS: Readonly<Record<string, readonly LoadFlagName[]>> = {
  SECCOMP_FILTER_FLAG_TSYNC: [],
  SECCOMP_FILTER_FLAG_LOG: ['LOG'],
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: ['SPEC_ALLOW'],
};

/**
 * The profile's filter for this machine, with its flags.
 *
 * @param args - the command line, with `--profile`
 * @param spec - the command
 * @throws {CliError} for a profile that is for other machines, or that needs somebody to answer its calls
 */
export async function profileOrder(args: Arguments, spec: CommandSpec): Promise<readonly LoadableFilter[]> {
  const file = args.value('profile');
  if (file === '-') throw usageError(spec, '--profile - would read the standard input of the program');
  const filters = await requestedFilters(args, spec);
  const [machine] = await namedArchitectures(args);
  return filters.map(({ program, architectures, profile }): LoadableFilter => {
    if (!architectures.some(({ name }) => name === machine?.name)) {
      const names = architectures.map(({ name }) => name).join(', ');
      throw new CliError(`${file}: expected a profile for ${machine?.name}, got one for ${names}`);
    }
    return { program, flags: loadFlags(file as string, profile) };
  });
}

function loadFlags(file: string, profile: Profile | undefined): readonly LoadFlagName[] {
  const where = notifying(profile);
  if (where !== undefined) {
    throw new CliError(`${file}: ${where}: nobody answers notified calls here, so they would all fail`);
  }
  return (profile?.flags ?? []).flatMap((flag, at) => {
    const known = FLAGS[flag];
    if (known === undefined) {
      throw new CliError(
        `${file}: $.flags[${at}]: expected one of ${Object.keys(FLAGS).join(', ')}; got '${flag}'`,
      );
    }
    return known;
  });
}

/** Where a profile wants calls to be answered by an agent. */
function notifying(profile: Profile | undefined): string | undefined {
  const NOTIFY = 'SCMP_ACT_NOTIFY';
  if (profile?.defaultAction === NOTIFY) return '$.defaultAction';
  const at = profile?.syscalls?.findIndex(({ action }) => action === NOTIFY) ?? -1;
  if (at >= 0) return `$.syscalls[${at}].action`;
  return profile?.listenerPath === undefined ? undefined : '$.listenerPath';
}
