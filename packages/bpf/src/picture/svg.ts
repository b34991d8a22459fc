/**
 * A tree of questions as an SVG picture: yes leads to the right, no leads down, and the width of a line is the
 * share of all calls that go there.
 *
 * Each row ends in one return or reference, so no line crosses another.
 *
 * @module
 */

import type { TreeNode } from './tree.ts';

/** What a picture says beside the tree. */
export interface PictureOptions {
  /** What the program is, in words. */
  readonly title?: string;
  /** Nodes to mark, with the lines between them: what `treePath` gave for the same tree. */
  readonly way?: readonly TreeNode[];
}

/** A node in its place: column and row count from 0. */
interface Placed {
  readonly node: TreeNode;
  readonly column: number;
  readonly row: number;
}

/** Pixels. */
const ROW = 26;
const BOX = 18;
const GAP = 30;
const MARGIN = 16;
const HEAD = 44;
const CHARACTER = 7.4;
const PADDING = 6;
const THINNEST = 1;
const THICKEST = 11;

const STYLE = `
.qt { --ground: #ffffff; --ink: #1c2330; --dim: #5d6675; --box: #eef1f5; --line: #9aa4b2; --allow: #1a7f4b; --fail: #9a6300;
  --kill: #c0263a; --other: #4a55a8; --on: #ffffff; --way: #2f5fd0;
  font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { .qt { --ground: #12161c; --ink: #e6e9ef; --dim: #9ba5b4; --box: #262d38; --line: #667080;
  --allow: #4cc38a; --fail: #e2b04a; --kill: #ff7b87; --other: #a3adff; --on: #12161c; --way: #7aa2ff; } }
.qt text { fill: var(--ink); dominant-baseline: central; }
.qt .calls, .qt .head { fill: var(--dim); }
.qt .name { font-weight: 600; fill: var(--ink); }
.qt path { fill: none; stroke: var(--line); }
.qt rect { fill: var(--box); } .qt > rect { fill: var(--ground); }
.qt .allow { fill: var(--allow); } .qt .fail { fill: var(--fail); } .qt .kill { fill: var(--kill); }
.qt .other { fill: var(--other); }
.qt .return text:first-of-type { fill: var(--on); font-weight: 600; }
.qt .way > rect { stroke: var(--way); stroke-width: 2.5; }
.qt path.way { stroke: var(--way); }
`;

/**
 * Draws a tree.
 *
 * @param tree - what `programTree` made
 * @param options - what to say beside it
 * @returns an SVG document without references to anything; it follows the reader's colour scheme
 * @example
 * ```ts
 * import { programTree, treeSvg } from '@qseccomp/bpf';
 *
 * const tree = programTree([{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }]);
 * treeSvg(tree, { title: 'allow all' }).startsWith('<svg '); // true
 * ```
 */
export function treeSvg(tree: TreeNode, options: PictureOptions = {}): string {
  const places: Placed[] = [];
  const rows = place(tree, 0, 0, places);
  const at = new Map(places.map((placed) => [placed.node, placed]));
  const lefts = columnLefts(places);
  const left = ({ column }: Placed): number => lefts[column] as number;
  const middle = ({ row }: Placed): number => HEAD + row * ROW + ROW / 2;
  const { title = 'A seccomp filter' } = options;
  const way = new Set(options.way);
  const lines = places.flatMap((from) => {
    const { yes, no } = from.node;
    if (yes === undefined || no === undefined) return [];
    const [right, below] = [at.get(yes) as Placed, at.get(no) as Placed];
    const x = left(from) + GAP / 2;
    const line = (to: Placed, path: string): string =>
      lineTo(to.node, path, way.has(from.node) && way.has(to.node));
    return [
      line(right, `M${left(from) + boxWidth(from.node)} ${middle(from)}H${left(right)}`),
      line(below, `M${x} ${middle(from) + BOX / 2}V${middle(below) - BOX / 2}`),
    ];
  });
  const boxes = places.map((placed) => box(placed.node, left(placed), middle(placed), way.has(placed.node)));
  const rights = places.map((placed) => left(placed) + boxWidth(placed.node) + sideWidth(placed.node));
  const headRight = MARGIN + Math.max(title.length, HEADLINE.length) * CHARACTER;
  const width = Math.ceil(rights.reduce((a, b) => Math.max(a, b), headRight)) + MARGIN;
  const height = HEAD + rows * ROW + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="qt" role="img" aria-label="${escaped(title)}" `,
    `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n`,
    `<style>${STYLE}</style>\n`,
    '<rect width="100%" height="100%"/>\n',
    `<text class="name" x="${MARGIN}" y="14">${escaped(title)}</text>\n`,
    `<text class="head" x="${MARGIN}" y="32">${HEADLINE}</text>\n`,
    ...lines,
    ...boxes,
    '</svg>\n',
  ].join('');
}

const HEADLINE = 'Yes goes right, no goes down. The wider a line, the more calls go there.';

/** Places a node with all below it; yes in the same row, no in the first free row of the same column. */
function place(node: TreeNode, column: number, row: number, places: Placed[]): number {
  places.push({ node, column, row });
  if (node.yes === undefined || node.no === undefined) return 1;
  const rows = place(node.yes, column + 1, row, places);
  return rows + place(node.no, column, row + rows, places);
}

/** Where columns begin. Returns end their row and may be as wide as they like. */
function columnLefts(places: readonly Placed[]): number[] {
  const widths: number[] = [];
  for (const { node, column } of places) {
    const width = node.kind === 'question' ? boxWidth(node) + GAP : 0;
    widths[column] = Math.max(widths[column] ?? 0, width);
  }
  const lefts = [MARGIN];
  for (const width of widths) lefts.push((lefts.at(-1) as number) + width);
  return lefts;
}

function boxWidth({ text }: TreeNode): number {
  return Math.ceil(text.length * CHARACTER + 2 * PADDING);
}

/** What stands to the right of a return's box. */
function sideText({ kind, calls, share }: TreeNode): string {
  if (kind === 'question') return '';
  return [calls, shareText(share)].filter((text) => text !== '').join(' · ');
}

function sideWidth(node: TreeNode): number {
  return PADDING + sideText(node).length * CHARACTER;
}

/**
 * A share as a person reads it.
 *
 * @param share - 0..1
 * @returns per cent, empty for what was not seen
 */
export function shareText(share: number): string {
  if (share === 0) return '';
  const percent = 100 * share;
  return percent < 0.1 ? 'below 0.1 %' : `${percent.toFixed(percent < 99.95 ? 1 : 0)} %`;
}

function lineTo({ share }: TreeNode, path: string, isWay: boolean): string {
  const width = THINNEST + (THICKEST - THINNEST) * share;
  const seen = share === 0 ? ' stroke-dasharray="3 3"' : '';
  return `<path${isWay ? ' class="way"' : ''} d="${path}" stroke-width="${width.toFixed(1)}"${seen}/>\n`;
}

function box(node: TreeNode, x: number, y: number, isWay: boolean): string {
  const { pc, kind, text, outcome = '', share, calls } = node;
  const width = boxWidth(node);
  const side = sideText(node);
  const label = `<text x="${x + PADDING}" y="${y}">${escaped(text)}</text>`;
  const target = kind === 'reference' ? `<a href="#i${pc}">${label}</a>` : label;
  const detail = [`instruction ${pc}`, calls, shareText(share)].filter((part) => part !== '').join(' · ');
  return [
    `<g class="${kind}${isWay ? ' way' : ''}"${kind === 'question' ? ` id="i${pc}"` : ''}>`,
    `<title>${escaped(detail)}</title>`,
    `<rect class="${outcome}" x="${x}" y="${y - BOX / 2}" width="${width}" height="${BOX}" rx="${kind === 'question' ? 4 : BOX / 2}"/>`,
    target,
    side === '' ? '' : `<text class="calls" x="${x + width + PADDING}" y="${y}">${escaped(side)}</text>`,
    '</g>\n',
  ].join('');
}

/** Text that stands for itself in XML; control characters, which XML cannot say, as question marks. */
function escaped(text: string): string {
  const codes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/\p{Cc}|\p{Cs}/gu, '?').replace(/[&<>"]/g, (sign) => codes[sign] as string);
}
