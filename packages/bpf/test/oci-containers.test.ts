/** The engines' default profile, as Debian ships it. Against libseccomp's programs: the live tests of runtime. */

import { readFileSync } from 'node:fs';
import { findArchitecture, syscallNumber } from '@qseccomp/syscall-tables';
import { describe, expect, it } from 'vitest';
import {
  compilePolicy,
  emulate,
  type ProfilePolicyOptions,
  policyEvaluator,
  policyProfile,
  profileArchitectures,
  profilePolicy,
  readProfile,
  writeProfile,
} from '../src/index.ts';
import { compare } from './compare.ts';
import { dataOf } from './generate.ts';

const text = readFileSync(new URL('vectors/containers-seccomp.json', import.meta.url));
const profile = readProfile(text);

const cases = [
  'x86_64',
  'aarch64',
  'arm',
  'riscv64',
  'loongarch64',
  's390x',
  'ppc64le',
  'mips64',
  'mipsel64n32',
].flatMap((name) => {
  const machine = findArchitecture(name);
  const all = profileArchitectures(profile, { machine, find: findArchitecture });
  const groups = all.length === 1 ? [[machine]] : [[machine], all];
  return groups.map((architectures) => ({
    names: architectures.map((each) => each.name).join(),
    architectures,
  }));
});

describe('the default profile of containers', () => {
  it('comes back as it was written', () => {
    expect(readProfile(writeProfile(profile))).toEqual(profile);
    expect(profile.syscalls?.flatMap(({ names = [] }) => names)).toHaveLength(472);
  });

  it.each(cases)('compiles for $names, and answers as it says', ({ architectures }) => {
    const { policy, findings } = profilePolicy(profile, { architectures });
    const { program, endian } = compilePolicy(policy);
    const ask = policyEvaluator(policy);
    const { difference, unreached } = compare(
      [program],
      {
        tokens: architectures.map(({ auditArch }) => auditArch),
        numbers: architectures.flatMap(({ syscalls }) => syscalls.map(([, number]) => number)),
      },
      (words) => ask(dataOf(words, endian)).value,
    );
    expect(difference).toBeUndefined();
    expect(unreached).toEqual([]);
    expect(findings.filter(({ kind }) => kind === 'unknown-field' || kind === 'no-effect')).toEqual([]);
  });

  it.each(cases)('means the same for $names when it is written as a plain profile', ({ architectures }) => {
    const { policy } = profilePolicy(profile, { architectures });
    const plain = readProfile(writeProfile(policyProfile(policy).profile));
    expect(plain.syscalls?.filter(({ includes, excludes }) => includes ?? excludes)).toEqual([]);
    const again = profilePolicy(plain, { architectures }).policy;
    expect(compilePolicy(again).program).toEqual(compilePolicy(policy).program);
  });

  it.each([
    ['chroot', {}, 'ERRNO', 1],
    ['chroot', { caps: ['CAP_SYS_CHROOT'] }, 'ALLOW', 0],
    ['bpf', {}, 'ERRNO', 1],
    ['bpf', { caps: ['CAP_SYS_ADMIN'] }, 'ALLOW', 0],
    ['read', {}, 'ALLOW', 0],
    ['kexec_load', { caps: ['CAP_SYS_ADMIN'] }, 'ERRNO', 1],
    ['modify_ldt', {}, 'ALLOW', 0],
    ['arch_prctl', {}, 'ALLOW', 0],
    ['nosuchcall', {}, 'ERRNO', 38],
  ] as const)(
    'on x86_64 answers %s with %j by %s %i',
    (name, options: Partial<ProfilePolicyOptions>, action, data) => {
      const architecture = findArchitecture('x86_64');
      const { program } = compilePolicy(
        profilePolicy(profile, { architectures: [architecture], ...options }).policy,
      );
      const nr = syscallNumber(architecture, name) ?? 9999;
      expect(
        emulate(program, { nr, arch: architecture.auditArch, instructionPointer: 0n, args: [] }),
      ).toMatchObject({ action, data });
    },
  );

  it('opens setns in one rule and closes it in another, which libseccomp does not notice', () => {
    const { policy } = profilePolicy(profile, { architectures: [findArchitecture('x86_64')] });
    const differing = compilePolicy(policy).findings.filter(({ kind }) => kind === 'libseccomp-differs');
    expect(differing.map(({ syscall, message }) => `${syscall}: ${message}`)).toEqual([
      'setns: libseccomp would answer ALLOW, since rule 317 has no comparisons',
    ]);
  });
});
