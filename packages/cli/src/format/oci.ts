/** A filter's policy as a container profile. @module */
import { policyProfile, writeProfile } from '@qseccomp/bpf/oci';
import { complain } from '../io.ts';
import { warningText } from '../warnings.ts';
import type { CompiledFilter } from './filter.ts';

/**
 * The profile that says what a policy says, with what a profile that was read says to its loader.
 *
 * @param filter - a compiled filter
 * @returns JSON; warns of what runtimes understand otherwise
 * @throws {BpfError} BPF_INEXPRESSIBLE for what no profile can say
 */
export function ociProfile({ policy, profile: read }: CompiledFilter): string {
  const { profile, findings } = policyProfile(policy);
  complain(warningText(findings));
  const { flags, listenerPath, listenerMetadata } = read ?? {};
  return writeProfile({
    ...profile,
    ...(flags && { flags }),
    ...(listenerPath !== undefined && { listenerPath }),
    ...(listenerMetadata !== undefined && { listenerMetadata }),
  });
}
