/** Every mix of options, in place and supervised: the program runs, and what is denied is denied as it should be. */
import { constants } from 'node:os';
import { beforeEach, describe, expect, it, test } from 'vitest';
import {
  compiled,
  hasCall,
  KILLED,
  linuxOnly,
  MIXES,
  MODES,
  need,
  nr,
  run,
  scratch,
  WAYS,
} from './support.ts';

linuxOnly();
beforeEach((context) => need(context, call));
const file = scratch();
const call = compiled(file('call'), 'call', '-static');
const call32 = compiled(file('call32'), 'call', '-static', '-m32');
const bare = compiled(file('bare'), 'bare', '-static', '-nostdlib');

const { EPERM, ENOSYS } = constants.errno;
const SCHED_OTHER = 0;
const SCHED_IDLE = 5;
const CLONE_NEWUSER = 0x1000_0000;
const SIGCHLD = constants.signals.SIGCHLD;
/** What pthread_create asks clone for (glibc 2.36). */
const THREAD_FLAGS = 0x3d_0f00;

type Outcome = 'killed' | { readonly errno: number };
/** A call with arguments that do no harm where it is allowed, and what its set makes of it. */
type Case = readonly [name: string, args: readonly number[], outcome: Outcome];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  default: [
    ['swapoff', [], 'killed'],
    ['reboot', [], 'killed'],
    ['mount', [], 'killed'],
    ['syslog', [10], 'killed'],
    ['kexec_load', [0, 99], 'killed'],
  ],
  obsolete: [
    ['sysfs', [3], 'killed'],
    ['ustat', [], 'killed'],
    ['_sysctl', [], 'killed'],
    ['uselib', [], 'killed'],
  ],
  privileged: [
    ['setfsuid', [-1], 'killed'],
    ['setpgid', [0, 1], 'killed'],
    ['setuid', [0], 'killed'],
    ['setresgid', [-1, -1, -1], 'killed'],
  ],
  spawn: [
    ['execve', [], 'killed'],
    ['fork', [], 'killed'],
    ['vfork', [], 'killed'],
    ['execveat', [-1], 'killed'],
    ['clone', [SIGCHLD], 'killed'],
    ['clone', [THREAD_FLAGS | CLONE_NEWUSER], 'killed'],
    ['unshare', [], 'killed'],
    ['setns', [-1], 'killed'],
    ['clone3', [], { errno: ENOSYS }],
  ],
  resourcecontrol: [
    ['setpriority', [0, 0, 19], { errno: EPERM }],
    ['sched_setparam', [], { errno: EPERM }],
    ['sched_setaffinity', [], { errno: EPERM }],
    ['sched_setscheduler', [0, SCHED_OTHER], { errno: EPERM }],
  ],
};

/** Without the calls that this machine does not have, and the sets of which nothing is left. */
const SETS: Readonly<Record<string, readonly Case[]>> = Object.fromEntries(
  Object.entries(CASES)
    .map(([set, cases]) => [set, cases.filter(([name]) => hasCall(name))] as const)
    .filter(([, cases]) => cases.length > 0),
);

const ALL = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
const DENIED = Object.entries(SETS).flatMap(([set, cases]) => cases.map((one) => [set, ...one] as const));

function firstOf(set: string): Case {
  return (SETS[set] as readonly Case[])[0] as Case;
}

/** What the option that is named in a mix does to a set. */
function denies(mix: string, set: string): boolean {
  if (set === 'default') return true;
  if (set === 'obsolete') return !mix.includes('obsolete=allow');
  return mix.includes(set === 'privileged' ? 'elevateprivileges=deny' : `${set}=deny`);
}

function attempt(
  way: readonly string[],
  mix: readonly string[],
  name: string,
  args: readonly number[],
  program = call,
) {
  const sandbox = mix.flatMap((text) => ['-sandbox', text]);
  return run([...way, ...sandbox, '--', program as string, `${nr(name)}`, ...args.map(String)]);
}

describe.each(MIXES)('%s', (mix) => {
  it.each(MODES)('a program runs %s', (mode) => {
    const { status, stdout } = run([...WAYS[mode], '-sandbox', mix, '--', '/bin/echo', 'ran']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ran\n' });
  });

  it.each(Object.keys(SETS).filter((set) => denies(mix, set)))('%s is denied', (set) => {
    const [name, args, outcome] = firstOf(set);
    const { status, stdout } = attempt(WAYS['in place'], [mix], name, args);
    if (outcome === 'killed') expect(status).toBe(KILLED);
    else expect(stdout).toBe(`-1 ${outcome.errno}\n`);
  });

  const allowed = Object.keys(SETS).filter((set) => !denies(mix, set));
  if (allowed.length > 0) {
    it.each(allowed)('%s is allowed', (set) => {
      const [name, args] = firstOf(set);
      const { status, stdout } = attempt(WAYS['in place'], [mix], name, args);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^-?\d+ \d+\n$/);
    });
  }
});

describe('with everything denied', () => {
  it.each(DENIED)('%s: %s %j is %j', (_set, name, args, outcome) => {
    const { status, stdout } = attempt(WAYS['in place'], [ALL], name, args);
    if (outcome === 'killed') expect(status).toBe(KILLED);
    else expect({ status, stdout }).toEqual({ status: 0, stdout: `-1 ${outcome.errno}\n` });
  });

  it('SCHED_IDLE may be chosen', () => {
    const { stdout } = attempt(WAYS['in place'], [ALL], 'sched_setscheduler', [0, SCHED_IDLE]);
    // A null parameter: the kernel has looked at it.
    expect(stdout).toBe(`-1 ${constants.errno.EINVAL}\n`);
  });

  test.for(MODES)('an i386 program dies %s', (mode, context) => {
    need(context, call32);
    const { status, stdout } = run([...WAYS[mode], '-sandbox', ALL, '--', call32 as string, '20']);
    expect({ status, stdout }).toEqual({ status: KILLED, stdout: '' });
  });
});

describe('several entries', () => {
  const two = ['on,elevateprivileges=deny', 'on,obsolete=allow,spawn=deny'];

  it.each(MODES)('each is a filter of its own %s', (mode) => {
    const entries = two.flatMap((text) => ['-sandbox', text]);
    const { stdout } = run([
      ...WAYS[mode],
      ...entries,
      '--',
      '/bin/grep',
      '^Seccomp_filters',
      '/proc/self/status',
    ]);
    expect(stdout).toBe('Seccomp_filters:\t2\n');
  });

  it.each(['swapoff', 'setfsuid', 'sysfs', 'execve'].filter(hasCall))(
    '%s is denied by one of them',
    (name) => {
      expect(attempt(WAYS['in place'], two, name, [3]).status).toBe(KILLED);
    },
  );

  test('one that is off loads nothing', () => {
    const words = ['-sandbox', 'off', '--', '/bin/grep', '-E', '^(Seccomp|NoNewPrivs):', '/proc/self/status'];
    expect(run([...WAYS.supervised, ...words]).stdout).toBe('NoNewPrivs:\t0\nSeccomp:\t0\n');
  });

  test('NO_NEW_PRIVS comes with a filter', () => {
    const words = ['-sandbox', 'on', '--', '/bin/grep', '-E', '^(Seccomp|NoNewPrivs):', '/proc/self/status'];
    expect(run([...WAYS.supervised, ...words]).stdout).toBe('NoNewPrivs:\t1\nSeccomp:\t2\n');
  });
});

/** What tells the editions apart: [edition, options, call, arguments, outcome]. */
const EDITIONS: readonly (readonly [edition: string, options: string, ...Case])[] = [
  ['2.11', 'spawn=deny', 'unshare', [-1], { errno: constants.errno.EINVAL }],
  ['2.11', 'spawn=deny', 'fork', [], 'killed'],
  ['2.11', 'resourcecontrol=deny', 'getpriority', [], 'killed'],
  ['2.11', 'resourcecontrol=deny', 'sched_setscheduler', [0, SCHED_IDLE], 'killed'],
  ['3.0', 'resourcecontrol=deny', 'sched_setscheduler', [0, SCHED_IDLE], { errno: constants.errno.EINVAL }],
  ['3.1', 'resourcecontrol=deny', 'setpriority', [], 'killed'],
  ['4.0', 'resourcecontrol=deny', 'getpriority', [], { errno: EPERM }],
  ['5.2', 'resourcecontrol=deny', 'sched_getparam', [], { errno: EPERM }],
  ['6.0', 'resourcecontrol=deny', 'sched_getparam', [], { errno: constants.errno.EINVAL }],
  ['6.0', 'spawn=deny', 'unshare', [-1], { errno: constants.errno.EINVAL }],
  ['7.0', 'spawn=deny', 'unshare', [], 'killed'],
  ['10.0', 'spawn=deny', 'fork', [], { errno: EPERM }],
  ['10.0', 'spawn=deny', 'execve', [], { errno: EPERM }],
  ['10.0', 'spawn=deny', 'execveat', [-1], 'killed'],
];

describe('editions', () => {
  it.each(EDITIONS.filter(([, , name]) => hasCall(name)))(
    '%s, %s: %s %j is %j',
    (edition, options, name, args, outcome) => {
      const way = [...WAYS['in place'], '--edition', edition];
      const { status, stdout } = attempt(way, [`on,${options}`], name, args);
      if (outcome === 'killed') expect(status).toBe(KILLED);
      else expect(stdout).toBe(`-1 ${outcome.errno}\n`);
    },
  );

  it.each(MODES)('each lets a program start that may not start others %s', (mode) => {
    for (const edition of ['2.11', '3.0', '3.1', '4.0', '5.2', '6.0', '7.0', '10.0']) {
      const { status } = run([
        ...WAYS[mode],
        '--edition',
        edition,
        '-sandbox',
        ALL,
        '--',
        call as string,
        '39',
      ]);
      expect(status, edition).toBe(0);
    }
  });

  // A new C library makes calls that no QEMU of that time knew.
  test.for(MODES)('2.10 lets a program start that makes old calls only %s', (mode, context) => {
    need(context, bare);
    const { status, stdout } = run([...WAYS[mode], '--edition', '2.10', '--', bare as string]);
    expect({ status, stdout }).toEqual({ status: 7, stdout: 'bare\n' });
  });

  it.each(MODES)('2.10 takes one entry only %s', (mode) => {
    const { status, stderr } = run([
      ...WAYS[mode],
      '--edition',
      '2.10',
      '-sandbox',
      'on',
      '-sandbox',
      'on',
      '--',
      '/bin/true',
    ]);
    expect(status).toBe(125);
    expect(stderr).toMatch(/^qseccomp: expected one -sandbox that is on, got 2: edition 2.10 .*\n$/);
  });
});

describe('--kill-process no', () => {
  it.each(MODES)('a denied call is a trap %s', (mode) => {
    const way = [...WAYS[mode], '--kill-process', 'no'];
    expect(attempt(way, [ALL], 'execve', []).status).toBe(KILLED);
    expect(attempt(way, [ALL], 'getpid', []).status).toBe(0);
  });
});

test('children acts like deny on the program itself', () => {
  const mix = 'on,elevateprivileges=children';
  expect(attempt(WAYS['in place'], [mix], 'setfsuid', [-1]).status).toBe(KILLED);
  expect(attempt(WAYS.supervised, [mix], 'getpid', []).status).toBe(0);
});
