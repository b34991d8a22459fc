/**
 * Numbers of the kernel's user interface that the runtime passes in system calls. They are the same on
 * every architecture that Node runs on.
 * Sources: linux/seccomp.h, linux/prctl.h, linux/fcntl.h, asm-generic/fcntl.h, linux/wait.h (v6.12).
 *
 * @module
 */

/** Operations of seccomp(2). */
export const SeccompOperation = {
  SET_MODE_STRICT: 0,
  SET_MODE_FILTER: 1,
  GET_ACTION_AVAIL: 2,
  GET_NOTIF_SIZES: 3,
} as const;

/** Flags of SECCOMP_SET_MODE_FILTER, with the kernel release that brought each. */
export const SeccompFlag = {
  /** 3.17: the filter goes to all threads of the process. */
  TSYNC: 1,
  /** 4.14: every action but ALLOW is logged. */
  LOG: 2,
  /** 4.17: no Speculative Store Bypass mitigation. */
  SPEC_ALLOW: 4,
  /** 5.0: the answer is a descriptor on which USER_NOTIF calls are announced. */
  NEW_LISTENER: 8,
  /** 5.7: a thread that cannot follow is ESRCH, not a positive answer. */
  TSYNC_ESRCH: 16,
  /** 5.19: a notified call that was received waits killable only. */
  WAIT_KILLABLE_RECV: 32,
} as const;

/** The name of a filter flag. */
export type SeccompFlagName = keyof typeof SeccompFlag;

/** SECCOMP_RET_* action words without data, by name. */
export const SeccompReturn = {
  KILL_PROCESS: 0x8000_0000,
  KILL_THREAD: 0x0000_0000,
  TRAP: 0x0003_0000,
  ERRNO: 0x0005_0000,
  USER_NOTIF: 0x7fc0_0000,
  TRACE: 0x7ff0_0000,
  LOG: 0x7ffc_0000,
  ALLOW: 0x7fff_0000,
} as const;

/** The name of an action. */
export type SeccompActionName = keyof typeof SeccompReturn;

/** Options of prctl(2). */
export const Prctl = {
  SET_PDEATHSIG: 1,
  SET_DUMPABLE: 4,
  GET_SECCOMP: 21,
  SET_NO_NEW_PRIVS: 38,
  GET_NO_NEW_PRIVS: 39,
} as const;

/** Commands of fcntl(2). */
export const Fcntl = { SETFD: 2, GETFL: 3, SETFL: 4 } as const;

/** The one descriptor flag: close on exec. */
export const FD_CLOEXEC: number = 1;

/** Flags of open(2) and execveat(2) that Node does not name. */
export const O_PATH: number = 0o10000000;
export const O_CLOEXEC: number = 0o2000000;
export const AT_EMPTY_PATH: number = 0x1000;

/** prlimit(2)'s resource for open files (asm-generic; 5 on mips, 6 on sparc and alpha). */
export const RLIMIT_NOFILE: number = process.arch === 'mips' || process.arch === 'mipsel' ? 5 : 7;

/** Requests of ptrace(2). */
export const Ptrace = {
  DETACH: 17,
  /** 3.4: trace without stopping; then ask for a stop that leaves no trace of itself. */
  SEIZE: 0x4206,
  INTERRUPT: 0x4207,
  /** 4.4 and 4.16, both with CONFIG_CHECKPOINT_RESTORE. */
  SECCOMP_GET_FILTER: 0x420c,
  SECCOMP_GET_METADATA: 0x420d,
} as const;

/** waitid(2): wait for one process. */
export const P_PID: number = 1;

/** Flags of waitid(2). */
export const Wait = {
  NOHANG: 1,
  STOPPED: 2,
  EXITED: 4,
  /** Leave what is reported to be reported again. */
  NOWAIT: 0x0100_0000,
  /** Threads of other processes too. */
  ALL: 0x4000_0000,
} as const;

/** poll(2): there is something to read. */
export const POLLIN: number = 1;

/** What /proc/PID/fd shows of a listener (kernel/seccomp.c). */
export const LISTENER_LINK = 'anon_inode:seccomp notify';
