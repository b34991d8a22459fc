/** Elements in one call. @module */

type Child = Node | string | undefined | readonly Child[];

/**
 * Makes an element.
 *
 * @param name - tag
 * @param attributes - `on…` are listeners, true and false set or leave out
 * @param children - nodes and texts; undefined is left out
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key.slice('on'.length), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== undefined && value !== false) made.setAttribute(key, String(value));
  }
  append(made, children);
  return made;
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === 'string' || child instanceof Node) parent.append(child);
    else append(parent, child);
  }
}

/**
 * The element of the page with an id.
 *
 * @param id - one that index.html has
 */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`expected an element #${id}`);
  return found as T;
}

/**
 * A table with a title for screen readers, that scrolls by itself where it is too wide.
 *
 * @param caption - what it lists
 * @param header - titles of the columns
 * @param bodies - rows, or groups of them
 */
export function table(
  caption: string,
  header: readonly string[],
  bodies: readonly HTMLElement[],
): HTMLElement {
  const titles = header.map((title) => element('th', { scope: 'col' }, title));
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, titles)),
      bodies[0] instanceof HTMLTableRowElement ? element('tbody', {}, bodies) : bodies,
    ),
  );
}
