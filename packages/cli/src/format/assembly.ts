/** A filter as assembler text, which `qseccomp asm` turns into the same filter. @module */
import { disassemble } from '@qseccomp/bpf/disassembler';
import { architectureNames, type Filter } from './filter.ts';

/**
 * The annotated listing of a filter.
 *
 * @param filter - any
 * @returns whole lines
 */
export function assemblyText(filter: Filter): string {
  const { title, architectures, endian, program } = filter;
  const head = `; ${title}, for ${architectureNames(filter)} (${endian}-endian), ${program.length} instructions\n`;
  const directive = architectures[0] ? `.arch ${architectures[0].name}\n` : '';
  return head + directive + disassemble(program, { annotate: true, architectures, endian });
}
