import { describe, expect, it } from 'vitest';
import {
  errnoName,
  errnoNumber,
  findArchitecture,
  kernelVersion,
  suggestSyscalls,
  syscallNames,
  syscallNumber,
} from '../src/index.ts';
import vectors from './vectors/errno.json' with { type: 'json' };

describe('system calls', () => {
  it.each([
    // syscall(2), and asm/unistd*.h of each architecture
    ['x86_64', 'read', 0],
    ['x86_64', 'execve', 59],
    ['x86_64', 'clone3', 435],
    ['x86_64', 'umount2', 166],
    ['x86', 'execve', 11],
    ['x86', 'umount', 22],
    ['x86', 'sgetmask', 68],
    ['x32', 'read', 0x40000000],
    ['x32', 'execve', 0x40000000 + 520],
    ['arm', 'set_tls', 0xf0005],
    ['armoabi', 'exit', 0x900001],
    ['aarch64', 'execve', 221],
    ['riscv64', 'riscv_flush_icache', 259],
    ['mips', 'fork', 4002],
    ['mipsel64', 'read', 5000],
    ['mips64n32', 'read', 6000],
    ['ppc64le', 'clone', 120],
    ['s390x', 'clone', 120],
    ['alpha', 'clone3', 545],
    ['sparc64', 'uselib', 203],
    ['xtensa', 'open', 8],
    ['x86_64', 'uselib', 134],
    ['x86_64', 'create_module', 174],
  ])('%s: %s is %d, both ways', (architecture, name, number) => {
    expect(syscallNumber(findArchitecture(architecture), name)).toBe(number);
    expect(syscallNames(findArchitecture(architecture), number)).toContain(name);
  });

  it.each([
    ['x86_64', 'umount'],
    ['x86_64', 'ugetrlimit'],
    ['aarch64', 'fork'],
    ['riscv64', 'open'],
    ['x86', 'send'],
    ['x86_64', ''],
    ['x86_64', 'constructor'],
  ])('%s has no %s', (architecture, name) => {
    expect(syscallNumber(findArchitecture(architecture), name)).toBeUndefined();
  });

  it.each([-1, 0.5, 400, 0x40000000, Number.NaN])('x86_64 has no call %d', (number) => {
    expect(syscallNames(findArchitecture('x86_64'), number)).toEqual([]);
  });

  it('names every name of a shared number', () => {
    expect(syscallNames(findArchitecture('alpha'), 22)).toEqual(['umount', 'umount2']);
  });

  it('suggests names that resemble a misspelt one', () => {
    const x86_64 = findArchitecture('x86_64');
    expect(suggestSyscalls(x86_64, 'exevce')).toEqual(['execve']);
    expect(suggestSyscalls(x86_64, 'moutn')).toEqual(['mount']);
    expect(suggestSyscalls(x86_64, 'nothing_like_this')).toEqual([]);
  });

  it('come from a named kernel', () => {
    expect(kernelVersion).toMatch(/^\d+\.\d+(-rc\d+)?$/);
  });
});

describe('error numbers', () => {
  const families: Readonly<Record<string, keyof typeof vectors>> = {
    alpha: 'alpha',
    mips: 'mips',
    mipsel64n32: 'mips',
    parisc: 'parisc',
    parisc64: 'parisc',
    ppc: 'powerpc',
    ppc64le: 'powerpc',
    sparc: 'sparc',
    sparc64: 'sparc',
    x86_64: 'generic',
    aarch64: 'generic',
    s390x: 'generic',
    m68k: 'generic',
  };

  it.each(Object.entries(families))(
    '%s has all the numbers of asm/errno.h (%s) and no other',
    (name, family) => {
      const architecture = findArchitecture(name);
      for (const [error, number] of Object.entries(vectors[family])) {
        expect(errnoNumber(architecture, error), error).toBe(number);
      }
      const named = new Set(Object.values(vectors[family]));
      for (let number = 0; number < 4096; number++) {
        const error = errnoName(architecture, number);
        expect(error !== undefined, `${number}`).toBe(named.has(number));
        if (error !== undefined) expect(errnoNumber(architecture, error)).toBe(number);
      }
    },
  );

  it('list only what differs from asm-generic', () => {
    for (const [name, family] of Object.entries(families)) {
      const differs = Object.entries(vectors[family]).filter(
        ([error, number]) => (vectors.generic as Record<string, number>)[error] !== number,
      );
      expect(findArchitecture(name).errno).toEqual(Object.fromEntries(differs));
    }
  });

  it.each([
    ['x86_64', 38],
    ['mips', 89],
    ['parisc', 251],
    ['alpha', 78],
    ['sparc', 90],
  ])('%s: ENOSYS is %d', (name, number) => {
    expect(errnoNumber(findArchitecture(name), 'ENOSYS')).toBe(number);
  });

  it('prefer the first name of a number, and know the second', () => {
    const x86_64 = findArchitecture('x86_64');
    expect(errnoName(x86_64, 11)).toBe('EAGAIN');
    expect(errnoName(x86_64, 35)).toBe('EDEADLK');
    expect(errnoNumber(x86_64, 'EWOULDBLOCK')).toBe(11);
    expect(errnoNumber(x86_64, 'ENOTSUP')).toBe(95);
    expect(errnoNumber(findArchitecture('mips'), 'ENOTSUP')).toBe(122);
    expect(errnoName(findArchitecture('ppc'), 58)).toBe('EDEADLOCK');
    expect(errnoName(findArchitecture('parisc'), 253)).toBe('ECANCELED');
  });

  it('do not answer to names that are none', () => {
    for (const name of ['', 'enosys', 'ENOPE', 'constructor', '-']) {
      expect(errnoNumber(findArchitecture('x86_64'), name)).toBeUndefined();
    }
  });
});
