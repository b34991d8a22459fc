/**
 * Which filters can be loaded one after the other.
 *
 * @module
 */
import type { Policy, Rule } from '@qseccomp/bpf';
import type { Edition } from '@qseccomp/options/policy';
import { RuntimeError } from './errors.ts';

/**
 * Refuses filters that could not be loaded one after the other: an allow-list without seccomp(2), such as
 * edition 2.10's, kills whoever tries to load the next one.
 *
 * @param policies - in the order in which they are to be loaded
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT
 */
export function requireStackable(policies: readonly StackedPolicy[]): void {
  const last = policies
    .slice(0, -1)
    .find(
      ({ defaultAction, rules }) =>
        defaultAction !== 'ALLOW' && !rules.some(({ syscall }) => syscall === 'seccomp'),
    );
  if (last === undefined) return;
  throw new RuntimeError(
    'RUNTIME_BAD_ARGUMENT',
    `expected one -sandbox that is on, got ${policies.length}: edition ${last.edition} allows no seccomp(2), so nothing can be loaded after it`,
  );
}

/** What of a policy counts for those loaded after it. */
interface StackedPolicy {
  readonly edition: Edition;
  readonly defaultAction: Policy['defaultAction'];
  readonly rules: readonly Pick<Rule, 'syscall'>[];
}
