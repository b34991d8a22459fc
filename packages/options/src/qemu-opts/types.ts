/**
 * What an option's value may be, and the two types that need no arithmetic. Numbers and sizes: numbers.ts.
 * @module
 */

import { OptionsError, type Warn } from '../errors.ts';

/** How the text of a value becomes a value. */
export interface OptType<T> {
  /** Short name shown in help, between `<` and `>`. */
  readonly label: string;
  /** Reads the text given for option `name`; throws an OptionsError; may warn. */
  parse(name: string, value: string, warn: Warn): T;
}

/** One option that a list knows. */
export interface OptDesc {
  readonly name: string;
  readonly type: OptType<unknown>;
  /** One line for the help text. */
  readonly help?: string;
  /** Text of the value that holds while the option is not set. */
  readonly default?: string;
}

/** Any text. */
export const stringType: OptType<string> = { label: 'str', parse: (_name, value) => value };

const TRUE: readonly string[] = ['on', 'yes', 'true', 'y'];
const FALSE: readonly string[] = ['off', 'no', 'false', 'n'];

/** `on yes true y` or `off no false n`, in lower case. */
export const boolType: OptType<boolean> = {
  label: 'bool (on/off)',
  parse(name, value) {
    if (TRUE.includes(value)) return true;
    if (FALSE.includes(value)) return false;
    throw new OptionsError('OPTIONS_BAD_BOOL', `Parameter '${name}' expects 'on' or 'off'`);
  },
};
