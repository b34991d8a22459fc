import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { architectures } from '../src/index.ts';

const twins: Readonly<Record<string, string>> = {
  mipsel: 'mips',
  mipsel64: 'mips64',
  mipsel64n32: 'mips64n32',
  ppc64le: 'ppc64',
  sheb: 'sh',
};

/** Rows of the kernel data, read without the tool that writes the tables. */
function kernelRows(): Map<string, [string, number][]> {
  const rows = new Map<string, [string, number][]>();
  for (const line of readFileSync(new URL('../data/syscalls.tsv', import.meta.url), 'utf8').split('\n')) {
    const [architecture, name, number, source] = line.split('\t');
    if (architecture === undefined || name === undefined || source === undefined || source === 'source')
      continue;
    rows.set(architecture, [...(rows.get(architecture) ?? []), [name, Number(number)]]);
  }
  return rows;
}

const rows = kernelRows();

describe('the tables', () => {
  it('cover every architecture of the kernel data and the five opposite-endian twins', () => {
    expect(architectures.map(({ name }) => name)).toEqual([...rows.keys(), ...Object.keys(twins)].sort());
    expect(architectures).toHaveLength(36);
  });

  it.each(architectures)('$name has the rows of the kernel data, all of them', ({ name, syscalls }) => {
    const ours = syscalls.map(([call, number]) => `${call} ${number}`).sort();
    const kernel = rows.get(twins[name] ?? name) ?? [];
    expect(ours).toEqual(kernel.map(([call, number]) => `${call} ${number}`).sort());
  });

  it.each(architectures)('$name has each name once, by number and then by name', ({ syscalls }) => {
    expect(new Set(syscalls.map(([name]) => name)).size).toBe(syscalls.length);
    const sorted = [...syscalls].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
    expect(syscalls).toEqual(sorted);
  });

  it.each(architectures)('$name has numbers inside its range', ({ name, numberOffset, syscalls }) => {
    for (const [call, number] of syscalls) {
      expect(Number.isInteger(number) && number >= numberOffset, call).toBe(true);
      // Arm's private calls lie 0xf0000 above its first; everything else stays below 1000.
      expect(number - numberOffset, call).toBeLessThan(name.startsWith('arm') ? 0xf0007 : 1000);
    }
  });

  it('share one number between names on alpha and, for one call, on arm, and nowhere else', () => {
    const shared = architectures.flatMap(({ name, syscalls }) => {
      const numbers = syscalls.map(([, number]) => number);
      return [...new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index))].map(
        (number) => `${name} ${number}`,
      );
    });
    expect(shared).toEqual([
      'alpha 20',
      'alpha 22',
      'alpha 24',
      'alpha 47',
      'alpha 209',
      'arm 341',
      'armoabi 9437525',
    ]);
  });

  it.each(Object.entries(twins))('%s has the table of %s and the other byte order', (name, other) => {
    const twin = architectures.find((architecture) => architecture.name === name);
    const original = architectures.find((architecture) => architecture.name === other);
    expect(twin?.syscalls).toBe(original?.syscalls);
    expect(twin?.endian).not.toBe(original?.endian);
    const { registerBits, numberOffset, cloneFlagsArgument, errno, multiplexers, seccompFilterSince } =
      original!;
    expect(twin).toMatchObject({
      registerBits,
      numberOffset,
      cloneFlagsArgument,
      errno,
      multiplexers,
      seccompFilterSince,
    });
  });
});
