/** The view of what the filter costs. @module */

import { filterCost } from '../cost.ts';
import { element, table } from '../dom.ts';
import { callButton, rowFilter, type ViewContext } from './context.ts';

/**
 * Steps of each call.
 *
 * @param context - the filter
 */
export function costView(context: ViewContext): Node[] {
  const { program, architectures } = context.filter;
  const all: HTMLElement[] = [];
  const parts = architectures.map((architecture) => {
    const { calls, mean, worst } = filterCost(program, architecture);
    const sorted = [...calls].sort((a, b) => b.share - a.share || b.steps - a.steps || a.number - b.number);
    const rows = sorted.map(({ name, number, steps, share }) =>
      element(
        'tr',
        {},
        element('td', { class: 'number' }, String(number)),
        element('th', { scope: 'row' }, callButton(name, architecture.name, context)),
        element('td', { class: 'number' }, String(steps)),
        element('td', { class: 'bar-cell' }, bar(steps / worst)),
        element('td', { class: 'number' }, share === 0 ? '' : `${(100 * share).toFixed(2)} %`),
      ),
    );
    all.push(...rows);
    return element(
      'section',
      {},
      element('h2', {}, architecture.name),
      element(
        'p',
        {},
        `A call takes ${mean.toFixed(2)} instructions on average, weighted by how often calls occur in the trace of one QEMU guest; the dearest takes ${worst}. Arguments are 0.`,
      ),
      table(
        `Instructions that calls of ${architecture.name} execute`,
        ['Number', 'Call', 'Steps', '', 'Of all calls'],
        rows,
      ),
    );
  });
  return [rowFilter('cost-filter', all), ...parts];
}

function bar(part: number): HTMLElement {
  return element('span', { class: 'bar-line', style: `inline-size: ${(100 * part).toFixed(0)}%` });
}
