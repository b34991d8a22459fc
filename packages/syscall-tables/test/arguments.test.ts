import { describe, expect, it } from 'vitest';
import { calls } from '../src/arguments/calls.ts';
import { constantSets } from '../src/arguments/constants.ts';
import { argumentText, callArguments, constantValue, showArguments } from '../src/arguments.ts';
import { aarch64, architectures, mips, ppc64, s390x, x86, x86_64, xtensa } from '../src/index.ts';

const KINDS = 'address fd dirfd path string strings sockaddr pid id int uint mode size long'.split(' ');

describe('calls', () => {
  it('have at most six arguments, of kinds that are there', () => {
    for (const [name, described] of calls()) {
      expect(described.length, name).toBeLessThanOrEqual(6);
      for (const { kind } of described) {
        expect(KINDS.includes(kind) || Object.hasOwn(constantSets, kind), `${name}: ${kind}`).toBe(true);
      }
    }
  });

  it('are in the table of some architecture', () => {
    const known = new Set(architectures.flatMap(({ syscalls }) => syscalls.map(([name]) => name)));
    // Named by the C library; they go through socketcall or sendfile.
    expect([...calls().keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  it('are in alphabetical order, each once', () => {
    const names = [...calls().keys()];
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('order clone as the architecture does', () => {
    const names = (architecture: typeof x86): string =>
      callArguments(architecture, 'clone')
        ?.map(({ name }) => name)
        .join() ?? '';
    expect(names(x86_64)).toBe('flags,stack,parent_tid,child_tid,tls');
    expect(names(x86)).toBe('flags,stack,parent_tid,tls,child_tid');
    expect(names(s390x)).toBe('stack,flags,parent_tid,child_tid,tls');
  });

  it('read mmap of i386 as the one pointer that it is', () => {
    expect(callArguments(x86, 'mmap')).toHaveLength(1);
    expect(callArguments(x86, 'mmap2')).toHaveLength(6);
  });

  it('without a description show all registers', () => {
    expect(callArguments(x86_64, 'tuxcall')).toBeUndefined();
    expect(showArguments(x86_64, 'tuxcall', [255n]).map(({ text }) => text)).toEqual([
      '0xff',
      ...Array(5).fill('0x0'),
    ]);
  });
});

describe('values', () => {
  it.each([
    ['open', 0n, 'O_RDONLY'],
    ['open', 0o102n, 'O_RDWR|O_CREAT'],
    ['open', 0o4010001n, 'O_WRONLY|O_SYNC'],
    ['open', 0o20200002n, 'O_RDWR|O_TMPFILE'],
    [
      'clone',
      0x3d0f00n,
      'CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID',
    ],
    ['clone', 0x1200011n, 'SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID'],
    ['prot', 0n, 'PROT_NONE'],
    ['prot', 7n, 'PROT_READ|PROT_WRITE|PROT_EXEC'],
    ['mmap', 0x22n, 'MAP_PRIVATE|MAP_ANONYMOUS'],
    ['socketType', 0o2000001n, 'SOCK_STREAM|SOCK_CLOEXEC'],
    ['family', 16n, 'AF_NETLINK'],
    ['family', 255n, '0xff'],
    ['access', 0n, 'F_OK'],
    ['futex', 0x189n, 'FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG|FUTEX_CLOCK_REALTIME'],
    ['rusage', -1n, 'RUSAGE_CHILDREN'],
    ['memfd', 0n, '0'],
    ['signal', 31n, 'SIGSYS'],
    ['fd', 0xffff_ffffn, '-1'],
    ['dirfd', 0xffff_ff9cn, 'AT_FDCWD'],
    ['mode', 0o755n, '0755'],
    ['long', 0xffff_ffff_ffff_ffffn, '-1'],
    ['size', 4096n, '4096'],
    ['path', 0x7ffd_0000_1000n, '0x7ffd00001000'],
  ])('%s %s is %s', (kind, value, text) => {
    expect(argumentText(x86_64, kind, BigInt.asUintN(64, value))).toBe(text);
  });

  it('have no names where an architecture has numbers of its own', () => {
    expect(argumentText(mips, 'open', 0o100n)).toBe('0x40');
    expect(argumentText(xtensa, 'mmap', 0x22n)).toBe('0x22');
    expect(argumentText(aarch64, 'open', 0o40000n)).toBe('O_RDONLY|O_DIRECTORY');
    expect(argumentText(ppc64, 'open', 0o400000n)).toBe('O_RDONLY|O_DIRECT');
    expect(argumentText(x86_64, 'open', 0o40000n)).toBe('O_RDONLY|O_DIRECT');
    expect(constantValue(mips, 'open', 'O_CREAT')).toBeUndefined();
  });

  it('can be read again, each of them', () => {
    for (const [kind, set] of Object.entries(constantSets)) {
      for (const [name, number] of [...Object.entries(set.values), ...Object.entries(set.flags)]) {
        expect(constantValue(x86_64, kind, name), name).toBe(BigInt(number));
        expect(constantValue(x86_64, kind, argumentText(x86_64, kind, BigInt(number))), name).toBe(
          BigInt(number),
        );
      }
    }
  });
});
