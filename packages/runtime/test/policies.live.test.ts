/** Every option mix and edition on a real kernel: a program starts, and the calls of each set end as they should. */
import { syscallNumber, x86_64 } from '@qseccomp/syscall-tables';
import { beforeEach, describe, expect, it } from 'vitest';
import { COMMAND, compileC, KILLED, MODES, run, temporaryFolder } from './launching.ts';

const attempt = compileC(temporaryFolder(), 'attempt');

beforeEach((context) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') context.skip('needs Linux on x86_64');
  if ('missing' in attempt) context.skip(attempt.missing);
});

/** What happens to one call of a set: the words that the program prints, or its end. */
type Fate = 'done' | 'EPERM' | 'ENOSYS' | 'killed' | string;

/** A call of each set, with arguments that do no harm where it is allowed, and what it then gives. */
const PROBES = {
  default: { call: 'swapoff', args: ['0'], free: 'EFAULT' },
  obsolete: { call: 'sysfs', args: ['3'], free: 'done' },
  privileged: { call: 'setuid', args: ['0'], free: 'done' },
  spawn: { call: 'fork', args: [], free: 'done' },
  clone3: { call: 'clone3', args: ['0', '0'], free: 'EINVAL' },
  namespace: { call: 'unshare', args: ['0'], free: 'done' },
  resourcecontrol: { call: 'setpriority', args: ['0', '0', '0'], free: 'done' },
  idle: { call: 'sched_setscheduler', args: ['0', '5', '0'], free: 'EINVAL' },
  fifo: { call: 'sched_setscheduler', args: ['0', '0', '0'], free: 'EINVAL' },
} as const;

function fate(options: readonly string[], probe: keyof typeof PROBES): Fate {
  const { call, args } = PROBES[probe];
  const number = String(syscallNumber(x86_64, call));
  const program = 'path' in attempt ? attempt.path : '';
  const { status, stdout, stderr } = run(process.execPath, [
    COMMAND,
    'run',
    ...options,
    '--',
    program,
    number,
    ...args,
  ]);
  if (status === KILLED) return 'killed';
  if (status !== 0) throw new Error(`status ${status}: ${stdout}${stderr}`);
  return stdout.trim();
}

const mixes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((bits) => ({
  obsolete: (bits & 1) !== 0,
  privileged: (bits & 2) !== 0,
  spawn: (bits & 4) !== 0,
  resourcecontrol: (bits & 8) !== 0,
}));

describe('every mix of options', () => {
  it.each(mixes)('denies what it names: %o', ({ obsolete, privileged, spawn, resourcecontrol }) => {
    const word = (denied: boolean): string => (denied ? 'deny' : 'allow');
    const text = `on,obsolete=${word(obsolete)},elevateprivileges=${word(privileged)},spawn=${word(spawn)},resourcecontrol=${word(resourcecontrol)}`;
    const fates = (Object.keys(PROBES) as (keyof typeof PROBES)[]).map((probe) => [
      probe,
      fate(['--exec', '-sandbox', text], probe),
    ]);
    expect(Object.fromEntries(fates)).toEqual({
      default: 'killed',
      obsolete: obsolete ? 'killed' : PROBES.obsolete.free,
      privileged: privileged ? 'killed' : PROBES.privileged.free,
      spawn: spawn ? 'killed' : PROBES.spawn.free,
      clone3: spawn ? 'ENOSYS' : PROBES.clone3.free,
      namespace: spawn ? 'killed' : PROBES.namespace.free,
      resourcecontrol: resourcecontrol ? 'EPERM' : PROBES.resourcecontrol.free,
      idle: PROBES.idle.free,
      fifo: resourcecontrol ? 'EPERM' : PROBES.fifo.free,
    });
  });
});

describe.each(MODES)('%s', (_title, mode) => {
  const ALL = 'on,obsolete=deny,elevateprivileges=children,spawn=deny,resourcecontrol=deny';
  const cases: readonly (readonly [
    options: readonly string[],
    probe: keyof typeof PROBES,
    expected: Fate,
  ])[] = [
    [['-sandbox', ALL], 'privileged', 'killed'],
    [['-sandbox', ALL], 'clone3', 'ENOSYS'],
    [['-sandbox', ALL, '-sandbox', 'on'], 'spawn', 'killed'],
    [['-sandbox', 'on', '-sandbox', 'on,resourcecontrol=deny'], 'resourcecontrol', 'EPERM'],
    [['-sandbox', 'off'], 'default', PROBES.default.free],
    [['--kill-process', 'no', '-sandbox', ALL], 'spawn', 'killed'],
    [['--edition', '2.10', '-sandbox', 'on'], 'default', 'killed'],
    [['--edition', '2.11', '-sandbox', ALL], 'resourcecontrol', 'killed'],
    [['--edition', '3.0', '-sandbox', ALL], 'idle', PROBES.idle.free],
    [['--edition', '3.1', '-sandbox', ALL], 'fifo', 'killed'],
    [['--edition', '4.0', '-sandbox', ALL], 'fifo', 'EPERM'],
    [['--edition', '5.2', '-sandbox', ALL], 'spawn', 'killed'],
    [['--edition', '6.0', '-sandbox', ALL], 'namespace', PROBES.namespace.free],
    [['--edition', '10.0', '-sandbox', ALL], 'spawn', 'EPERM'],
  ];

  it.each(cases)('%j: %s is %s', (options, probe, expected) => {
    expect(fate([...mode, ...options], probe)).toBe(expected);
  });
});

describe('a call that kills its thread', () => {
  it('leaves the other threads of the program', () => {
    const { path } = attempt as { path: string };
    const unshare = String(syscallNumber(x86_64, 'unshare'));
    const { status, stdout } = run(process.execPath, [
      COMMAND,
      'run',
      '--exec',
      '-sandbox',
      'on,spawn=deny',
      '--',
      path,
      '-t',
      unshare,
      '0',
    ]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'joined\n' });
  });
});
