/**
 * What a list prints when asked for help, as QEMU 7.2 words it.
 * @module
 */

import { toByteString } from './bytes.ts';
import type { OptsList } from './list.ts';

/** Column, in bytes, at which the help of an option begins. */
const HELP_COLUMN = 24;

/**
 * The options of a list, one per line, sorted by bytes.
 * @param list - the list
 * @param caption - print a headline above the options
 * @returns whole lines
 * @example
 * ```ts
 * import { OptsList, helpText, stringType } from '@qseccomp/options/qemu-opts';
 * const list = new OptsList({ name: 'net', options: [{ name: 'mac', type: stringType, help: 'address' }] });
 * helpText(list); // => 'net options:\n  mac=<str>              - address\n'
 * ```
 */
export function helpText(list: Pick<OptsList, 'name' | 'options'>, caption = true): string {
  if (list.options.length === 0) {
    return list.name === undefined ? 'No options available.\n' : `There are no options for ${list.name}.\n`;
  }
  const lines = list.options.map(({ name, type, help }) => {
    const line = `  ${name}=<${type.label}>`;
    if (help === undefined) return line;
    return `${line}${' '.repeat(Math.max(0, HELP_COLUMN - toByteString(line).length))} - ${help}`;
  });
  lines.sort((left, right) => compare(toByteString(left), toByteString(right)));
  if (caption) lines.unshift(list.name === undefined ? 'Options:' : `${list.name} options:`);
  return `${lines.join('\n')}\n`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
