/** A filter's policy as a container profile. @module */
import type { Profile } from '@qseccomp/bpf';
import { policyProfile, writeProfile } from '@qseccomp/bpf/oci';
import { complain } from '../io.ts';
import { warningText } from '../warnings.ts';
import type { CompiledFilter } from './filter.ts';

/** A policy, and the profile that it was read from, if it was. */
type ProfileSource = Pick<CompiledFilter, 'policy' | 'profile'>;

/** Actions after which a call may go on. */
const GOES_ON: ReadonlySet<string> = new Set([
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
  'SCMP_ACT_TRACE',
]);

/**
 * The profile that says what a policy says, with what a profile that was read says to its loader.
 *
 * @param filter - its policy
 * @returns the profile; warns of what runtimes understand otherwise
 * @throws {BpfError} BPF_INEXPRESSIBLE for what no profile can say
 */
export function profileOf({ policy, profile: read }: ProfileSource): Profile {
  const { flags, listenerPath, listenerMetadata } = read ?? {};
  const { profile, findings } = policyProfile(policy, {
    ...(flags && { flags }),
    ...(listenerPath !== undefined && { listenerPath }),
    ...(listenerMetadata !== undefined && { listenerMetadata }),
  });
  complain(warningText(findings));
  complain(execWarning(profile));
  return profile;
}

/** Whoever loads it starts the program afterwards, by an execve(2) that the filter sees: only `run` has a way around. */
function execWarning({ defaultAction, syscalls = [] }: Profile): string {
  const always = syscalls.filter(
    ({ names = [], args = [] }) => names.includes('execve') && args.length === 0,
  );
  const actions = always.length > 0 ? always.map(({ action }) => action) : [defaultAction];
  if (actions.every((action) => GOES_ON.has(action))) return '';
  return 'qseccomp: warning: execve is denied: whoever loads this cannot start a program under it, as qseccomp run can\n';
}

/**
 * The same as JSON.
 *
 * @param filter - a compiled filter
 * @throws {BpfError} BPF_INEXPRESSIBLE for what no profile can say
 */
export function ociProfile(filter: ProfileSource): string {
  return writeProfile(profileOf(filter));
}
