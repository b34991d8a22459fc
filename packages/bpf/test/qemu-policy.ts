/**
 * QEMU's -sandbox rules (system/qemu-seccomp.c of QEMU 7.0 to 9.x), written down apart from
 * `@qseccomp/options`, so that the two can be held against each other.
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { Action, Policy, Rule } from '../src/index.ts';

const DEFAULT =
  'reboot swapon swapoff syslog mount umount kexec_load afs_syscall break ftime getpmsg gtty lock mpx prof ' +
  'profil putpmsg security stty tuxcall ulimit vserver';
const OBSOLETE =
  'readdir _sysctl bdflush create_module get_kernel_syms query_module sgetmask ssetmask sysfs uselib ustat';
const PRIVILEGED = 'setuid setgid setpgid setsid setreuid setregid setresuid setresgid setfsuid setfsgid';

// linux/sched.h
const REQUIRED = {
  CLONE_VM: 0x100n,
  CLONE_FS: 0x200n,
  CLONE_FILES: 0x400n,
  CLONE_SIGHAND: 0x800n,
  CLONE_THREAD: 0x10000n,
  CLONE_SYSVSEM: 0x40000n,
  CLONE_SETTLS: 0x80000n,
  CLONE_PARENT_SETTID: 0x100000n,
  CLONE_CHILD_CLEARTID: 0x200000n,
};
const FORBIDDEN = {
  CLONE_PIDFD: 0x1000n,
  CLONE_PTRACE: 0x2000n,
  CLONE_VFORK: 0x4000n,
  CLONE_PARENT: 0x8000n,
  CLONE_NEWNS: 0x20000n,
  CLONE_UNTRACED: 0x800000n,
  CLONE_NEWCGROUP: 0x2000000n,
  CLONE_NEWUTS: 0x4000000n,
  CLONE_NEWIPC: 0x8000000n,
  CLONE_NEWUSER: 0x10000000n,
  CLONE_NEWPID: 0x20000000n,
  CLONE_NEWNET: 0x40000000n,
  CLONE_IO: 0x80000000n,
};
const SCHED_IDLE = 5n;

/** Reads what the test vectors have: `on,obsolete=deny,...`. */
export function qemuPolicy(sandbox: string, killProcess: boolean, architecture: Architecture): Policy {
  const options = new Map(sandbox.split(',').map((part) => part.split('=') as [string, string]));
  const kill: Action = killProcess ? 'KILL_PROCESS' : 'TRAP';
  const all = (names: string, action: Action): Rule[] =>
    names.split(' ').map((syscall) => ({ syscall, action }));
  const flags = (mask: bigint, value: bigint): Rule => ({
    syscall: 'clone',
    action: kill,
    comparisons: [{ argument: architecture.cloneFlagsArgument, op: 'MASKED_EQ', mask, value }],
  });
  const rules = [...all(DEFAULT, kill)];
  if (options.get('obsolete') !== 'allow') rules.push(...all(OBSOLETE, kill));
  if (['deny', 'children'].includes(options.get('elevateprivileges') ?? ''))
    rules.push(...all(PRIVILEGED, kill));
  if (options.get('spawn') === 'deny') {
    rules.push(
      ...all('fork vfork execve', kill),
      flags(0xffff_ffff_ffff_ff00n, 0n),
      ...Object.values(REQUIRED).map((bit) => flags(bit, 0n)),
      ...Object.values(FORBIDDEN).map((bit) => flags(bit, bit)),
      ...all('clone3', { errno: 'ENOSYS' }),
      ...all('execveat setns unshare', 'KILL_THREAD'),
    );
  }
  if (options.get('resourcecontrol') === 'deny') {
    rules.push(
      ...all('setpriority sched_setparam', { errno: 'EPERM' }),
      {
        syscall: 'sched_setscheduler',
        action: { errno: 'EPERM' },
        comparisons: [{ argument: 1, op: 'NE', value: SCHED_IDLE }],
      },
      ...all('sched_setaffinity', { errno: 'EPERM' }),
    );
  }
  return { defaultAction: 'ALLOW', architectures: [{ architecture, rules }] };
}

/** The sixteen ways in which the four options can be set. */
export const OPTION_MIXES: readonly string[] = Array.from({ length: 16 }, (_, bits) =>
  ['obsolete', 'elevateprivileges', 'spawn', 'resourcecontrol'].reduce(
    (text, option, place) => `${text},${option}=${bits & (8 >> place) ? 'deny' : 'allow'}`,
    'on',
  ),
);
