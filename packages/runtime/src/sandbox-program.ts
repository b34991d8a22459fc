/**
 * From a sandbox entry to the filter of some architectures: options give the rules, bpf compiles them.
 * Nothing here touches the machine, or Node.
 *
 * @module
 */
import type { Policy } from '@qseccomp/bpf';
import { type CompiledPolicy, compilePolicy } from '@qseccomp/bpf/compile';
import { type Edition, type SandboxPolicy, sandboxPolicy } from '@qseccomp/options/policy';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';

/** How a sandbox entry is turned into a policy. */
export interface PolicyOptions {
  /** Which QEMU release's policy; `7.0` where absent. */
  readonly edition?: Edition | undefined;
  /** Whether `kill` is KILL_PROCESS; TRAP otherwise. */
  readonly killProcess: boolean;
}

/**
 * The rules of one sandbox entry on one architecture.
 *
 * @param entry - an enabled entry
 * @param architecture - the architecture, for the place of clone's flags
 * @param options - edition and kill action
 * @returns rules by name
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION when the edition does not know one of its options
 */
export function entryPolicy(
  entry: SandboxEntry,
  architecture: Architecture,
  options: PolicyOptions,
): SandboxPolicy {
  const { edition, killProcess } = options;
  const { cloneFlagsArgument } = architecture;
  return sandboxPolicy(entry, { ...(edition && { edition }), killProcess, cloneFlagsArgument });
}

/**
 * The filter of one sandbox entry.
 *
 * @param entry - an enabled entry
 * @param architectures - one or more, of one byte order
 * @param options - edition and kill action
 * @returns the program, its byte order, and what of the policy has no effect
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION
 * @throws {BpfError} when the architectures do not go together
 */
export function compileEntry(
  entry: SandboxEntry,
  architectures: readonly Architecture[],
  options: PolicyOptions,
): CompiledPolicy {
  const policies = architectures.map((architecture) => ({
    architecture,
    policy: entryPolicy(entry, architecture, options),
  }));
  // The actions are the edition's, the same on every architecture.
  const { defaultAction, badArchitectureAction } = policies[0]?.policy ?? {
    defaultAction: 'ALLOW',
    badArchitectureAction: 'ALLOW',
  };
  const policy: Policy = {
    defaultAction,
    badArchitectureAction,
    architectures: policies.map(({ architecture, policy }) => ({ architecture, rules: policy.rules })),
  };
  return compilePolicy(policy);
}
