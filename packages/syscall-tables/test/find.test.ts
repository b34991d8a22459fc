import { describe, expect, it } from 'vitest';
import { architectures, findArchitecture, findByAuditArch, SyscallTablesError } from '../src/index.ts';

describe('findArchitecture', () => {
  it.each([
    ['x86_64', 'x86_64'],
    ['amd64', 'x86_64'],
    ['x64', 'x86_64'],
    ['x86-64', 'x86_64'],
    ['i386', 'x86'],
    ['i686', 'x86'],
    ['ia32', 'x86'],
    ['arm64', 'aarch64'],
    ['armhf', 'arm'],
    ['armv7l', 'arm'],
    ['hppa', 'parisc'],
    ['mips64el', 'mipsel64'],
    ['mips64le', 'mipsel64'],
    ['mipsn32', 'mips64n32'],
    ['ppc64el', 'ppc64le'],
    ['powerpc', 'ppc'],
    ['loong64', 'loongarch64'],
    ['sh4', 'sh'],
    ['or1k', 'openrisc'],
    ['SCMP_ARCH_X32', 'x32'],
    ['scmp_arch_mipsel64n32', 'mipsel64n32'],
    ['SCMP_ARCH_SH', 'sh'],
    ['AUDIT_ARCH_SH', 'sheb'],
    ['AUDIT_ARCH_I386', 'x86'],
    ['AUDIT_ARCH_X86_64', 'x86_64'],
    ['AUDIT_ARCH_ARM', 'arm'],
    ['S390X', 's390x'],
  ])('takes %s for %s', (given, name) => {
    expect(findArchitecture(given).name).toBe(name);
  });

  it.each([
    ['x86_46', 'x86_64'],
    ['amd46', 'amd64'],
    ['aarch', 'aarch64'],
    ['riscv46', 'riscv64'],
    ['SCMP_ARCH_X86_46', 'SCMP_ARCH_X86_64'],
  ])('answers %s with a suggestion', (given, suggestion) => {
    const error = thrownBy(() => findArchitecture(given));
    expect(error).toBeInstanceOf(SyscallTablesError);
    expect(error).toMatchObject({ code: 'TABLES_UNKNOWN_ARCHITECTURE', input: given });
    expect((error as SyscallTablesError).suggestions).toContain(suggestion);
    expect((error as Error).message).toContain(
      `expected the name of an architecture, got '${given}'; did you mean `,
    );
  });

  it('suggests nothing for a name like no other', () => {
    const error = thrownBy(() => findArchitecture('vax'));
    expect((error as SyscallTablesError).suggestions).toEqual([]);
    expect((error as Error).message).toBe("expected the name of an architecture, got 'vax'");
  });
});

describe('findByAuditArch', () => {
  it('gives the architecture of every token', () => {
    for (const architecture of architectures) {
      expect(findByAuditArch(architecture.auditArch)).toContain(architecture);
    }
  });

  it('puts the one whose numbers begin at 0 first, and says which is for look-up only', () => {
    expect(findByAuditArch(0xc000003e).map(({ name }) => name)).toEqual(['x86_64', 'x32']);
    expect(findByAuditArch(0x40000028).map(({ name, lookupOnly }) => [name, lookupOnly])).toEqual([
      ['arm', false],
      ['armoabi', true],
    ]);
  });

  it('gives nothing for a foreign token', () => {
    expect(findByAuditArch(0)).toEqual([]);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error, got none');
}
