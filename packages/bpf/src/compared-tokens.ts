/**
 * Which architectures a program asks for.
 *
 * @module
 */

import type { Program } from './instruction.ts';
import { ARCHITECTURE_OFFSET, Opcode } from './opcode.ts';
import { A, effectOf, successorsOf } from './proof/effect.ts';

/**
 * Finds the tokens that a program compares the word of the architecture with.
 *
 * @param program - any program
 * @returns AUDIT_ARCH_* tokens, unsigned 32 bits, each once, in the order of the program
 * @example
 * ```ts
 * import { comparedTokens } from '@qseccomp/bpf';
 *
 * const program = [
 *   { code: 0x20, jt: 0, jf: 0, k: 4 }, // ld [4]: architecture
 *   { code: 0x15, jt: 0, jf: 1, k: 0xc000003e },
 *   { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
 *   { code: 0x06, jt: 0, jf: 0, k: 0 },
 * ];
 * comparedTokens(program); // [0xc000003e]
 * ```
 */
export function comparedTokens(program: Program): number[] {
  // Whether A can hold the word before each instruction.
  const holds = new Uint8Array(program.length);
  const tokens = new Set<number>();
  for (const [pc, instruction] of program.entries()) {
    const { code, k } = instruction;
    if (code === Opcode.JEQ_K && holds[pc]) tokens.add(k);
    const loads = code === Opcode.LD_ABS && k === ARCHITECTURE_OFFSET;
    const keeps = holds[pc] === 1 && (effectOf(instruction).writes & A) === 0;
    if (loads || keeps) for (const next of successorsOf(instruction, pc)) holds[next] = 1;
  }
  return [...tokens];
}
