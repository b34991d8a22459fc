/**
 * Calls that do the same, or as good as: a policy that denies one on purpose and leaves another open denies
 * nothing.
 *
 * Sources: the manual pages; include/linux/syscalls.h (v6.12) for which are entrances of one function.
 *
 * @module
 */
import type { Architecture } from '@qseccomp/syscall-tables';
import type { CallPattern } from './subject.ts';

/** Calls for one thing. */
export interface EquivalentCalls {
  /** What they do. */
  readonly does: string;
  readonly calls: readonly CallPattern[];
  /** Calls that do it among other things: to deny these says nothing about the rest. */
  readonly alsoBy?: readonly CallPattern[];
}

const CLONE_THREAD = 0x0001_0000n;
const SCHED_IDLE = 5n;

/**
 * All groups, for an architecture: those that are known, and calls whose names differ by a number at the end
 * (`dup2` and `dup3`).
 *
 * @param architecture - whose calls
 */
export function equivalentCalls(architecture: Architecture): readonly EquivalentCalls[] {
  const known = [...GROUPS.map(group), SCHEDULING, processes(architecture.cloneFlagsArgument)];
  const names = known.map(({ calls }) => new Set(calls.map(({ syscall }) => syscall)));
  const stems = new Map<string, CallPattern[]>();
  for (const [syscall] of architecture.syscalls) {
    const stem = syscall.replace(/(?:_time64|\d+)$/, '');
    const same = stems.get(stem);
    if (same === undefined) stems.set(stem, [{ syscall }]);
    else same.push({ syscall });
  }
  const families = [...stems.values()].filter(
    (calls) => calls.length > 1 && !names.some((known) => calls.every(({ syscall }) => known.has(syscall))),
  );
  return [...known, ...families.map((calls) => ({ does: 'does the same under a newer number', calls }))];
}

/** To become idle harms nobody, and QEMU allows it. */
const SCHEDULING: EquivalentCalls = {
  does: 'sets scheduling',
  calls: [
    { syscall: 'sched_setscheduler', comparisons: [{ argument: 1, op: 'NE', value: SCHED_IDLE }] },
    { syscall: 'sched_setparam' },
    { syscall: 'sched_setattr' },
  ],
};

/** clone for a thread is another matter than clone for a process. */
function processes(cloneFlags: number): EquivalentCalls {
  const comparisons = [{ argument: cloneFlags, op: 'MASKED_EQ', mask: CLONE_THREAD, value: 0n }] as const;
  return {
    does: 'starts a process',
    calls: [
      ...['fork', 'vfork', 'clone3'].map((syscall) => ({ syscall })),
      { syscall: 'clone', comparisons },
    ],
  };
}

const GROUPS: readonly (readonly [does: string, calls: string])[] = [
  ['starts a program', 'execve execveat'],
  ['attaches and detaches file systems', 'mount umount umount2 move_mount'],
  ['loads another kernel', 'kexec_load kexec_file_load'],
  ['loads a module', 'init_module finit_module'],
  ['reads and changes other processes', 'ptrace process_vm_readv process_vm_writev'],
  ['sets user ids', 'setuid setreuid setresuid setuid32 setreuid32 setresuid32'],
  ['sets group ids', 'setgid setregid setresgid setgid32 setregid32 setresgid32 | setgroups setgroups32'],
  ['sets ids for files', 'setfsuid setfsgid setfsuid32 setfsgid32'],
  ['reads scheduling', 'sched_getscheduler sched_getparam sched_getattr'],
  ['sets limits', 'setrlimit prlimit64'],
  ['sets the clock', 'settimeofday clock_settime clock_settime64 stime'],
  ['sets quotas', 'quotactl quotactl_fd'],
  ['opens files', 'open openat openat2 creat | open_by_handle_at'],
  ['reads files', 'read readv pread64 preadv preadv2'],
  ['writes files', 'write writev pwrite64 pwritev pwritev2 | sendfile sendfile64 splice copy_file_range'],
  ['removes files', 'unlink unlinkat'],
  ['renames files', 'rename renameat renameat2'],
  ['links files', 'link linkat'],
  ['makes symbolic links', 'symlink symlinkat'],
  ['makes directories', 'mkdir mkdirat'],
  ['makes devices', 'mknod mknodat'],
  ['changes modes of files', 'chmod fchmod fchmodat fchmodat2'],
  ['changes owners of files', 'chown fchown lchown fchownat chown32 fchown32 lchown32'],
  ['sets extended attributes', 'setxattr lsetxattr fsetxattr setxattrat'],
  ['sends signals', 'kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal'],
  ['changes protection of memory', 'mprotect pkey_mprotect'],
  ['makes sockets', 'socket socketcall | io_uring_setup'],
  ['makes ports of hardware accessible', 'iopl ioperm'],
];

/** Names, and behind a bar those of {@link EquivalentCalls.alsoBy}. */
function group([does, names]: (typeof GROUPS)[number]): EquivalentCalls {
  const [calls = [], alsoBy = []] = names
    .split(' | ')
    .map((part) => part.split(' ').map((syscall) => ({ syscall })));
  return { does, calls, alsoBy };
}
