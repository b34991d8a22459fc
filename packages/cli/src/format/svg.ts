/** A filter as a picture of the tree of its questions. @module */
import { programTree, treeSvg } from '@qseccomp/bpf/picture';
import { errnoName } from '@qseccomp/syscall-tables/lookup';
import { pictureTitle } from './dot.ts';
import type { Filter } from './filter.ts';

/**
 * The picture of a program.
 *
 * @param filter - any
 * @returns an SVG document that needs nothing else; the same text for the same program
 */
export function svgPicture(filter: Filter): string {
  return treeSvg(programTree(filter.program, { ...filter, errnoName }), { title: pictureTitle(filter) });
}
