/**
 * One list of rules out of those of several architectures.
 *
 * A rule of one architecture can stand in the common list where it does no harm on the others: they have the
 * same rule, or no call of that name. The order of a call's rules is kept; that of calls does not matter.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { BpfError } from '../errors.ts';
import { type Condition, comparisonSet, conditionOf, implies } from '../filter/condition.ts';
import type { ProfileSyscall } from './profile.ts';
import { comparisonsOf, syscallOf } from './syscall.ts';

/** A rule for one call, as a profile has it. */
export interface Entry {
  /** Name, or number in digits. */
  readonly name: string;
  /** All but the name. */
  readonly syscall: Omit<ProfileSyscall, 'names' | 'name'>;
  /** The same for entries that differ at most in their names. */
  readonly shape: string;
  /** Index of the architecture's rule that it comes from. */
  readonly rule: number;
}

/** An architecture's rules, as a profile has them. */
export interface ArchitectureEntries {
  readonly architecture: Architecture;
  readonly entries: readonly Entry[];
}

/** An architecture with its entries by name, of which those before `next` are in the common list. */
interface Queue {
  readonly architecture: Architecture;
  readonly numbers: ReadonlyMap<string, number>;
  readonly multiplexed: ReadonlySet<string>;
  readonly byName: ReadonlyMap<string, readonly Entry[]>;
  next: number;
}

/**
 * Merges the rules of architectures.
 *
 * @param lists - at least one architecture
 * @returns the common list
 * @throws {BpfError} BPF_INEXPRESSIBLE with the path of a rule that another architecture does not have
 */
export function mergeEntries(lists: readonly ArchitectureEntries[]): readonly Entry[] {
  const [only] = lists;
  if (lists.length === 1 && only !== undefined) return only.entries;
  const queues = lists.map(queueOf);
  const names = new Set(lists.flatMap(({ entries }) => entries.map(({ name }) => name)));
  return [...names].flatMap((name) => mergeName(name, queues));
}

/**
 * The calls that a table has behind others, where it has those.
 *
 * @param architecture - the architecture
 * @returns names of calls that socketcall or ipc stand for
 */
export function multiplexedNames({ multiplexers, syscalls }: Architecture): ReadonlySet<string> {
  const present = multiplexers.filter(({ name }) => syscalls.some(([known]) => known === name));
  return new Set(present.flatMap(({ calls }) => calls.map(([name]) => name)));
}

function queueOf({ architecture, entries }: ArchitectureEntries): Queue {
  const byName = new Map<string, Entry[]>();
  for (const entry of entries) {
    const same = byName.get(entry.name);
    if (same === undefined) byName.set(entry.name, [entry]);
    else same.push(entry);
  }
  const numbers = new Map(architecture.syscalls);
  return { architecture, numbers, multiplexed: multiplexedNames(architecture), byName, next: 0 };
}

function mergeName(name: string, queues: readonly Queue[]): Entry[] {
  const merged: Entry[] = [];
  for (const queue of queues) queue.next = 0;
  for (;;) {
    const heads = queues.map(({ byName, next }) => byName.get(name)?.[next]);
    if (heads.every((head) => head === undefined)) return merged;
    const isSame = (entry: Entry, index: number): boolean => {
      const head = heads[index];
      return head !== undefined && isSameOn(entry, head, (queues[index] as Queue).architecture);
    };
    const entry = heads.find(
      (head) =>
        head !== undefined && queues.every((queue, index) => isSame(head, index) || !hasEffect(head, queue)),
    );
    if (entry === undefined) throw differing(name, heads, queues);
    merged.push(entry);
    for (const [index, queue] of queues.entries()) if (isSame(entry, index)) queue.next++;
  }
}

/** Whether two entries of one name mean the same on an architecture; a 32-bit one sees half of the values. */
function isSameOn(a: Entry, b: Entry, architecture: Architecture): boolean {
  if (a.shape === b.shape) return true;
  const [first, second] = [a.syscall, b.syscall];
  if (first.action !== second.action || first.errnoRet !== second.errnoRet || first.errno !== second.errno) {
    return false;
  }
  if ((first.args === undefined) !== (second.args === undefined)) return false;
  const [x, y] = [conditionOn(a, architecture), conditionOn(b, architecture)];
  return x !== undefined && y !== undefined && implies(x, y) && implies(y, x);
}

function conditionOn({ syscall }: Entry, { registerBits }: Architecture): Condition | undefined {
  return conditionOf(
    comparisonsOf(syscall, '').map((comparison) => [
      comparison.argument,
      comparisonSet(comparison, registerBits),
    ]),
  );
}

function hasEffect({ name, syscall }: Entry, { numbers, multiplexed }: Queue): boolean {
  if (typeof syscallOf(name) === 'number' || numbers.has(name)) return true;
  return multiplexed.has(name) && syscall.args === undefined;
}

function differing(name: string, heads: readonly (Entry | undefined)[], queues: readonly Queue[]): BpfError {
  const at = heads.findIndex((head) => head !== undefined);
  const path = `architectures[${at}].rules[${heads[at]?.rule}]`;
  const others = queues.filter((_, index) => index !== at).map(({ architecture }) => architecture.name);
  return new BpfError(
    'BPF_INEXPRESSIBLE',
    `${path}: expected the same rules for ${name} on ${others.join(', ')}, since a profile has one list for all ` +
      'architectures, got other ones; write a profile for each',
    { path },
  );
}
