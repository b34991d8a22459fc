/**
 * 32-bit MIPS (ABI o32), little-endian.
 *
 * @module
 */
import type { Architecture } from '../arch.ts';
import { mips } from './mips.ts';

/** Descriptor and system calls of mipsel. */
export const mipsel: Architecture = {
  ...mips,
  name: 'mipsel',
  aliases: ['mipsle'],
  auditArch: 0x40000008,
  auditArchName: 'AUDIT_ARCH_MIPSEL',
  scmpName: 'SCMP_ARCH_MIPSEL',
  endian: 'little',
};
