import { describe, expect, it } from 'vitest';
import { architectures, findArchitecture } from '../src/index.ts';

/** linux/elf-em.h, v6.1. */
const machines = {
  SPARC: 2,
  I386: 3,
  M68K: 4,
  MIPS: 8,
  PARISC: 15,
  PPC: 20,
  PPC64: 21,
  S390: 22,
  ARM: 40,
  SH: 42,
  SPARCV9: 43,
  X86_64: 62,
  OPENRISC: 92,
  XTENSA: 94,
  NIOS2: 113,
  HEXAGON: 164,
  AARCH64: 183,
  MICROBLAZE: 189,
  ARCV2: 195,
  RISCV: 243,
  CSKY: 252,
  LOONGARCH: 258,
  ALPHA: 0x9026,
} as const;

/** linux/audit.h, v6.1: machine, then __AUDIT_ARCH_64BIT (64), __AUDIT_ARCH_LE (LE), the n32 convention (N32). */
const tokens: Readonly<Record<string, readonly [keyof typeof machines, ...('64' | 'LE' | 'N32')[]]>> = {
  AUDIT_ARCH_AARCH64: ['AARCH64', '64', 'LE'],
  AUDIT_ARCH_ALPHA: ['ALPHA', '64', 'LE'],
  AUDIT_ARCH_ARCV2: ['ARCV2', 'LE'],
  AUDIT_ARCH_ARM: ['ARM', 'LE'],
  AUDIT_ARCH_CSKY: ['CSKY', 'LE'],
  AUDIT_ARCH_HEXAGON: ['HEXAGON'],
  AUDIT_ARCH_I386: ['I386', 'LE'],
  AUDIT_ARCH_LOONGARCH32: ['LOONGARCH', 'LE'],
  AUDIT_ARCH_LOONGARCH64: ['LOONGARCH', '64', 'LE'],
  AUDIT_ARCH_M68K: ['M68K'],
  AUDIT_ARCH_MICROBLAZE: ['MICROBLAZE'],
  AUDIT_ARCH_MIPS: ['MIPS'],
  AUDIT_ARCH_MIPSEL: ['MIPS', 'LE'],
  AUDIT_ARCH_MIPS64: ['MIPS', '64'],
  AUDIT_ARCH_MIPSEL64: ['MIPS', '64', 'LE'],
  AUDIT_ARCH_MIPS64N32: ['MIPS', '64', 'N32'],
  AUDIT_ARCH_MIPSEL64N32: ['MIPS', '64', 'LE', 'N32'],
  AUDIT_ARCH_NIOS2: ['NIOS2', 'LE'],
  AUDIT_ARCH_OPENRISC: ['OPENRISC'],
  AUDIT_ARCH_PARISC: ['PARISC'],
  AUDIT_ARCH_PARISC64: ['PARISC', '64'],
  AUDIT_ARCH_PPC: ['PPC'],
  AUDIT_ARCH_PPC64: ['PPC64', '64'],
  AUDIT_ARCH_PPC64LE: ['PPC64', '64', 'LE'],
  AUDIT_ARCH_RISCV32: ['RISCV', 'LE'],
  AUDIT_ARCH_RISCV64: ['RISCV', '64', 'LE'],
  AUDIT_ARCH_S390: ['S390'],
  AUDIT_ARCH_S390X: ['S390', '64'],
  AUDIT_ARCH_SH: ['SH'],
  AUDIT_ARCH_SHEL: ['SH', 'LE'],
  AUDIT_ARCH_SPARC: ['SPARC'],
  AUDIT_ARCH_SPARC64: ['SPARCV9', '64'],
  AUDIT_ARCH_X86_64: ['X86_64', '64', 'LE'],
  AUDIT_ARCH_XTENSA: ['XTENSA'],
};
const bits = { '64': 0x80000000, LE: 0x40000000, N32: 0x20000000 } as const;

/** Names of those for which a condition holds. */
function those(condition: (architecture: (typeof architectures)[number]) => boolean): readonly string[] {
  return architectures.filter(condition).map(({ name }) => name);
}

describe('the descriptors', () => {
  it.each(architectures)('$name has the token that linux/audit.h makes of its name', (architecture) => {
    const [machine, ...flags] = tokens[architecture.auditArchName]!;
    const token = flags.reduce<number>((sum, flag) => sum + bits[flag], machines[machine]);
    expect(architecture.auditArch).toBe(token);
  });

  it.each(architectures)('$name agrees with its token on byte order and register width', (architecture) => {
    const flags = tokens[architecture.auditArchName]!;
    // Little-endian kernels of these two use a token without the bit.
    const little = flags.includes('LE') || ['hexagon', 'xtensa'].includes(architecture.name);
    expect(architecture.endian).toBe(little ? 'little' : 'big');
    const wide = flags.includes('64') && !flags.includes('N32') && architecture.name !== 'x32';
    expect(architecture.registerBits).toBe(wide ? 64 : 32);
  });

  it('share a token only between x86_64 and x32, and arm and armoabi', () => {
    const shared = architectures.filter((one) =>
      architectures.some((other) => other !== one && other.auditArch === one.auditArch),
    );
    expect(shared.map(({ name }) => name)).toEqual(['arm', 'armoabi', 'x32', 'x86_64']);
  });

  it('leave no two architectures with one name, alias or SCMP_ARCH name', () => {
    const names = architectures.flatMap(({ name, aliases = [], scmpName }) => [
      name,
      ...aliases,
      scmpName ?? `${name}!`,
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !name.startsWith('SCMP_ARCH_') && name !== name.toLowerCase())).toEqual([]);
  });

  it('name the architectures of libseccomp as libseccomp does', () => {
    expect(architectures.flatMap(({ scmpName }) => scmpName?.replace('SCMP_ARCH_', '') ?? []).sort()).toEqual(
      'AARCH64 ARM LOONGARCH64 M68K MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PARISC PARISC64 PPC PPC64 PPC64LE RISCV64 S390 S390X SH SHEB X32 X86 X86_64'.split(
        ' ',
      ),
    );
    expect(findArchitecture('SCMP_ARCH_SHEB').auditArchName).toBe('AUDIT_ARCH_SH');
  });

  it('put the flags of clone second on s390 alone', () => {
    expect(those(({ cloneFlagsArgument }) => cloneFlagsArgument === 1)).toEqual(['s390', 's390x']);
  });

  it('begin the numbers of each ABI where the kernel does', () => {
    const offsets = Object.fromEntries(
      architectures
        .filter(({ numberOffset }) => numberOffset !== 0)
        .map(({ name, numberOffset }) => [name, numberOffset]),
    );
    expect(offsets).toEqual({
      armoabi: 0x900000,
      mips: 4000,
      mipsel: 4000,
      mips64: 5000,
      mipsel64: 5000,
      mips64n32: 6000,
      mipsel64n32: 6000,
      x32: 0x40000000,
    });
  });

  it('multiplex sockets and System V IPC where libseccomp does', () => {
    expect(those(({ multiplexers }) => multiplexers.length > 0)).toEqual(
      'm68k mips mipsel ppc ppc64 ppc64le s390 s390x sh sheb x86'.split(' '),
    );
    for (const { name, multiplexers, syscalls } of architectures) {
      for (const multiplexer of multiplexers) {
        expect(
          syscalls.some(([call]) => call === multiplexer.name),
          `${name} ${multiplexer.name}`,
        ).toBe(true);
        expect(new Set(multiplexer.calls.map(([, call]) => call)).size).toBe(multiplexer.calls.length);
      }
    }
    const [socketcall, ipc] = findArchitecture('x86').multiplexers;
    expect([socketcall?.argumentBits, ipc?.argumentBits]).toEqual([32, 16]);
    for (const name of ['s390', 's390x'])
      expect(findArchitecture(name).multiplexers.map(({ argumentBits }) => argumentBits)).toEqual([32, 32]);
    expect(socketcall?.calls).toHaveLength(20);
    expect(Object.fromEntries(socketcall?.calls ?? [])).toMatchObject({
      socket: 1,
      accept: 5,
      send: 9,
      sendmmsg: 20,
    });
    expect(ipc?.calls).toHaveLength(12);
    expect(Object.fromEntries(ipc?.calls ?? [])).toMatchObject({
      semop: 1,
      msgsnd: 11,
      shmat: 21,
      shmctl: 24,
    });
  });

  it('say since when the kernel has filters there, and where it has none', () => {
    const since = Object.fromEntries(
      architectures.map(({ name, seccompFilterSince }) => [name, seccompFilterSince ?? 'none']),
    );
    expect(since).toEqual({
      ...{ x86: '3.5', x86_64: '3.5', x32: '3.5', arm: '3.8', s390: '3.8', s390x: '3.8' },
      ...{
        mips: '3.16',
        mips64: '3.16',
        mips64n32: '3.16',
        mipsel: '3.16',
        mipsel64: '3.16',
        mipsel64n32: '3.16',
      },
      ...{ aarch64: '3.19', ppc: '4.3', ppc64: '4.3', ppc64le: '4.3', parisc: '4.6', parisc64: '4.6' },
      ...{ riscv32: '5.5', riscv64: '5.5', csky: '5.9', sh: '5.9', sheb: '5.9', xtensa: '5.9' },
      ...{ loongarch64: '5.19', m68k: '6.3', alpha: '7.1', loongarch32: '7.1' },
      ...{ arc: 'none', armoabi: 'none', hexagon: 'none', microblaze: 'none', nios2: 'none' },
      ...{ openrisc: 'none', sparc: 'none', sparc64: 'none' },
    });
  });

  it('keep the old Arm ABI for look-up only', () => {
    expect(those(({ lookupOnly }) => lookupOnly)).toEqual(['armoabi']);
  });
});
