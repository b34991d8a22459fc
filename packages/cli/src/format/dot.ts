/**
 * A filter as a graph for Graphviz: a box for each run of instructions without a jump in or out of it.
 *
 * @module
 */
import type { Program } from '@qseccomp/bpf';
import { listProgram } from '@qseccomp/bpf/listing';
import type { Filter } from './filter.ts';

/** Class and opcodes of linux/bpf_common.h, v6.12. */
const CLASS_MASK = 0x07;
const CLASS_JUMP = 0x05;
const CLASS_RETURN = 0x06;
const JUMP_ALWAYS = 0x05;

/**
 * The graph of a program.
 *
 * @param filter - any
 * @returns a digraph; the same text for the same program
 */
export function dotGraph({ title, program, architectures, endian }: Filter): string {
  const lines = listProgram(program, { architectures, endian }).split('\n');
  const starts = blockStarts(program);
  const blocks = starts.map((start, at) => {
    const end = starts[at + 1] ?? program.length;
    const label = lines.slice(start, end).map((line) => `${escaped(line.replace(/\s+/g, ' ').trim())}\\l`);
    const last = program[end - 1];
    const shape = last !== undefined && (last.code & CLASS_MASK) === CLASS_RETURN ? ', style=rounded' : '';
    return [
      `  b${start} [label="${label.join('')}"${shape}];\n`,
      ...exits(program, end - 1).map(
        ([target, words]) => `  b${start} -> b${target}${words === '' ? '' : ` [label="${words}"]`};\n`,
      ),
    ].join('');
  });
  return `digraph filter {\n  label="${escaped(title)}";\n  node [shape=box, fontname=monospace];\n${blocks.join('')}}\n`;
}

/** Where control can go from an instruction, inside the program. */
function exits(program: Program, pc: number): (readonly [target: number, words: string])[] {
  const { code, jt, jf, k } = program[pc] as Program[number];
  if ((code & CLASS_MASK) === CLASS_RETURN) return [];
  const targets: (readonly [number, string])[] =
    code === JUMP_ALWAYS
      ? [[pc + 1 + k, '']]
      : (code & CLASS_MASK) !== CLASS_JUMP
        ? [[pc + 1, '']]
        : jt === jf
          ? [[pc + 1 + jt, '']]
          : [
              [pc + 1 + jt, 'yes'],
              [pc + 1 + jf, 'no'],
            ];
  return targets.filter(([target]) => target < program.length);
}

function blockStarts(program: Program): number[] {
  const starts = new Set([0]);
  for (const [pc, { code }] of program.entries()) {
    const isEnd = (code & CLASS_MASK) === CLASS_JUMP || (code & CLASS_MASK) === CLASS_RETURN;
    if (!isEnd) continue;
    if (pc + 1 < program.length) starts.add(pc + 1);
    for (const [target] of exits(program, pc)) starts.add(target);
  }
  return [...starts].sort((a, b) => a - b);
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
