/**
 * Programs as pictures: a tree of questions that one can follow, as SVG or for Graphviz.
 *
 * @module
 */

export { treeDot } from './dot.ts';
export { type PictureOptions, treeSvg } from './svg.ts';
export { type Outcome, outcomeOf, programTree, type TreeNode, type TreeOptions, treePath } from './tree.ts';
