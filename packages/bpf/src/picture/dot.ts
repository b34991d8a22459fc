/**
 * A tree of questions as a graph for Graphviz. The width of a line is the share of all calls that go there.
 *
 * @module
 */

import { type PictureOptions, shareText } from './svg.ts';
import type { TreeNode } from './tree.ts';

/** Points that a line is wide at most. */
const THICKEST = 12;

const COLORS = { allow: '#1a7f4b', fail: '#9a6300', kill: '#c0263a', other: '#4a55a8' } as const;

/**
 * Writes a tree in the language of dot(1).
 *
 * @param tree - what `programTree` made
 * @param options - what to say beside it
 * @returns a digraph
 * @example
 * ```ts
 * import { programTree, treeDot } from '@qseccomp/bpf';
 *
 * const tree = programTree([{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }]);
 * treeDot(tree).includes('label="ALLOW"'); // true
 * ```
 */
export function treeDot(tree: TreeNode, options: PictureOptions = {}): string {
  const lines: string[] = [];
  let ends = 0;
  const write = (node: TreeNode): string => {
    const { kind, pc, text, calls, share, outcome, yes, no } = node;
    if (kind === 'reference') return `q${pc}`;
    const label = [text, ...(kind === 'return' ? [calls, shareText(share)] : [])];
    const quoted = label.filter((part) => part !== '').map(escaped);
    if (yes === undefined || no === undefined) {
      const name = `r${ends++}`;
      const color = COLORS[outcome ?? 'other'];
      lines.push(`  ${name} [label="${quoted.join('\\n')}", style=rounded, color="${color}"];\n`);
      return name;
    }
    const name = `q${pc}`;
    lines.push(`  ${name} [label="${quoted.join('\\n')}"];\n`);
    for (const [word, next] of [
      ['yes', yes],
      ['no', no],
    ] as const) {
      const width = (1 + (THICKEST - 1) * next.share).toFixed(1);
      const seen = next.share === 0 ? ', style=dashed' : '';
      lines.push(`  ${name} -> ${write(next)} [label="${word}", penwidth=${width}${seen}];\n`);
    }
    return name;
  };
  write(tree);
  const { title = 'A seccomp filter' } = options;
  const head = `  label="${escaped(title)}";\n  rankdir=LR;\n  node [shape=box, fontname=monospace, fontsize=11];\n  edge [fontname=monospace, fontsize=10, arrowsize=0.6];\n`;
  return `digraph filter {\n${head}${lines.join('')}}\n`;
}

function escaped(text: string): string {
  return text.replace(/\p{Cc}|\p{Cs}/gu, '?').replace(/["\\]/g, '\\$&');
}
