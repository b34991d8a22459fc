/**
 * The filter of a container profile.
 *
 * @module
 */
import type { Finding, ProfilePolicy } from '@qseccomp/bpf';
import { compilePolicy } from '@qseccomp/bpf/compile';
import { profileArchitectures, profilePolicy, readProfile } from '@qseccomp/bpf/oci';
import { type Architecture, findArchitecture } from '@qseccomp/syscall-tables';
import { commentText } from './format/comment.ts';
import type { RequestedFilter } from './sandbox-filter.ts';

/** For what a profile is compiled. */
export interface ProfileFilterOptions {
  /** What the profile is called. */
  readonly name: string;
  /** Architectures that were asked for; none: the profile and the machine decide. */
  readonly requested: readonly Architecture[];
  readonly machine?: Architecture | undefined;
  readonly caps: readonly string[];
  readonly kernel?: string | undefined;
}

/**
 * Compiles the filter of a profile.
 *
 * @param source - JSON, as text or bytes
 * @param options - architectures, capabilities, kernel
 * @throws {BpfError} for what is no profile, or cannot be compiled
 */
export function profileFilter(
  source: string | Uint8Array,
  { name, requested, machine, caps, kernel }: ProfileFilterOptions,
): RequestedFilter {
  const profile = readProfile(source);
  const architectures = profileArchitectures(profile, {
    requested,
    ...(machine && { machine }),
    find: findArchitecture,
  });
  const { policy, findings } = profilePolicy(profile, {
    architectures,
    caps,
    ...(kernel !== undefined && { kernel }),
  });
  const compiled = compilePolicy(policy);
  const { flags, listenerPath } = profile;
  return {
    source: { profile: name, ...(flags && { flags }), ...(listenerPath !== undefined && { listenerPath }) },
    title: `profile ${commentText(name)}`,
    architectures,
    policy,
    profile,
    ...compiled,
    findings: [...findings, ...compiled.findings.map((finding) => placed(finding, policy))],
  };
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
