/**
 * SuperH, big-endian.
 *
 * @module
 */
import type { Architecture } from '../arch.ts';
import { sh } from './sh.ts';

/** Descriptor and system calls of sheb. */
export const sheb: Architecture = {
  ...sh,
  name: 'sheb',
  aliases: ['sh4eb'],
  auditArch: 0x0000002a,
  auditArchName: 'AUDIT_ARCH_SH',
  scmpName: 'SCMP_ARCH_SHEB',
  endian: 'big',
};
