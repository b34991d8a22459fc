/**
 * The text form of options: `name=value`, flags, the implied first name, doubled commas. Nothing is trimmed
 * and nothing is too long. Behaviour of QEMU 7.2, util/qemu-option.c.
 * @module
 */

import { OptionsError } from '../errors.ts';

/** One item of an option string. */
export interface OptItem {
  /** Name; of a flag, without a leading `no`. */
  readonly name: string;
  /** Value with doubled commas undone; of a flag, `on` or `off`. */
  readonly value: string;
  /** How it was written: `name=value`, `name` alone, or a first value without its implied name. */
  readonly form: 'pair' | 'flag' | 'implied';
  /** A flag written as `noNAME`. */
  readonly negated: boolean;
  /** Where the item begins: UTF-16 units from the start of the text. */
  readonly offset: number;
  /** Where the value begins; of a flag, where the item begins. */
  readonly valueOffset: number;
}

/**
 * Splits an option string into its items, one at a time.
 * @param text - the string after the option's name
 * @param impliedName - name of the first item where that is a bare value
 * @returns the items in order
 * @example
 * ```ts
 * import { splitItems } from '@qseccomp/options/qemu-opts';
 * [...splitItems('on,a=1,,2,nob', 'enable')].map(({ name, value }) => [name, value]); // => [['enable', 'on'], ['a', '1,2'], ['b', 'off']]
 * ```
 */
export function* splitItems(text: string, impliedName?: string): Generator<OptItem, void> {
  const word = /[^=,]*/y;
  let implied = impliedName;
  for (let offset = 0; offset < text.length; ) {
    word.lastIndex = offset;
    word.test(text);
    let end = word.lastIndex;
    if (text[end] === '=') {
      const valueOffset = end + 1;
      const name = text.slice(offset, end);
      end = valueEnd(text, valueOffset);
      yield {
        name,
        value: readValue(text, valueOffset, end),
        form: 'pair',
        negated: false,
        offset,
        valueOffset,
      };
    } else if (implied !== undefined) {
      end = valueEnd(text, offset);
      const value = readValue(text, offset, end);
      yield { name: implied, value, form: 'implied', negated: false, offset, valueOffset: offset };
    } else {
      const negated = text.startsWith('no', offset) && end >= offset + 2;
      const name = text.slice(negated ? offset + 2 : offset, end);
      yield { name, value: negated ? 'off' : 'on', form: 'flag', negated, offset, valueOffset: offset };
    }
    implied = undefined;
    offset = end + 1;
  }
}

/**
 * Whether an item asks for help: the bare flag `help` or `?`.
 * @param item - one item
 * @returns true for a help flag
 * @example
 * ```ts
 * import { isHelpFlag, splitItems } from '@qseccomp/options/qemu-opts';
 * [...splitItems('help,nohelp,help=on,?')].map(isHelpFlag); // => [true, false, false, true]
 * ```
 */
export function isHelpFlag(item: OptItem): boolean {
  return item.form === 'flag' && !item.negated && isHelpName(item.name);
}

/**
 * Whether an option string holds a help flag, with no name implied.
 * @param text - an option string
 * @returns true if an item is a bare `help` or `?`
 * @example
 * ```ts
 * import { hasHelpOption } from '@qseccomp/options/qemu-opts';
 * hasHelpOption('a,b,,help'); // => true
 * hasHelpOption('helpme'); // => false
 * ```
 */
export function hasHelpOption(text: string): boolean {
  for (const item of splitItems(text)) if (isHelpFlag(item)) return true;
  return false;
}

/**
 * Whether a name is one of the two that ask for help.
 * @param name - an option's name
 * @returns true for `help` and `?`
 * @example
 * ```ts
 * import { isHelpName } from '@qseccomp/options/qemu-opts';
 * isHelpName('?'); // => true
 * ```
 */
export function isHelpName(name: string): boolean {
  return name === 'help' || name === '?';
}

/**
 * The deprecation warning that QEMU has given for each flag since 6.0.
 * @param flag - an item of the form `flag`
 * @returns the warning and the line below it
 * @example
 * ```ts
 * import { flagWarning, splitItems } from '@qseccomp/options/qemu-opts';
 * const [flag] = splitItems('nospawn');
 * flagWarning(flag).hint; // => 'Please use spawn=off instead'
 * ```
 */
export function flagWarning(flag: OptItem): { readonly message: string; readonly hint: string } {
  const written = flag.negated ? `no${flag.name}` : flag.name;
  // `delay` is stored inverted: the option that users know is nodelay.
  const instead =
    flag.name === 'delay' ? `nodelay=${flag.negated ? 'on' : 'off'}` : `${flag.name}=${flag.value}`;
  return {
    message: `short-form boolean option '${written}' deprecated`,
    hint: `Please use ${instead} instead`,
  };
}

/**
 * An option string that reads back as the given items.
 * @param items - names and values in order
 * @returns `name=value` items joined by commas, commas in values doubled
 * @throws {OptionsError} OPTIONS_UNFORMATTABLE when a name holds `=` or `,`, which has no written form
 * @example
 * ```ts
 * import { formatItems } from '@qseccomp/options/qemu-opts';
 * formatItems([{ name: 'a', value: '1,2' }, { name: 'b', value: '' }]); // => 'a=1,,2,b='
 * ```
 */
export function formatItems(items: Iterable<{ readonly name: string; readonly value: string }>): string {
  const parts: string[] = [];
  for (const { name, value } of items) {
    if (/[=,]/.test(name)) {
      throw new OptionsError(
        'OPTIONS_UNFORMATTABLE',
        `expected an option name without '=' and ',', got '${name}'`,
      );
    }
    parts.push(`${name}=${value.replaceAll(',', ',,')}`);
  }
  return parts.join(',');
}

// The first comma that is not doubled, or the end.
function valueEnd(text: string, start: number): number {
  for (let from = start; ; ) {
    const comma = text.indexOf(',', from);
    if (comma < 0) return text.length;
    if (text[comma + 1] !== ',') return comma;
    from = comma + 2;
  }
}

// valueEnd pairs commas from the left, and so does replaceAll.
function readValue(text: string, start: number, end: number): string {
  return text.slice(start, end).replaceAll(',,', ',');
}
