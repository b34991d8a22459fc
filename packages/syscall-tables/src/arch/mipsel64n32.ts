/**
 * 64-bit MIPS with 32-bit pointers (ABI n32), little-endian.
 *
 * @module
 */
import type { Architecture } from '../arch.ts';
import { mips64n32 } from './mips64n32.ts';

/** Descriptor and system calls of mipsel64n32. */
export const mipsel64n32: Architecture = {
  ...mips64n32,
  name: 'mipsel64n32',
  aliases: ['mipsn32el', 'mips64eln32'],
  auditArch: 0xe0000008,
  auditArchName: 'AUDIT_ARCH_MIPSEL64N32',
  scmpName: 'SCMP_ARCH_MIPSEL64N32',
  endian: 'little',
};
