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
  /** Calls that are also reached through another one. */
  readonly multiplexed: ReadonlyMap<string, MultiplexedCall>;
}

/** How a call is reached through another one. */
export interface MultiplexedCall {
  /** Name of the other one, and its number. */
  readonly name: string;
  readonly number: number;
  /** What its argument 0 is for the call, and how many low bits of it the kernel looks at. */
  readonly call: number;
  readonly argumentBits: number;
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
    const multiplexed = new Map<string, MultiplexedCall>();
    for (const { name, argumentBits, calls } of architecture.multiplexers) {
      const number = numbers.get(name);
      if (number !== undefined)
        for (const [called, call] of calls) multiplexed.set(called, { name, number, call, argumentBits });
    }
    const ascending = [...numbers.values()].sort((a, b) => a - b);
    calls = { numbers, ascending, multiplexed };
    known.set(architecture, calls);
  }
  return calls;
}
