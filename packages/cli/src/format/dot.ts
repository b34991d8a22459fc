/** A filter as the tree of its questions, for Graphviz. @module */
import { programTree, treeDot } from '@qseccomp/bpf/picture';
import { errnoName } from '@qseccomp/syscall-tables/lookup';
import { architectureNames, type Filter } from './filter.ts';

/**
 * The graph of a program.
 *
 * @param filter - any
 * @returns a digraph; the same text for the same program
 */
export function dotGraph(filter: Filter): string {
  return treeDot(programTree(filter.program, { ...filter, errnoName }), { title: pictureTitle(filter) });
}

/**
 * What stands above a picture.
 *
 * @param filter - any
 */
export function pictureTitle(filter: Filter): string {
  return `${filter.title}, for ${architectureNames(filter)}: ${filter.program.length} instructions`;
}
