/**
 * Why the kernel killed a program: an audit record against the policy that was installed.
 *
 * @module
 */
import { type SandboxPolicy, type SandboxRule, sandboxPolicy, sandboxSets } from '@qseccomp/options/policy';
import type { KilledCall, LauncherOrder } from '@qseccomp/runtime/supervisor';
import { type Architecture, findByAuditArch, syscallNames } from '@qseccomp/syscall-tables';
import { conditionWords, liftWords } from './format/words.ts';

/**
 * A record in words: the call, the rule that denied it, the option that would allow it.
 *
 * @param record - what the kernel logged, or a trace saw
 * @param order - the sandbox that was installed
 */
export function explainRecord(record: KilledCall, order: LauncherOrder): string {
  const architectures = findByAuditArch(record.arch);
  const named = architectures
    .map((architecture) => ({ architecture, names: syscallNames(architecture, record.syscall) }))
    .find(({ names }) => names.length > 0);
  if (named === undefined) {
    const token = `architecture token 0x${record.arch.toString(16)}`;
    return `call ${record.syscall} of ${architectures[0]?.name ?? token}, which has no call of that number`;
  }
  const { architecture, names } = named;
  const args =
    record.args === undefined ? '' : `(${record.args.map((value) => `0x${value.toString(16)}`).join(', ')})`;
  const call = `${names.join(' or ')}${args} (${record.syscall} on ${architecture.name})`;
  if (order.filters !== undefined) {
    return `${call}: denied by the profile; \`qseccomp why --profile FILE ${names[0]}\` says by which rule`;
  }
  const found = denyingRules(names, architecture, order);
  if (found === undefined) {
    return `${call}; no rule names it: the filter is for another architecture, and kills every call of this one`;
  }
  return `${call}: ${found}`;
}

/** In the first filter that denies the call: which rules, and what lifts them. */
function denyingRules(
  names: readonly string[],
  architecture: Architecture,
  order: LauncherOrder,
): string | undefined {
  for (const entry of order.entries.filter(({ enabled }) => enabled)) {
    const policy = sandboxPolicy(entry, {
      ...(order.edition && { edition: order.edition }),
      killProcess: order.killProcess ?? true,
      cloneFlagsArgument: architecture.cloneFlagsArgument,
    });
    const rules = policy.rules.filter(({ syscall }) => names.includes(syscall));
    const words = describe(policy, rules);
    if (words !== undefined) return words;
  }
  return undefined;
}

function describe(policy: SandboxPolicy, rules: readonly SandboxRule[]): string | undefined {
  const [rule] = rules;
  if (policy.defaultAction !== 'ALLOW') {
    return rule === undefined ? `not on the allow-list of edition ${policy.edition}` : undefined;
  }
  if (rule === undefined || rule.set === 'allowlist') return undefined;
  const words = conditionWords(rules.flatMap(({ condition }) => condition ?? []));
  return `denied by the set ${rule.set} (${sandboxSets[rule.set].title})${words && ` ${words}`}; ${liftWords(rule.set)}`;
}
