/** Every part of the measurement works, and counts what libseccomp is known to build. Times are not looked at. */
import { spawnSync } from 'node:child_process';
import { compilePolicy, range } from '@qseccomp/bpf';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { beforeEach, describe, expect, it } from 'vitest';
import { QUICK } from '../src/effort.ts';
import { cBuilder, libseccomp, scmpPolicy } from '../src/peers.ts';
import { host, SANDBOXES, sandboxed } from '../src/policies.ts';
import { SECTIONS } from '../src/run.ts';
import { filters } from '../src/sections/filters.ts';
import { growth, REFUSED } from '../src/sections/growth.ts';
import { headlineText, type Section, sectionText } from '../src/table.ts';

const gcc = spawnSync('gcc', ['--version']).status === 0;

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
  if (typeof libseccomp === 'string') context.skip(libseccomp);
  if (!gcc) context.skip('needs gcc');
});

describe('a part of the measurement', () => {
  it.each(Object.entries(SECTIONS))('gives a table that is filled: %s', (_, section) => {
    const measured = section(QUICK);
    expect(measured.rows.length).toBeGreaterThan(0);
    for (const { what, ours, theirs } of measured.rows) {
      expect(theirs, what).toHaveLength(measured.peers.length);
      for (const value of [ours, theirs[0]])
        if (value !== REFUSED)
          expect(typeof value === 'object' ? value.median : value, what).toBeGreaterThan(0);
    }
    expectTable(sectionText({ ...measured, note: '' }), 3 + 2 * measured.peers.length);
    if (measured.rows.some(({ headline }) => headline)) expectTable(headlineText([measured]), 4);
  });
});

describe('the counts', () => {
  it("are libseccomp's, default and tree", () => {
    expect(theirs(filters(x86_64), 'length').slice(0, 3)).toEqual([
      [27, 32],
      [110, 117],
      [129, 140],
    ]);
    expect(theirs(filters(x86_64), 'worst allowed call').slice(0, 3)).toEqual([
      [24, 13],
      [32, 13],
      [46, 14],
    ]);
  });

  it('leave out what libseccomp refuses', () => {
    const refused = growth(QUICK).rows.filter(({ theirs }) => theirs.includes(REFUSED));
    expect(new Set(refused.map(({ what }) => what.replace(/^\d+ /, '')))).toEqual(
      new Set(['ranges of 7 errnos']),
    );
    const rule = { syscall: 'ioctl', action: { errno: 2 }, comparisons: range(1, 0n, 5n) } as const;
    const policy = scmpPolicy({
      defaultAction: 'ALLOW',
      architectures: [{ architecture: host, rules: [rule] }],
    });
    expect(() => cBuilder()?.(policy, 1, 0)).toThrow(
      'libseccomp refuses the policy: seccomp_rule_add_array: -22',
    );
  });

  it('are of the same filter, whether C or koffi calls libseccomp', () => {
    const build = cBuilder();
    if (build === undefined || typeof libseccomp === 'string') throw new Error('expected a builder');
    for (const sandbox of Object.values(SANDBOXES)) {
      const policy = scmpPolicy(sandboxed(sandbox, host));
      for (const level of [1, 2] as const) {
        const inC = build(policy, level, 0)?.filter;
        const { defaultAction, token, rules } = policy;
        const throughKoffi = libseccomp.build(defaultAction, [token], rules, level) as Uint8Array;
        expect(inC && Buffer.compare(inC, throughKoffi)).toBe(0);
      }
    }
  });

  it('of rules in ranges do not grow with their number', () => {
    const { rows } = growth(QUICK);
    const lengths = rows.filter(
      ({ what, unit }) => unit === 'instructions' && what.endsWith('values in a row'),
    );
    expect(new Set(lengths.map(({ ours }) => ours)).size).toBe(1);
    expect(lengths.length).toBeGreaterThan(1);
    expect(lengths[0]?.ours).toBeLessThan(compilePolicy(sandboxed('on', host)).program.length);
  });
});

function theirs({ rows }: Section, label: string): unknown[] {
  return rows.filter(({ what }) => what.endsWith(label)).map((row) => row.theirs);
}

/** A table whose rows all have so many cells and are equally wide. */
function expectTable(text: string, columns: number): void {
  const lines = text.trim().split('\n');
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) {
    expect(line.split('|')).toHaveLength(columns + 2);
    expect(line).toHaveLength(lines[0]?.length as number);
  }
}
