/**
 * The calls of an architecture as a compiler looks them up, made once for each.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';

/** An architecture's calls. */
export interface KnownCalls {
  /** Number of each name. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Number of every name, ascending. */
  readonly ascending: readonly number[];
  /** Calls that are also reached through another one: its name and number, and argument 0 for it. */
  readonly multiplexed: ReadonlyMap<string, readonly [name: string, number: number, call: number]>;
}

const known = new WeakMap<Architecture, KnownCalls>();

/**
 * @param architecture - whose calls
 * @returns the same object for the same architecture
 */
export function knownCalls(architecture: Architecture): KnownCalls {
  let calls = known.get(architecture);
  if (calls === undefined) {
    const numbers = new Map(architecture.syscalls);
    const multiplexed = new Map<string, readonly [string, number, number]>();
    for (const { name, calls } of architecture.multiplexers) {
      const number = numbers.get(name);
      if (number !== undefined)
        for (const [called, call] of calls) multiplexed.set(called, [name, number, call]);
    }
    const ascending = [...numbers.values()].sort((a, b) => a - b);
    calls = { numbers, ascending, multiplexed };
    known.set(architecture, calls);
  }
  return calls;
}
