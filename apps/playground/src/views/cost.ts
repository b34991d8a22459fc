/** The view of what the filter costs. @module */
import { DEFAULT_WEIGHTS } from '@qseccomp/bpf';
import { filterCost } from '@qseccomp/bpf/call-cost';
import { syscallNames } from '@qseccomp/syscall-tables/lookup';
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
    const { calls, mean, worst, cachedShare } = filterCost(program, architecture);
    const weightOf = (name: string): number => DEFAULT_WEIGHTS[name] ?? 0;
    const total = calls.reduce((sum, { name }) => sum + weightOf(name), 0);
    const sorted = [...calls].sort(
      (a, b) => weightOf(b.name) - weightOf(a.name) || b.most - a.most || a.number - b.number,
    );
    const rows = sorted.map((call) => {
      const share = weightOf(call.name) / total;
      return element(
        'tr',
        {},
        element('td', { class: 'number' }, String(call.number)),
        element('th', { scope: 'row' }, callButton(call.name, architecture.name, context)),
        element('td', { class: 'number' }, spanText(call, 0)),
        element('td', { class: 'bar-cell' }, bar(call.most / worst.most)),
        element('td', { class: 'number' }, share > 0 ? `${(100 * share).toFixed(2)} %` : ''),
      );
    });
    all.push(...rows);
    const dearest = syscallNames(architecture, worst.number).join(' or ') || `number ${worst.number}`;
    const average =
      mean === undefined
        ? 'None of the calls in the trace of a QEMU guest is there.'
        : `A call takes ${spanText(mean, 2)} instructions on average, over the trace of one QEMU guest; for ${(100 * cachedShare).toFixed(1)} % of these calls the kernel need not run the filter.`;
    return element(
      'section',
      {},
      element('h2', {}, architecture.name),
      element('p', {}, `${average} The most that any call takes is ${worst.most}: ${dearest}.`),
      table(
        `Instructions that calls of ${architecture.name} execute`,
        ['Number', 'Call', 'Steps', '', 'Of all calls'],
        rows,
      ),
    );
  });
  return [rowFilter('cost-filter', all), ...parts];
}

/** Steps, where arguments decide, from the fewest to the most. */
export function spanText(
  { least, most }: { readonly least: number; readonly most: number },
  digits: number,
): string {
  const [from, to] = [least.toFixed(digits), most.toFixed(digits)];
  return from === to ? from : `${from} to ${to}`;
}

function bar(part: number): HTMLElement {
  return element('span', { class: 'bar-line', style: `inline-size: ${(100 * part).toFixed(0)}%` });
}
