/**
 * QEMU's policies through time, and the rules that a sandbox entry means in each. Grammar and messages are
 * those of QEMU 7.2 in all of them.
 * @module
 */

import { allowedCalls } from './allowlist.ts';
import {
  CLONE_FLAGS_MASK,
  defaultCalls,
  namespaceCalls,
  obsoleteCalls,
  privilegedCalls,
  processCalls,
  processFlags,
  SCHED_IDLE,
  schedulingGetters,
  schedulingSetters,
  threadFlags,
} from './denylist.ts';
import { OptionsError } from './errors.ts';
import type { SandboxEntry, SandboxSet } from './sandbox.ts';

export { type AllowedCall, allowedCalls } from './allowlist.ts';
export { type SandboxSetFacts, sandboxSets } from './denylist.ts';

/** The QEMU release with which a policy began. */
export type Edition = '2.10' | '2.11' | '3.0' | '3.1' | '4.0' | '5.2' | '6.0' | '7.0' | '10.0';

/** How an edition's policy differs from the others. */
export interface EditionFacts {
  /** The releases that have it. */
  readonly releases: string;
  /** Deny what is named, or allow nothing else. */
  readonly kind: 'deny-list' | 'allow-list';
  /** What "kill" is: the process where the kernel can do that, else a trap. */
  readonly kill: 'thread' | 'process or trap' | 'trap';
  /** Whether the filter must reach all threads at once (TSYNC). */
  readonly threadSync: boolean;
  /** What `spawn=deny` covers: process calls only, or clone, clone3 and namespaces too. */
  readonly spawn: 'none' | 'processes' | 'processes and clone';
  /** What the process calls and clone of `spawn=deny` get. */
  readonly spawnAction: 'kill' | 'EPERM';
  /** What `resourcecontrol=deny` covers. */
  readonly resourcecontrol: 'none' | 'setters and getters' | 'setters';
  /** What its calls get. */
  readonly resourcecontrolAction: 'kill' | 'EPERM';
  /** Whether sched_setscheduler may still choose SCHED_IDLE. */
  readonly schedIdle: boolean;
}

const FIRST_DENYLIST: EditionFacts = {
  releases: '2.11 and 2.12',
  kind: 'deny-list',
  kill: 'thread',
  threadSync: false,
  spawn: 'processes',
  spawnAction: 'kill',
  resourcecontrol: 'setters and getters',
  resourcecontrolAction: 'kill',
  schedIdle: false,
};
const V3_0: EditionFacts = { ...FIRST_DENYLIST, releases: '3.0', schedIdle: true };
const V3_1: EditionFacts = { ...V3_0, releases: '3.1', kill: 'process or trap', threadSync: true };
// 4.0 asked the kernel for the wrong thing and never killed the process.
const V4_0: EditionFacts = { ...V3_1, releases: '4.0 to 5.1', kill: 'trap', resourcecontrolAction: 'EPERM' };
const V5_2: EditionFacts = { ...V4_0, releases: '5.2', kill: 'process or trap' };
const V6_0: EditionFacts = { ...V5_2, releases: '6.0 to 6.2', resourcecontrol: 'setters' };
const V7_0: EditionFacts = { ...V6_0, releases: '7.0 to 9.x', spawn: 'processes and clone' };
const V10_0: EditionFacts = { ...V7_0, releases: '10.0 and later', spawnAction: 'EPERM' };

/** The editions, oldest first. */
export const editions: Readonly<Record<Edition, EditionFacts>> = {
  '2.10': {
    ...FIRST_DENYLIST,
    releases: '1.2 to 2.10, in its last form',
    kind: 'allow-list',
    spawn: 'none',
    resourcecontrol: 'none',
  },
  '2.11': FIRST_DENYLIST,
  '3.0': V3_0,
  '3.1': V3_1,
  '4.0': V4_0,
  '5.2': V5_2,
  '6.0': V6_0,
  '7.0': V7_0,
  '10.0': V10_0,
};

/** The edition used where none is named. */
export const defaultEdition: Edition = '7.0';

/** What happens to a call, as far as sandbox policies need it; an errno is a name, its number is the target's. */
export type SandboxAction =
  | 'KILL_PROCESS'
  | 'KILL_THREAD'
  | 'TRAP'
  | 'ALLOW'
  | { readonly errno: 'EPERM' | 'ENOSYS' };

/** A condition on one argument: its index 0 to 5, and 64-bit values. */
export interface SandboxComparison {
  readonly argument: number;
  readonly op: 'NE' | 'MASKED_EQ';
  readonly value: bigint;
  readonly mask?: bigint;
}

/** One rule of a sandbox policy. */
export interface SandboxRule {
  /** Name of the call. */
  readonly syscall: string;
  readonly action: SandboxAction;
  /** All must hold; absent: the rule covers every call of that name. */
  readonly comparisons?: readonly SandboxComparison[];
  /** The comparisons in words. */
  readonly condition?: string;
  /** The set it comes from. */
  readonly set: SandboxSet | 'allowlist';
  /** Of the allow-list: how early to test for the call, 240 to 255. */
  readonly priority?: number;
}

/** The filter that an entry asks for, without any architecture's numbers. */
export interface SandboxPolicy {
  readonly edition: Edition;
  /** For a call that no rule covers. */
  readonly defaultAction: SandboxAction;
  /** For calls of another architecture. */
  readonly badArchitectureAction: SandboxAction;
  readonly rules: readonly SandboxRule[];
}

/** What {@link sandboxPolicy} needs to know beside the entry. */
export interface SandboxPolicySettings {
  /** Default `7.0`. */
  readonly edition?: Edition;
  /** Whether the kernel can kill a process (SECCOMP_GET_ACTION_AVAIL); if not, "kill" is a trap. */
  readonly killProcess: boolean;
  /** Index of clone's flags among its arguments: 1 on s390, s390x and cris, else 0. */
  readonly cloneFlagsArgument: 0 | 1;
}

/**
 * Checks the name of an edition.
 * @param name - as given by a user
 * @returns the edition
 * @throws {OptionsError} OPTIONS_UNKNOWN_EDITION for any other name
 * @example
 * ```ts
 * import { findEdition } from '@qseccomp/options/policy';
 * findEdition('5.2'); // => '5.2'
 * ```
 */
export function findEdition(name: string): Edition {
  if (Object.hasOwn(editions, name)) return name as Edition;
  const known = Object.keys(editions).join(', ');
  throw new OptionsError('OPTIONS_UNKNOWN_EDITION', `expected an edition (${known}), got '${name}'`);
}

/**
 * The rules that an entry means.
 * @param entry - an entry, or its sets alone
 * @param settings - edition, what the kernel can do, where clone has its flags
 * @returns a policy; where several rules cover a call, the most restrictive holds
 * @throws {OptionsError} OPTIONS_SANDBOX_OFF if the entry is disabled, OPTIONS_EDITION_LACKS_OPTION if the edition does not know an option, OPTIONS_UNKNOWN_EDITION
 * @example
 * ```ts
 * import { sandboxPolicy } from '@qseccomp/options/policy';
 * const entry = { enabled: true, sets: ['default', 'resourcecontrol'] };
 * const { rules } = sandboxPolicy(entry, { killProcess: true, cloneFlagsArgument: 0 });
 * rules[0]; // => { syscall: 'reboot', action: 'KILL_PROCESS', set: 'default' }
 * rules.at(-1); // => { syscall: 'sched_setaffinity', action: { errno: 'EPERM' }, set: 'resourcecontrol' }
 * ```
 */
export function sandboxPolicy(
  entry: Pick<SandboxEntry, 'enabled' | 'sets'> & Partial<Pick<SandboxEntry, 'options'>>,
  settings: SandboxPolicySettings,
): SandboxPolicy {
  const edition = findEdition(settings.edition ?? defaultEdition);
  if (!entry.enabled) {
    throw new OptionsError(
      'OPTIONS_SANDBOX_OFF',
      "expected a sandbox that is on, got 'off': it has no rules",
    );
  }
  const { kind } = editions[edition];
  if (kind === 'allow-list') {
    checkOnOnly(edition, entry);
    const rules = allowedCalls().map(
      ({ name, priority }): SandboxRule => ({ syscall: name, action: 'ALLOW', set: 'allowlist', priority }),
    );
    return { edition, defaultAction: 'KILL_THREAD', badArchitectureAction: 'KILL_THREAD', rules };
  }
  const rules = entry.sets.flatMap((set) => denyRules(set, editions[edition], settings));
  return { edition, defaultAction: 'ALLOW', badArchitectureAction: 'KILL_THREAD', rules };
}

function checkOnOnly(
  edition: Edition,
  { sets, options = {} }: Pick<SandboxEntry, 'sets'> & Partial<Pick<SandboxEntry, 'options'>>,
): void {
  const plain = sets.length === 2 && sets.includes('default') && sets.includes('obsolete');
  const [option] = Object.keys(options);
  if (plain && option === undefined) return;
  const got = option === undefined ? `the sets ${sets.join(', ')}` : `'${option}'`;
  throw new OptionsError(
    'OPTIONS_EDITION_LACKS_OPTION',
    `edition ${edition} knows only on and off, got ${got}`,
  );
}

function denyRules(
  set: SandboxSet,
  facts: EditionFacts,
  { killProcess, cloneFlagsArgument }: SandboxPolicySettings,
): SandboxRule[] {
  const kill = killAction(facts.kill, killProcess);
  const choose = (action: 'kill' | 'EPERM'): SandboxAction => (action === 'kill' ? kill : { errno: 'EPERM' });
  const deny = (calls: readonly string[], action: SandboxAction): SandboxRule[] =>
    calls.map((syscall) => ({ syscall, action, set }));
  switch (set) {
    case 'default':
      return deny(defaultCalls, kill);
    case 'obsolete':
      return deny(obsoleteCalls, kill);
    case 'privileged':
      return deny(privilegedCalls, kill);
    case 'spawn': {
      const action = choose(facts.spawnAction);
      const rules = deny(processCalls, action);
      if (facts.spawn === 'processes') return rules;
      return [
        ...rules,
        ...cloneRules(action, cloneFlagsArgument),
        // libc falls back from clone3, whose flags a filter cannot see, to clone.
        ...deny(['clone3'], { errno: 'ENOSYS' }),
        ...deny(namespaceCalls, 'KILL_THREAD'),
      ];
    }
    case 'resourcecontrol': {
      const getters = facts.resourcecontrol === 'setters' ? [] : schedulingGetters;
      const rules = deny([...schedulingSetters, ...getters], choose(facts.resourcecontrolAction));
      if (!facts.schedIdle) return rules;
      return rules.map((rule) => (rule.syscall === 'sched_setscheduler' ? { ...rule, ...NOT_IDLE } : rule));
    }
  }
}

const NOT_IDLE: Pick<SandboxRule, 'comparisons' | 'condition'> = {
  comparisons: [{ argument: 1, op: 'NE', value: SCHED_IDLE }],
  condition: 'the policy is not SCHED_IDLE',
};

// One comparison in each rule: any of them is enough to deny.
function cloneRules(action: SandboxAction, argument: number): SandboxRule[] {
  const rule = (mask: bigint, value: bigint, condition: string): SandboxRule => ({
    syscall: 'clone',
    action,
    comparisons: [{ argument, op: 'MASKED_EQ', value, mask }],
    condition,
    set: 'spawn',
  });
  return [
    rule(CLONE_FLAGS_MASK, 0n, 'no flag is set'),
    ...threadFlags.map(([name, flag]) => rule(flag, 0n, `${name} is missing`)),
    ...processFlags.map(([name, flag]) => rule(flag, flag, `${name} is set`)),
  ];
}

function killAction(kill: EditionFacts['kill'], killProcess: boolean): SandboxAction {
  if (kill === 'thread') return 'KILL_THREAD';
  return kill === 'process or trap' && killProcess ? 'KILL_PROCESS' : 'TRAP';
}
