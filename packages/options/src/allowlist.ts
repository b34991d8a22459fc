/**
 * The allow-list of QEMU 1.2 to 2.10 in its last form: before the sets, `-sandbox on` named the calls that a
 * guest needs and killed the thread for any other. From QEMU's qemu-seccomp.c, v2.10.0.
 * @module
 */

/** One allowed call. */
export interface AllowedCall {
  readonly name: string;
  /** How early the filter should test for it: 240 to 255, the greatest first. */
  readonly priority: number;
  /** The release that added it, where that is known. */
  readonly since?: string;
}

/** Priority, release, names. One string for many names costs almost nothing to load. */
const ROWS: readonly (readonly [priority: number, since: string | undefined, names: string])[] = [
  [255, undefined, 'timer_settime'],
  [254, undefined, 'timer_gettime'],
  [253, undefined, 'futex'],
  [252, undefined, 'select'],
  [251, undefined, 'recvfrom'],
  [250, undefined, 'sendto socketcall'],
  [249, undefined, 'read'],
  [249, '1.6', 'io_submit'],
  [248, undefined, 'brk'],
  [247, undefined, 'clone mmap'],
  [246, undefined, 'mprotect'],
  [
    245,
    undefined,
    'execve open ioctl socket setsockopt recvmsg sendmsg accept connect socketpair bind ' +
      'listen semget ipc gettimeofday readlink access prctl signalfd getrlimit',
  ],
  [245, '2.8', 'getrusage'],
  [
    245,
    undefined,
    'set_tid_address statfs unlink wait4 fcntl64 fstat64 stat64 getgid32 getegid32 getuid32 ' +
      'geteuid32 sigreturn _newselect _llseek mmap2 sigprocmask sched_getparam ' +
      'sched_getscheduler clock_getres sched_get_priority_min sched_get_priority_max stat uname ' +
      'eventfd2 io_getevents dup dup2 dup3 gettid getgid getegid getuid geteuid timer_create',
  ],
  [245, '1.7', 'times'],
  [
    245,
    undefined,
    'exit clock_gettime time restart_syscall pwrite64 nanosleep chown openat getdents ' +
      'timer_delete exit_group rt_sigreturn sync pread64 madvise set_robust_list lseek pselect6 ' +
      'fork rt_sigprocmask',
  ],
  [244, undefined, 'write'],
  [243, undefined, 'fcntl'],
  [242, undefined, 'tgkill'],
  [242, '2.0', 'kill'],
  [
    242,
    undefined,
    'rt_sigaction pipe2 munmap mremap fdatasync close rt_sigpending rt_sigtimedwait readv ' +
      'writev preadv pwritev setrlimit ftruncate lstat pipe umask chdir setitimer setsid poll ' +
      'epoll_create epoll_ctl epoll_wait waitpid getsockname getpeername accept4',
  ],
  [242, '2.1', 'timerfd_settime'],
  [
    241,
    undefined,
    'newfstatat shutdown getsockopt semop semtimedop epoll_ctl_old epoll_wait_old epoll_pwait ' +
      'epoll_create1 ppoll creat link getpid getppid getpgrp getpgid getsid getdents64 ' +
      'getresuid getresgid getgroups getresuid32 getresgid32 getgroups32 signal sigaction ' +
      'sigsuspend sigpending truncate64 ftruncate64 fchown32 chown32 lchown32 statfs64 ' +
      'fstatfs64 fstatat64 lstat64 sendfile64 ugetrlimit alarm rt_sigsuspend rt_sigqueueinfo ' +
      'rt_tgsigqueueinfo sigaltstack signalfd4 truncate fchown lchown fchownat fstatfs ' +
      'getitimer syncfs fsync fchdir msync sched_setparam sched_setscheduler sched_yield ' +
      'sched_rr_get_interval sched_setaffinity sched_getaffinity readahead timer_getoverrun ' +
      'unlinkat readlinkat faccessat get_robust_list splice vmsplice getcpu sendmmsg recvmmsg ' +
      'prlimit64 waitid',
  ],
  [241, '1.6', 'io_cancel'],
  [241, undefined, 'io_setup io_destroy'],
  [240, '1.6', 'arch_prctl'],
  [240, '2.0', 'mkdir fchmod shmget shmat shmdt'],
  [240, '2.1', 'timerfd_create shmctl'],
  [240, '2.3', 'mlockall'],
  [240, '2.1', 'mlock munlock'],
  [240, '2.2', 'semctl fallocate fadvise64 inotify_init1 inotify_add_watch'],
  [240, '2.3', 'mbind'],
  [240, '2.5', 'memfd_create cacheflush'],
  [240, '2.6', 'sysinfo'],
];

/**
 * The allowed calls.
 * @returns 219 calls in the order of QEMU's table
 * @example
 * ```ts
 * import { allowedCalls } from '@qseccomp/options/policy';
 * allowedCalls().find(({ name }) => name === 'io_submit'); // => { name: 'io_submit', priority: 249, since: '1.6' }
 * ```
 */
export function allowedCalls(): AllowedCall[] {
  return ROWS.flatMap(([priority, since, names]) =>
    names.split(' ').map((name) => ({ name, priority, ...(since !== undefined && { since }) })),
  );
}
