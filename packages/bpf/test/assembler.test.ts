import { readFileSync } from 'node:fs';
import { architectures, errnoNumber } from '@qseccomp/syscall-tables';
import { alpha } from '@qseccomp/syscall-tables/alpha';
import { mips } from '@qseccomp/syscall-tables/mips';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import { type AssembleOptions, assemble, BpfError, type Instruction } from '../src/index.ts';

interface Recorded {
  readonly text: string;
  readonly output: string;
}

const vectors = (name: string): readonly Recorded[] =>
  JSON.parse(readFileSync(new URL(`vectors/text/${name}.json`, import.meta.url), 'utf8'));
const recorded = vectors('bpf-asm');

/** A program as bpf_asm prints it. */
const decimal = (program: readonly Instruction[]): string =>
  `${program.length},${program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k},`).join('')}\n`;

const one = (text: string, options: AssembleOptions = {}): Instruction | undefined =>
  assemble(text, { validate: false, ...options }).program[0];

const thrownBy = (text: string, options?: AssembleOptions): BpfError => {
  try {
    assemble(text, options);
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('expected an error, got none');
};

describe('assemble', () => {
  it.each(recorded)('gives what bpf_asm gives for $text', ({ text, output }) => {
    expect(decimal(assemble(text, { validate: false }).program)).toBe(output);
  });

  it('gives what bpf_asm gives for random texts', () => {
    const random = vectors('bpf-asm-random');
    expect(random.length).toBeGreaterThan(50);
    for (const { text, output } of random) {
      expect(decimal(assemble(text, { validate: false }).program), text).toBe(output);
    }
  });

  it('says where each instruction stands', () => {
    expect(assemble('ld [0]\n\ta1: jeq #1, b1 /* ... */ ret #0\nb1: ret #1').positions).toEqual([
      { line: 1, column: 1 },
      { line: 2, column: 6 },
      { line: 2, column: 27 },
      { line: 3, column: 5 },
    ]);
  });

  it('takes jt and jf as labels where no number follows', () => {
    const { program } = assemble('jeq #1, jt, jf\njt: jgt x, jf, jt2\njt2: jne #2, jf\nret #0\njf: ret #1');
    expect(decimal(program)).toBe('5,21 0 3 1,45 2 0 0,21 0 1 2,6 0 0 0,6 0 0 1,\n');
  });

  it('takes labels of one letter, several on one instruction, and a second label behind negated jumps', () => {
    const { program } = assemble('jne #1, a, b\njlt #2, a, b\njle x, a, b\na: c: ret #1\nb: ret #2');
    expect(program.slice(0, 3)).toEqual([
      { code: 0x15, jt: 3, jf: 2, k: 1 },
      { code: 0x35, jt: 2, jf: 1, k: 2 },
      { code: 0x2d, jt: 1, jf: 0, k: 0 },
    ]);
  });

  it.each([
    ['jeq #1, jt 3, jf 4', { code: 0x15, jt: 3, jf: 4, k: 1 }],
    ['jeq #1, JF 4', { code: 0x15, jt: 0, jf: 4, k: 1 }],
    ['jeq x, jt 255', { code: 0x1d, jt: 255, jf: 0, k: 0 }],
    ['jset #1, jf 0xff', { code: 0x45, jt: 0, jf: 255, k: 1 }],
    ['ja +0xffffffff', { code: 0x05, jt: 0, jf: 0, k: 0xffffffff }],
    ['.raw 0x94, 1, 2, -3', { code: 0x94, jt: 1, jf: 2, k: 0xfffffffd }],
    ['.RAW 0xffff, 255, 255, 4294967295', { code: 0xffff, jt: 255, jf: 255, k: 0xffffffff }],
    ['ret #1 | 0x50000', { code: 0x06, jt: 0, jf: 0, k: 0x50001 }],
    ['ld #(1 << 4) + ~0x7', { code: 0x00, jt: 0, jf: 0, k: 8 }],
    ['ld #0xabcd0000 >> 16 | (unsigned short) -2', { code: 0x00, jt: 0, jf: 0, k: 0xffff }],
    ['ld [offsetof(struct seccomp_data, args[1]) + sizeof(__u32)]', { code: 0x20, jt: 0, jf: 0, k: 28 }],
  ])('takes numbers in %s', (text, instruction) => {
    expect(one(text)).toEqual(instruction);
  });

  it.each([
    ['ALLOW', 0x7fff0000],
    ['allow', 0x7fff0000],
    ['SECCOMP_RET_ALLOW', 0x7fff0000],
    ['#SECCOMP_RET_ALLOW', 0x7fff0000],
    ['KILL_PROCESS', 0x80000000],
    ['KILL_THREAD', 0],
    ['KILL', 0],
    ['SECCOMP_RET_KILL', 0],
    ['LOG', 0x7ffc0000],
    ['USER_NOTIF', 0x7fc00000],
    ['TRAP', 0x00030000],
    ['TRAP(5)', 0x00030005],
    ['TRACE(3)', 0x7ff00003],
    ['ERRNO(1)', 0x00050001],
    ['ERRNO(EPERM)', 0x00050001],
    ['ERRNO(0xffff)', 0x0005ffff],
    ['SECCOMP_RET_ERRNO(EACCES)', 0x0005000d],
    ['SECCOMP_RET_ERRNO | EPERM', 0x00050001],
    ['SECCOMP_RET_ERRNO|(EPERM & SECCOMP_RET_DATA)', 0x00050001],
    ['#SECCOMP_RET_ERRNO|EPERM', 0x00050001],
  ])('knows the action %s', (action, k) => {
    expect(one(`ret ${action}`)).toEqual({ code: 0x06, jt: 0, jf: 0, k });
  });

  it.each([
    ['nr', 0, 0],
    ['arch', 4, 4],
    ['ip.low', 8, 12],
    ['ip.high', 12, 8],
    ['instruction_pointer.low', 8, 12],
    ['args[0].low', 16, 20],
    ['args[0].high', 20, 16],
    ['args[5].low', 56, 60],
    ['args[5].high', 60, 56],
  ])('loads %s', (field, little, big) => {
    expect(one(`ld [${field}]`, { endian: 'little' })?.k).toBe(little);
    expect(one(`ld [${field}]`, { endian: 'big' })?.k).toBe(big);
    expect(one(`ld [${field}]`, { architecture: s390x })?.k).toBe(big);
  });

  it('knows system calls of the architecture in force and tokens of all that were passed', () => {
    const options: AssembleOptions = { architecture: x86_64, architectures: [mips, s390x] };
    for (const text of ['execve', '__NR_execve', 'SYS_execve'])
      expect(one(`jge #${text}, jt 0`, options)?.k).toBe(59);
    for (const text of ['AUDIT_ARCH_X86_64', 'SCMP_ARCH_X86_64', 'x86_64', 'amd64']) {
      expect(one(`jeq #${text}, jt 0`, options)?.k, text).toBe(0xc000003e);
    }
    expect(one('jeq #AUDIT_ARCH_S390X, jt 0', options)?.k).toBe(0x80000016);
    expect(one('ld #__X32_SYSCALL_BIT | read', options)?.k).toBe(0x40000000);
    expect(one('ret ERRNO(ENOSYS)', options)?.k).toBe(0x50026);
  });

  it('puts another architecture in force with .arch', () => {
    const { program, endian } = assemble(
      '.arch s390x ld [args[0].low] ld #execve .arch mips ld #execve ret ERRNO(ENOSYS)',
      { architectures: [mips, s390x] },
    );
    expect(program.map(({ k }) => k)).toEqual([20, 11, 4011, 0x50059]);
    expect(endian).toBe('big');
    expect(assemble('ret ALLOW').endian).toBeUndefined();
    expect(assemble('ret ALLOW', { endian: 'big' }).endian).toBe('big');
  });

  it('takes error numbers without an architecture only where all agree', () => {
    for (const name of [
      'EPERM',
      'EACCES',
      'EINVAL',
      'ERANGE',
      'EAGAIN',
      'EWOULDBLOCK',
      'EDEADLK',
      'ENOSYS',
      'ENOTSUP',
    ]) {
      const numbers = new Set(architectures.map((architecture) => errnoNumber(architecture, name)));
      if (numbers.size === 1)
        expect(one(`ret ERRNO(${name})`)?.k, name).toBe(0x50000 + ([...numbers][0] as number));
      else expect(thrownBy(`ret ERRNO(${name})`).code, name).toBe('BPF_NAME');
    }
  });

  it.each([alpha, mips, x86_64])('has the error numbers of $name', (architecture) => {
    for (const name of [
      'EPERM',
      'EAGAIN',
      'EWOULDBLOCK',
      'EDEADLK',
      'EDEADLOCK',
      'ENOSYS',
      'ENOTSUP',
      'EOPNOTSUPP',
    ]) {
      const number = errnoNumber(architecture, name) as number;
      expect(one(`ret ERRNO(${name})`, { architecture })?.k, name).toBe(0x50000 + number);
    }
  });

  it('has no architecture with the name of a system call', () => {
    const names = new Set(architectures.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
    const calls = new Set(architectures.flatMap(({ syscalls }) => syscalls.map(([name]) => name)));
    expect([...names].filter((name) => calls.has(name))).toEqual([]);
  });
});

describe('assemble refuses', () => {
  it.each([
    ['ld', 'BPF_SYNTAX', 1, 3, "expected '[', M[cell], len or #constant, got the end of the text"],
    ['ld [0', 'BPF_SYNTAX', 1, 6, "expected ']', got the end of the text"],
    ['ret #0\n  frob x', 'BPF_SYNTAX', 2, 8, "expected an instruction or a label with ':', got 'x'"],
    ['ret #0\n@', 'BPF_SYNTAX', 2, 1, "expected an instruction, a label or a directive, got '@'"],
    ['ret #0 /* open', 'BPF_SYNTAX', 1, 8, "expected '*/' to end the comment, got the end of the text"],
    [
      'ret',
      'BPF_SYNTAX',
      1,
      4,
      'expected #constant, a, or an action: KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, USER_NOTIF, TRACE, LOG, ALLOW, got the end of the text',
    ],
    ['ret PASS', 'BPF_SYNTAX', 1, 5, "got 'PASS'"],
    ['ret ERRNO\nret #0', 'BPF_SYNTAX', 2, 1, "expected '(' and the data of ERRNO, got 'ret'"],
    ['ret ERRNO(65536)', 'BPF_FIELD_RANGE', 1, 11, 'expected 0 to 65535, got 65536'],
    [
      'ret ERRNO(EWHAT)',
      'BPF_NAME',
      1,
      11,
      "expected an error number or its name, got 'EWHAT' (no architecture is in force)",
    ],
    [
      'ret ERRNO(ENOSYS)',
      'BPF_NAME',
      1,
      11,
      'the number of ENOSYS depends on the architecture, and none is in force',
    ],
    ['ret x', 'BPF_OPCODE', 1, 5, 'expected an instruction that seccomp takes, got ret x'],
    ['ret %x', 'BPF_OPCODE', 1, 5, 'got ret %x'],
    ['ldh [12]', 'BPF_OPCODE', 1, 1, 'expected an instruction that seccomp takes, got ldh'],
    ['mod #2', 'BPF_OPCODE', 1, 1, 'got mod'],
    ['ld #proto', 'BPF_OPCODE', 1, 5, 'got the extension proto'],
    ['ld vlan_tci', 'BPF_OPCODE', 1, 4, 'got the extension vlan_tci'],
    ['ldx 4*([14]&0xf)', 'BPF_OPCODE', 1, 5, 'got a load of the length of an IP header'],
    ['ld [x + 4]', 'BPF_OPCODE', 1, 5, 'got a load relative to X'],
    [
      'ld [args[0]]',
      'BPF_SYNTAX',
      1,
      12,
      "expected .low or .high, since args has 64 bits and a load 32, got ']'",
    ],
    ['ld [args[6].low]', 'BPF_SYNTAX', 1, 10, "expected an argument from 0 to 5, got '6'"],
    ['ld [args[0].low]', 'BPF_BYTE_ORDER', 1, 5, 'expected a byte order for .low'],
    ['ld #4294967296', 'BPF_FIELD_RANGE', 1, 5, 'expected -2147483648 to 4294967295, got 4294967296'],
    ['ld #-2147483649', 'BPF_FIELD_RANGE', 1, 5, 'got -2147483649'],
    ['ld #08', 'BPF_SYNTAX', 1, 5, "expected a number, got '08'"],
    ['ld #1 >> 64', 'BPF_SYNTAX', 1, 7, 'expected a shift by 0 to 63, got 64'],
    ['ld #~0 >> 1', 'BPF_SYNTAX', 1, 8, 'expected 0 to 4294967295 in front of >>, got -1'],
    [
      'ld #0xffffffff << 4 >> 4',
      'BPF_SYNTAX',
      1,
      21,
      'expected 0 to 4294967295 in front of >>, got 68719476720',
    ],
    ['ld #(long) 1', 'BPF_NAME', 1, 6, "expected a number or its name, got 'long'"],
    [`ld #${'('.repeat(5000)}1`, 'BPF_SYNTAX', 1, 106, 'expected at most 100 levels, got more'],
    ['jeq #1', 'BPF_SYNTAX', 1, 7, "expected ',', got the end of the text"],
    ['jeq #1, 2, 3', 'BPF_SYNTAX', 1, 9, "expected a label, jt and a number, or jf and a number, got '2'"],
    ['jeq #1, ret', 'BPF_SYNTAX', 1, 9, "got 'ret'"],
    ['jeq #1, jt 256', 'BPF_FIELD_RANGE', 1, 12, 'expected 0 to 255, got 256'],
    ['jne #1, jt 1', 'BPF_SYNTAX', 1, 12, "expected an instruction, a label or a directive, got '1'"],
    ['jeq #1, jt 1, jf', 'BPF_LABEL', 1, 15, "expected a label of this text, got 'jf'"],
    ['ja 3', 'BPF_SYNTAX', 1, 4, "expected a label, or + and a number, got '3'"],
    [
      'jeq #execve, jt 0',
      'BPF_NAME',
      1,
      6,
      "expected a number or its name, got 'execve' (no architecture is in force)",
    ],
    [
      'jeq #AUDIT_ARCH_X86_64, jt 0',
      'BPF_NAME',
      1,
      6,
      "expected an architecture, got 'AUDIT_ARCH_X86_64' (none was passed)",
    ],
    ['.arch vax', 'BPF_NAME', 1, 7, "expected an architecture, got 'vax' (none was passed)"],
    ['.text', 'BPF_SYNTAX', 1, 2, "expected .arch or .raw, got 'text'"],
    [
      'ret #0\nend:',
      'BPF_SYNTAX',
      2,
      5,
      "expected an instruction for the label 'end', got the end of the text",
    ],
    [
      '   0  ld  [4]   architecture',
      'BPF_SYNTAX',
      1,
      4,
      "expected an instruction, a label or a directive, got '0'",
    ],
  ])('%j', (text, code, line, column, message) => {
    const error = thrownBy(text);
    expect({ code: error.code, line: error.line, column: error.column }).toEqual({ code, line, column });
    expect(error.message).toContain(message);
    expect(error.message).toMatch(new RegExp(`^line ${line}, column ${column}: `));
  });

  it('labels that are missing, double, behind, or too far, by name and distance', () => {
    expect(thrownBy('jeq #1, there\nret #0')).toMatchObject({
      code: 'BPF_LABEL',
      line: 1,
      column: 9,
      label: 'there',
      pc: 0,
      message: "line 1, column 9: expected a label of this text, got 'there', which names no instruction",
    });
    expect(thrownBy('a: ret #0\na: ret #1')).toMatchObject({
      code: 'BPF_LABEL',
      line: 2,
      column: 1,
      label: 'a',
      message: "line 2, column 1: expected a new label, got 'a', which line 1 has",
    });
    expect(thrownBy('ld [0]\na: tax\ntxa\njeq #1, a\nret #0')).toMatchObject({
      code: 'BPF_LABEL',
      line: 4,
      column: 9,
      label: 'a',
      pc: 3,
      message:
        "line 4, column 9: expected a label further on, got 'a', 2 instructions back: classic BPF has no loops",
    });
    expect(thrownBy('a: ja a\nret #0')).toMatchObject({ code: 'BPF_LABEL', label: 'a' });
    expect(thrownBy(`jgt #1, far\n${'tax\n'.repeat(256)}far: ret #0`)).toMatchObject({
      code: 'BPF_JUMP_TOO_FAR',
      line: 1,
      column: 9,
      label: 'far',
      pc: 0,
      limit: 255,
      message:
        "line 1, column 9: expected a label that jgt reaches over at most 255 instructions, got 'far' behind 256; jump to a ja",
    });
  });

  it('what the kernel would refuse, with the line, unless told not to', () => {
    expect(thrownBy('ld [nr]\n  ld [3]\nret ALLOW')).toMatchObject({
      code: 'BPF_LOAD_OFFSET',
      line: 2,
      column: 3,
      pc: 1,
      limit: 60,
      message: 'line 2, column 3: instruction 1: load at byte 3, expected a multiple of 4 below 64',
    });
    expect(thrownBy('')).toMatchObject({ code: 'BPF_PROGRAM_LENGTH', line: undefined });
    expect(thrownBy('ld M[1]\nret a')).toMatchObject({ code: 'BPF_SCRATCH_UNSET', line: 1, column: 1 });
    expect(assemble('ld [3]', { validate: false }).program).toEqual([{ code: 0x20, jt: 0, jf: 0, k: 3 }]);
    expect(assemble('', { validate: false }).program).toEqual([]);
  });

  it('names that the architecture in force does not have', () => {
    expect(thrownBy('jeq #umount, a\na: ret #0', { architecture: x86_64 }).message).toBe(
      "line 1, column 6: expected a number or its name, got 'umount' (in force: x86_64)",
    );
    expect(thrownBy('.arch vax', { architectures }).message).toBe(
      `line 1, column 7: expected an architecture, got 'vax' (known: ${architectures
        .slice(0, 8)
        .map(({ name }) => name)
        .join(', ')}, ...)`,
    );
  });

  it('architectures of two byte orders', () => {
    expect(thrownBy('.arch mips', { architecture: x86_64, architectures: [mips] })).toMatchObject({
      code: 'BPF_BYTE_ORDER',
      line: 1,
      column: 7,
      message: 'line 1, column 7: expected a little-endian architecture, got mips, which is big-endian',
    });
    expect(thrownBy('ret #0', { architecture: mips, endian: 'little' }).code).toBe('BPF_BYTE_ORDER');
  });
});
