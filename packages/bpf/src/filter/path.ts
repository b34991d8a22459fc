/**
 * Where something stands in a policy, for messages.
 *
 * @module
 */

/** The place as text, or what makes it, where it is one of many of which hardly any is needed. */
export type Path = string | (() => string);

/**
 * @param path - a place
 * @returns it as text
 */
export function pathText(path: Path): string {
  return typeof path === 'string' ? path : path();
}

/**
 * @param table - where an architecture's rules stand
 * @param index - which rule
 * @returns where that one stands
 */
export function rulePath(table: string, index: number): string {
  return `${table}.rules[${index}]`;
}
