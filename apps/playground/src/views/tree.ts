/** The view of the program as a tree of questions. @module */
import { programTree, treePath, treeSvg } from '@qseccomp/bpf/picture';
import { errnoName } from '@qseccomp/syscall-tables/lookup';
import { element } from '../dom.ts';
import type { ViewContext } from './context.ts';

/**
 * The picture, with the way of the call.
 *
 * @param context - the filter and the call
 */
export function treeView({ filter, answer }: ViewContext): Node[] {
  const { program, architectures, endian, title } = filter;
  const tree = programTree(program, { architectures, endian, errnoName });
  const way = answer === undefined ? [] : treePath(tree, answer.path);
  const svg = treeSvg(tree, { title, way });
  const picture = element('div', {
    class: 'picture',
    tabindex: 0,
    role: 'group',
    'aria-label': 'Tree of questions, can be scrolled',
  });
  picture.innerHTML = svg;
  // The address is the page's state, so references scroll by themselves.
  picture.addEventListener('click', (event) => {
    const target = (event.target as Element).closest('a')?.getAttribute('href');
    if (target == null) return;
    event.preventDefault();
    picture.querySelector(target)?.scrollIntoView({ block: 'center', inline: 'center' });
  });
  const download = element(
    'a',
    { href: `data:image/svg+xml,${encodeURIComponent(svg)}`, download: 'filter.svg', class: 'button' },
    'Save as SVG',
  );
  const lead =
    'Lines are as wide as calls are frequent, in the trace of one QEMU guest. Marked is the way of the call above.';
  return [element('p', { class: 'bar' }, element('span', {}, lead), download), picture];
}
