import { readFileSync } from 'node:fs';
import { loongarch64 } from '@qseccomp/syscall-tables/loongarch64';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { describe, expect, it } from 'vitest';
import { type ArchitectureRules, compilePolicy, decodeProgram } from '../src/index.ts';
import { compareFilters } from '../src/proof/index.ts';
import { compare } from './compare.ts';
import { parseCases, policyOf } from './oci-case.ts';

const cases = parseCases(readFileSync(new URL('vectors/libseccomp-cases.json', import.meta.url), 'utf8'));

/**
 * Two programs cover an architecture that their profile does not name. 17 merges two filters with different
 * rules, which one profile cannot say.
 */
const UNNAMED: Readonly<Record<string, (named: ArchitectureRules) => ArchitectureRules>> = {
  '17-sim-arch_merge': () => ({
    architecture: x86,
    rules: [
      { syscall: 'read', action: 'ALLOW', comparisons: [{ argument: 0, op: 'EQ', value: 0n }] },
      { syscall: 'write', action: 'ALLOW', comparisons: [{ argument: 0, op: 'EQ', value: 1n }] },
      { syscall: 'write', action: 'ALLOW', comparisons: [{ argument: 0, op: 'EQ', value: 2n }] },
      { syscall: 'close', action: 'ALLOW' },
    ],
  }),
  '36-sim-ipc_syscalls': ({ rules }) => ({ architecture: loongarch64, rules }),
};

describe("libseccomp's own test policies", () => {
  it.each(cases)('$name gives the same answers', ({ name, endian, profile, bpf }) => {
    const named = policyOf(profile);
    const unnamed = UNNAMED[name]?.(named.architectures[0] as ArchitectureRules);
    const policy = { ...named, architectures: [...named.architectures, ...(unnamed ? [unnamed] : [])] };
    const { program } = compilePolicy(policy);
    const reference = decodeProgram(Buffer.from(bpf, 'base64'), endian);
    const { difference, unreached } = compare([program, reference], {
      tokens: policy.architectures.map(({ architecture }) => architecture.auditArch),
      numbers: policy.architectures.flatMap(({ architecture }) => architecture.syscalls.map(([, n]) => n)),
    });

    expect(compareFilters(program, reference)).toEqual({ equal: true });
    expect(compareFilters(reference, policy)).toEqual({ equal: true });
    expect(difference).toBeUndefined();
    expect(unreached).toEqual([]);
  });
});
