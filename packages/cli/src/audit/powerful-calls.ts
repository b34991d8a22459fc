/**
 * Calls that a sandboxed program has no need of and an attacker much use for.
 *
 * Sources: the manual page of each call; what the default profiles of container engines and the sandboxes of
 * browsers forbid, with their reasons; capabilities(7).
 *
 * @module
 */
import type { Architecture } from '@qseccomp/syscall-tables';
import { callArguments } from '@qseccomp/syscall-tables/arguments';
import type { Severity } from './finding.ts';
import type { CallPattern } from './subject.ts';

/** Calls that do the same kind of harm. */
export interface PowerfulCalls {
  readonly check: string;
  readonly severity: Severity;
  /** What is possible where they are open. */
  readonly title: string;
  readonly reason: string;
  readonly remedy: string;
  /** Capability without which they fail, as a bit of capabilities(7); absent: anybody may. */
  readonly capability?: keyof typeof CAPABILITY_BITS;
  readonly calls: readonly CallPattern[];
}

/** Capabilities that the checks name; linux/capability.h. */
export const CAPABILITY_BITS = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_SYS_MODULE: 16,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_BOOT: 22,
} as const;

const CLONE_NEWUSER = 0x1000_0000n;
const WRITE_AND_EXEC = 6n;
const SHM_EXEC = 0o100000n;
const ADDR_NO_RANDOMIZE = 0x004_0000n;
const AF_INET = 2n;

/** TIOCSTI, asm-generic/ioctls.h and the ioctls.h of those that have their own (v6.12). */
function tiocsti({ name }: Architecture): bigint {
  if (name.startsWith('mips')) return 0x5472n;
  if (name.startsWith('sparc')) return 0x8001_7472n;
  return name === 'xtensa' ? 0x4001_5412n : 0x5412n;
}

/** Where mmap takes its arguments in memory, no filter sees the protection: every call of it counts. */
function mmap(architecture: Architecture): CallPattern {
  const isVisible = (callArguments(architecture, 'mmap') ?? []).length > 1;
  return isVisible ? bits('mmap', 2, WRITE_AND_EXEC) : { syscall: 'mmap' };
}

/** Calls by name alone. */
function names(...list: readonly string[]): CallPattern[] {
  return list.map((syscall) => ({ syscall }));
}

/** Calls with some bits of an argument set. */
function bits(syscall: string, argument: number, mask: bigint): CallPattern {
  return { syscall, comparisons: [{ argument, op: 'MASKED_EQ', mask, value: mask }] };
}

/**
 * All of them, for an architecture.
 *
 * @param architecture - whose calls
 */
export function powerfulCalls(architecture: Architecture): readonly PowerfulCalls[] {
  return [
    {
      check: 'other-processes',
      severity: 'medium',
      title: 'other processes can be read and changed',
      reason:
        'A process of the same user, with another filter or none, can be made to do what this one may not.',
      remedy: 'deny ptrace, process_vm_readv, process_vm_writev and pidfd_getfd',
      calls: names('ptrace', 'process_vm_writev', 'process_vm_readv', 'pidfd_getfd'),
    },
    {
      check: 'io-uring',
      severity: 'medium',
      title: 'io_uring is open',
      reason:
        'Operations that are queued there (open, connect, send, unlink, …) are carried out without any filter, and much of the kernel is reached that way.',
      remedy: 'deny io_uring_setup, io_uring_enter and io_uring_register',
      calls: names('io_uring_setup', 'io_uring_enter', 'io_uring_register'),
    },
    {
      check: 'user-namespaces',
      severity: 'medium',
      title: 'new user namespaces can be made',
      reason:
        'Whoever makes one has every capability inside it, and with them reaches parts of the kernel that only root does.',
      remedy:
        "deny unshare and setns, clone with CLONE_NEWUSER, and clone3 with ENOSYS (its flags are in memory, out of a filter's sight)",
      calls: [
        bits('unshare', 0, CLONE_NEWUSER),
        bits('clone', architecture.cloneFlagsArgument, CLONE_NEWUSER),
        ...names('clone3', 'setns'),
      ],
    },
    {
      check: 'kernel-modules',
      severity: 'medium',
      title: 'kernel modules can be loaded and removed',
      reason: 'A module is code of the kernel, above every sandbox.',
      remedy: 'deny init_module, finit_module and delete_module, or drop CAP_SYS_MODULE',
      capability: 'CAP_SYS_MODULE',
      calls: names('init_module', 'finit_module', 'delete_module'),
    },
    {
      check: 'kernel-image',
      severity: 'medium',
      title: 'another kernel can be loaded',
      reason: 'It takes the place of this one, with its sandboxes, at the next restart or crash.',
      remedy: 'deny kexec_load and kexec_file_load, or drop CAP_SYS_BOOT',
      capability: 'CAP_SYS_BOOT',
      calls: names('kexec_load', 'kexec_file_load'),
    },
    {
      check: 'bpf',
      severity: 'medium',
      title: 'bpf(2) is open',
      reason: "Programs for the kernel's own machine are a frequent way into the kernel.",
      remedy: 'deny bpf, or set kernel.unprivileged_bpf_disabled',
      calls: names('bpf'),
    },
    {
      check: 'perf-events',
      severity: 'medium',
      title: 'perf_event_open(2) is open',
      reason:
        'It shows what other code does by its timing, and is a large part of the kernel with many faults so far.',
      remedy: 'deny perf_event_open, or set kernel.perf_event_paranoid to 2 or more',
      calls: names('perf_event_open'),
    },
    {
      check: 'userfaultfd',
      severity: 'medium',
      title: 'userfaultfd(2) is open',
      reason: 'It stops the kernel in the middle of an access to memory, which makes its races easy to win.',
      remedy: 'deny userfaultfd, or set vm.unprivileged_userfaultfd to 0',
      calls: names('userfaultfd'),
    },
    {
      check: 'keyrings',
      severity: 'medium',
      title: "the kernel's keyrings are open",
      reason: 'Keyrings belong to no namespace: keys of the same user outside the sandbox can be read.',
      remedy: 'deny keyctl, add_key and request_key',
      calls: names('keyctl', 'add_key', 'request_key'),
    },
    {
      check: 'file-handles',
      severity: 'medium',
      title: 'files can be opened by handle',
      reason:
        'A handle is the number of an inode: with CAP_DAC_READ_SEARCH it leads to any file of the file system, out of a chroot or mount namespace.',
      remedy: 'deny open_by_handle_at, or drop CAP_DAC_READ_SEARCH',
      capability: 'CAP_DAC_READ_SEARCH',
      calls: names('open_by_handle_at'),
    },
    {
      check: 'hardware-ports',
      severity: 'medium',
      title: 'hardware can be reached directly',
      reason: 'Ports of devices and firmware are beyond every check of the kernel.',
      remedy: 'deny iopl, ioperm and pciconfig_write, or drop CAP_SYS_RAWIO',
      capability: 'CAP_SYS_RAWIO',
      calls: names('iopl', 'ioperm', 'pciconfig_write', 's390_pci_mmio_write'),
    },
    {
      check: 'mounts',
      severity: 'medium',
      title: 'the tree of files can be rearranged',
      reason:
        'Mounts and new roots undo what the sandbox hides; in a user namespace of its own any process may make them.',
      remedy:
        'deny mount, umount2, pivot_root and the calls around fsopen, open_tree and move_mount, or drop CAP_SYS_ADMIN',
      calls: names(
        'mount',
        'umount2',
        'pivot_root',
        'move_mount',
        'open_tree',
        'fsopen',
        'fsmount',
        'mount_setattr',
      ),
    },
    {
      check: 'terminal-input',
      severity: 'medium',
      title: 'characters can be pushed into the terminal',
      reason:
        'ioctl(TIOCSTI) types for the user: where the program shares a terminal with a shell outside the sandbox, that shell runs what it types.',
      remedy: 'deny ioctl when argument 1 is TIOCSTI (its low 32 bits), or set dev.tty.legacy_tiocsti to 0',
      calls: [
        {
          syscall: 'ioctl',
          comparisons: [{ argument: 1, op: 'EQ', value: tiocsti(architecture), width: 32 }],
        },
      ],
    },
    {
      check: 'machine-state',
      severity: 'low',
      title: "the machine's clock, power, names or swap can be changed",
      reason: 'What root may do to the whole machine does not belong into a sandbox.',
      remedy: 'deny them, or drop CAP_SYS_TIME, CAP_SYS_BOOT and CAP_SYS_ADMIN',
      calls: names(
        'reboot',
        'swapon',
        'swapoff',
        'acct',
        'quotactl',
        'quotactl_fd',
        'sethostname',
        'setdomainname',
        'settimeofday',
        'clock_settime',
        'adjtimex',
        'clock_adjtime',
        'vhangup',
      ),
    },
    {
      check: 'write-and-execute',
      severity: 'low',
      title: 'memory can be writable and executable',
      reason:
        'Code that an attacker writes into such memory runs; without it an attack has to do with what is there.',
      remedy:
        'deny mmap and mprotect when PROT_WRITE and PROT_EXEC are both set in argument 2, and shmat with SHM_EXEC (not for programs that compile while they run), or use prctl(PR_SET_MDWE)',
      calls: [
        bits('mprotect', 2, WRITE_AND_EXEC),
        bits('pkey_mprotect', 2, WRITE_AND_EXEC),
        mmap(architecture),
        bits('mmap2', 2, WRITE_AND_EXEC),
        bits('shmat', 2, SHM_EXEC),
      ],
    },
    {
      check: 'address-layout',
      severity: 'low',
      title: 'random addresses can be switched off',
      reason: 'personality(ADDR_NO_RANDOMIZE) makes the addresses of the next program known.',
      remedy: 'allow personality for 0, 8, 0x20000, 0x20008 and 0xffffffff only, as container engines do',
      calls: [bits('personality', 0, ADDR_NO_RANDOMIZE)],
    },
    {
      check: 'new-programs',
      severity: 'low',
      title: 'other programs can be started',
      reason: 'A shell is the usual first step of an attack; a service that starts nothing needs none.',
      remedy: 'deny execve and execveat',
      calls: names('execve', 'execveat'),
    },
    {
      check: 'network',
      severity: 'info',
      title: 'the network is open',
      reason: 'Data can be sent away; a filter cannot see where to, since addresses are in memory.',
      remedy: 'use a network namespace, or deny socket for all families but AF_UNIX',
      calls: [
        { syscall: 'socket', comparisons: [{ argument: 0, op: 'EQ', value: AF_INET }] },
        ...names('connect', 'socketcall'),
      ],
    },
  ];
}
