/**
 * What one filter does on one architecture, as data: rules by name against the calls that are there.
 *
 * @module
 */
import type { Finding } from '@qseccomp/bpf';
import { describeSyscall } from '@qseccomp/options/describe';
import { type Edition, type SandboxAction, type SandboxRule, sandboxSets } from '@qseccomp/options/policy';
import { formatSandbox, type SandboxEntry, type SandboxSet } from '@qseccomp/options/sandbox';
import { compileEntry, entryPolicy } from '@qseccomp/runtime/program';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';

/** A call as the architecture has it. */
export interface Call {
  readonly number: number;
  readonly name: string;
}

/** A call that is denied, always or under conditions. */
export interface DeniedCall extends Call {
  readonly action: SandboxAction;
  /** Absent: always. Otherwise one is enough. */
  readonly when?: readonly string[];
  /** Absent for a call that is not on an allow-list. */
  readonly set?: SandboxSet;
  /** The option that allows the call. */
  readonly allowedBy?: string;
  readonly does?: string;
}

/** A rule that changes nothing. */
export interface NoEffect {
  readonly name: string;
  /** Why: the architecture has no such call, other rules cover it. */
  readonly kind: Finding['kind'];
  /** The rule's condition, where it has one. */
  readonly when?: string;
}

/** What one filter does on one architecture. */
export interface Explanation {
  /** The `-sandbox` string, in its shortest form. */
  readonly sandbox: string;
  readonly edition: Edition;
  readonly architecture: string;
  /** What a call gets that is in no list here. */
  readonly otherCalls: SandboxAction;
  /** What a call gets that is made for an architecture which the filter does not cover. */
  readonly otherArchitectures: SandboxAction;
  readonly denied: readonly DeniedCall[];
  /** The calls of an allow-list. */
  readonly allowed?: readonly Call[];
  /** Calls that stay allowed although their name is that of a denied one and a digit: umount2, setuid32. */
  readonly stillAllowed: readonly Call[];
  /** What the policy says in vain here. */
  readonly noEffect: readonly NoEffect[];
  /** First kernel release with filters on this architecture; null where none has them. */
  readonly filtersSince: string | null;
}

/** How the policy is made. */
export interface ExplanationOptions {
  readonly edition: Edition;
  readonly killProcess: boolean;
}

/**
 * Explains one filter on one architecture.
 *
 * @param entry - an enabled entry
 * @param architecture - one that filters can be made for
 * @param options - edition and kill action
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION when the edition does not know one of its options
 */
export function explain(
  entry: SandboxEntry,
  architecture: Architecture,
  options: ExplanationOptions,
): Explanation {
  const { defaultAction, badArchitectureAction, rules } = entryPolicy(entry, architecture, options);
  const { findings } = compileEntry(entry, [architecture], options);
  const groups = new Map(
    rules.map(({ syscall }) => [syscall, rules.filter((rule) => rule.syscall === syscall)]),
  );
  const named = [...groups].flatMap(([name, group]) => {
    const number = syscallNumber(architecture, name);
    return number === undefined ? [] : [{ number, name, group }];
  });
  const isAllowList = defaultAction !== 'ALLOW';
  const denied = isAllowList ? callsOutside(architecture, named, defaultAction) : named.map(deniedCall);
  return {
    sandbox: formatSandbox(entry),
    edition: options.edition,
    architecture: architecture.name,
    otherCalls: defaultAction,
    otherArchitectures: badArchitectureAction,
    denied,
    ...(isAllowList && { allowed: named.map(({ number, name }) => ({ number, name })) }),
    stillAllowed: isAllowList ? [] : variants(architecture, [...groups.keys()], denied),
    noEffect: findings.filter(({ ineffective }) => ineffective).map((finding) => inVain(finding, rules)),
    filtersSince: architecture.seccompFilterSince ?? null,
  };
}

function deniedCall({ number, name, group }: Call & { readonly group: readonly SandboxRule[] }): DeniedCall {
  const [rule] = group as [SandboxRule];
  const when = group.flatMap(({ condition }) => condition ?? []);
  const does = describeSyscall(name);
  return {
    number,
    name,
    action: rule.action,
    ...(when.length > 0 && { when }),
    ...(rule.set !== 'allowlist' && { set: rule.set, allowedBy: sandboxSets[rule.set].liftedBy }),
    ...(does !== undefined && { does }),
  };
}

/** Calls of the table that a list does not name, by number. */
function callsOutside(
  { syscalls }: Architecture,
  listed: readonly Call[],
  action: SandboxAction,
): DeniedCall[] {
  const numbers = new Set(listed.map(({ number }) => number));
  return syscalls
    .filter(([, number]) => !numbers.has(number))
    .map(([name, number]) => ({ number, name, action }));
}

function variants({ syscalls }: Architecture, names: readonly string[], denied: readonly Call[]): Call[] {
  const numbers = new Set(denied.map(({ number }) => number));
  const stems = new Set(names);
  return syscalls
    .filter(
      ([name, number]) => !numbers.has(number) && /\d$/.test(name) && stems.has(name.replace(/\d+$/, '')),
    )
    .map(([name, number]) => ({ number, name }));
}

function inVain({ rule, syscall, kind }: Finding, rules: readonly SandboxRule[]): NoEffect {
  const when = rule === undefined ? undefined : rules[rule]?.condition;
  return { name: String(syscall), kind, ...(when !== undefined && { when }) };
}
