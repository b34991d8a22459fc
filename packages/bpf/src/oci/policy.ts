/**
 * From a profile to a policy, as an engine and a runtime would do it.
 *
 * What a policy means here decides two points where runtimes do something else, and both are reported:
 * several comparisons of one argument have to hold together, and a rule with the default's action counts.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { Action } from '../filter/action.ts';
import type { Policy } from '../filter/policy.ts';
import type { Rule } from '../filter/rule.ts';
import { reasonToLeaveOut, releaseOf } from './conditions.ts';
import { engineName } from './names.ts';
import type { Profile, ProfileFinding } from './profile.ts';
import { reportProfile } from './report.ts';
import {
  comparisonsOf,
  defaultActionOf,
  type KeptSyscall,
  namesOf,
  repeatsArgument,
  syscallAction,
  syscallOf,
} from './syscall.ts';

/** For what machine and container a profile is made ready. */
export interface ProfilePolicyOptions {
  /** At least one; the first decides `includes.arches`. {@link profileArchitectures} finds them. */
  readonly architectures: readonly Architecture[];
  /** Capabilities of the container, spelled as in the profile: `CAP_SYS_ADMIN`. Without it none. */
  readonly caps?: readonly string[];
  /** Release of the kernel, such as `5.10` or what uname says. Without it newer than any named. */
  readonly kernel?: string;
  /**
   * What several entries of one rule's `args` with the same index mean: `all` of its entries have to hold (the
   * default), or, as with runc and crun, `any` one of its entries is enough.
   */
  readonly repeatedArguments?: 'all' | 'any';
}

/** A rule and where it comes from. */
export interface ProfileRule extends Rule {
  /** Place of its name in the profile: `$.syscalls[3].names[1]`. */
  readonly path: string;
}

/** What {@link profilePolicy} makes of a profile. */
export interface ProfilePolicy {
  readonly policy: Omit<Policy, 'architectures'> & {
    readonly architectures: readonly {
      readonly architecture: Architecture;
      readonly rules: readonly ProfileRule[];
    }[];
  };
  /** What in the profile is not as one may think; {@link compilePolicy} finds what is to say of single rules. */
  readonly findings: readonly ProfileFinding[];
}

/**
 * The policy that a profile stands for.
 *
 * @param profile - a profile in form
 * @param options - architectures, capabilities, kernel
 * @returns the policy, and what was found on the way
 * @throws {BpfError} BPF_PROFILE with the path for an errno that an architecture does not have; without a path
 * for a kernel release that is none
 * @throws RangeError when there is no architecture
 * @example
 * ```ts
 * import { profilePolicy, readProfile } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const profile = readProfile(`{
 *   "defaultAction": "SCMP_ACT_ALLOW",
 *   "syscalls": [{ "names": ["reboot"], "action": "SCMP_ACT_ERRNO", "excludes": { "caps": ["CAP_SYS_BOOT"] } }]
 * }`);
 * const { policy } = profilePolicy(profile, { architectures: [x86_64] });
 * policy.architectures[0].rules;
 * // [{ syscall: 'reboot', action: { errno: 1 }, comparisons: [], path: '$.syscalls[0].names[0]' }]
 * ```
 */
export function profilePolicy(profile: Profile, options: ProfilePolicyOptions): ProfilePolicy {
  const { architectures, caps = [], kernel, repeatedArguments = 'all' } = options;
  const [first] = architectures;
  if (first === undefined) throw new RangeError('expected at least one architecture, got none');
  const release = kernel === undefined ? undefined : releaseOf(kernel);
  const findings: ProfileFinding[] = [];
  const kept: KeptSyscall[] = [];
  for (const [index, syscall] of (profile.syscalls ?? []).entries()) {
    const path = `$.syscalls[${index}]`;
    const reason = reasonToLeaveOut(syscall, { machine: engineName(first), caps, release });
    if (reason === undefined) kept.push({ syscall, path });
    else findings.push({ kind: 'left-out', ineffective: false, path, message: `left out, since ${reason}` });
  }
  const tables = architectures.map((architecture) => ({
    architecture,
    rules: kept.flatMap((rule) => rulesOf(rule, architecture, repeatedArguments)),
  }));
  const [defaultAction] = architectures.map((architecture) => defaultActionOf(profile, architecture)) as [
    Action,
  ];
  findings.push(...reportProfile(profile, kept, options));
  return { policy: { defaultAction, architectures: tables }, findings };
}

function rulesOf(
  { syscall, path }: KeptSyscall,
  architecture: Architecture,
  repeatedArguments: 'all' | 'any',
): ProfileRule[] {
  const action = syscallAction(syscall, architecture, path);
  const comparisons = comparisonsOf(syscall, path);
  const alone = repeatedArguments === 'any' && repeatsArgument(syscall);
  const conditions = alone ? comparisons.map((comparison) => [comparison]) : [comparisons];
  return namesOf(syscall, path).flatMap(([name, place]) =>
    conditions.map((all) => ({ syscall: syscallOf(name), action, comparisons: all, path: place })),
  );
}
