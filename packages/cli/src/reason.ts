/**
 * Why a policy answers a call as it does.
 *
 * @module
 */
import { evaluatePolicy, type Policy, type SeccompData } from '@qseccomp/bpf';
import { type SandboxRule, sandboxSets } from '@qseccomp/options/policy';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNames } from '@qseccomp/syscall-tables/lookup';
import { liftWords } from './format/words.ts';

/** What decided. */
export interface Reason {
  readonly text: string;
  /** The rule's condition, which holds. */
  readonly when?: string;
  readonly set?: string;
  readonly allowedBy?: string;
  /** Place of the rule in the profile. */
  readonly path?: string;
}

/**
 * What decides about a call.
 *
 * @param policy - the filter's
 * @param isSandbox - whether it is that of a sandbox entry; otherwise that of a profile
 * @param data - the call
 * @param architecture - whose call
 */
export function reasonOf(
  { policy, isSandbox }: { readonly policy: Policy; readonly isSandbox: boolean },
  data: SeccompData,
  architecture: Architecture,
): Reason {
  const answer = evaluatePolicy(policy, data);
  if (answer.architecture === undefined)
    return { text: 'the filter is not for this architecture, and answers so to every call of it' };
  const table = policy.architectures.find((one) => one.architecture.name === answer.architecture);
  if (answer.rule === undefined) {
    const names = syscallNames(architecture, data.nr);
    const conditional = table?.rules.some(({ syscall }) => names.includes(String(syscall)));
    return {
      text: conditional
        ? 'no rule for this call matches: the default'
        : 'no rule names this call: the default',
    };
  }
  const rule = table?.rules[answer.rule];
  if (!isSandbox) {
    const { path } = rule as { readonly path?: string };
    return { text: `decided by ${path}`, ...(path !== undefined && { path }) };
  }
  const { set, condition } = rule as unknown as SandboxRule;
  if (set === 'allowlist') return { text: 'on the allow-list', set };
  const when = condition === undefined ? '' : `, since ${condition}`;
  return {
    text: `denied by the set ${set} (${sandboxSets[set].title})${when}; ${liftWords(set)}`,
    ...(condition !== undefined && { when: condition }),
    set,
    allowedBy: sandboxSets[set].liftedBy,
  };
}
