/**
 * Figures that are the same on every machine: what is counted, what a bundle takes, and that the documents
 * have the counts of today.
 */
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import { ALL_TABLES, BUNDLES, bundleSize } from '../src/bundle.ts';
import { countCost } from '../src/cost.ts';
import { BENCH, ROOT } from '../src/paths.ts';
import { SANDBOXES, sandboxed } from '../src/policies.ts';
import { figuresOf } from '../src/readme.ts';
import { filters } from '../src/sections/filters.ts';
import { valueText } from '../src/table.ts';

describe('counts', () => {
  it('are those of a filter that is counted by hand', () => {
    const policy = sandboxed(SANDBOXES['on,spawn=deny'], x86_64);
    // ld [0]; jeq #56, 0, 1; ret ALLOW; ret ALLOW: two steps more than the return itself for every call.
    const program = [
      { code: 0x20, jt: 0, jf: 0, k: 0 },
      { code: 0x15, jt: 0, jf: 1, k: 56 },
      { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
      { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
    ];
    expect(countCost(program, policy)).toEqual({ instructions: 4, weighted: 3, worst: 3, thread: 3 });
  });

  it('are in the README as they are now (npm run bench -- --update)', () => {
    const { title, rows } = filters(x86_64);
    expect(rows.length).toBeGreaterThan(12);
    const all = cells(figuresOf(`${BENCH}README.md`), 3);
    const most = cells(figuresOf(`${ROOT}README.md`), 2);
    for (const { what, unit, ours, headline } of rows) {
      expect(all).toContainEqual([what, unit, valueText(ours)]);
      if (headline) expect(most).toContainEqual([`${title}: ${what}, ${unit}`, valueText(ours)]);
    }
  });
});

describe('a bundle', () => {
  const size = (module: string): number => bundleSize(module).minified;

  it.each([
    ['one table', 8_000],
    ['one table, through the main entry', 8_000],
    ['the parser of -sandbox', 8_000],
    ['sandbox string to filter, one table', 60_000],
  ] as const)('of %s has at most %i bytes', (name, most) => {
    expect(size(BUNDLES[name])).toBeLessThanOrEqual(most);
  });

  it('of one table is what it is without the others', () => {
    expect(size(BUNDLES['one table, through the main entry'])).toBe(size(BUNDLES['one table']));
    expect(size(ALL_TABLES)).toBeGreaterThan(20 * size(BUNDLES['one table']));
  });
});

/** The first cells of every row of a document. */
function cells(markdown: string, count: number): string[][] {
  return markdown.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, 1 + count)
      .map((cell) => cell.trim()),
  );
}
