/**
 * One entry of a list (QemuOpts in QEMU): every item of an option string in order, the last of a name winning.
 * Behaviour of QEMU 7.2, util/qemu-option.c.
 * @module
 */

import { type Location, OptionsError, type OptionsErrorDetails, type Warn } from '../errors.ts';
import { flagWarning, formatItems, isHelpFlag, isHelpName, splitItems } from './grammar.ts';
import type { OptsList } from './list.ts';
import type { OptDesc, OptType } from './types.ts';

/** One item of an entry. */
export interface Opt {
  readonly name: string;
  readonly value: string;
}

/** Where a value stands in the text it was read from. */
type Place = Pick<OptionsErrorDetails, 'input' | 'offset'>;

interface StoredOpt extends Opt {
  desc: OptDesc | undefined;
  parsed: unknown;
  readonly place: Place;
}

/** One entry of a list: the items of one option string, and what was set later. */
export class Opts {
  readonly list: OptsList;
  readonly id: string | undefined;
  /** Where the entry was created. */
  readonly location: Location;
  #items: StoredOpt[] = [];

  /**
   * Made by {@link OptsList.create}, which also enters it in its list.
   * @param list - the list it belongs to
   * @param id - its id
   * @param location - where it was written
   */
  constructor(list: OptsList, id: string | undefined, location: Location) {
    this.list = list;
    this.id = id;
    this.location = location;
  }

  /** The items in order; a name may occur more than once. */
  get items(): readonly Opt[] {
    return this.#items.map(({ name, value }) => ({ name, value }));
  }

  /**
   * The text of an option.
   * @param name - its name
   * @returns the last value set, else the default, else undefined
   */
  get(name: string): string | undefined {
    return this.#last(name)?.value ?? findOption(this.list.options, name)?.default;
  }

  /**
   * The value of a typed option.
   * @param name - its name
   * @param type - the type that the list gives it
   * @param fallback - what to return while it is not set and has no default
   * @returns the last value set, else the default, else `fallback`
   * @throws {TypeError} if the list gives the option another type
   */
  value<T>(name: string, type: OptType<T>, fallback: T): T {
    const item = this.#last(name);
    const desc = item === undefined ? findOption(this.list.options, name) : item.desc;
    if (item === undefined && desc?.default === undefined) return fallback;
    if (desc?.type !== type) {
      throw new TypeError(`option '${name}' is of type ${desc?.type.label ?? 'any'}, not ${type.label}`);
    }
    return item === undefined ? type.parse(name, desc.default as string, this.list.warn) : (item.parsed as T);
  }

  /**
   * Adds an item behind the others.
   * @param name - its name
   * @param value - its value; a boolean is written `on` or `off`, a number in decimal
   * @throws {OptionsError} OPTIONS_INVALID_PARAMETER for an unknown name, or what its type says about the value
   */
  set(name: string, value: string | boolean | number | bigint): void {
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
    this.#add(name, text, {});
  }

  /**
   * Reads more items from an option string; `id` items are passed over.
   * @param text - the option string
   * @param settings - implied name of the first item; where to send warnings about flags, which also makes help flags count
   * @returns false if a help flag ended the reading
   * @throws {OptionsError} the first thing that is wrong; earlier items stay
   */
  parse(
    text: string,
    settings: { readonly impliedName?: string | undefined; readonly warn?: Warn | undefined } = {},
  ): boolean {
    const { impliedName, warn } = settings;
    for (const item of splitItems(text, impliedName)) {
      if (warn !== undefined && item.form === 'flag') {
        if (!isHelpFlag(item)) {
          const { message, hint } = flagWarning(item);
          warn(message, hint);
        } else if (!this.list.acceptsAny) {
          return false;
        }
      }
      if (item.name === 'id') continue;
      this.#add(item.name, item.value, { input: text, offset: item.valueOffset }, item.offset);
    }
    return true;
  }

  /**
   * Takes back the last item of a name, so that an earlier one shows again.
   * @param name - its name
   * @returns false if it was not set
   * @throws {TypeError} if the list describes its options: only lists that take any name can unset
   */
  unset(name: string): boolean {
    if (!this.list.acceptsAny) throw new TypeError(`list '${this.list.name}' describes its options`);
    const item = this.#last(name);
    if (item === undefined) return false;
    this.#items = this.#items.filter((other) => other !== item);
    return true;
  }

  /**
   * Removes all items of a name.
   * @param name - its name
   * @returns how many there were
   */
  delete(name: string): number {
    const before = this.#items.length;
    this.#items = this.#items.filter((item) => item.name !== name);
    return before - this.#items.length;
  }

  /**
   * Whether an item is called `help` or `?`, whatever its value.
   * @returns true if there is one
   */
  hasHelp(): boolean {
    return this.#items.some(({ name }) => isHelpName(name));
  }

  /**
   * The items by name, the last of a name winning, and the id under `id`; values are text, defaults left out.
   * @param settings - only the options that a list describes; remove what was taken; a map to add to
   * @returns the map
   */
  toDict(
    settings: {
      readonly filter?: Pick<OptsList, 'options'>;
      readonly remove?: boolean;
      readonly into?: Map<string, string>;
    } = {},
  ): Map<string, string> {
    const { filter, remove = false, into = new Map<string, string>() } = settings;
    const wanted = ({ name }: Opt): boolean => !filter || findOption(filter.options, name) !== undefined;
    if (this.id !== undefined) into.set('id', this.id);
    for (const { name, value } of this.#items.filter(wanted)) into.set(name, value);
    if (remove) this.#items = this.#items.filter((item) => !wanted(item));
    return into;
  }

  /**
   * Gives types to the items of a list that takes any name.
   * @param options - the options allowed
   * @throws {OptionsError} OPTIONS_INVALID_PARAMETER for a name that is not among them, or what a type says
   * @throws {TypeError} if the list describes its options already
   */
  validate(options: readonly OptDesc[]): void {
    if (!this.list.acceptsAny) throw new TypeError(`list '${this.list.name}' describes its options`);
    for (const item of this.#items) {
      item.desc = findOption(options, item.name);
      if (item.desc === undefined) throw invalidParameter(item.name).with(item.place);
      item.parsed = this.#check(item.desc, item.value, item.place);
    }
  }

  /**
   * The entry as an option string that reads back as the same id and items.
   * @returns text without implied names or flags
   * @throws {OptionsError} OPTIONS_UNFORMATTABLE for a name that has no written form
   */
  format(): string {
    const reserved = this.#items.find(({ name }) => name === 'id');
    if (reserved !== undefined) {
      throw new OptionsError('OPTIONS_UNFORMATTABLE', "expected an option name other than 'id', got 'id'");
    }
    return formatItems(
      this.id === undefined ? this.#items : [{ name: 'id', value: this.id }, ...this.#items],
    );
  }

  /**
   * An error about the last item of an option, with its place in the text it was read from.
   * @param name - the option's name
   * @param error - what is wrong
   * @returns the error to throw
   */
  blame(name: string, error: OptionsError): OptionsError {
    return error.with({ ...this.#last(name)?.place, location: this.location });
  }

  #last(name: string): StoredOpt | undefined {
    return this.#items.findLast((item) => item.name === name);
  }

  #add(name: string, value: string, place: Place, nameOffset?: number): void {
    const desc = findOption(this.list.options, name);
    if (desc === undefined && !this.list.acceptsAny) {
      throw invalidParameter(name).with({ ...place, offset: nameOffset });
    }
    this.#items.push({ name, value, desc, parsed: desc && this.#check(desc, value, place), place });
  }

  #check({ name, type }: OptDesc, value: string, place: Place): unknown {
    return placed(place, () => type.parse(name, value, this.list.warn));
  }
}

/**
 * Looks up a described option.
 * @param options - the options of a list
 * @param name - the name wanted
 * @returns its description, if there is one
 */
export function findOption(options: readonly OptDesc[], name: string): OptDesc | undefined {
  return options.find((desc) => desc.name === name);
}

/**
 * The error for a name that a list does not know.
 * @param name - the unknown name
 * @returns the error to throw
 */
export function invalidParameter(name: string): OptionsError {
  return new OptionsError('OPTIONS_INVALID_PARAMETER', `Invalid parameter '${name}'`);
}

/**
 * Runs an action and gives the OptionsError it may throw a place.
 * @param place - the text that is read and the offset in it
 * @param action - what to do
 * @returns what the action returns
 * @throws {OptionsError} the action's error, placed
 */
export function placed<T>(place: Place, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof OptionsError ? error.with(place) : error;
  }
}
