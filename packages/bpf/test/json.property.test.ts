import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, writeJson } from '../src/index.ts';
import { SEED } from './generate.ts';

console.log(`seed ${SEED}`);

/** JSON data with exact integers; -0 is written as 0. */
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(null, true, false),
    fc.array(tie('json')),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('json'), { noNullPrototype: true }),
  ),
}));

describe('JSON', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = writeJson(value);
        expect(parseJson(text)).toEqual(value);
        expect(parseJson(new TextEncoder().encode(text.replace(/\p{Surrogate}/gu, '?')))).toBeDefined();
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('is the same language as JSON.parse reads, but for names that come twice and numbers out of range', () => {
    const damaged = fc
      .record({
        text: fc.json(),
        at: fc.nat(),
        dropped: fc.nat(1),
        piece: fc.constantFrom('', ...'{}[],:"01-.eE \\tn'),
      })
      .map(({ text, at, dropped, piece }) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + piece + text.slice(cut + dropped);
      });
    const readers = [JSON.parse, parseJson];
    fc.assert(
      fc.property(damaged, (text) => {
        const [theirs, ours] = readers.map((read) => {
          try {
            return JSON.stringify(read(text), (_, value) =>
              typeof value === 'bigint' ? Number(value) : value,
            );
          } catch (error) {
            return /each name once|range of a double/.test(String(error)) ? undefined : 'refused';
          }
        });
        if (ours !== undefined) expect(ours).toBe(theirs);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});
