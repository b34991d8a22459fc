import { readFileSync } from 'node:fs';
import { type Endian, findArchitecture } from '@qseccomp/syscall-tables';
import { describe, expect, it } from 'vitest';
import { compilePolicy, decodeProgram } from '../src/index.ts';
import { compareFilters } from '../src/proof/index.ts';
import { compare } from './compare.ts';
import { qemuPolicy } from './qemu-policy.ts';

interface ReferenceFilters {
  readonly [architecture: string]: {
    readonly endian: Endian;
    readonly cases: readonly { sandbox: string; killProcess: boolean; bpf: string }[];
  };
}

const filters: ReferenceFilters = JSON.parse(
  readFileSync(new URL('vectors/qemu-filters.json', import.meta.url), 'utf8'),
);

describe.each(Object.entries(filters))('the reference filters for %s', (name, { endian, cases }) => {
  const architecture = findArchitecture(name);
  const numbers = [...architecture.syscalls.map(([, number]) => number), 0x40000000, 0xffffffff];
  const tokens = [architecture.auditArch, 0, 0x40000003, 0xc000003e, 0xc00000b7, 0x80000016, 0xffffffff];

  it.each(cases)('give the same answers for $sandbox, killing the process: $killProcess', (reference) => {
    const expected = decodeProgram(Buffer.from(reference.bpf, 'base64'), endian);
    const policy = qemuPolicy(reference.sandbox, reference.killProcess, architecture);
    const compiled = compilePolicy(policy);
    const { difference, unreached } = compare([compiled.program, expected], { tokens, numbers });

    expect(compareFilters(compiled.program, expected)).toEqual({ equal: true });
    expect(compareFilters(expected, policy)).toEqual({ equal: true });
    expect(difference).toBeUndefined();
    expect(unreached).toEqual([]);
    expect(compiled.endian).toBe(endian);
  });
});
