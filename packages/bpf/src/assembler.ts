/**
 * Assembler: text in the syntax of the kernel's bpf_asm, with names, into a program.
 *
 * What bpf_asm takes and seccomp allows means the same here; the README lists what is added. Labels are
 * resolved forwards only, 255 instructions far from a conditional jump: that is all that an instruction can
 * hold, so a label out of reach is an error and never another program.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { parseAssembly, type Statement } from './assembler/parse.ts';
import { BpfError } from './errors.ts';
import type { Instruction } from './instruction.ts';
import type { TextPosition } from './json.ts';
import { type NameOptions, NameScope } from './text/names.ts';
import { type Token, TokenReader, textError } from './text/token.ts';
import { validateProgram } from './validate.ts';

export { plainSyscallName } from './text/names.ts';

/** How to assemble. */
export interface AssembleOptions extends NameOptions {
  /** Whether to check the program with {@link validateProgram}; true if absent. */
  readonly validate?: boolean;
}

/** A program and where it comes from. */
export interface Assembly {
  /** The instructions. */
  readonly program: readonly Instruction[];
  /** Place of each instruction in the text. */
  readonly positions: readonly TextPosition[];
  /** Byte order of the target, where the options or `.arch` say it. */
  readonly endian: Endian | undefined;
}

/** Instructions that jt and jf can skip. */
const MAX_SKIP = 255;

/**
 * Assembles a program.
 *
 * @param text - statements of bpf_asm
 * @param options - where names come from; without architectures, system calls have only numbers
 * @returns the program, the place of each instruction, and the byte order if known
 * @throws {BpfError} with line and column: BPF_SYNTAX, BPF_NAME, BPF_FIELD_RANGE, BPF_BYTE_ORDER, BPF_LABEL,
 * BPF_JUMP_TOO_FAR, BPF_OPCODE; and, unless `validate` is false, as {@link validateProgram}
 * @example
 * ```ts
 * import { assemble } from '@qseccomp/bpf';
 *
 * const { program } = assemble(`
 *         ld [nr]
 *         jeq #39, denied     ; getpid on x86_64
 *         ret ALLOW
 * denied: ret ERRNO(EPERM)
 * `);
 * program.length; // 4
 * ```
 */
export function assemble(text: string, options: AssembleOptions = {}): Assembly {
  const scope = new NameScope(options);
  const { statements, labels } = parseAssembly(new TokenReader(text, 'asm'), scope);
  const places = new Map<string, readonly [label: Token, pc: number]>();
  for (const place of labels) {
    const [label] = place;
    const first = places.get(label.text)?.[0];
    if (first !== undefined) {
      throw textError(
        'BPF_LABEL',
        label,
        `expected a new label, got '${label.text}', which line ${first.line} has`,
        {
          label: label.text,
        },
      );
    }
    places.set(label.text, place);
  }
  const program = statements.map(({ mnemonic, code, jt, jf, k }, pc) => {
    const skip = (target: number | Token, limit: number): number => {
      if (typeof target === 'number') return target;
      return distance(target, places.get(target.text)?.[1], pc, mnemonic, limit);
    };
    return { code, jt: skip(jt, MAX_SKIP), jf: skip(jf, MAX_SKIP), k: skip(k, 0xffffffff) };
  });
  const positions = statements.map(({ line, column }) => ({ line, column }));
  if (options.validate !== false) validateAssembly(program, statements);
  return { program, positions, endian: scope.endian };
}

/** Instructions between a jump and its label. */
function distance(
  label: Token,
  place: number | undefined,
  pc: number,
  mnemonic: string,
  limit: number,
): number {
  const name = label.text;
  if (place === undefined) {
    throw textError(
      'BPF_LABEL',
      label,
      `expected a label of this text, got '${name}', which names no instruction`,
      {
        pc,
        label: name,
      },
    );
  }
  const skip = place - pc - 1;
  if (skip < 0) {
    throw textError(
      'BPF_LABEL',
      label,
      `expected a label further on, got '${name}', ${pc - place} instructions back: classic BPF has no loops`,
      { pc, label: name },
    );
  }
  if (skip > limit) {
    throw textError(
      'BPF_JUMP_TOO_FAR',
      label,
      `expected a label that ${mnemonic} reaches over at most ${limit} instructions, got '${name}' behind ${skip}; jump to a ja`,
      { pc, label: name, limit },
    );
  }
  return skip;
}

/** {@link validateProgram}, its errors with the place in the text. */
function validateAssembly(program: readonly Instruction[], statements: readonly Statement[]): void {
  try {
    validateProgram(program);
  } catch (error) {
    const statement = error instanceof BpfError && error.pc !== undefined ? statements[error.pc] : undefined;
    if (!(error instanceof BpfError) || statement === undefined) throw error;
    const { code, pc, limit } = error;
    throw textError(code, statement, error.message, {
      ...(pc !== undefined && { pc }),
      ...(limit !== undefined && { limit }),
    });
  }
}
