/**
 * Option lists (QemuOptsList in QEMU): which options exist, and the entries that option strings have made.
 * Behaviour of QEMU 7.2, util/qemu-option.c.
 * @module
 */

import { type Location, OptionsError, type Warn } from '../errors.ts';
import { splitItems } from './grammar.ts';
import { findOption, invalidParameter, Opts, placed } from './opts.ts';
import type { OptDesc } from './types.ts';

/** What a list is made of. */
export interface OptsListSettings {
  /** Name of the list, as config files and `-set` call it. */
  readonly name?: string | undefined;
  /** Name of a first item that is a bare value. */
  readonly impliedName?: string | undefined;
  /** All strings go into one entry, which has no id. */
  readonly mergeLists?: boolean;
  /** The options it knows; none means that it takes any name, untyped. */
  readonly options?: readonly OptDesc[];
  /** Receives deprecation warnings. */
  readonly warn?: Warn;
}

/** How to read one option string. */
export interface ParseSettings {
  /** Let the list's implied name stand before a first item that is a bare value. */
  readonly implied?: boolean;
  /** Where the string was written; a new entry keeps it. */
  readonly location?: Location;
}

const NOWHERE: Location = { kind: 'none' };

/** A list of options and the entries that were made from option strings. */
export class OptsList {
  readonly name: string | undefined;
  readonly impliedName: string | undefined;
  readonly mergeLists: boolean;
  readonly options: readonly OptDesc[];
  /** Receives deprecation warnings. */
  readonly warn: Warn;
  #entries: Opts[] = [];

  /**
   * Makes a list without entries.
   * @param settings - name, implied name, options
   * @example
   * ```ts
   * import { OptsList, boolType } from '@qseccomp/options/qemu-opts';
   * const list = new OptsList({ name: 'net', options: [{ name: 'up', type: boolType }] });
   * list.parse('up=on').value('up', boolType, false); // => true
   * ```
   */
  constructor(settings: OptsListSettings) {
    this.name = settings.name;
    this.impliedName = settings.impliedName;
    this.mergeLists = settings.mergeLists ?? false;
    this.options = settings.options ?? [];
    this.warn = settings.warn ?? (() => {});
  }

  /** The entries in the order of their creation. */
  get entries(): readonly Opts[] {
    return this.#entries;
  }

  /** Whether any name is taken: the list describes no option. */
  get acceptsAny(): boolean {
    return this.options.length === 0;
  }

  /**
   * Looks up an entry.
   * @param id - its id; absent: the first entry without one
   * @returns the entry, if there is one
   */
  find(id?: string): Opts | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  /**
   * Adds an entry without items; a list that merges gives its only entry.
   * @param id - its id: letters, digits, `-` `.` `_`, a letter first
   * @param location - where it was written
   * @returns the entry
   * @throws {OptionsError} OPTIONS_BAD_ID, OPTIONS_DUPLICATE_ID; OPTIONS_INVALID_PARAMETER for an id where lists merge
   */
  create(id?: string, location: Location = NOWHERE): Opts {
    if (this.mergeLists) {
      if (id !== undefined) throw invalidParameter('id');
      const only = this.find();
      if (only !== undefined) return only;
    } else if (id !== undefined) {
      if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(id)) {
        throw new OptionsError('OPTIONS_BAD_ID', "Parameter 'id' expects an identifier", {
          hint: "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
        });
      }
      if (this.find(id) !== undefined) {
        throw new OptionsError('OPTIONS_DUPLICATE_ID', `Duplicate ID '${id}' for ${this.name}`);
      }
    }
    const entry = new Opts(this, id, location);
    this.#entries.push(entry);
    return entry;
  }

  /**
   * Reads an option string into an entry. Flags are taken without a warning and `help` is an ordinary name.
   * @param text - the option string
   * @param settings - implied name, location
   * @returns the entry
   * @throws {OptionsError} the first thing that is wrong; the entry is then gone
   */
  parse(text: string, settings: ParseSettings = {}): Opts {
    return this.#read(text, settings, undefined) as Opts;
  }

  /**
   * Reads an option string as a command line does: flags warn, and a help flag ends the reading.
   * @param text - the option string
   * @param settings - implied name, location
   * @returns the entry; undefined when help was asked for, which a list that takes any name never sees
   * @throws {OptionsError} the first thing that is wrong; the entry is then gone
   */
  parseNoisily(text: string, settings: ParseSettings = {}): Opts | undefined {
    return this.#read(text, settings, this.warn);
  }

  /**
   * Removes an entry.
   * @param entry - one of this list's entries
   */
  delete(entry: Opts): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  /** Removes all entries. */
  reset(): void {
    this.#entries = [];
  }

  #read(
    text: string,
    { implied = false, location }: ParseSettings,
    warn: Warn | undefined,
  ): Opts | undefined {
    if (implied && this.impliedName === undefined) {
      throw new TypeError(`list '${this.name}' has no implied name`);
    }
    const entry = this.#createFrom(text, location);
    let complete = false;
    try {
      complete = entry.parse(text, { impliedName: implied ? this.impliedName : undefined, warn });
    } finally {
      if (!complete) this.delete(entry);
    }
    return complete ? entry : undefined;
  }

  // The id is looked for before anything else, and with no name implied; the first one counts.
  #createFrom(text: string, location: Location | undefined): Opts {
    for (const { name, value, valueOffset } of splitItems(text)) {
      if (name !== 'id') continue;
      return placed({ input: text, offset: valueOffset }, () => this.create(value, location));
    }
    return this.create(undefined, location);
  }
}

/**
 * A list that knows the options of two; where both know a name, the first list's description stays.
 * @param first - gives the new list its name, implied name and merging; absent: none of these
 * @param second - its options come behind those of `first`
 * @returns a new list without entries
 * @example
 * ```ts
 * import { OptsList, appendLists, stringType } from '@qseccomp/options/qemu-opts';
 * const list = new OptsList({ name: 'l', options: [{ name: 'a', type: stringType }] });
 * const copy = appendLists(undefined, list);
 * [copy.name, copy.options.length]; // => [undefined, 1]
 * ```
 */
export function appendLists(first: OptsList | undefined, second: OptsList): OptsList {
  const options = [...(first?.options ?? [])];
  for (const desc of second.options) {
    if (findOption(options, desc.name) === undefined) options.push(desc);
  }
  return new OptsList({
    name: first?.name,
    impliedName: first?.impliedName,
    mergeLists: first?.mergeLists ?? false,
    options,
    warn: (first ?? second).warn,
  });
}

/**
 * Looks up a list by name.
 * @param lists - the lists there are
 * @param name - the name wanted
 * @returns the list
 * @throws {OptionsError} OPTIONS_UNKNOWN_GROUP if none has that name
 * @example
 * ```ts
 * import { OptsList, findList } from '@qseccomp/options/qemu-opts';
 * const list = new OptsList({ name: 'sandbox' });
 * findList([list], 'sandbox') === list; // => true
 * ```
 */
export function findList(lists: Iterable<OptsList>, name: string): OptsList {
  for (const list of lists) if (list.name === name) return list;
  throw new OptionsError('OPTIONS_UNKNOWN_GROUP', `There is no option group '${name}'`);
}
