/** The forms in which `compile` and `asm` write a filter. @module */
import type { Finding, Policy, Profile, ProfileFinding, Program } from '@qseccomp/bpf';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import type { Architecture, Endian } from '@qseccomp/syscall-tables';

/** A filter and what it was made from. */
export interface Filter {
  /** What it was made from, as data: `sandbox` and `edition`, or `profile`. */
  readonly source: Readonly<Record<string, unknown>>;
  /** The same in words, without anything that would end a comment. */
  readonly title: string;
  readonly architectures: readonly Architecture[];
  readonly endian: Endian;
  readonly program: Program;
  readonly findings: readonly (Finding | ProfileFinding)[];
}

/** A filter that was compiled. */
export interface CompiledFilter extends Filter {
  readonly policy: Policy;
  /** The profile that it was made from, if it was. */
  readonly profile?: Profile;
}

/** Name of a form. */
export type FormatName =
  | 'raw'
  | 'hex'
  | 'c'
  | 'asm'
  | 'pfc'
  | 'json'
  | 'oci'
  | 'k8s'
  | 'systemd'
  | 'dot'
  | 'svg';

/** Text or bytes of some filters; all forms but json take the first one. */
type Format<F extends Filter> = (filters: readonly F[]) => string | Uint8Array | Promise<string | Uint8Array>;

/** The forms of any program. */
export const PROGRAM_FORMATS: Readonly<Record<'raw' | 'hex' | 'c' | 'json', Format<Filter>>> = {
  raw: ([filter]) => bytes(filter as Filter),
  hex: ([filter]) => hex(filter as Filter),
  c: ([filter]) => cSource(filter as Filter),
  json: (filters) => `${JSON.stringify({ filters: filters.map(plain) }, null, 2)}\n`,
};

/** Each form of a compiled filter; those that few ask for are loaded when they are. */
export const FORMATS: Readonly<Record<FormatName, Format<CompiledFilter>>> = {
  raw: PROGRAM_FORMATS.raw,
  hex: PROGRAM_FORMATS.hex,
  c: PROGRAM_FORMATS.c,
  asm: async ([filter]) => (await import('./assembly.ts')).assemblyText(filter as CompiledFilter),
  pfc: async ([filter]) => (await import('./pseudo-code.ts')).pseudoCode(filter as CompiledFilter),
  json: PROGRAM_FORMATS.json,
  oci: async ([filter]) => (await import('./oci.ts')).ociProfile(filter as CompiledFilter),
  k8s: async ([filter]) => (await import('./kubernetes.ts')).kubernetesProfile(filter as CompiledFilter),
  systemd: async ([filter]) => (await import('./systemd.ts')).systemdLines(filter as CompiledFilter),
  dot: async ([filter]) => (await import('./dot.ts')).dotGraph(filter as CompiledFilter),
  svg: async ([filter]) => (await import('./svg.ts')).svgPicture(filter as CompiledFilter),
};

/** Bytes of one struct sock_filter. */
const INSTRUCTION_BYTES = 8;

/**
 * Names of architectures, as a list.
 *
 * @param filter - whose
 */
export function architectureNames({ architectures }: Filter): string {
  return architectures.map(({ name }) => name).join(', ');
}

function bytes({ program, endian }: Filter): Uint8Array {
  return encodeProgram(program, endian);
}

/** 16 digits a line, the bytes as raw has them. */
function hex(filter: Filter): string {
  const digits = Buffer.from(bytes(filter)).toString('hex');
  return digits.replace(new RegExp(`.{${2 * INSTRUCTION_BYTES}}`, 'g'), '$&\n');
}

/** An array that a C program includes; the compiler takes care of the byte order. */
function cSource(filter: Filter): string {
  const { program, title, endian } = filter;
  const word = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
  const rows = program.map(
    ({ code, jt, jf, k }) =>
      `\t{ ${word(code, 2)}, ${String(jt).padStart(3)}, ${String(jf).padStart(3)}, ${word(k, 8)} },\n`,
  );
  return [
    `/* ${title}, for ${architectureNames(filter)} (${endian}-endian). */\n`,
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

function plain({ source, architectures, endian, findings, program }: Filter): object {
  const names = architectures.map(({ name }) => name);
  return { ...source, architectures: names, endian, findings, length: program.length, instructions: program };
}
