/**
 * Entries from dictionaries. QEMU walks a QDict in the order of its hash table, and that order decides which
 * of several errors is reported. Behaviour of QEMU 7.2, qobject/qdict.c.
 * @module
 */

import type { Location } from '../errors.ts';
import { toByteString } from './bytes.ts';
import type { OptsList } from './list.ts';
import { findOption, type Opts } from './opts.ts';

/** A value that an option can take from a dictionary. */
export type DictValue = string | boolean | number | bigint;

/** Buckets of QEMU's table. */
const BUCKETS = 512;

/**
 * Keys in the order in which QEMU visits them.
 * @param keys - distinct keys in the order of their insertion
 * @returns the keys by hash bucket, the newest of a bucket first
 * @example
 * ```ts
 * import { dictOrder } from '@qseccomp/options/qemu-opts';
 * dictOrder(['a', 'b', 'c', 'd']); // => ['d', 'a', 'b', 'c']
 * ```
 */
export function dictOrder(keys: Iterable<string>): string[] {
  return Array.from(keys, (key) => ({ key, bucket: hash(toByteString(key)) % BUCKETS }))
    .reverse()
    .sort((left, right) => left.bucket - right.bucket)
    .map(({ key }) => key);
}

/**
 * Makes an entry from a dictionary; its `id` becomes the entry's id.
 * @param list - the list that gets the entry
 * @param dict - names and values
 * @param location - where the dictionary was written
 * @returns the entry
 * @throws {OptionsError} the first thing that is wrong, in the order of {@link dictOrder}; no entry is left behind
 * @example
 * ```ts
 * import { OptsList, optsFromDict } from '@qseccomp/options/qemu-opts';
 * optsFromDict(new OptsList({}), new Map([['id', 'x'], ['a', '1']])).format(); // => 'id=x,a=1'
 * ```
 */
export function optsFromDict(
  list: OptsList,
  dict: ReadonlyMap<string, DictValue>,
  location?: Location,
): Opts {
  const id = dict.get('id');
  const entry = list.create(typeof id === 'string' ? id : undefined, location);
  try {
    for (const key of dictOrder(dict.keys())) {
      if (key !== 'id') entry.set(key, dict.get(key) as DictValue);
    }
  } catch (error) {
    list.delete(entry);
    throw error;
  }
  return entry;
}

/**
 * Moves what a list knows from a dictionary into one of its entries; `id` is dropped if the list knows it.
 * @param entry - the entry that gets the values
 * @param dict - names and values; those that were taken are removed
 * @throws {OptionsError} the first bad value; it and those not yet visited stay in the dictionary
 * @example
 * ```ts
 * import { OptsList, absorbDict, stringType } from '@qseccomp/options/qemu-opts';
 * const entry = new OptsList({ options: [{ name: 'a', type: stringType }] }).create();
 * const dict = new Map([['a', '1'], ['b', '2']]);
 * absorbDict(entry, dict);
 * [entry.get('a'), [...dict.keys()]]; // => ['1', ['b']]
 * ```
 */
export function absorbDict(entry: Opts, dict: Map<string, DictValue>): void {
  for (const key of dictOrder(dict.keys())) {
    if (findOption(entry.list.options, key) === undefined) continue;
    if (key !== 'id') entry.set(key, dict.get(key) as DictValue);
    dict.delete(key);
  }
}

// 32-bit arithmetic, wrapping around.
function hash(key: string): number {
  let value = Math.imul(0x238f13af, key.length);
  for (let at = 0; at < key.length; at++) value += key.charCodeAt(at) << ((at * 5) % 24);
  return (Math.imul(1103515243, value) + 12345) >>> 0;
}
