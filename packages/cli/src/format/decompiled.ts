/** Programs of unknown origin as a container profile. @module */
import type { Program } from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { decompilePolicy } from '../decompiled-policy.ts';
import { complain } from '../io.ts';
import { ociProfile } from './oci.ts';

/**
 * The profile that says what programs do together.
 *
 * @param programs - in order of installation; valid ones
 * @param architectures - those that they are for
 * @returns JSON; warns of what it leaves out, and of what runtimes understand otherwise
 * @throws {CliError} for programs that no policy describes
 * @throws {BpfError} BPF_INEXPRESSIBLE for what no profile can say
 */
export function decompiledProfile(
  programs: readonly Program[],
  architectures: readonly Architecture[],
): string {
  const { policy, exact } = decompilePolicy(programs, architectures);
  if (!exact) {
    complain(
      'qseccomp: warning: the profile treats numbers that no call of the tables has otherwise than the filter does\n',
    );
  }
  // A profile has no word for calls of other architectures: runtimes kill the thread.
  if (policy.badArchitectureAction !== 'KILL_THREAD') {
    complain(
      "qseccomp: warning: calls of other architectures kill the thread under a profile, which is not the filter's answer\n",
    );
  }
  return ociProfile({ policy: { ...policy, badArchitectureAction: 'KILL_THREAD' } });
}
