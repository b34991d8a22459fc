/**
 * Compiles the filters of a launch: the sandbox's, with the ticket where they would not let a program start.
 * Loaded only where no filter is ready-made (`ready-filters.ts`): compiling costs a launch 9 ms.
 *
 * @module
 */
import type { Action, Rule } from '@qseccomp/bpf';
import { compilePolicy } from '@qseccomp/bpf/compile';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import type { SandboxPolicy } from '@qseccomp/options/policy';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { announcedPolicy } from './announce.ts';
import { entryPolicy, type PolicyOptions } from './sandbox-program.ts';
import { requireStackable } from './stackable.ts';
import { allowsExec, type Ticket, withTicket } from './ticket.ts';

/**
 * A filter for each entry.
 *
 * @param entries - enabled entries
 * @param architecture - this machine's
 * @param execveat - its number of that call
 * @param options - edition and kill action
 * @param ticket - what lets the program start
 * @returns struct sock_filter arrays
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when a filter would not let the next one be loaded
 */
export function compileLaunchFilters(
  entries: readonly SandboxEntry[],
  architecture: Architecture,
  execveat: number,
  options: PolicyOptions,
  ticket: Ticket,
): Uint8Array[] {
  const policies = launchPolicies(entries, architecture, execveat, options, ticket);
  requireStackable(policies);
  return policies.map(({ rules, ...policy }) => {
    const { program, endian } = compilePolicy({ ...policy, architectures: [{ architecture, rules }] });
    return encodeProgram(program, endian);
  });
}

/**
 * One filter for all entries, which announces what they kill.
 *
 * @param entries - enabled entries, one or more
 * @param architecture - this machine's
 * @param execveat - its number of that call
 * @param options - edition and kill action
 * @param ticket - what lets the program start
 * @returns a struct sock_filter array
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION
 */
export function compileAnnouncingFilter(
  entries: readonly SandboxEntry[],
  architecture: Architecture,
  execveat: number,
  options: PolicyOptions,
  ticket: Ticket,
): Uint8Array {
  const policies = launchPolicies(entries, architecture, execveat, options, ticket);
  const { program, endian } = compilePolicy(announcedPolicy(architecture, policies));
  return encodeProgram(program, endian);
}

/** A sandbox policy whose rules may include the ticket's. */
type LaunchPolicy = Omit<SandboxPolicy, 'rules'> & { readonly rules: readonly Rule[] };

function launchPolicies(
  entries: readonly SandboxEntry[],
  architecture: Architecture,
  execveat: number,
  options: PolicyOptions,
  ticket: Ticket,
): LaunchPolicy[] {
  const kill: Action = options.killProcess ? 'KILL_PROCESS' : 'TRAP';
  return entries.map((entry) => {
    const policy = entryPolicy(entry, architecture, options);
    const { rules, defaultAction } = policy;
    if (allowsExec(rules, defaultAction, execveat)) return policy;
    return { ...policy, rules: withTicket(rules, execveat, ticket, kill) };
  });
}
