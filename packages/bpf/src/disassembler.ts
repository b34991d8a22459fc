/**
 * Disassembler: a program as text that `assemble` turns into the same program, bit by bit.
 *
 * The text is bpf_asm's own: a conditional jump names the place it goes to and not the next line where that is
 * possible, and each place has a label `L<index>`. Notes are comments. Instructions that bpf_asm cannot write,
 * which the kernel refuses or whose unused fields are not zero, are `.raw` directives, and jumps that leave the
 * program have numbers. The secret words of an exec ticket are not written: `#exec_ticket` stands in their
 * place, which `assemble` does not take.
 *
 * @module
 */

import { encodeProgram } from './encoding.ts';
import { findExecTicket } from './exec-ticket.ts';
import type { Instruction, Program } from './instruction.ts';
import { type ListingOptions, operandText, operationText, programNotes } from './listing.ts';
import { Opcode } from './opcode.ts';

/** How to disassemble. */
export interface DisassembleOptions extends ListingOptions {
  /**
   * Whether to write behind each instruction, as a comment, what it looks at and the names of its numbers;
   * false if absent.
   */
  readonly annotate?: boolean;
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(Opcode));

/**
 * What jumps where the condition does not hold. jlt and jle are left to those who write text: the notes are
 * about jge and jgt.
 */
const NEGATED: ReadonlyMap<number, string> = new Map([
  [Opcode.JEQ_K, 'jne'],
  [Opcode.JEQ_X, 'jne'],
]);

/** Known opcodes without a constant, besides those that take X. */
const NO_CONSTANT: ReadonlySet<number> = new Set([
  Opcode.LD_LEN,
  Opcode.LDX_LEN,
  Opcode.NEG,
  Opcode.RET_A,
  Opcode.TAX,
  Opcode.TXA,
]);

/**
 * Disassembles a program.
 *
 * @param program - instructions; the program need not be valid
 * @param options - whether to annotate, and where names come from
 * @returns one line for each instruction, each ending with a line feed
 * @throws {BpfError} BPF_FIELD_RANGE when a field is not an unsigned integer of its width
 * @example
 * ```ts
 * import { disassemble } from '@qseccomp/bpf';
 *
 * disassemble([{ code: 0x06, jt: 0, jf: 0, k: 0x00050001 }], { annotate: true });
 * // '    ret #0x50001  ; ERRNO(1)\n'
 * ```
 */
export function disassemble(program: Program, options: DisassembleOptions = {}): string {
  encodeProgram(program, 'little'); // checks the fields
  const secrets = findExecTicket(program)?.secrets;
  const labelled = new Set<number>();
  const texts = program.map((instruction, pc) => {
    if (!isPlain(instruction)) return rawText(instruction);
    const { jt, jf } = instruction;
    const negated =
      jt === 0 && jf !== 0 && pc + 1 + jf < program.length ? NEGATED.get(instruction.code) : undefined;
    const target = (skip: number, field: 'jt' | 'jf' | 'k'): string => {
      if (field === 'jt' ? negated !== undefined : field === 'jf' && jf === 0 && jt !== 0) return '';
      const place = pc + 1 + skip;
      if (place >= program.length) return field === 'k' ? `+${skip}` : `${field} ${skip}`;
      labelled.add(place);
      return `L${place}`;
    };
    const operands = operandText(instruction, target, secrets?.includes(pc));
    return `${negated ?? operationText(instruction)} ${operands}`.trimEnd();
  });
  const notes = options.annotate ? programNotes(program, options) : [];
  const width = Math.max(0, ...texts.map(({ length }) => length));
  const indent = `L${program.length}: `.length;
  return texts
    .map((text, pc) => {
      const label = (labelled.has(pc) ? `L${pc}:` : '').padEnd(indent);
      return notes[pc] ? `${label}${text.padEnd(width)}  ; ${notes[pc]}\n` : `${label}${text}\n`;
    })
    .join('');
}

/** Whether the instruction's text says all of it: a known opcode whose unused fields are zero. */
function isPlain({ code, jt, jf, k }: Instruction): boolean {
  const isJump = (code & 0x07) === 0x05;
  const isOperation = isJump || (code & 0x07) === 0x04;
  const hasConstant = !NO_CONSTANT.has(code) && !(isOperation && (code & 0x08) !== 0);
  const hasTargets = isJump && code !== Opcode.JA;
  return KNOWN.has(code) && (hasConstant || k === 0) && (hasTargets || (jt === 0 && jf === 0));
}

function rawText({ code, jt, jf, k }: Instruction): string {
  return `.raw 0x${code.toString(16).padStart(2, '0')}, ${jt}, ${jf}, 0x${k.toString(16)}`;
}
