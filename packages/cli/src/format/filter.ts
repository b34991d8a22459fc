/** The forms in which `compile` writes a filter. @module */
import type { Finding, Program } from '@qseccomp/bpf';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import type { Endian } from '@qseccomp/syscall-tables';

/** A filter and what it was made from. */
export interface CompiledFilter {
  /** The `-sandbox` string, in its shortest form. */
  readonly sandbox: string;
  readonly edition: string;
  readonly architectures: readonly string[];
  readonly endian: Endian;
  readonly program: Program;
  readonly findings: readonly Finding[];
}

/** Name of a form. */
export type FormatName = 'raw' | 'hex' | 'c' | 'json';

/** Each form; all but json take the first filter. */
export const FORMATS: Readonly<
  Record<FormatName, (filters: readonly CompiledFilter[]) => string | Uint8Array>
> = {
  raw: ([filter]) => bytes(filter as CompiledFilter),
  hex: ([filter]) => hex(filter as CompiledFilter),
  c: ([filter]) => cSource(filter as CompiledFilter),
  json: (filters) => `${JSON.stringify({ filters: filters.map(withLength) }, null, 2)}\n`,
};

/** Bytes of one struct sock_filter. */
const INSTRUCTION_BYTES = 8;

function bytes({ program, endian }: CompiledFilter): Uint8Array {
  return encodeProgram(program, endian);
}

/** 16 digits a line, the bytes as raw has them. */
function hex(filter: CompiledFilter): string {
  const digits = Buffer.from(bytes(filter)).toString('hex');
  return digits.replace(new RegExp(`.{${2 * INSTRUCTION_BYTES}}`, 'g'), '$&\n');
}

/** An array that a C program includes; the compiler takes care of the byte order. */
function cSource({ program, sandbox, edition, architectures, endian }: CompiledFilter): string {
  const word = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
  const rows = program.map(
    ({ code, jt, jf, k }) =>
      `\t{ ${word(code, 2)}, ${String(jt).padStart(3)}, ${String(jf).padStart(3)}, ${word(k, 8)} },\n`,
  );
  return [
    `/* -sandbox ${sandbox}, edition ${edition}, for ${architectures.join(', ')} (${endian}-endian). */\n`,
    '#include <linux/filter.h>\n\n',
    `static const struct sock_filter qseccomp_filter[${program.length}] = {\n`,
    ...rows,
    '};\n\n',
    'static const struct sock_fprog qseccomp_program = {\n',
    `\t.len = ${program.length},\n`,
    '\t.filter = (struct sock_filter *)qseccomp_filter,\n',
    '};\n',
  ].join('');
}

function withLength(filter: CompiledFilter): object {
  const { program, ...rest } = filter;
  return { ...rest, length: program.length, instructions: program };
}
