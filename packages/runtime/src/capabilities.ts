/**
 * Names of capabilities: bit n of a set in /proc/PID/status is the n-th here.
 * Source: linux/capability.h (v6.12).
 *
 * @module
 */

/** By number. */
export const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

/**
 * The capabilities of a set by name.
 *
 * @param set - bit n stands for capability n
 * @returns names in the kernel's order; a number without a name as `CAP_63`
 * @example
 * ```ts
 * import { capabilityNames } from '@qseccomp/runtime';
 *
 * capabilityNames(0x2000000003n); // => ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_AUDIT_READ']
 * ```
 */
export function capabilityNames(set: bigint): readonly string[] {
  return [...set.toString(2)]
    .reverse()
    .flatMap((bit, number) => (bit === '1' ? [capabilities[number] ?? `CAP_${number}`] : []));
}

/**
 * Whether a set has a capability.
 *
 * @param set - bit n stands for capability n
 * @param name - such as `CAP_SYS_ADMIN`
 */
export function hasCapability(set: bigint, name: (typeof capabilities)[number]): boolean {
  return ((set >> BigInt(capabilities.indexOf(name))) & 1n) === 1n;
}
