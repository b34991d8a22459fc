/**
 * Robust figures: ways to do a thing take turns, round by round, so that whatever else the machine does falls
 * on all of them alike; of each the median counts.
 *
 * @module
 */
import type { Effort } from './effort.ts';

/** What rounds gave: their median, and half the range in which the middle half of them lies. */
export interface Sample {
  readonly median: number;
  readonly spread: number;
}

/**
 * Measures ways in turn.
 *
 * @param effort - how many rounds
 * @param ways - each does its thing and says what it cost; undefined where that cannot be done here
 * @returns one sample for each way that is there
 */
export function measure<Way extends string>(
  { warmUps, rounds }: Pick<Effort, 'warmUps' | 'rounds'>,
  ways: Readonly<Record<Way, (() => number | undefined) | undefined>>,
): Record<Way, Sample | undefined> {
  const entries = Object.entries(ways) as [Way, (() => number | undefined) | undefined][];
  const costs = new Map<Way, number[]>(entries.map(([name]) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, way] of entries) {
      const cost = way?.();
      if (round >= 0 && cost !== undefined) costs.get(name)?.push(cost);
    }
  }
  const samples = [...costs].map(([name, values]) => [
    name,
    values.length > 0 ? sampleOf(values) : undefined,
  ]);
  return Object.fromEntries(samples) as Record<Way, Sample | undefined>;
}

/** Median and spread of some values, one or more. */
function sampleOf(values: readonly number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
    return below + (above - below) * (place % 1);
  };
  return { median: at(0.5), spread: (at(0.75) - at(0.25)) / 2 };
}

/**
 * Time of something short, done again and again and timed each time: where other programs want the processor,
 * they fall on a few of the times and leave the median alone.
 *
 * @param milliseconds - for how long, at least
 * @param act - what to do
 * @returns the median, microseconds
 */
export function microsecondsPerCall(milliseconds: number, act: () => void): number {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (let start = performance.now(); start < end || times.length === 0; ) {
    act();
    const now = performance.now();
    times.push(now - start);
    start = now;
  }
  return sampleOf(times).median * 1000;
}
