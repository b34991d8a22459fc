/**
 * The system calls that `-sandbox` denies, set by set, in their latest form (QEMU 7.0 and later).
 * Names from QEMU's softmmu/qemu-seccomp.c, flag values from linux/sched.h (v6.12).
 * @module
 */

import type { SandboxSet } from './sandbox.ts';

/** What a set is for and what lifts it. */
export interface SandboxSetFacts {
  readonly title: string;
  /** What its calls have in common. */
  readonly sentence: string;
  /** The option that stops the set from being denied. */
  readonly liftedBy: string;
  /** The option that denies the set; `on` for those denied anyway. */
  readonly deniedBy: string;
}

/** The sets, in the order in which their rules are added. */
export const sandboxSets: Readonly<Record<SandboxSet, SandboxSetFacts>> = {
  default: {
    title: 'never needed',
    sentence: 'Calls that administer the machine, and names that Linux reserves but never made a call.',
    liftedBy: 'off',
    deniedBy: 'on',
  },
  obsolete: {
    title: 'obsolete',
    sentence: 'Calls that newer ones have replaced; only old programs and libraries use them.',
    liftedBy: 'obsolete=allow',
    deniedBy: 'on',
  },
  privileged: {
    title: 'change of identity',
    sentence: 'Calls that set user, group, process group or session.',
    liftedBy: 'elevateprivileges=allow',
    deniedBy: 'elevateprivileges=deny',
  },
  spawn: {
    title: 'new processes',
    sentence: 'Calls that start processes or programs or enter namespaces; threads can still be made.',
    liftedBy: 'spawn=allow',
    deniedBy: 'spawn=deny',
  },
  resourcecontrol: {
    title: 'scheduling',
    sentence: 'Calls that set priority, scheduling class or processor affinity.',
    liftedBy: 'resourcecontrol=allow',
    deniedBy: 'resourcecontrol=deny',
  },
};

/** Denied by `on` and not to be lifted. */
export const defaultCalls: readonly string[] = (
  'reboot swapon swapoff syslog mount umount kexec_load afs_syscall break ftime getpmsg gtty lock mpx prof ' +
  'profil putpmsg security stty tuxcall ulimit vserver'
).split(' ');

/** Denied by `on`, lifted by `obsolete=allow`. */
export const obsoleteCalls: readonly string[] =
  'readdir _sysctl bdflush create_module get_kernel_syms query_module sgetmask ssetmask sysfs uselib ustat'.split(
    ' ',
  );

/** Denied by `elevateprivileges=deny` and `elevateprivileges=children`. */
export const privilegedCalls: readonly string[] =
  'setuid setgid setpgid setsid setreuid setregid setresuid setresgid setfsuid setfsgid'.split(' ');

/** Denied whole by `spawn=deny`, in every edition that has the option. */
export const processCalls: readonly string[] = ['fork', 'vfork', 'execve'];

/** Denied by `spawn=deny` since 7.0, without an action in QEMU's table: the thread is killed. */
export const namespaceCalls: readonly string[] = ['execveat', 'setns', 'unshare'];

/** Denied by `resourcecontrol=deny` in every edition that has the option. */
export const schedulingSetters: readonly string[] = [
  'setpriority',
  'sched_setparam',
  'sched_setscheduler',
  'sched_setaffinity',
];

/** Denied by `resourcecontrol=deny` before 6.0 too. */
export const schedulingGetters: readonly string[] = [
  'getpriority',
  'sched_getparam',
  'sched_getscheduler',
  'sched_getaffinity',
  'sched_get_priority_max',
  'sched_get_priority_min',
];

/** The one scheduling class that stays allowed since 3.0 (linux/sched.h). */
export const SCHED_IDLE: bigint = 5n;

/** All of clone's flags, that is, all bits but the exit signal's: C's int ~0xff, widened with its sign. */
export const CLONE_FLAGS_MASK: bigint = 0xffff_ffff_ffff_ff00n;

/** Flags that a new thread has; a clone that lacks one is denied. */
export const threadFlags: readonly (readonly [name: string, value: bigint])[] = [
  ['CLONE_VM', 0x100n],
  ['CLONE_FS', 0x200n],
  ['CLONE_FILES', 0x400n],
  ['CLONE_SIGHAND', 0x800n],
  ['CLONE_THREAD', 0x10000n],
  ['CLONE_SYSVSEM', 0x40000n],
  ['CLONE_SETTLS', 0x80000n],
  ['CLONE_PARENT_SETTID', 0x100000n],
  ['CLONE_CHILD_CLEARTID', 0x200000n],
];

/** Flags that a new thread never has; a clone with one is denied. */
export const processFlags: readonly (readonly [name: string, value: bigint])[] = [
  ['CLONE_PIDFD', 0x1000n],
  ['CLONE_PTRACE', 0x2000n],
  ['CLONE_VFORK', 0x4000n],
  ['CLONE_PARENT', 0x8000n],
  ['CLONE_NEWNS', 0x20000n],
  ['CLONE_UNTRACED', 0x800000n],
  ['CLONE_NEWCGROUP', 0x2000000n],
  ['CLONE_NEWUTS', 0x4000000n],
  ['CLONE_NEWIPC', 0x8000000n],
  ['CLONE_NEWUSER', 0x10000000n],
  ['CLONE_NEWPID', 0x20000000n],
  ['CLONE_NEWNET', 0x40000000n],
  ['CLONE_IO', 0x80000000n],
];
