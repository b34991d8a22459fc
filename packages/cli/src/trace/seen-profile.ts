/**
 * A container profile that allows what was seen, and nothing else.
 *
 * "Exactly" is by call: whatever the program called is allowed with any arguments, everything else is EPERM. Calls
 * that the traced policy answered with an errno keep that answer, because the program went on with it. Added are
 * the calls without which no process starts, returns from a signal or ends, whether seen or not: the engine's
 * execve, exit, exit_group, rt_sigreturn, and restart_syscall, which depends on chance.
 *
 * @module
 */
import type { Profile, ProfileFinding, ProfileSyscall, Rule } from '@qseccomp/bpf';
import { policyProfile } from '@qseccomp/bpf/oci';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import type { RequestedFilter } from '../sandbox-filter.ts';
import type { SeenCall } from './records.ts';

const ALWAYS = ['execve', 'exit', 'exit_group', 'restart_syscall', 'rt_sigreturn', 'sigreturn'];
const ALLOW = 'SCMP_ACT_ALLOW';

/** A profile, and what runtimes understand otherwise. */
export interface SeenProfile {
  readonly profile: Profile;
  readonly findings: readonly ProfileFinding[];
}

/**
 * The profile of what was seen.
 *
 * @param seen - calls; those without a name are no calls of the kernel, and left out
 * @param filters - those whose errno answers the callers got; none where all calls went on
 */
export function seenProfile(seen: readonly SeenCall[], filters: readonly RequestedFilter[]): SeenProfile {
  const architectures = [...new Set(seen.flatMap(({ architecture }) => architecture ?? []))];
  // A profile has one list for all architectures.
  const allowed = new Set([...ALWAYS, ...seen.filter(({ passed }) => passed).map(({ name }) => name)]);
  const rules = [
    ...[...allowed].sort().map((syscall): Rule => ({ syscall, action: 'ALLOW' })),
    ...answers(seen, filters).filter(({ syscall, comparisons }) => comparisons || !allowed.has(`${syscall}`)),
  ];
  return policyProfile({
    defaultAction: { errno: 'EPERM' },
    badArchitectureAction: 'KILL_THREAD',
    architectures: architectures.map((architecture) => ({
      architecture,
      rules: rules.filter(({ syscall }) => syscallNumber(architecture, `${syscall}`) !== undefined),
    })),
  });
}

/** The rules by which calls were answered with an errno, each once. */
function answers(seen: readonly SeenCall[], filters: readonly RequestedFilter[]): readonly Rule[] {
  const rules = seen.flatMap(({ architecture, name, number }) =>
    filters.flatMap(({ policy }) =>
      policy.architectures
        .filter((table) => table.architecture === architecture)
        .flatMap((table) => table.rules)
        .filter(({ syscall }) => syscall === name || syscall === number)
        .filter(({ action }) => typeof action === 'object' && 'errno' in action)
        .map(
          ({ action, comparisons = [] }): Rule => ({
            syscall: name,
            action,
            ...(comparisons.length > 0 && { comparisons }),
          }),
        ),
    ),
  );
  return [...new Map(rules.map((rule) => [keyOf(rule), rule])).values()];
}

/**
 * Adds what was seen to a profile: of several runs, each may call what others do not.
 *
 * @param before - a profile, of earlier runs or from elsewhere; kept but for what is added
 * @param seen - of this run
 */
export function mergeProfiles(before: Profile, seen: Profile): Profile {
  const earlier = before.syscalls ?? [];
  const allowedBefore = new Set(earlier.filter(isPlainAllow).flatMap(namesOf));
  const allowed = (seen.syscalls ?? []).filter(isPlainAllow).flatMap(namesOf);
  const fresh = allowed.filter((name) => !allowedBefore.has(name));
  // What one run was allowed, no answer of another run takes away.
  const isAllowed = (name: string): boolean => allowedBefore.has(name) || allowed.includes(name);
  const answers = (list: readonly ProfileSyscall[]): readonly ProfileSyscall[] =>
    list
      .filter((entry) => !isPlainAllow(entry))
      .map((entry) =>
        isPlain(entry) && !entry.comment
          ? { ...entry, names: namesOf(entry).filter((name) => !isAllowed(name)) }
          : entry,
      )
      .filter((entry) => entry.names === undefined || entry.names.length > 0);
  const known = new Set(answers(earlier).map(keyOf));
  const [first, ...others] = earlier.filter(isPlainAllow);
  const { name: _name, ...kept } = first ?? { action: ALLOW };
  const list: ProfileSyscall = { ...kept, names: [...(first ? namesOf(first) : []), ...fresh].sort() };
  const architectures = [...new Set([...(before.architectures ?? []), ...(seen.architectures ?? [])])];
  return {
    ...before,
    ...(before.archMap === undefined && { architectures }),
    syscalls: [
      list,
      ...others,
      ...answers(earlier),
      ...answers(seen.syscalls ?? []).filter((entry) => !known.has(keyOf(entry))),
    ],
  };
}

/** Whether it is for every container and every argument. */
function isPlain({ args, includes, excludes }: ProfileSyscall): boolean {
  return (args ?? []).length === 0 && isEmpty(includes) && isEmpty(excludes);
}

function isEmpty(conditions: object | undefined): boolean {
  return Object.keys(conditions ?? {}).length === 0;
}

function isPlainAllow(entry: ProfileSyscall): boolean {
  return entry.action === ALLOW && isPlain(entry);
}

function namesOf({ names, name }: ProfileSyscall): readonly string[] {
  return names ?? (name === undefined ? [] : [name]);
}

function keyOf(entry: ProfileSyscall | Rule): string {
  return JSON.stringify(entry, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}
