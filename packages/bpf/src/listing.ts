/**
 * Programs as a person reads them: one line for each instruction, with what it looks at and the names that
 * its numbers have.
 *
 * A line is `index  operation  operand  note`. Jumps name the index that they go to: `jeq #56, 7, 6` goes on
 * at 7 if A is 56 and at 6 if not. Notes come from following every path: which word A holds, and which
 * architectures the call can have. The secret words of an exec ticket are not shown.
 *
 * @module
 */

import type { Architecture, Endian } from '@qseccomp/syscall-tables';
import { EXEC_TICKET_NAME, findExecTicket } from './exec-ticket.ts';
import { actionText } from './filter/action.ts';
import type { Instruction, Program } from './instruction.ts';
import { ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET, NUMBER_OFFSET, Opcode } from './opcode.ts';

/** What a listing can tell more with. */
export interface ListingOptions {
  /** Where names come from. */
  readonly architectures?: readonly Architecture[];
  /** Which half of an argument comes first; without it, that of the first architecture, if there is one. */
  readonly endian?: Endian;
}

/** What is known before an instruction. */
interface Known {
  /** Byte of the word that A holds as it is; undefined when it may hold something else. */
  readonly word: number | undefined;
  /** Which of the given architectures' tokens the call can have. */
  readonly tokens: ReadonlySet<number>;
}

const NAME_OF_OPCODE: ReadonlyMap<number, string> = new Map(
  Object.entries(Opcode).map(([name, code]) => [code, (name.split('_')[0] as string).toLowerCase()]),
);

/**
 * Lists a program.
 *
 * @param program - instructions; unknown opcodes are listed as such
 * @param options - where names come from
 * @returns one line for each instruction, each ending with a line feed
 * @example
 * ```ts
 * import { listProgram } from '@qseccomp/bpf';
 *
 * listProgram([{ code: 0x06, jt: 0, jf: 0, k: 0x00050001 }]); // '   0  ret  #0x50001   ERRNO(1)\n'
 * ```
 */
export function listProgram(program: Program, options: ListingOptions = {}): string {
  const notes = programNotes(program, options);
  const secrets = findExecTicket(program)?.secrets;
  const rows = program.map((instruction, pc) => ({
    index: String(pc).padStart(4),
    operation: operationText(instruction).padEnd(4),
    operand: operandText(instruction, (skip) => String(pc + 1 + skip), secrets?.includes(pc)),
    note: notes[pc],
  }));
  const width = Math.max(0, ...rows.map(({ operand }) => operand.length));
  return rows
    .map(({ index, operation, operand, note }) =>
      `${index}  ${operation} ${operand.padEnd(width)}   ${note}`.trimEnd().concat('\n'),
    )
    .join('');
}

/**
 * What can be said about each instruction.
 *
 * @param program - instructions
 * @param options - where names come from
 * @returns a note for each instruction, empty where there is nothing to say
 * @example
 * ```ts
 * import { programNotes } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const program = [
 *   { code: 0x20, jt: 0, jf: 0, k: 16 },
 *   { code: 0x06, jt: 0, jf: 0, k: 0x00050001 },
 * ];
 * programNotes(program, { architectures: [x86_64] }); // ['argument 0, low word', 'ERRNO(1)']
 * ```
 */
export function programNotes(program: Program, options: ListingOptions): string[] {
  const { architectures = [] } = options;
  const endian = options.endian ?? architectures[0]?.endian;
  const known = follow(program, new Set(architectures.map(({ auditArch }) => auditArch)));
  const secrets = findExecTicket(program)?.secrets;
  return program.map((instruction, pc) =>
    secrets?.includes(pc) ? EXEC_TICKET_NAME : noteFor(instruction, known[pc], architectures, endian),
  );
}

/**
 * The mnemonic of an instruction, as bpf_asm has it.
 *
 * @param instruction - any instruction
 * @returns the mnemonic; the number of an unknown opcode
 * @example
 * ```ts
 * import { operationText } from '@qseccomp/bpf';
 *
 * operationText({ code: 0x15, jt: 0, jf: 1, k: 39 }); // 'jeq'
 * ```
 */
export function operationText({ code }: Instruction): string {
  return NAME_OF_OPCODE.get(code) ?? hex(code);
}

/**
 * The operands of an instruction, as bpf_asm has them.
 *
 * @param instruction - any instruction
 * @param target - names the place to which a field of the instruction skips; '' leaves it out
 * @param isSecret - whether its constant is a word of an exec ticket
 * @returns the operands; for an unknown opcode its fields
 * @example
 * ```ts
 * import { operandText } from '@qseccomp/bpf';
 *
 * operandText({ code: 0x15, jt: 0, jf: 1, k: 39 }, (skip, field) => `${field}+${skip}`); // '#0x27, jt+0, jf+1'
 * ```
 */
export function operandText(
  { code, jt, jf, k }: Instruction,
  target: (skip: number, field: 'jt' | 'jf' | 'k') => string,
  isSecret = false,
): string {
  switch (code) {
    case Opcode.LD_ABS:
      return `[${k}]`;
    case Opcode.LD_MEM:
    case Opcode.LDX_MEM:
    case Opcode.ST:
    case Opcode.STX:
      return `M[${k}]`;
    case Opcode.LD_LEN:
    case Opcode.LDX_LEN:
      return 'len';
    case Opcode.JA:
      return target(k, 'k');
    case Opcode.RET_A:
      return 'a';
    case Opcode.NEG:
    case Opcode.TAX:
    case Opcode.TXA:
      return '';
  }
  if (!NAME_OF_OPCODE.has(code)) return `${jt}, ${jf}, ${hex(k)}`;
  const isOperation = [0x04, 0x05].includes(code & 0x07);
  const constant = isSecret ? 'exec_ticket' : hex(k);
  const operand = isOperation && (code & 0x08) !== 0 ? 'x' : `#${constant}`;
  if ((code & 0x07) !== 0x05) return operand;
  return [operand, target(jt, 'jt'), target(jf, 'jf')].filter((text) => text !== '').join(', ');
}

function noteFor(
  { code, k }: Instruction,
  known: Known | undefined,
  architectures: readonly Architecture[],
  endian: Endian | undefined,
): string {
  if (known === undefined) return 'never reached';
  if (code === Opcode.RET_K) return actionText(k);
  if (code === Opcode.LD_ABS) return wordText(k, endian);
  if (code === Opcode.JSET_K && known.word === NUMBER_OFFSET) return `has bits outside ${hex(~k >>> 0)}`;
  if (code !== Opcode.JEQ_K && code !== Opcode.JGE_K && code !== Opcode.JGT_K) return '';
  const names: string[] = [];
  if (known.word === ARCHITECTURE_OFFSET) {
    for (const { auditArch, name } of architectures) if (auditArch === k) names.push(name);
  } else if (known.word === NUMBER_OFFSET) {
    for (const { auditArch, syscalls } of architectures) {
      if (!known.tokens.has(auditArch)) continue;
      for (const [name, number] of syscalls) if (number === k && !names.includes(name)) names.push(name);
    }
    if (names.length === 0) names.push(String(k));
  }
  if (names.length === 0 || code === Opcode.JEQ_K) return names.join(', ');
  return `${code === Opcode.JGE_K ? 'from' : 'above'} ${names.join(', ')}`;
}

function wordText(offset: number, endian: Endian | undefined): string {
  if (offset === NUMBER_OFFSET) return 'number';
  if (offset === ARCHITECTURE_OFFSET) return 'architecture';
  const half = offset % 8 === (endian === 'big' ? 0 : 4) ? 'high' : 'low';
  const word = endian === undefined ? `${offset % 8 === 0 ? 'first' : 'second'} word` : `${half} word`;
  return offset < ARGUMENTS_OFFSET
    ? `instruction pointer, ${word}`
    : `argument ${Math.floor((offset - ARGUMENTS_OFFSET) / 8)}, ${word}`;
}

/** What is known before each instruction, over all paths; undefined for one that no path reaches. */
function follow(program: Program, tokens: ReadonlySet<number>): (Known | undefined)[] {
  const known: (Known | undefined)[] = program.map(() => undefined);
  const reach = (pc: number, more: Known): void => {
    const before = known[pc];
    if (before === undefined) known[pc] = more;
    else
      known[pc] = {
        word: before.word === more.word ? more.word : undefined,
        tokens: new Set([...before.tokens, ...more.tokens]),
      };
  };
  if (program.length > 0) known[0] = { word: undefined, tokens };
  for (const [pc, { code, jt, jf, k }] of program.entries()) {
    const here = known[pc];
    if (here === undefined || code === Opcode.RET_K || code === Opcode.RET_A) continue;
    if (code === Opcode.JA) {
      reach(pc + 1 + k, here);
    } else if ((code & 0x07) === 0x05) {
      const having = (holds: boolean): Known => {
        if (here.word !== ARCHITECTURE_OFFSET || (code & 0x08) !== 0) return here;
        return {
          ...here,
          tokens: new Set([...here.tokens].filter((token) => compares(code, token, k) === holds)),
        };
      };
      reach(pc + 1 + jt, having(true));
      reach(pc + 1 + jf, having(false));
    } else if (code === Opcode.LD_ABS) {
      reach(pc + 1, { ...here, word: k });
    } else {
      const keepsA = [0x01, 0x02, 0x03].includes(code & 0x07) || code === Opcode.TAX;
      reach(pc + 1, keepsA ? here : { ...here, word: undefined });
    }
  }
  return known;
}

/** Whether a comparison with a constant holds. @internal */
export function compares(code: number, a: number, k: number): boolean {
  if (code === Opcode.JEQ_K) return a === k;
  if (code === Opcode.JGE_K) return a >= k;
  return code === Opcode.JGT_K ? a > k : (a & k) !== 0;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
