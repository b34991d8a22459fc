/** Check boxes for architectures: those that most people have first, the others behind one click. @module */
import { element } from './dom.ts';
import { ARCHITECTURES } from './policy.ts';

const COMMON = ['x86_64', 'x32', 'x86', 'aarch64', 'arm', 'riscv64', 'ppc64le', 's390x'];

/**
 * Fills a field set.
 *
 * @param fieldset - with a legend
 * @param changed - called when one is chosen or not any more
 * @returns the names that are chosen, in the order in which they were: the first one is met soonest
 */
export function architecturePicker(fieldset: HTMLElement, changed: () => void): { value: readonly string[] } {
  let chosen: readonly string[] = [];
  const boxes = new Map<string, HTMLInputElement>();
  const box = (name: string): HTMLElement => {
    const input = element('input', {
      type: 'checkbox',
      id: `arch-${name}`,
      onchange: () => {
        chosen = input.checked ? [...chosen, name] : chosen.filter((other) => other !== name);
        changed();
      },
    });
    boxes.set(name, input);
    return element('label', { class: 'check', for: input.id }, input, name);
  };
  const others = ARCHITECTURES.map(({ name }) => name).filter((name) => !COMMON.includes(name));
  const more = element(
    'details',
    {},
    element('summary', {}, `${others.length} more`),
    element('div', { class: 'checks' }, others.map(box)),
  );
  fieldset.append(
    element('div', { class: 'checks' }, COMMON.map(box)),
    more,
    element(
      'p',
      { class: 'hint' },
      'None: those that a profile names, else x86_64. One filter is for architectures of one byte order.',
    ),
  );
  return {
    get value() {
      return chosen;
    },
    set value(names) {
      chosen = [...new Set(names)].filter((name) => boxes.has(name));
      for (const [name, input] of boxes) input.checked = chosen.includes(name);
      if (chosen.some((name) => others.includes(name))) more.open = true;
    },
  };
}
