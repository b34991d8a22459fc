/** The view of the rules. @module */
import { element, table } from '../dom.ts';
import { type RuleRow, ruleSections } from '../rules.ts';
import { callButton, rowFilter, type ViewContext } from './context.ts';

/**
 * What each call gets, in words.
 *
 * @param context - the filter
 */
export function rulesView(context: ViewContext): Node[] {
  const sections = ruleSections(context.filter, context.policy);
  const allRows: HTMLElement[] = [];
  const parts = sections.map(({ architecture, lead, rows, notes }) => {
    const groups = new Map<string, HTMLElement[]>();
    for (const row of rows) {
      const lines = groups.get(row.group) ?? [];
      groups.set(row.group, [...lines, ruleLine(row, architecture, context)]);
    }
    allRows.push(...[...groups.values()].flat());
    const isDescribed = rows.some(({ does }) => does !== undefined);
    const header = ['Number', 'Call', 'Answer', ...(isDescribed ? ['What it does'] : [])];
    const bodies = [...groups].map(([title, lines]) =>
      element('tbody', {}, title === '' ? undefined : groupLine(title, header.length), lines),
    );
    return element(
      'section',
      {},
      element('h2', {}, architecture),
      element('p', {}, lead),
      element('div', { class: 'rules' }, table(`Calls with rules on ${architecture}`, header, bodies)),
      notes.map(({ title, text }) =>
        element('details', {}, element('summary', {}, title), element('p', {}, text)),
      ),
    );
  });
  return [rowFilter('rule-filter', allRows), ...parts];
}

function groupLine(title: string, columns: number): HTMLElement {
  return element('tr', { class: 'group' }, element('th', { scope: 'rowgroup', colspan: columns }, title));
}

function ruleLine(row: RuleRow, architecture: string, context: ViewContext): HTMLElement {
  const { number, name, answers, does } = row;
  const answer = answers.map(({ words, outcome, when }) =>
    element(
      'div',
      {},
      element('span', { class: `pill ${outcome}` }, words),
      when === '' ? undefined : ` ${when}`,
    ),
  );
  return element(
    'tr',
    {},
    element('td', { class: 'number' }, String(number)),
    element('th', { scope: 'row' }, callButton(name, architecture, context)),
    element('td', {}, answer),
    does === undefined ? undefined : element('td', {}, does),
  );
}
