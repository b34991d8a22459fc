/**
 * Kernel releases that brought calls, from Linux 3.0 on: what a policy of some age cannot know of.
 *
 * Source: man syscalls(2) up to 6.0; since then include/uapi/asm-generic/unistd.h of each release. Calls of one
 * architecture only are left out, and those that came to some architectures later than to others have the
 * first release.
 *
 * @module
 */
import type { Edition } from '@qseccomp/options/policy';

const BY_RELEASE: readonly (readonly [release: string, calls: string])[] = [
  ['3.0', 'sendmmsg setns'],
  ['3.2', 'process_vm_readv process_vm_writev'],
  ['3.5', 'kcmp'],
  ['3.8', 'finit_module'],
  ['3.14', 'sched_getattr sched_setattr'],
  ['3.15', 'renameat2'],
  ['3.17', 'getrandom kexec_file_load memfd_create seccomp'],
  ['3.18', 'bpf'],
  ['3.19', 'execveat'],
  ['4.3', 'membarrier userfaultfd'],
  ['4.4', 'mlock2'],
  ['4.5', 'copy_file_range'],
  ['4.6', 'preadv2 pwritev2'],
  ['4.9', 'pkey_alloc pkey_free pkey_mprotect'],
  ['4.11', 'statx'],
  ['4.18', 'io_pgetevents rseq'],
  ['5.1', 'io_uring_enter io_uring_register io_uring_setup pidfd_send_signal'],
  ['5.2', 'fsconfig fsmount fsopen fspick move_mount open_tree'],
  ['5.3', 'clone3 pidfd_open'],
  ['5.6', 'openat2 pidfd_getfd'],
  ['5.8', 'faccessat2'],
  ['5.9', 'close_range'],
  ['5.10', 'process_madvise'],
  ['5.11', 'epoll_pwait2'],
  ['5.12', 'mount_setattr'],
  ['5.13', 'landlock_add_rule landlock_create_ruleset landlock_restrict_self'],
  ['5.14', 'memfd_secret quotactl_fd'],
  ['5.15', 'process_mrelease'],
  ['5.16', 'futex_waitv'],
  ['5.17', 'set_mempolicy_home_node'],
  ['6.5', 'cachestat'],
  ['6.6', 'fchmodat2 map_shadow_stack'],
  ['6.7', 'futex_requeue futex_wait futex_wake'],
  ['6.8', 'listmount lsm_get_self_attr lsm_list_modules lsm_set_self_attr statmount'],
  ['6.10', 'mseal'],
  ['6.13', 'getxattrat listxattrat removexattrat setxattrat'],
  ['6.15', 'open_tree_attr'],
  ['6.17', 'file_getattr file_setattr'],
  ['6.19', 'listns'],
  ['7.0', 'rseq_slice_yield'],
];

/** The newest kernel when a QEMU release came out (qemu.org and kernel.org, release dates). */
export const EDITION_KERNELS: Readonly<Record<Edition, string>> = {
  '2.10': '4.12',
  '2.11': '4.14',
  '3.0': '4.18',
  '3.1': '4.19',
  '4.0': '5.0',
  '5.2': '5.9',
  '6.0': '5.12',
  '7.0': '5.17',
  '10.0': '6.14',
};

const RELEASES: ReadonlyMap<string, string> = new Map(
  BY_RELEASE.flatMap(([release, calls]) => calls.split(' ').map((call) => [call, release] as const)),
);

/**
 * The release that brought a call.
 *
 * @param call - its name
 * @returns such as `5.9`; undefined for calls before 3.0, and of one architecture
 */
export function releaseOf(call: string): string | undefined {
  return RELEASES.get(call);
}

/**
 * Orders releases.
 *
 * @param a - such as `5.9`
 * @param b - such as `5.10`
 * @returns negative where a is older
 */
export function compareReleases(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
