/**
 * From a policy to a profile.
 *
 * A profile says less than a policy: one list of rules for all architectures, one comparison for each argument
 * (runc and crun take two of one argument as two rules), no action for other architectures. What can be said
 * in other words is; the rest is an error. {@link profilePolicy} reads back the same meaning.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { BpfError } from '../errors.ts';
import {
  type Action,
  ActionValue,
  actionRank,
  actionText,
  actionValue,
  decodeAction,
} from '../filter/action.ts';
import { overlaps } from '../filter/condition.ts';
import type { ArchitectureRules, Policy } from '../filter/policy.ts';
import { resolvePolicy } from '../filter/resolve.ts';
import { writeJson } from '../json.ts';
import { type ArchitectureEntries, type Entry, mergeEntries, multiplexedNames } from './merge.ts';
import { ACTION_OF_NAME, profileName } from './names.ts';
import { profilePolicy } from './policy.ts';
import type { Profile, ProfileFinding, ProfileSyscall } from './profile.ts';
import { argumentLists, MAX_LISTS } from './split.ts';
import { syscallOf } from './syscall.ts';

/** What {@link policyProfile} makes of a policy. */
export interface PolicyProfile {
  readonly profile: Profile;
  /**
   * What is not as one may think, above all where runtimes differ. A rule that is left out has the path that it
   * has in the policy, `architectures[0].rules[3]`; other paths are of the profile.
   */
  readonly findings: readonly ProfileFinding[];
}

/** What a profile says to whoever loads its filter. */
export type ProfileLoading = Pick<Profile, 'flags' | 'listenerPath' | 'listenerMetadata'>;

/**
 * The profile that says what a policy says.
 *
 * @param policy - what the filter is to do
 * @param loading - what the profile says besides, such as the socket of whoever answers USER_NOTIF
 * @returns the profile, in the form of the OCI runtime specification, and what was found on the way
 * @throws {BpfError} BPF_INEXPRESSIBLE with the path for what no profile can say; else as {@link compilePolicy}
 * @example
 * ```ts
 * import { policyProfile, range } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const rules = [{ syscall: 'socket', action: { errno: 'EPERM' }, comparisons: range(0, 2n, 4n) }];
 * const { profile } = policyProfile({ defaultAction: 'ALLOW', architectures: [{ architecture: x86_64, rules }] });
 * profile.syscalls.map(({ args }) => args[0].op); // ['SCMP_CMP_MASKED_EQ', 'SCMP_CMP_EQ']
 * ```
 */
export function policyProfile(policy: Policy, loading: ProfileLoading = {}): PolicyProfile {
  const { badArchitectureValue } = resolvePolicy(policy);
  if (badArchitectureValue !== ActionValue.KILL_THREAD) {
    throw inexpressible(
      'badArchitectureAction',
      "KILL_THREAD, which is every profile's answer to other architectures",
      actionText(badArchitectureValue),
    );
  }
  const architectures = policy.architectures.map(({ architecture }) => architecture);
  const findings: ProfileFinding[] = [];
  const entries = entriesOf(policy, findings);
  const { action, ...errno } = profileAction(policy.defaultAction, architectures, 'defaultAction');
  const profile: Profile = {
    defaultAction: action,
    ...(errno.errnoRet === undefined ? {} : { defaultErrnoRet: errno.errnoRet }),
    ...(errno.errno === undefined ? {} : { defaultErrno: errno.errno }),
    architectures: architectures.map(profileName),
    syscalls: inGroups(entries),
    ...loading,
  };
  return { profile, findings: [...findings, ...foreignFindings(profile, architectures)] };
}

/**
 * Writes a profile as JSON.
 *
 * @param profile - a profile; its further fields are written as well
 * @returns the text, with exact integers and a newline at the end
 * @example
 * ```ts
 * import { writeProfile } from '@qseccomp/bpf';
 *
 * writeProfile({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 });
 * // '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "defaultErrnoRet": 38\n}\n'
 * ```
 */
export function writeProfile(profile: Profile): string {
  return `${writeJson(profile)}\n`;
}

/** The common list of rules, with the calls' names where a rule has a number that has one. */
function entriesOf(policy: Policy, findings: ProfileFinding[]): readonly Entry[] {
  const split = policy.architectures.map((): Set<number> => new Set());
  const lists = (named: boolean): ArchitectureEntries[] =>
    policy.architectures.map((table, at) => ({
      architecture: table.architecture,
      entries: table.rules.flatMap((_, rule) => {
        const found = ruleEntries(policy, at, rule, named ? nameOf(table) : String);
        if (typeof found !== 'string') {
          if (found.length > 1) split[at]?.add(rule);
          return found;
        }
        const path = `architectures[${at}].rules[${rule}]`;
        if (named)
          findings.push({ kind: 'left-out', ineffective: false, path, message: `left out, since ${found}` });
        return [];
      }),
    }));
  const named = lists(true);
  refuseOrder(policy, split);
  try {
    return mergeEntries(named);
  } catch (error) {
    // Numbers that mean the same are other names on each architecture.
    try {
      return mergeEntries(lists(false));
    } catch {
      throw error;
    }
  }
}

/** The entries of a rule, or why there are none. */
function ruleEntries(
  { architectures }: Policy,
  at: number,
  index: number,
  numberName: (number: number, unconditional: boolean) => string,
): Entry[] | string {
  const { architecture, rules } = architectures[at] as ArchitectureRules;
  const { syscall, action, comparisons = [] } = rules[index] as ArchitectureRules['rules'][number];
  const path = `architectures[${at}].rules[${index}]`;
  if (typeof syscall === 'string' && typeof syscallOf(syscall) === 'number') {
    return `the name '${syscall}' would be taken as a number`;
  }
  const lists = argumentLists(comparisons, architecture.registerBits);
  if (lists === undefined) {
    const message = `${path}: expected comparisons that at most ${MAX_LISTS} rules of a profile can say, got more`;
    throw new BpfError('BPF_INEXPRESSIBLE', message, { path, limit: MAX_LISTS });
  }
  if (lists.length === 0) return 'no call can meet its comparisons';
  const name = typeof syscall === 'string' ? syscall : numberName(syscall, comparisons.length === 0);
  const written = profileAction(
    action,
    architectures.map((other) => other.architecture),
    `${path}.action`,
  );
  return lists.map((args) => {
    const entry = { ...written, ...(args.length === 0 ? {} : { args }) };
    return { name, syscall: entry, shape: writeJson(entry), rule: index };
  });
}

/** A rule by number covers no call through socketcall or ipc, so a name that would stays a number. */
function nameOf({ architecture }: ArchitectureRules): (number: number, unconditional: boolean) => string {
  const multiplexed = multiplexedNames(architecture);
  const names = new Map(architecture.syscalls.map(([name, number]) => [number, name]));
  return (number, unconditional) => {
    const name = names.get(number);
    return name === undefined || (unconditional && multiplexed.has(name)) ? String(number) : name;
  };
}

/** An action as a profile has it. */
function profileAction(
  action: Action,
  architectures: readonly Architecture[],
  path: string,
): Pick<ProfileSyscall, 'action' | 'errnoRet' | 'errno'> {
  const values = architectures.map((architecture) => actionValue(action, architecture, path));
  const [value] = values as [number];
  const { action: kernelName, data } = decodeAction(value);
  const [name] = [...ACTION_OF_NAME].find(([, known]) => known === kernelName) as [string, string];
  if (kernelName === 'ERRNO' || kernelName === 'TRACE') {
    const byName = typeof action === 'object' && 'errno' in action && values.some((other) => other !== value);
    return { action: name, errnoRet: data, ...(byName ? { errno: String(action.errno) } : {}) };
  }
  if (data !== 0) throw inexpressible(path, `${kernelName} without data`, actionText(value));
  return { action: name };
}

/** Neighbours that differ in their names only become one. */
function inGroups(entries: readonly Entry[]): ProfileSyscall[] {
  const groups: { names: string[]; shape: string; syscall: Entry['syscall'] }[] = [];
  for (const { name, shape, syscall } of entries) {
    const last = groups.at(-1);
    if (last?.shape === shape) last.names.push(name);
    else groups.push({ names: [name], shape, syscall });
  }
  return groups.map(({ names, syscall }) => ({ names, ...syscall }));
}

/**
 * Refuses rules of one action whose data depend on which of them is narrower or later, where cutting a rule
 * into pieces or merging architectures would change that.
 */
function refuseOrder(policy: Policy, split: readonly ReadonlySet<number>[]): void {
  for (const [at, { calls }] of resolvePolicy(policy).tables.entries()) {
    const names = policy.architectures[at]?.rules.map(({ syscall }) => syscall) ?? [];
    for (const [, rules] of calls) {
      const several = split.length > 1 && new Set(rules.map(({ index }) => names[index])).size > 1;
      for (const rule of rules.filter(({ index }) => several || split[at]?.has(index))) {
        const other = rules.find(
          ({ value, condition }) =>
            value !== rule.value &&
            actionRank(value) === actionRank(rule.value) &&
            overlaps(condition, rule.condition),
        );
        if (other === undefined) continue;
        throw inexpressible(
          `architectures[${at}].rules[${rule.index}]`,
          'one answer to a call whose comparisons no profile can say together',
          `${actionText(rule.value)} and, by rule ${other.index}, ${actionText(other.value)}`,
        );
      }
    }
  }
}

/** What others would make of a profile. */
function foreignFindings(profile: Profile, architectures: readonly Architecture[]): ProfileFinding[] {
  const { policy, findings } = profilePolicy(profile, { architectures });
  const unknown = architectures.flatMap(({ name, scmpName }, index): ProfileFinding[] => {
    if (scmpName !== undefined) return [];
    return [
      differs(
        `$.architectures[${index}]`,
        `libseccomp does not know ${name}, and runtimes refuse the profile`,
      ),
    ];
  });
  const others = new Map<string, ProfileFinding>();
  for (const { kind, architecture, rule, by, message } of resolvePolicy(policy).findings) {
    if (kind !== 'libseccomp-differs' || rule === undefined) continue;
    const table = policy.architectures.find((own) => own.architecture.name === architecture);
    const pathOf = (index: number | undefined): string => table?.rules[index ?? -1]?.path ?? '$';
    const path = pathOf(rule);
    if (!others.has(path)) others.set(path, differs(path, message.replace(`rule ${by}`, pathOf(by))));
  }
  return [...unknown, ...findings, ...others.values()];
}

function differs(path: string, message: string): ProfileFinding {
  return { kind: 'runtime-differs', ineffective: false, path, message };
}

function inexpressible(path: string, expected: string, got: string): BpfError {
  return new BpfError('BPF_INEXPRESSIBLE', `${path}: expected ${expected}, got ${got}`, { path });
}
