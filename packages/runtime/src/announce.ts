/**
 * Filters whose kills are announced before they happen: what `run --trace` is made of.
 *
 * The kernel's log says which call it killed, but most users may not read it. Here the filter answers
 * USER_NOTIF where it would kill; a supervisor notes the call with its arguments, and kills the process
 * itself. Only one filter of a process can have a listener, so several entries become one policy.
 *
 * @module
 */
import type { Action, Policy, Rule } from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';

/** A policy for one architecture. */
interface HostPolicy {
  readonly defaultAction: Action;
  readonly rules: readonly Rule[];
}

const KILLS: ReadonlySet<Action> = new Set(['KILL_PROCESS', 'KILL_THREAD', 'TRAP']);

/**
 * One policy in place of several: among stacked filters the most restrictive answer counts, and so it does
 * among the rules of one. The default action is an edition's, the same in all.
 *
 * @param architecture - this machine's
 * @param policies - of one edition; not empty
 * @returns a policy that announces where they kill
 */
export function announcedPolicy(architecture: Architecture, policies: readonly HostPolicy[]): Policy {
  const announced = (action: Action): Action => (KILLS.has(action) ? 'USER_NOTIF' : action);
  return {
    defaultAction: announced(policies[0]?.defaultAction ?? 'ALLOW'),
    badArchitectureAction: 'KILL_THREAD',
    architectures: [
      {
        architecture,
        rules: policies.flatMap(({ rules }) =>
          rules.map((rule) => ({ ...rule, action: announced(rule.action) })),
        ),
      },
    ],
  };
}
