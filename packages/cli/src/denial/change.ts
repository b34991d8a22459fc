/**
 * The smallest change that would let a call happen.
 *
 * @module
 */
import {
  actionValue,
  type Comparison,
  comparisonHolds,
  decodeAction,
  evaluatePolicy,
  type Policy,
  type Rule,
} from '@qseccomp/bpf';
import type { SandboxRule } from '@qseccomp/options/policy';
import { formatSandbox, type SandboxEntry } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { isOpen } from '../audit/subject.ts';
import { type AskedCall, isUnknown, REGISTERS } from './asked-call.ts';

/** What to change. */
export interface Change {
  /** The `-sandbox` string that allows the call and is otherwise the same. */
  readonly sandbox?: string;
  /** Places of names in the profile to take out. */
  readonly remove?: readonly string[];
  /** A rule to add to the profile's `syscalls`. */
  readonly add?: object;
}

/**
 * The string without the set that denies.
 *
 * @param entry - of the filter that denies
 * @param set - the set
 * @returns undefined for the set that no option lifts
 */
export function sandboxChange(entry: SandboxEntry, set: SandboxRule['set']): Change | undefined {
  if (set === 'default' || set === 'allowlist') return undefined;
  const sets = entry.sets.filter((each) => each !== set);
  return { sandbox: formatSandbox({ enabled: true, sets }) };
}

/**
 * What to take out of a profile, and what to put in: for this call with these values of the arguments that the
 * profile looks at.
 *
 * @param policy - the profile's
 * @param architecture - the one of the policy that the call is of
 * @param call - a call that is denied
 * @returns undefined where the values that it takes are not known
 */
export function profileChange(
  policy: Policy,
  architecture: Architecture,
  call: AskedCall,
): Change | undefined {
  const table = policy.architectures.find((each) => each.architecture.name === architecture.name);
  const [name] = call.names;
  if (table === undefined || name === undefined) return undefined;
  const rules: readonly Rule[] = table.rules.filter(
    ({ syscall }) => syscall === call.number || call.names.includes(String(syscall)),
  );
  const looked = [
    ...new Set(rules.flatMap(({ comparisons = [] }) => comparisons.map(({ argument }) => argument))),
  ].sort();
  if (looked.some((argument) => isUnknown(call, argument))) return undefined;
  const args = Array.from({ length: REGISTERS }, (_, at) => call.args[at] ?? 0n);
  const data = { nr: call.number, arch: call.arch, args, instructionPointer: 0n };
  const denying = rules.filter(({ action, comparisons = [] }) => {
    const answer = decodeAction(actionValue(action, architecture)).action;
    const holds = (comparison: Comparison): boolean =>
      comparisonHolds(comparison, args[comparison.argument] ?? 0n, architecture.registerBits);
    return !isOpen(answer) && comparisons.every(holds);
  });
  const remove = denying.flatMap((rule) => (rule as { readonly path?: string }).path ?? []);
  const left: Policy = {
    ...policy,
    architectures: [{ architecture, rules: table.rules.filter((rule) => !denying.includes(rule)) }],
  };
  const isAllowed = isOpen(evaluatePolicy(left, data).action);
  const add = { names: [name], action: 'SCMP_ACT_ALLOW', ...conditions(looked, args) };
  return { ...(remove.length > 0 && { remove }), ...(!isAllowed && { add }) };
}

function conditions(looked: readonly number[], args: readonly bigint[]): object {
  if (looked.length === 0) return {};
  const comparison = (index: number): object => ({ index, value: args[index], op: 'SCMP_CMP_EQ' });
  return { args: looked.map(comparison) };
}
