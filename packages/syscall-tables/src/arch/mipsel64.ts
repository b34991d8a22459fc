/**
 * 64-bit MIPS (ABI n64), little-endian.
 *
 * @module
 */
import type { Architecture } from '../arch.ts';
import { mips64 } from './mips64.ts';

/** Descriptor and system calls of mipsel64. */
export const mipsel64: Architecture = {
  ...mips64,
  name: 'mipsel64',
  aliases: ['mips64el', 'mips64le'],
  auditArch: 0xc0000008,
  auditArchName: 'AUDIT_ARCH_MIPSEL64',
  scmpName: 'SCMP_ARCH_MIPSEL64',
  endian: 'little',
};
