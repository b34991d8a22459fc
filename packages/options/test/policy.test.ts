import { describe, expect, it, test } from 'vitest';
import { describeSyscall } from '../src/describe.ts';
import {
  allowedCalls,
  type Edition,
  editions,
  findEdition,
  formatInstallationError,
  installationMessages,
  OptionsError,
  parseSandbox,
  type SandboxPolicy,
  type SandboxRule,
  sandboxPolicy,
  sandboxSets,
} from '../src/index.ts';

const EVERYTHING = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

const policy = (text: string, edition: Edition = '7.0', killProcess = true): SandboxPolicy =>
  sandboxPolicy(parseSandbox(text), { edition, killProcess, cloneFlagsArgument: 0 });
const rulesFor = (name: string, { rules }: SandboxPolicy): readonly SandboxRule[] =>
  rules.filter(({ syscall }) => syscall === name);

describe('the policy of 7.0', () => {
  test('is the default', () => {
    const settings = { killProcess: true, cloneFlagsArgument: 0 } as const;
    expect(sandboxPolicy(parseSandbox(EVERYTHING), settings)).toEqual(policy(EVERYTHING));
  });

  it.each([
    ['on', { default: 22, obsolete: 11 }],
    ['on,obsolete=allow', { default: 22 }],
    ['on,elevateprivileges=children', { default: 22, obsolete: 11, privileged: 10 }],
    ['on,spawn=deny', { default: 22, obsolete: 11, spawn: 30 }],
    ['on,resourcecontrol=deny', { default: 22, obsolete: 11, resourcecontrol: 4 }],
  ])('%s', (text, counts) => {
    const found: Record<string, number> = {};
    for (const { set } of policy(text).rules) found[set] = (found[set] ?? 0) + 1;
    expect(found).toEqual(counts);
  });

  test('denies any clone that is not that of a thread', () => {
    const clone = rulesFor('clone', policy('on,spawn=deny'));
    const denied = (flags: bigint): boolean =>
      clone.some(({ comparisons }) =>
        comparisons?.every(({ op, mask = 0n, value }) => op === 'MASKED_EQ' && (flags & mask) === value),
      );
    expect(clone).toHaveLength(23);
    // glibc 2.36: pthread_create, fork, posix_spawn.
    const thread = 0x3d0f00n;
    expect(denied(thread)).toBe(false);
    expect(denied(0x1200011n)).toBe(true);
    expect(denied(0x4111n)).toBe(true);
    const needed = [8n, 9n, 10n, 11n, 16n, 18n, 19n, 20n, 21n];
    const forbidden = [12n, 13n, 14n, 15n, 17n, 23n, 25n, 26n, 27n, 28n, 29n, 30n, 31n];
    for (let bit = 0n; bit < 64n; bit++) {
      expect([bit, denied(thread ^ (1n << bit))]).toEqual([
        bit,
        needed.includes(bit) || forbidden.includes(bit),
      ]);
    }
    // As in C, the mask of the first rule reaches into the upper half.
    expect(clone[0]?.comparisons).toEqual([
      { argument: 0, op: 'MASKED_EQ', value: 0n, mask: 0xffffffffffffff00n },
    ]);
  });

  test('looks for the flags of clone where the architecture has them', () => {
    const { rules } = sandboxPolicy(parseSandbox('on,spawn=deny'), {
      killProcess: true,
      cloneFlagsArgument: 1,
    });
    const places = rules
      .filter(({ syscall }) => syscall === 'clone')
      .map((rule) => rule.comparisons?.[0]?.argument);
    expect(new Set(places)).toEqual(new Set([1]));
  });

  test('kills the thread where the table of QEMU has no action, and turns clone3 away', () => {
    const rules = policy('on,spawn=deny');
    for (const name of ['execveat', 'setns', 'unshare']) {
      expect(rulesFor(name, rules).map(({ action }) => action)).toEqual(['KILL_THREAD']);
    }
    expect(rulesFor('clone3', rules).map(({ action }) => action)).toEqual([{ errno: 'ENOSYS' }]);
  });

  test('traps where the kernel cannot kill a process', () => {
    const actions = new Set(
      policy(EVERYTHING, '7.0', false).rules.map(({ action }) => JSON.stringify(action)),
    );
    expect([...actions].sort()).toEqual([
      '"KILL_THREAD"',
      '"TRAP"',
      '{"errno":"ENOSYS"}',
      '{"errno":"EPERM"}',
    ]);
  });
});

describe('editions', () => {
  it.each<[Edition, boolean, unknown]>([
    ['2.11', true, 'KILL_THREAD'],
    ['3.0', true, 'KILL_THREAD'],
    ['3.1', true, 'KILL_PROCESS'],
    ['3.1', false, 'TRAP'],
    ['4.0', true, 'TRAP'],
    ['5.2', true, 'KILL_PROCESS'],
    ['6.0', false, 'TRAP'],
    ['10.0', true, 'KILL_PROCESS'],
  ])('%s, process can be killed: %s', (edition, killProcess, action) => {
    expect(rulesFor('reboot', policy('on', edition, killProcess)).map((rule) => rule.action)).toEqual([
      action,
    ]);
  });

  test('differ in what scheduling calls get', () => {
    const scheduling = (edition: Edition): unknown[] => {
      const rules = policy(EVERYTHING, edition).rules.filter(({ set }) => set === 'resourcecontrol');
      const setter = rules.find(({ syscall }) => syscall === 'sched_setscheduler');
      return [rules.length, rules[0]?.action, setter?.comparisons];
    };
    const notIdle = [{ argument: 1, op: 'NE', value: 5n }];
    expect(scheduling('2.11')).toEqual([10, 'KILL_THREAD', undefined]);
    expect(scheduling('3.0')).toEqual([10, 'KILL_THREAD', notIdle]);
    expect(scheduling('3.1')).toEqual([10, 'KILL_PROCESS', notIdle]);
    expect(scheduling('4.0')).toEqual([10, { errno: 'EPERM' }, notIdle]);
    expect(scheduling('6.0')).toEqual([4, { errno: 'EPERM' }, notIdle]);
  });

  test('10.0 refuses new processes instead of killing', () => {
    const rules = policy('on,spawn=deny', '10.0').rules.filter(({ set }) => set === 'spawn');
    const refused = rules.filter(({ action }) => JSON.stringify(action) === '{"errno":"EPERM"}');
    expect(new Set(refused.map(({ syscall }) => syscall))).toEqual(
      new Set(['fork', 'vfork', 'execve', 'clone']),
    );
    expect(rules).toHaveLength(30);
  });

  test('2.10 allows 219 calls and kills the thread for any other', () => {
    const { defaultAction, rules } = policy('on', '2.10');
    expect([defaultAction, rules.length]).toEqual(['KILL_THREAD', 219]);
    expect(new Set(rules.map(({ action }) => action))).toEqual(new Set(['ALLOW']));
    expect(rules[0]).toEqual({ syscall: 'timer_settime', action: 'ALLOW', set: 'allowlist', priority: 255 });
    expect(allowedCalls().filter(({ since }) => since !== undefined)).toHaveLength(26);
    expect(new Set(rules.map(({ syscall }) => syscall)).size).toBe(219);
  });

  it.each([
    ['on,obsolete=deny', "'obsolete'"],
    ['on,spawn=deny', "'spawn'"],
  ])('2.10 refuses %s', (text, got) => {
    expect(() => policy(text, '2.10')).toThrow(`edition 2.10 knows only on and off, got ${got}`);
  });

  test('2.10 refuses other sets too', () => {
    const settings = { edition: '2.10', killProcess: true, cloneFlagsArgument: 0 } as const;
    expect(() => sandboxPolicy({ enabled: true, sets: ['default'] }, settings)).toThrow(
      'edition 2.10 knows only on and off, got the sets default',
    );
  });

  test('only those from 3.1 on need all threads at once', () => {
    const names = Object.keys(editions) as Edition[];
    expect(names.filter((name) => editions[name].threadSync)).toEqual([
      '3.1',
      '4.0',
      '5.2',
      '6.0',
      '7.0',
      '10.0',
    ]);
  });

  it.each(['6.1', '', 'toString', '7'])('%j is no edition', (name) => {
    expect(() => findEdition(name)).toThrow(
      new OptionsError(
        'OPTIONS_UNKNOWN_EDITION',
        `expected an edition (2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0, 10.0), got '${name}'`,
      ),
    );
  });

  test('an entry that is off has no rules to give', () => {
    expect(() => policy('off')).toThrow("expected a sandbox that is on, got 'off': it has no rules");
  });
});

describe('words', () => {
  test('every call that an edition denies is described', () => {
    const names = new Set(
      (Object.keys(editions) as Edition[])
        .filter((edition) => editions[edition].kind === 'deny-list')
        .flatMap((edition) => policy(EVERYTHING, edition).rules.map(({ syscall }) => syscall)),
    );
    expect(names.size).toBe(61);
    expect([...names].filter((name) => describeSyscall(name) === undefined)).toEqual([]);
    expect(describeSyscall('toString')).toBeUndefined();
  });

  test('every rule with comparisons says in words what they mean', () => {
    const { rules } = policy(EVERYTHING);
    expect(rules.filter(({ comparisons, condition }) => !comparisons !== !condition)).toEqual([]);
  });

  test('what is said to lift a set does', () => {
    for (const [set, { liftedBy, deniedBy }] of Object.entries(sandboxSets)) {
      const denied = parseSandbox(deniedBy === 'on' ? 'on' : `on,${deniedBy}`);
      expect(denied.sets).toContain(set);
      const lifted = parseSandbox(liftedBy === 'off' ? 'off' : `on,${liftedBy}`);
      expect(lifted.sets).not.toContain(set);
    }
  });

  test('installation failures have the prefix of the option', () => {
    const location = { kind: 'file', file: 'a.cfg', line: 2 } as const;
    expect(Object.keys(installationMessages)).toHaveLength(5);
    expect(formatInstallationError('P', location, 'context')).toBe(
      'P:a.cfg:2: failed to initialize seccomp context\n',
    );
    expect(formatInstallationError('P', location, 'threadSync', { strerror: 'No', hint: 'because' })).toBe(
      'P:a.cfg:2: failed to set seccomp thread synchronization: No\nbecause\n',
    );
  });
});
