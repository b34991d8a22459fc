/** What a view shows, and what it can ask for. @module */
import type { RequestedFilter } from '@qseccomp/cli/sandbox-filter';
import type { CallAnswer } from '../answer.ts';
import { element } from '../dom.ts';
import type { PolicyInput } from '../state.ts';

/** What a view shows. */
export interface ViewContext {
  readonly filter: RequestedFilter;
  readonly policy: PolicyInput;
  /** About the call that was typed; absent where it means nothing. */
  readonly answer: CallAnswer | undefined;
  /** Asks about a call of an architecture. */
  readonly ask: (call: string, architecture: string) => void;
}

/** A call's name that asks about the call. */
export function callButton(name: string, architecture: string, { ask }: ViewContext): HTMLElement {
  return element(
    'button',
    {
      type: 'button',
      class: 'link',
      title: `Ask about ${name} on ${architecture}`,
      onclick: () => ask(name, architecture),
    },
    name,
  );
}

/** A field that leaves only those rows which hold a text. */
export function rowFilter(id: string, rows: readonly HTMLElement[]): HTMLElement {
  const count = element('output', { for: id });
  const input = element('input', {
    id,
    type: 'search',
    placeholder: 'name, number, word',
    spellcheck: 'false',
    oninput: () => {
      const words = input.value.toLowerCase().split(/\s+/);
      for (const row of rows)
        row.hidden = !words.every((word) => row.textContent?.toLowerCase().includes(word));
      const shown = rows.filter(({ hidden }) => !hidden).length;
      count.textContent = shown === rows.length ? '' : `${shown} of ${rows.length}`;
    },
  });
  return element('p', { class: 'filter' }, element('label', { for: id }, 'Show only'), input, count);
}
