/**
 * How often calls occur, for the layout of the search over their numbers.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { Choice } from './graph.ts';

/** Calls by name and how often each was seen; those without a number count little. */
export type CallWeights = Readonly<Record<string, number>>;

/** Calls of one QEMU guest while it ran, traced with strace -c. */
export const DEFAULT_WEIGHTS: CallWeights = {
  write: 5303600,
  read: 2240554,
  ppoll: 2167030,
  ioctl: 2134828,
  timerfd_settime: 704023,
  poll: 689105,
  futex: 83122,
  writev: 803,
  rt_sigprocmask: 476,
  recvmsg: 287,
  brk: 178,
};

/** What all calls of a table weigh together beside the ones that were seen, as a share of these. */
const TABLE_SHARE = 0.01;

/** What all ranges weigh together, as that share: keeps the longest way short. */
const RANGE_SHARE = 0.03;

/**
 * Weighs the ranges of a search over call numbers.
 *
 * @param choice - the search
 * @param architectures - whose calls reach it
 * @param weights - calls by name
 * @returns one weight for each range
 */
export function weighNumbers(
  choice: Choice,
  architectures: readonly Architecture[],
  weights: CallWeights,
): number[] {
  const { starts } = choice;
  const seen = starts.map(() => 0);
  const known = starts.map(() => 0);
  let total = 0;
  let calls = 0;
  for (const { syscalls } of architectures) {
    let range = 0;
    for (const [name, number] of syscalls) {
      while (number >= (starts[range + 1] ?? Number.POSITIVE_INFINITY)) range++;
      const weight = Object.hasOwn(weights, name) ? (weights[name] as number) : 0;
      seen[range] = (seen[range] as number) + weight;
      known[range] = (known[range] as number) + 1;
      total += weight;
      calls++;
    }
  }
  total ||= 1;
  const perCall = (TABLE_SHARE * total) / Math.max(calls, 1);
  const perRange = (RANGE_SHARE * total) / starts.length;
  return seen.map((weight, range) => weight + perCall * (known[range] as number) + perRange);
}
