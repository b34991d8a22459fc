/**
 * Config files (`-readconfig`) and `-set`. QEMU 7.2 reads both with sscanf, so the patterns below are its
 * conversions, byte by byte: names end after 63 bytes and values after 1023, and closing marks are optional.
 * @module
 */

import { type Location, OptionsError } from '../errors.ts';
import { bytesToByteString, fromByteString, toByteString } from './bytes.ts';
import { optsFromDict } from './dict.ts';
import { findList, type OptsList } from './list.ts';

/** One section of a config file. */
export interface ConfigSection {
  /** Name of the list it is for. */
  readonly group: string;
  /** Keys and values, the last of a key winning; the id under `id`. */
  readonly values: ReadonlyMap<string, string>;
  /** The last line with a key that was read before the section ended, in whatever section. */
  readonly location: Location;
  /** Whether the file ends with this section. */
  readonly last: boolean;
}

// Lines as fgets gives them with a buffer of 1024 bytes; a longer line goes on as another line.
const LINE = /[^\n]{0,1022}\n|[^\n]{1,1023}/g;

// A conversion of scanf never gives back what it has taken: (?=(...))\1 matches so.
const GROUP_WITH_ID = /^\[[ \t\n\v\f\r]*(?=([^ \t\n\v\f\r]{1,63}))\1[ \t\n\v\f\r]*"([^"]{1,63})/;
const GROUP = /^\[([^\]]{1,63})/;
// A line that is no header, and is then read as a key, but has gone through the buffer of the group's name:
// the section that a file ends with is looked up by what is in that buffer.
const NO_HEADER = /^\[(\][^ \t\n\v\f\r]{0,62})/;
const KEY_AND_VALUE =
  /^[ \t\n\v\f\r]*(?=([^ \t\n\v\f\r]{1,63}))\1[ \t\n\v\f\r]*=[ \t\n\v\f\r]*"([^"]{1,1023})/;
const KEY = /^[ \t\n\v\f\r]*([^ \t\n\v\f\r]{1,63})/;
const ASSIGNMENT = /^(?=([^.]{1,63}))\1\.(?=([^.]{1,63}))\2\.(?=([^=]{1,63}))\3=/;

/**
 * Reads the sections of a config file, each as soon as its end is seen.
 * @param bytes - the file's content
 * @param file - its name, for locations
 * @returns the sections in order
 * @throws {OptionsError} OPTIONS_NO_GROUP for a key before any section, OPTIONS_CONFIG_SYNTAX for a line of blanks
 * @example
 * ```ts
 * import { configSections, encodeText } from '@qseccomp/options/qemu-opts';
 * const [section] = configSections(encodeText('[sandbox]\n  enable = "on"\n'), 'a.cfg');
 * [section.group, [...section.values], section.location.line]; // => ['sandbox', [['enable', 'on']], 2]
 * ```
 */
export function* configSections(bytes: Uint8Array, file: string): Generator<ConfigSection, void> {
  let section: { readonly group: string; readonly values: Map<string, string> } | undefined;
  let lastGroup: string | undefined;
  let location: Location = { kind: 'none' };
  let number = 0;
  for (const [whole] of bytesToByteString(bytes).matchAll(LINE)) {
    number += 1;
    if (whole === '\n' || whole.startsWith('#')) continue;
    // To C, a line ends at a zero byte.
    const line = whole.split('\0', 1)[0] as string;
    const header = readHeader(line);
    if (header !== undefined) {
      if (section !== undefined) yield { ...section, location, last: false };
      section = header;
      lastGroup = undefined;
      continue;
    }
    lastGroup = NO_HEADER.exec(line)?.[1] ?? lastGroup;
    location = { kind: 'file', file, line: number };
    const pair = KEY_AND_VALUE.exec(line) ?? KEY.exec(line);
    if (pair === null) throw new OptionsError('OPTIONS_CONFIG_SYNTAX', 'parse error', { location });
    if (section === undefined) throw new OptionsError('OPTIONS_NO_GROUP', 'no group defined', { location });
    section.values.set(fromByteString(pair[1] as string), fromByteString(pair[2] ?? ''));
  }
  if (section === undefined) return;
  const group = lastGroup === undefined ? section.group : fromByteString(lastGroup);
  yield { ...section, group, location, last: true };
}

/**
 * Adds an entry for each section of a config file.
 * @param lists - the lists that sections can name
 * @param bytes - the file's content
 * @param file - its name, for locations
 * @throws {OptionsError} the first thing that is wrong, with its location; entries of earlier sections stay
 * @example
 * ```ts
 * import { OptsList, encodeText, loadConfig } from '@qseccomp/options/qemu-opts';
 * const list = new OptsList({ name: 'net' });
 * loadConfig([list], encodeText('[net "n1"]\n  a = "b"\n'), 'a.cfg');
 * list.find('n1').get('a'); // => 'b'
 * ```
 */
export function loadConfig(lists: readonly OptsList[], bytes: Uint8Array, file: string): void {
  for (const { group, values, location, last } of configSections(bytes, file)) {
    try {
      optsFromDict(findList(lists, group), values, location);
    } catch (error) {
      if (!(error instanceof OptionsError)) throw error;
      // In the last section QEMU 7.2 exits before it has attached the hint.
      const hint = last ? undefined : error.hint;
      throw new OptionsError(error.code, error.reason, { hint, location });
    }
  }
}

/**
 * Carries out `-set GROUP.ID.NAME=VALUE`: adds an item to an entry that exists. Commas are ordinary.
 * @param lists - the lists there are
 * @param text - the argument of `-set`; group, id and name of 1 to 63 bytes
 * @throws {OptionsError} OPTIONS_SET_SYNTAX, OPTIONS_UNKNOWN_GROUP, OPTIONS_UNKNOWN_ID, or what the list says about the item
 * @example
 * ```ts
 * import { OptsList, setOption } from '@qseccomp/options/qemu-opts';
 * const list = new OptsList({ name: 'net' });
 * const entry = list.create('n1');
 * setOption([list], 'net.n1.a=b,c');
 * entry.get('a'); // => 'b,c'
 * ```
 */
export function setOption(lists: readonly OptsList[], text: string): void {
  const bytes = toByteString(text);
  const match = ASSIGNMENT.exec(bytes);
  if (match === null) throw new OptionsError('OPTIONS_SET_SYNTAX', `can't parse: "${text}"`);
  const value = fromByteString(bytes.slice(match[0].length));
  const [group, id, name] = match.slice(1).map(fromByteString) as [string, string, string];
  const entry = findList(lists, group).find(id);
  if (entry === undefined) {
    throw new OptionsError('OPTIONS_UNKNOWN_ID', `there is no ${group} "${id}" defined`);
  }
  entry.set(name, value);
}

function readHeader(line: string): { group: string; values: Map<string, string> } | undefined {
  const named = GROUP_WITH_ID.exec(line);
  if (named !== null) {
    const [, group, id] = named as unknown as [string, string, string];
    return { group: fromByteString(group), values: new Map([['id', fromByteString(id)]]) };
  }
  const group = GROUP.exec(line)?.[1];
  return group === undefined ? undefined : { group: fromByteString(group), values: new Map() };
}
