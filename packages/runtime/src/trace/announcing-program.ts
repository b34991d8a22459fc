/**
 * From the filters that a program would run under to the one filter that announces what they would deny.
 *
 * Of the filters of a process one can have a listener, so several become one: where one lets a call through, it
 * goes on to the next instead. Pure: knows no kernel.
 *
 * @module
 */
import { decodeAction, type Instruction, type Program } from '@qseccomp/bpf';

/** Opcodes, linux/bpf_common.h: return a constant or A, jump, set A and X. */
const RET_K = 0x06;
const RET_A = 0x16;
const JA = 0x05;
const LD_IMM = 0x00;
const TAX = 0x07;
const RET_USER_NOTIF = 0x7fc0_0000;
const RET_ALLOW = 0x7fff_0000;

/**
 * One filter that answers USER_NOTIF where one of some filters denies, and ALLOW elsewhere.
 *
 * @param programs - filters that the kernel would take; without any, nothing is announced
 * @returns a filter; longer than 4096 instructions where theirs are, together
 */
export function announcingProgram(programs: readonly Program[]): Program {
  const allow: Instruction = { code: RET_K, jt: 0, jf: 0, k: RET_ALLOW };
  return [...programs.flatMap(rewritten), allow];
}

/** The filter that announces every call. */
export function announceEveryCall(): Program {
  return [{ code: RET_K, jt: 0, jf: 0, k: RET_USER_NOTIF }];
}

function rewritten(program: Program): Instruction[] {
  // Every filter starts with A and X at 0.
  const reset: Instruction[] = [
    { code: LD_IMM, jt: 0, jf: 0, k: 0 },
    { code: TAX, jt: 0, jf: 0, k: 0 },
  ];
  const body = program.map((instruction, pc): Instruction => {
    // What A holds is not known here: announced, and judged by whoever is told.
    if (instruction.code === RET_A) return { ...instruction, code: RET_K, k: RET_USER_NOTIF };
    if (instruction.code !== RET_K) return instruction;
    const { action } = decodeAction(instruction.k);
    const passes = action === 'ALLOW' || action === 'LOG';
    if (!passes) return { ...instruction, k: RET_USER_NOTIF };
    return { ...instruction, code: JA, k: program.length - 1 - pc };
  });
  return [...reset, ...body];
}
