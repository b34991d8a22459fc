/**
 * Which calls the kernel finds to be always allowed, so that it does not run the filter for them.
 *
 * Since 5.11 the kernel walks a new filter once for every call number, with number and architecture known and
 * nothing else, and remembers the calls for which that ends in exactly ALLOW: seccomp_is_const_allow,
 * kernel/seccomp.c, v6.12. It does so for its own architecture and the 32-bit one beside it, for the numbers from 0 to
 * its last call: for none of x32 and MIPS, and not for arm's private calls. A call is only exempt if every filter of
 * the thread always allows it.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { ActionValue } from './filter/action.ts';
import type { Instruction, Program } from './instruction.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET, Opcode } from './opcode.ts';

/**
 * Why the walk for a call ended: `allow`; `other-action`, a return of anything but exactly ALLOW; `argument`,
 * a load of something else than number and architecture; `instruction`, one that the walk does not know. `number`: it
 * would end in ALLOW, but the kernel remembers nothing of calls with such a number.
 */
export type CacheReason = 'allow' | 'other-action' | 'argument' | 'instruction' | 'number';

/**
 * Numbers from here on are not remembered: every call that is counted from 0 is below, all of x32 (from 0x40000000),
 * MIPS (from 4000) and arm's private ones (from 0xf0000) above.
 */
const NUMBERS = 1024;

/** What the kernel finds out about one call. */
export interface CacheVerdict {
  /** Whether the kernel remembers the call as always allowed. */
  readonly cached: boolean;
  readonly reason: CacheReason;
  /** Index of the instruction at which the walk ended. */
  readonly pc: number;
}

/** What the kernel finds out about a call of a table. */
export interface CacheReportEntry extends CacheVerdict {
  readonly name: string;
  readonly number: number;
}

/**
 * Walks a filter as the kernel does for one call.
 *
 * @param program - a valid filter
 * @param token - AUDIT_ARCH_* token, unsigned 32 bits
 * @param number - call number, unsigned 32 bits
 * @returns whether the call is remembered, and the instruction that decided it
 * @example
 * ```ts
 * import { cacheVerdict } from '@qseccomp/bpf';
 *
 * const program = [
 *   { code: 0x20, jt: 0, jf: 0, k: 16 }, // ld [16]: argument 0
 *   { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
 * ];
 * cacheVerdict(program, 0xc000003e, 0); // { cached: false, reason: 'argument', pc: 0 }
 * ```
 */
export function cacheVerdict(program: Program, token: number, number: number): CacheVerdict {
  let a = 0;
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc] as Instruction;
    switch (code) {
      case Opcode.LD_ABS:
        if (k !== NUMBER_OFFSET && k !== ARCHITECTURE_OFFSET)
          return { cached: false, reason: 'argument', pc };
        a = k === NUMBER_OFFSET ? number : token;
        break;
      case Opcode.RET_K: {
        if (k !== ActionValue.ALLOW) return { cached: false, reason: 'other-action', pc };
        const cached = number < NUMBERS;
        return { cached, reason: cached ? 'allow' : 'number', pc };
      }
      case Opcode.JA:
        pc += k;
        break;
      case Opcode.JEQ_K:
        pc += a === k ? jt : jf;
        break;
      case Opcode.JGT_K:
        pc += a > k ? jt : jf;
        break;
      case Opcode.JGE_K:
        pc += a >= k ? jt : jf;
        break;
      case Opcode.JSET_K:
        pc += (a & k) !== 0 ? jt : jf;
        break;
      case Opcode.AND_K:
        a = (a & k) >>> 0;
        break;
      default:
        return { cached: false, reason: 'instruction', pc };
    }
  }
  return { cached: false, reason: 'instruction', pc: program.length };
}

/**
 * Walks a filter for every call of an architecture.
 *
 * @param program - a valid filter
 * @param architecture - whose calls
 * @returns one entry for each name, by number
 * @example
 * ```ts
 * import { cacheReport } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const allow = [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }];
 * cacheReport(allow, x86_64)[0]; // { name: 'read', number: 0, cached: true, reason: 'allow', pc: 0 }
 * ```
 */
export function cacheReport(program: Program, architecture: Architecture): CacheReportEntry[] {
  return architecture.syscalls.map(([name, number]) => ({
    name,
    number,
    ...cacheVerdict(program, architecture.auditArch, number),
  }));
}
