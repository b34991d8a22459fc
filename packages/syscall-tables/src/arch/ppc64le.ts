/**
 * 64-bit PowerPC, little-endian.
 *
 * @module
 */
import type { Architecture } from '../arch.ts';
import { ppc64 } from './ppc64.ts';

/** Descriptor and system calls of ppc64le. */
export const ppc64le: Architecture = {
  ...ppc64,
  name: 'ppc64le',
  aliases: ['ppc64el', 'powerpc64le'],
  auditArch: 0xc0000015,
  auditArchName: 'AUDIT_ARCH_PPC64LE',
  scmpName: 'SCMP_ARCH_PPC64LE',
  endian: 'little',
};
