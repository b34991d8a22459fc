/** Names of capabilities against the kernel's header. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capabilityNames } from '../src/capabilities.ts';

const HEADER = '/usr/include/linux/capability.h';

function header(): string | undefined {
  try {
    return readFileSync(HEADER, 'utf8');
  } catch {
    return undefined;
  }
}

test('are those of linux/capability.h, number by number', (context) => {
  const text = header();
  if (text === undefined) return context.skip(`needs ${HEADER} (linux-libc-dev)`);
  const defined = [...text.matchAll(/^#define\s+(CAP_\w+)\s+(\d+)\s*$/gm)];
  expect(defined.length).toBeGreaterThan(35);
  for (const [, name, number] of defined)
    expect(capabilityNames(1n << BigInt(number as string))).toEqual([name]);
});

test('a number without a name keeps its number', () => {
  expect(capabilityNames(1n << 63n)).toEqual(['CAP_63']);
  expect(capabilityNames(0n)).toEqual([]);
});
