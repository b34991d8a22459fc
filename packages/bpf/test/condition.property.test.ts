import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ArgumentSet,
  boundsOf,
  intersect,
  isEmpty,
  isFull,
  isWithin,
  oddsOf,
  setOfParts,
} from '../src/filter/argument-set.ts';
import { checkComparison, comparisonSet, conditionOf } from '../src/filter/condition.ts';
import { MAX_WORD } from '../src/filter/intervals.ts';
import { type Comparison, comparisonHolds } from '../src/index.ts';
import { SEED } from './generate.ts';

console.log(`seed ${SEED}`);

/** Bits of both words and their edges: every set that is made of these is told apart by these. */
const PLACES: readonly bigint[] = [0n, 1n, 31n, 32n, 33n, 63n];
const POINTS: readonly bigint[] = PLACES.reduce<bigint[]>(
  (points, place) => points.flatMap((point) => [point, point | (1n << place)]),
  [0n],
).flatMap((point) => [point, point + 1n, point + 2n, point - 1n].map((near) => BigInt.asUintN(64, near)));

const value = fc.constantFrom(...POINTS);
const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc
    .record({
      op: fc.constantFrom('NE', 'LT', 'LE', 'EQ', 'GE', 'GT'),
      value,
      width: fc.constantFrom(32, 64),
      signed: fc.boolean(),
    })
    .map(({ op, value: any, width, signed }): Comparison => {
      const fitting = signed ? BigInt.asIntN(width, any) : BigInt.asUintN(width, any);
      return { argument: 0, op, value: fitting, width: width as 32 | 64, signed };
    }),
  fc
    .record({ value, mask: value })
    .map(({ value: any, mask }): Comparison => ({ argument: 0, op: 'MASKED_EQ', value: any, mask })),
);
const widths = fc.constantFrom<32 | 64>(32, 64);

const has = (set: ArgumentSet, point: bigint): boolean => {
  const [high, low] = [Number(point >> 32n), Number(point & 0xffffffffn)];
  if (((high ^ set.valueHigh) & set.maskHigh) !== 0 || ((low ^ set.valueLow) & set.maskLow) !== 0)
    return false;
  return set.parts.some(({ from, to, low: words }) => {
    const inWords = words.some((start, i) => i % 2 === 0 && low >= start && low <= (words[i + 1] as number));
    return high >= from && high <= to && inWords;
  });
};

describe('the set of a comparison', () => {
  it('has the values for which the comparison holds', () => {
    fc.assert(
      fc.property(comparison, widths, (compared, bits) => {
        checkComparison(compared, 'comparison');
        const set = comparisonSet(compared, bits);
        for (const point of POINTS) expect(has(set, point)).toBe(comparisonHolds(compared, point, bits));
        if (isEmpty(set)) expect(POINTS.some((point) => has(set, point))).toBe(false);
        if (isFull(set)) expect(POINTS.every((point) => has(set, point))).toBe(true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('has in common with another what is in both', () => {
    fc.assert(
      fc.property(comparison, comparison, widths, (a, b, bits) => {
        const [left, right] = [comparisonSet(a, bits), comparisonSet(b, bits)];
        const both = intersect(left, right);
        for (const point of POINTS) expect(has(both, point)).toBe(has(left, point) && has(right, point));
        expect(isWithin(both, left) && isWithin(both, right)).toBe(true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('has no better odds than one that it is within', () => {
    fc.assert(
      fc.property(comparison, comparison, widths, (a, b, bits) => {
        const [left, right] = [comparisonSet(a, bits), comparisonSet(b, bits)];
        if (!isWithin(left, right)) return;
        if (isFull(right)) expect(oddsOf(right)).toBe(Number.POSITIVE_INFINITY);
        else expect(oddsOf(left)).toBeLessThanOrEqual(oddsOf(right) * (1 + 2 ** -40));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('has bounds that it lies within and reaches', () => {
    fc.assert(
      fc.property(comparison, comparison, widths, (a, b, bits) => {
        const set = intersect(comparisonSet(a, bits), comparisonSet(b, bits));
        if (isEmpty(set)) return;
        const { fromHigh, toHigh, fromLow, toLow } = boundsOf(set);
        const part = (from: number, to: number, first: number, last: number): ArgumentSet =>
          setOfParts([{ from, to, low: [first, last] }]);
        expect(isWithin(set, part(fromHigh, toHigh, fromLow, toLow))).toBe(true);
        for (const high of [fromHigh, toHigh])
          expect(isEmpty(intersect(set, part(high, high, 0, MAX_WORD)))).toBe(false);
        for (const low of [fromLow, toLow])
          expect(isEmpty(intersect(set, part(0, MAX_WORD, low, low)))).toBe(false);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('is within another exactly when it has nothing in common with the opposite of that', () => {
    let within = 0;
    const conditions = fc.array(comparison, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(conditions, conditions, widths, (a, b, bits) => {
        const setOf = (all: readonly Comparison[]): ArgumentSet =>
          all.map((each) => comparisonSet(each, bits)).reduce(intersect);
        const [left, right] = [setOf(a), setOf(b)];
        const outside = b
          .flatMap((each) => opposites(each, bits))
          .map((opposite) => intersect(left, comparisonSet(opposite, bits)));
        const expected = outside.every(isEmpty);
        expect(isWithin(left, right)).toBe(expected);
        for (const point of POINTS) if (expected && has(left, point)) expect(has(right, point)).toBe(true);
        if (expected && !isEmpty(left)) within++;
      }),
      { seed: SEED, numRuns: 1000 },
    );
    expect(within).toBeGreaterThan(20);
  });
});

describe('a condition', () => {
  it('of many comparisons is met where all of them hold', () => {
    let met = 0;
    const excluded = comparison.map((each): Comparison => (each.op === 'EQ' ? { ...each, op: 'NE' } : each));
    const many = fc.array(
      fc.oneof({ weight: 30, arbitrary: excluded.filter(({ op }) => op === 'NE') }, excluded),
      {
        minLength: 17,
        maxLength: 70,
      },
    );
    fc.assert(
      fc.property(many, widths, (comparisons, bits) => {
        const condition = conditionOf(comparisons.map((each) => [0, comparisonSet(each, bits)]));
        const set = condition?.[0] ?? setOfParts([]);
        for (const point of POINTS) {
          const all = comparisons.every((each) => comparisonHolds(each, point, bits));
          expect(has(set, point)).toBe(all);
          if (all) met++;
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(met).toBeGreaterThan(100);
  });
});

/** Comparisons of which one holds exactly when a given one does not. */
function opposites(compared: Comparison, registerBits: 32 | 64): Comparison[] {
  const { op, value: wanted, mask = 0n } = compared;
  if (op !== 'MASKED_EQ') {
    const opposite = { NE: 'EQ', EQ: 'NE', LT: 'GE', GE: 'LT', LE: 'GT', GT: 'LE' } as const;
    return [{ ...compared, op: opposite[op] }];
  }
  const bits = Array.from({ length: registerBits }, (_, place) => 1n << BigInt(place)).filter(
    (bit) => (mask & bit) !== 0n,
  );
  return bits.map((bit) => ({ ...compared, mask: bit, value: wanted ^ bit }));
}
