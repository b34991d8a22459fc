/**
 * Names of the values that arguments of system calls take, by set: flags that are or-ed together, and values of
 * which there is one.
 *
 * Source: linux/*.h, asm-generic/*.h, x86's asm/prctl.h (v6.12). test/arguments.live.test.ts has the C compiler
 * check each number against the machine's headers. Where architectures differ, `elsewhere` says what else is
 * used, or that a set is not known there.
 *
 * @module
 */

type Values = Readonly<Record<string, number>>;

/** One set of constants. */
export interface ConstantSet {
  /** Bits that hold one value of {@link values}: 0 where there are flags only. */
  readonly mask: number;
  readonly values: Values;
  /** Flags, the or-ed ones before their parts. */
  readonly flags: Values;
  /** Architectures that have other numbers: what differs, or null where these names are not known. */
  readonly elsewhere?: readonly {
    readonly architectures: RegExp;
    readonly flags: Values | null;
  }[];
}

const ALL = 0xffff_ffff;
/** These took their numbers from other systems, long before asm-generic. */
const OLD_ABIS = /^(?:alpha|mips|parisc|sparc)/;
const UNKNOWN_IN_OLD_ABIS: NonNullable<ConstantSet['elsewhere']> = [{ architectures: OLD_ABIS, flags: null }];

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;

const openFlags = {
  O_SYNC: 0o4010000,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK,
  O_DSYNC: 0o10000,
  O_NOATIME: 0o1000000,
  O_CLOEXEC,
  O_PATH: 0o10000000,
} satisfies Values;

const namespaceFlags = {
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
} satisfies Values;

/** Signals 1 to 31 of asm-generic/signal.h. */
const signals: Values = numbered(
  `SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM
  SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF
  SIGWINCH SIGIO SIGPWR SIGSYS`,
  1,
);

/** Every set by name. */
export const constantSets: Readonly<Record<string, ConstantSet>> = {
  accept: flags({ SOCK_CLOEXEC: O_CLOEXEC, SOCK_NONBLOCK: O_NONBLOCK }, UNKNOWN_IN_OLD_ABIS),
  access: flags({ R_OK: 4, W_OK: 2, X_OK: 1 }, undefined, 'F_OK'),
  archPrctl: values({
    ARCH_SET_GS: 0x1001,
    ARCH_SET_FS: 0x1002,
    ARCH_GET_FS: 0x1003,
    ARCH_GET_GS: 0x1004,
    ARCH_GET_CPUID: 0x1011,
    ARCH_SET_CPUID: 0x1012,
    ARCH_SHSTK_ENABLE: 0x5001,
    ARCH_SHSTK_DISABLE: 0x5002,
    ARCH_SHSTK_LOCK: 0x5003,
    ARCH_SHSTK_STATUS: 0x5005,
  }),
  at: flags({
    AT_SYMLINK_NOFOLLOW: 0x100,
    AT_SYMLINK_FOLLOW: 0x400,
    AT_NO_AUTOMOUNT: 0x800,
    AT_EMPTY_PATH: 0x1000,
    AT_STATX_FORCE_SYNC: 0x2000,
    AT_STATX_DONT_SYNC: 0x4000,
    AT_RECURSIVE: 0x8000,
  }),
  bpf: values(
    numbered(
      `BPF_MAP_CREATE BPF_MAP_LOOKUP_ELEM BPF_MAP_UPDATE_ELEM BPF_MAP_DELETE_ELEM BPF_MAP_GET_NEXT_KEY
      BPF_PROG_LOAD BPF_OBJ_PIN BPF_OBJ_GET BPF_PROG_ATTACH BPF_PROG_DETACH BPF_PROG_TEST_RUN
      BPF_PROG_GET_NEXT_ID BPF_MAP_GET_NEXT_ID BPF_PROG_GET_FD_BY_ID BPF_MAP_GET_FD_BY_ID
      BPF_OBJ_GET_INFO_BY_FD BPF_PROG_QUERY BPF_RAW_TRACEPOINT_OPEN BPF_BTF_LOAD BPF_BTF_GET_FD_BY_ID`,
    ),
  ),
  clock: values(
    numbered(
      `CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID CLOCK_MONOTONIC_RAW
      CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME CLOCK_REALTIME_ALARM CLOCK_BOOTTIME_ALARM`,
    ),
  ),
  clone: {
    mask: 0xff,
    values: signals,
    flags: {
      CLONE_VM: 0x100,
      CLONE_FS: 0x200,
      CLONE_FILES: 0x400,
      CLONE_SIGHAND: 0x800,
      CLONE_PIDFD: 0x1000,
      CLONE_PTRACE: 0x2000,
      CLONE_VFORK: 0x4000,
      CLONE_PARENT: 0x8000,
      CLONE_THREAD: 0x10000,
      CLONE_SYSVSEM: 0x40000,
      CLONE_SETTLS: 0x80000,
      CLONE_PARENT_SETTID: 0x100000,
      CLONE_CHILD_CLEARTID: 0x200000,
      CLONE_DETACHED: 0x400000,
      CLONE_UNTRACED: 0x800000,
      CLONE_CHILD_SETTID: 0x1000000,
      ...namespaceFlags,
      CLONE_IO: 0x80000000,
    },
    elsewhere: UNKNOWN_IN_OLD_ABIS,
  },
  closeRange: flags({ CLOSE_RANGE_UNSHARE: 2, CLOSE_RANGE_CLOEXEC: 4 }),
  epoll: flags({ EPOLL_CLOEXEC: O_CLOEXEC }, UNKNOWN_IN_OLD_ABIS),
  epollOp: values({ EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3 }),
  eventfd: flags({ EFD_CLOEXEC: O_CLOEXEC, EFD_NONBLOCK: O_NONBLOCK, EFD_SEMAPHORE: 1 }, UNKNOWN_IN_OLD_ABIS),
  faccessat: flags({ AT_SYMLINK_NOFOLLOW: 0x100, AT_EACCESS: 0x200, AT_EMPTY_PATH: 0x1000 }),
  fadvise: values(
    numbered(
      'POSIX_FADV_NORMAL POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED POSIX_FADV_DONTNEED POSIX_FADV_NOREUSE',
    ),
  ),
  fallocate: flags({
    FALLOC_FL_KEEP_SIZE: 1,
    FALLOC_FL_PUNCH_HOLE: 2,
    FALLOC_FL_COLLAPSE_RANGE: 8,
    FALLOC_FL_ZERO_RANGE: 16,
    FALLOC_FL_INSERT_RANGE: 32,
    FALLOC_FL_UNSHARE_RANGE: 64,
  }),
  family: values(
    numbered(
      `AF_UNSPEC AF_UNIX AF_INET AF_AX25 AF_IPX AF_APPLETALK AF_NETROM AF_BRIDGE AF_ATMPVC AF_X25 AF_INET6
      AF_ROSE AF_DECnet AF_NETBEUI AF_SECURITY AF_KEY AF_NETLINK AF_PACKET AF_ASH AF_ECONET AF_ATMSVC AF_RDS
      AF_SNA AF_IRDA AF_PPPOX AF_WANPIPE AF_LLC AF_IB AF_MPLS AF_CAN AF_TIPC AF_BLUETOOTH AF_IUCV AF_RXRPC
      AF_ISDN AF_PHONET AF_IEEE802154 AF_CAIF AF_ALG AF_NFC AF_VSOCK AF_KCM AF_QIPCRTR AF_SMC AF_XDP AF_MCTP`,
    ),
  ),
  fcntl: values(
    {
      F_DUPFD: 0,
      F_GETFD: 1,
      F_SETFD: 2,
      F_GETFL: 3,
      F_SETFL: 4,
      F_GETLK: 5,
      F_SETLK: 6,
      F_SETLKW: 7,
      F_SETOWN: 8,
      F_GETOWN: 9,
      F_SETSIG: 10,
      F_GETSIG: 11,
      F_SETOWN_EX: 15,
      F_GETOWN_EX: 16,
      F_OFD_GETLK: 36,
      F_OFD_SETLK: 37,
      F_OFD_SETLKW: 38,
      F_SETLEASE: 1024,
      F_GETLEASE: 1025,
      F_NOTIFY: 1026,
      F_DUPFD_CLOEXEC: 1030,
      F_SETPIPE_SZ: 1031,
      F_GETPIPE_SZ: 1032,
      F_ADD_SEALS: 1033,
      F_GET_SEALS: 1034,
    },
    UNKNOWN_IN_OLD_ABIS,
  ),
  flock: {
    mask: 11,
    values: { LOCK_SH: 1, LOCK_EX: 2, LOCK_UN: 8 },
    flags: { LOCK_NB: 4 },
  },
  futex: {
    mask: 0x7f,
    values: numbered(
      `FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE FUTEX_WAKE_OP FUTEX_LOCK_PI
      FUTEX_UNLOCK_PI FUTEX_TRYLOCK_PI FUTEX_WAIT_BITSET FUTEX_WAKE_BITSET FUTEX_WAIT_REQUEUE_PI
      FUTEX_CMP_REQUEUE_PI FUTEX_LOCK_PI2`,
    ),
    flags: { FUTEX_PRIVATE_FLAG: 128, FUTEX_CLOCK_REALTIME: 256 },
  },
  getrandom: flags({ GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 }),
  idtype: values(numbered('P_ALL P_PID P_PGID P_PIDFD')),
  inotify: flags({ IN_CLOEXEC: O_CLOEXEC, IN_NONBLOCK: O_NONBLOCK }, UNKNOWN_IN_OLD_ABIS),
  ioctl: values(
    {
      ...numbered(
        `TCGETS TCSETS TCSETSW TCSETSF TCGETA TCSETA TCSETAW TCSETAF TCSBRK TCXONC TCFLSH TIOCEXCL TIOCNXCL
        TIOCSCTTY TIOCGPGRP TIOCSPGRP TIOCOUTQ TIOCSTI TIOCGWINSZ TIOCSWINSZ TIOCMGET TIOCMBIS TIOCMBIC TIOCMSET
        TIOCGSOFTCAR TIOCSSOFTCAR FIONREAD TIOCLINUX TIOCCONS TIOCGSERIAL TIOCSSERIAL TIOCPKT FIONBIO TIOCNOTTY
        TIOCSETD TIOCGETD`,
        0x5401,
      ),
      TIOCGSID: 0x5429,
      TIOCGPTN: 0x80045430,
      TIOCSPTLCK: 0x40045431,
      FIONCLEX: 0x5450,
      FIOCLEX: 0x5451,
      FIOASYNC: 0x5452,
      SIOCGIFNAME: 0x8910,
      SIOCGIFCONF: 0x8912,
      SIOCGIFFLAGS: 0x8913,
      SIOCSIFFLAGS: 0x8914,
      SIOCGIFADDR: 0x8915,
      SIOCGIFMTU: 0x8921,
      SIOCGIFHWADDR: 0x8927,
      SIOCGIFINDEX: 0x8933,
      FICLONE: 0x40049409,
      FICLONERANGE: 0x4020940d,
      SECCOMP_IOCTL_NOTIF_RECV: 0xc0502100,
      SECCOMP_IOCTL_NOTIF_SEND: 0xc0182101,
      SECCOMP_IOCTL_NOTIF_ID_VALID: 0x40082102,
      SECCOMP_IOCTL_NOTIF_ADDFD: 0x40182103,
      TUNSETIFF: 0x400454ca,
      KVM_GET_API_VERSION: 0xae00,
      KVM_CREATE_VM: 0xae01,
      KVM_CHECK_EXTENSION: 0xae03,
      KVM_CREATE_VCPU: 0xae41,
      KVM_RUN: 0xae80,
    },
    [{ architectures: /^(?:alpha|mips|parisc|ppc|sparc|sh|xtensa)/, flags: null }],
  ),
  /** Of msgget and the like, and the flags of their transfers. */
  ipc: {
    mask: 0,
    values: {},
    flags: { IPC_CREAT: 0o1000, IPC_EXCL: 0o2000, IPC_NOWAIT: 0o4000 },
  },
  ipcOp: {
    mask: 0xff,
    values: { IPC_RMID: 0, IPC_SET: 1, IPC_STAT: 2, IPC_INFO: 3 },
    flags: { IPC_64: 0x100 },
  },
  itimer: values(numbered('ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF')),
  keyctl: values(
    numbered(
      `KEYCTL_GET_KEYRING_ID KEYCTL_JOIN_SESSION_KEYRING KEYCTL_UPDATE KEYCTL_REVOKE KEYCTL_CHOWN KEYCTL_SETPERM
      KEYCTL_DESCRIBE KEYCTL_CLEAR KEYCTL_LINK KEYCTL_UNLINK KEYCTL_SEARCH KEYCTL_READ KEYCTL_INSTANTIATE
      KEYCTL_NEGATE KEYCTL_SET_REQKEY_KEYRING KEYCTL_SET_TIMEOUT KEYCTL_ASSUME_AUTHORITY KEYCTL_GET_SECURITY
      KEYCTL_SESSION_TO_PARENT KEYCTL_REJECT KEYCTL_INSTANTIATE_IOV KEYCTL_INVALIDATE KEYCTL_GET_PERSISTENT`,
    ),
  ),
  madvise: values(
    {
      MADV_NORMAL: 0,
      MADV_RANDOM: 1,
      MADV_SEQUENTIAL: 2,
      MADV_WILLNEED: 3,
      MADV_DONTNEED: 4,
      ...numbered(
        `MADV_FREE MADV_REMOVE MADV_DONTFORK MADV_DOFORK MADV_MERGEABLE MADV_UNMERGEABLE MADV_HUGEPAGE
        MADV_NOHUGEPAGE MADV_DONTDUMP MADV_DODUMP MADV_WIPEONFORK MADV_KEEPONFORK MADV_COLD MADV_PAGEOUT
        MADV_POPULATE_READ MADV_POPULATE_WRITE MADV_DONTNEED_LOCKED MADV_COLLAPSE`,
        8,
      ),
    },
    [{ architectures: /^(?:alpha|parisc)/, flags: null }],
  ),
  membarrier: values({
    MEMBARRIER_CMD_QUERY: 0,
    MEMBARRIER_CMD_GLOBAL: 1,
    MEMBARRIER_CMD_GLOBAL_EXPEDITED: 2,
    MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED: 4,
    MEMBARRIER_CMD_PRIVATE_EXPEDITED: 8,
    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: 16,
  }),
  memfd: flags({
    MFD_CLOEXEC: 1,
    MFD_ALLOW_SEALING: 2,
    MFD_HUGETLB: 4,
    MFD_NOEXEC_SEAL: 8,
    MFD_EXEC: 16,
  }),
  mlockall: flags({ MCL_CURRENT: 1, MCL_FUTURE: 2, MCL_ONFAULT: 4 }, [
    { architectures: /^(?:alpha|ppc|sparc)/, flags: null },
  ]),
  mmap: {
    mask: 3,
    values: { MAP_SHARED: 1, MAP_PRIVATE: 2, MAP_SHARED_VALIDATE: 3 },
    flags: {
      MAP_FIXED: 0x10,
      MAP_ANONYMOUS: 0x20,
      MAP_32BIT: 0x40,
      MAP_GROWSDOWN: 0x100,
      MAP_DENYWRITE: 0x800,
      MAP_EXECUTABLE: 0x1000,
      MAP_LOCKED: 0x2000,
      MAP_NORESERVE: 0x4000,
      MAP_POPULATE: 0x8000,
      MAP_NONBLOCK: 0x10000,
      MAP_STACK: 0x20000,
      MAP_HUGETLB: 0x40000,
      MAP_SYNC: 0x80000,
      MAP_FIXED_NOREPLACE: 0x100000,
    },
    elsewhere: [{ architectures: /^(?:alpha|mips|parisc|ppc|sparc|xtensa)/, flags: null }],
  },
  mount: flags({
    MS_RDONLY: 1,
    MS_NOSUID: 2,
    MS_NODEV: 4,
    MS_NOEXEC: 8,
    MS_SYNCHRONOUS: 16,
    MS_REMOUNT: 32,
    MS_MANDLOCK: 64,
    MS_DIRSYNC: 128,
    MS_NOATIME: 1024,
    MS_NODIRATIME: 2048,
    MS_BIND: 4096,
    MS_MOVE: 8192,
    MS_REC: 16384,
    MS_SILENT: 32768,
    MS_UNBINDABLE: 1 << 17,
    MS_PRIVATE: 1 << 18,
    MS_SLAVE: 1 << 19,
    MS_SHARED: 1 << 20,
    MS_RELATIME: 1 << 21,
    MS_STRICTATIME: 1 << 24,
    MS_LAZYTIME: 1 << 25,
  }),
  mremap: flags({ MREMAP_MAYMOVE: 1, MREMAP_FIXED: 2, MREMAP_DONTUNMAP: 4 }),
  msg: flags({
    MSG_OOB: 1,
    MSG_PEEK: 2,
    MSG_DONTROUTE: 4,
    MSG_CTRUNC: 8,
    MSG_TRUNC: 0x20,
    MSG_DONTWAIT: 0x40,
    MSG_EOR: 0x80,
    MSG_WAITALL: 0x100,
    MSG_CONFIRM: 0x800,
    MSG_ERRQUEUE: 0x2000,
    MSG_NOSIGNAL: 0x4000,
    MSG_MORE: 0x8000,
    MSG_WAITFORONE: 0x10000,
    MSG_ZEROCOPY: 0x4000000,
    MSG_FASTOPEN: 0x20000000,
    MSG_CMSG_CLOEXEC: 0x40000000,
  }),
  msync: flags({ MS_ASYNC: 1, MS_INVALIDATE: 2, MS_SYNC: 4 }, [{ architectures: /^alpha/, flags: null }]),
  open: {
    mask: 3,
    values: { O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2 },
    flags: {
      O_TMPFILE: 0o20200000,
      ...openFlags,
      O_DIRECT: 0o40000,
      O_LARGEFILE: 0o100000,
      O_DIRECTORY: 0o200000,
      O_NOFOLLOW: 0o400000,
    },
    elsewhere: [
      { architectures: OLD_ABIS, flags: null },
      {
        architectures: /^(?:aarch64|arm|armoabi|m68k)$/,
        flags: {
          O_TMPFILE: 0o20040000,
          ...openFlags,
          O_DIRECTORY: 0o40000,
          O_NOFOLLOW: 0o100000,
          O_DIRECT: 0o200000,
          O_LARGEFILE: 0o400000,
        },
      },
      {
        architectures: /^ppc/,
        flags: {
          O_TMPFILE: 0o20040000,
          ...openFlags,
          O_DIRECTORY: 0o40000,
          O_NOFOLLOW: 0o100000,
          O_LARGEFILE: 0o200000,
          O_DIRECT: 0o400000,
        },
      },
    ],
  },
  openTree: flags(
    {
      AT_RECURSIVE: 0x8000,
      AT_SYMLINK_NOFOLLOW: 0x100,
      AT_NO_AUTOMOUNT: 0x800,
      AT_EMPTY_PATH: 0x1000,
      OPEN_TREE_CLOEXEC: O_CLOEXEC,
      OPEN_TREE_CLONE: 1,
    },
    UNKNOWN_IN_OLD_ABIS,
  ),
  perf: flags({
    PERF_FLAG_FD_NO_GROUP: 1,
    PERF_FLAG_FD_OUTPUT: 2,
    PERF_FLAG_PID_CGROUP: 4,
    PERF_FLAG_FD_CLOEXEC: 8,
  }),
  personality: {
    mask: 0xff,
    values: { PER_LINUX: 0, PER_LINUX32: 8 },
    flags: {
      ADDR_NO_RANDOMIZE: 0x40000,
      MMAP_PAGE_ZERO: 0x100000,
      ADDR_COMPAT_LAYOUT: 0x200000,
      READ_IMPLIES_EXEC: 0x400000,
      ADDR_LIMIT_32BIT: 0x800000,
    },
  },
  pidfd: flags({ PIDFD_NONBLOCK: O_NONBLOCK, PIDFD_THREAD: 0o200 }, UNKNOWN_IN_OLD_ABIS),
  prctl: values({
    ...numbered('PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_GET_DUMPABLE PR_SET_DUMPABLE', 1),
    PR_GET_KEEPCAPS: 7,
    PR_SET_KEEPCAPS: 8,
    PR_SET_NAME: 15,
    PR_GET_NAME: 16,
    PR_GET_SECCOMP: 21,
    PR_SET_SECCOMP: 22,
    PR_CAPBSET_READ: 23,
    PR_CAPBSET_DROP: 24,
    PR_GET_TSC: 25,
    PR_SET_TSC: 26,
    PR_GET_SECUREBITS: 27,
    PR_SET_SECUREBITS: 28,
    PR_SET_TIMERSLACK: 29,
    PR_GET_TIMERSLACK: 30,
    PR_SET_MM: 35,
    PR_SET_CHILD_SUBREAPER: 36,
    PR_GET_CHILD_SUBREAPER: 37,
    PR_SET_NO_NEW_PRIVS: 38,
    PR_GET_NO_NEW_PRIVS: 39,
    PR_GET_TID_ADDRESS: 40,
    PR_SET_THP_DISABLE: 41,
    PR_CAP_AMBIENT: 47,
    PR_GET_SPECULATION_CTRL: 52,
    PR_SET_SPECULATION_CTRL: 53,
    PR_SET_SYSCALL_USER_DISPATCH: 59,
    PR_SCHED_CORE: 62,
    PR_SET_MDWE: 65,
    PR_GET_MDWE: 66,
    PR_SET_VMA: 0x53564d41,
    PR_SET_PTRACER: 0x59616d61,
  }),
  priority: values(numbered('PRIO_PROCESS PRIO_PGRP PRIO_USER')),
  prot: flags(
    {
      PROT_READ: 1,
      PROT_WRITE: 2,
      PROT_EXEC: 4,
      PROT_GROWSDOWN: 0x1000000,
      PROT_GROWSUP: 0x2000000,
    },
    undefined,
    'PROT_NONE',
  ),
  ptrace: values({
    ...numbered(
      'PTRACE_TRACEME PTRACE_PEEKTEXT PTRACE_PEEKDATA PTRACE_PEEKUSER PTRACE_POKETEXT PTRACE_POKEDATA PTRACE_POKEUSER PTRACE_CONT PTRACE_KILL PTRACE_SINGLESTEP',
    ),
    PTRACE_ATTACH: 16,
    PTRACE_DETACH: 17,
    PTRACE_SYSCALL: 24,
    ...numbered('PTRACE_SETOPTIONS PTRACE_GETEVENTMSG PTRACE_GETSIGINFO PTRACE_SETSIGINFO', 0x4200),
    ...numbered('PTRACE_GETREGSET PTRACE_SETREGSET PTRACE_SEIZE PTRACE_INTERRUPT PTRACE_LISTEN', 0x4204),
    PTRACE_SECCOMP_GET_FILTER: 0x420c,
    PTRACE_GET_SYSCALL_INFO: 0x420e,
  }),
  reboot: values({
    LINUX_REBOOT_CMD_RESTART: 0x1234567,
    LINUX_REBOOT_CMD_HALT: 0xcdef0123,
    LINUX_REBOOT_CMD_CAD_ON: 0x89abcdef,
    LINUX_REBOOT_CMD_CAD_OFF: 0,
    LINUX_REBOOT_CMD_POWER_OFF: 0x4321fedc,
    LINUX_REBOOT_CMD_RESTART2: 0xa1b2c3d4,
    LINUX_REBOOT_CMD_SW_SUSPEND: 0xd000fce2,
    LINUX_REBOOT_CMD_KEXEC: 0x45584543,
  }),
  rename: flags({ RENAME_NOREPLACE: 1, RENAME_EXCHANGE: 2, RENAME_WHITEOUT: 4 }),
  rlimit: values(
    numbered(
      `RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC RLIMIT_NOFILE
      RLIMIT_MEMLOCK RLIMIT_AS RLIMIT_LOCKS RLIMIT_SIGPENDING RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO
      RLIMIT_RTTIME`,
    ),
    UNKNOWN_IN_OLD_ABIS,
  ),
  rusage: values({ RUSAGE_SELF: 0, RUSAGE_CHILDREN: ALL, RUSAGE_THREAD: 1 }),
  rwf: flags({ RWF_HIPRI: 1, RWF_DSYNC: 2, RWF_SYNC: 4, RWF_NOWAIT: 8, RWF_APPEND: 16 }),
  sched: {
    mask: 0x3fff_ffff,
    values: {
      SCHED_OTHER: 0,
      SCHED_FIFO: 1,
      SCHED_RR: 2,
      SCHED_BATCH: 3,
      SCHED_IDLE: 5,
      SCHED_DEADLINE: 6,
    },
    flags: { SCHED_RESET_ON_FORK: 0x40000000 },
  },
  seccomp: values(
    numbered(
      'SECCOMP_SET_MODE_STRICT SECCOMP_SET_MODE_FILTER SECCOMP_GET_ACTION_AVAIL SECCOMP_GET_NOTIF_SIZES',
    ),
  ),
  seccompFilter: flags({
    SECCOMP_FILTER_FLAG_TSYNC: 1,
    SECCOMP_FILTER_FLAG_LOG: 2,
    SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
    SECCOMP_FILTER_FLAG_NEW_LISTENER: 8,
    SECCOMP_FILTER_FLAG_TSYNC_ESRCH: 16,
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
  }),
  shutdown: values(numbered('SHUT_RD SHUT_WR SHUT_RDWR')),
  signal: values(signals, UNKNOWN_IN_OLD_ABIS),
  signalfd: flags({ SFD_CLOEXEC: O_CLOEXEC, SFD_NONBLOCK: O_NONBLOCK }, UNKNOWN_IN_OLD_ABIS),
  sigprocmask: values(numbered('SIG_BLOCK SIG_UNBLOCK SIG_SETMASK'), UNKNOWN_IN_OLD_ABIS),
  socketLevel: values(
    { IPPROTO_IP: 0, SOL_SOCKET: 1, IPPROTO_TCP: 6, IPPROTO_UDP: 17, IPPROTO_IPV6: 41, SOL_NETLINK: 270 },
    UNKNOWN_IN_OLD_ABIS,
  ),
  socketType: {
    mask: 0xf,
    values: { SOCK_STREAM: 1, SOCK_DGRAM: 2, SOCK_RAW: 3, SOCK_RDM: 4, SOCK_SEQPACKET: 5, SOCK_PACKET: 10 },
    flags: { SOCK_CLOEXEC: O_CLOEXEC, SOCK_NONBLOCK: O_NONBLOCK },
    elsewhere: UNKNOWN_IN_OLD_ABIS,
  },
  splice: flags({ SPLICE_F_MOVE: 1, SPLICE_F_NONBLOCK: 2, SPLICE_F_MORE: 4, SPLICE_F_GIFT: 8 }),
  syslog: values(
    numbered(
      `SYSLOG_ACTION_CLOSE SYSLOG_ACTION_OPEN SYSLOG_ACTION_READ SYSLOG_ACTION_READ_ALL
      SYSLOG_ACTION_READ_CLEAR SYSLOG_ACTION_CLEAR SYSLOG_ACTION_CONSOLE_OFF SYSLOG_ACTION_CONSOLE_ON
      SYSLOG_ACTION_CONSOLE_LEVEL SYSLOG_ACTION_SIZE_UNREAD SYSLOG_ACTION_SIZE_BUFFER`,
    ),
  ),
  timer: flags({ TIMER_ABSTIME: 1 }),
  timerfd: flags({ TFD_CLOEXEC: O_CLOEXEC, TFD_NONBLOCK: O_NONBLOCK }, UNKNOWN_IN_OLD_ABIS),
  umount: flags({ MNT_FORCE: 1, MNT_DETACH: 2, MNT_EXPIRE: 4, UMOUNT_NOFOLLOW: 8 }),
  unlinkat: flags({ AT_REMOVEDIR: 0x200 }),
  unshare: flags({
    CLONE_FS: 0x200,
    CLONE_FILES: 0x400,
    CLONE_SYSVSEM: 0x40000,
    CLONE_NEWTIME: 0x80,
    ...namespaceFlags,
  }),
  uringEnter: flags({
    IORING_ENTER_GETEVENTS: 1,
    IORING_ENTER_SQ_WAKEUP: 2,
    IORING_ENTER_SQ_WAIT: 4,
    IORING_ENTER_EXT_ARG: 8,
    IORING_ENTER_REGISTERED_RING: 16,
  }),
  wait: flags({
    WNOHANG: 1,
    WUNTRACED: 2,
    WEXITED: 4,
    WCONTINUED: 8,
    WNOWAIT: 0x1000000,
    __WNOTHREAD: 0x20000000,
    __WALL: 0x40000000,
    __WCLONE: 0x80000000,
  }),
  whence: values(numbered('SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE')),
  xattr: flags({ XATTR_CREATE: 1, XATTR_REPLACE: 2 }),
};

/** A set of flags; `none` is what 0 is called. */
function flags(named: Values, elsewhere?: ConstantSet['elsewhere'], none?: string): ConstantSet {
  return {
    mask: 0,
    values: none === undefined ? {} : { [none]: 0 },
    flags: named,
    ...(elsewhere && { elsewhere }),
  };
}

/** A set of values of which there is one. */
function values(named: Values, elsewhere?: ConstantSet['elsewhere']): ConstantSet {
  return { mask: ALL, values: named, flags: {}, ...(elsewhere && { elsewhere }) };
}

/** Names with the numbers that follow each other. */
function numbered(names: string, first = 0): Values {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name, at) => [name, first + at]),
  );
}
