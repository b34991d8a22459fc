/**
 * Sets of capabilities: bit n of a set in /proc/PID/status stands for capability n.
 *
 * @module
 */

import { capabilities } from '@qseccomp/bpf/capabilities';

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
