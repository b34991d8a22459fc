/** Tabs as the WAI-ARIA pattern has them: arrow keys, Home and End choose. @module */
import { element } from './dom.ts';

/**
 * Fills a tab list.
 *
 * @param list - the element with role tablist
 * @param panel - what the tabs control
 * @param names - one for each tab
 * @param titles - what they are called
 * @param changed - called when another one is chosen by the user
 * @returns which one is chosen
 */
export function tabs<Name extends string>(
  list: HTMLElement,
  panel: HTMLElement,
  names: readonly Name[],
  titles: Readonly<Record<Name, string>>,
  changed: () => void,
): { value: Name } {
  let chosen = names[0] as Name;
  const buttons = names.map((name) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        'aria-controls': panel.id,
        onclick: () => choose(name),
      },
      titles[name],
    ),
  );
  const mark = (): void => {
    for (const [at, button] of buttons.entries()) {
      const isChosen = names[at] === chosen;
      button.setAttribute('aria-selected', String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
    panel.setAttribute('aria-labelledby', `tab-${chosen}`);
  };
  const choose = (name: Name): void => {
    chosen = name;
    mark();
    changed();
  };
  list.addEventListener('keydown', (event) => {
    const at = names.indexOf(chosen);
    const last = names.length - 1;
    const next = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(names[next] as Name);
    buttons[next]?.focus();
  });
  // Reached by Tab also where nothing in it can be.
  panel.tabIndex = 0;
  list.append(...buttons);
  mark();
  return {
    get value() {
      return chosen;
    },
    set value(name: Name) {
      chosen = name;
      mark();
    },
  };
}
