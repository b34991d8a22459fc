/**
 * Figures that are the same on every machine: what is counted, what a bundle takes, and that what is
 * published is what is counted now.
 */
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import { ALL_TABLES, BUNDLES, bundleSize } from '../src/bundle.ts';
import { countCost } from '../src/cost.ts';
import { figureTexts, readFigures, shownFigures } from '../src/figures.ts';
import { filters } from '../src/sections/filters.ts';
import { type Section, valueText } from '../src/table.ts';

describe('counts', () => {
  it('are those of a filter that is counted by hand', () => {
    // ld [0]; jeq #56, next, skip one; ret ALLOW; ret ALLOW
    const program = [
      { code: 0x20, jt: 0, jf: 0, k: 0 },
      { code: 0x15, jt: 0, jf: 1, k: 56 },
      { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
      { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
    ];
    expect(countCost(program, x86_64)).toEqual({ instructions: 4, weighted: 3, worst: 3, thread: 3 });
  });

  it('are published as they are now (npm run bench -- filters --update)', () => {
    const ours = ({ rows }: Section): unknown[] => rows.map((row) => [row.what, valueText(row.ours)]);
    const { filters: published } = readFigures().sections;
    expect(ours(published as Section)).toEqual(ours(filters(x86_64)));
  });
});

describe('the documents', () => {
  it('show the figures (npm run bench -- filters --update)', () => {
    for (const [document, text] of Object.entries(figureTexts(readFigures())))
      expect(shownFigures(document)).toBe(text);
  });
});

describe('a bundle', () => {
  const size = (module: string): number => bundleSize(module).minified;

  it.each([
    ['one table', 8_000],
    ['one table, through the main entry', 8_000],
    ['the parser of -sandbox', 8_000],
    ['sandbox string to filter, one table', 75_000],
  ] as const)('of %s has at most %i bytes', (name, most) => {
    expect(size(BUNDLES[name])).toBeLessThanOrEqual(most);
  });

  it('of one table is what it is without the others', () => {
    expect(size(BUNDLES['one table, through the main entry'])).toBe(size(BUNDLES['one table']));
    expect(size(ALL_TABLES)).toBeGreaterThan(20 * size(BUNDLES['one table']));
  });
});
