/** `qseccomp asm` and `disasm`: there and back, foreign byte order, bad input in one line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProgram, encodeProgram, type Program } from '@qseccomp/bpf';
import { findArchitecture, syscallNumber } from '@qseccomp/syscall-tables';
import { afterAll, describe, expect, it, test } from 'vitest';
import { many, qseccomp, shell } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The standard output of a command line that has to work. */
function outputOf(...argv: readonly string[]): Buffer {
  const [result] = many([{ argv }], 'latin1');
  expect(result).toMatchObject({ status: 0, stderr: '' });
  return Buffer.from(result?.stdout ?? '', 'latin1');
}

const machine = findArchitecture(process.arch === 'ppc64' ? 'ppc64le' : process.arch);
const SANDBOX = ['compile', '-sandbox', 'on,spawn=deny,resourcecontrol=deny'];

describe('there and back', () => {
  it.each(['x86_64', 's390x', 'mipsel'])('%s', (name) => {
    const raw = outputOf(...SANDBOX, '--arch', name, '--format', 'raw');
    const path = file('filter.bpf', raw);
    const annotated = outputOf('disasm', path, '--arch', name);
    const again = file('filter.asm', annotated);
    expect(outputOf('asm', again, '--format', 'raw')).toEqual(raw);
    const plain = file('plain.asm', outputOf('disasm', path, '--plain'));
    expect(outputOf('asm', plain, '--arch', name, '--format', 'raw')).toEqual(raw);
    const compiled = file('compiled.asm', outputOf(...SANDBOX, '--arch', name, '--format', 'asm'));
    expect(outputOf('asm', compiled, '--format', 'raw')).toEqual(raw);
    for (const format of ['hex', 'c'] as const) {
      const other = file(`filter.${format}`, outputOf(...SANDBOX, '--arch', name, '--format', format));
      expect(outputOf('disasm', other, '--plain').toString()).toBe(
        outputOf('disasm', path, '--plain').toString(),
      );
    }
  });

  test('through standard input and output', () => {
    const { status, stdout, stderr } = shell(
      'qseccomp compile --arch s390x --format raw | qseccomp disasm | qseccomp asm --format raw | qseccomp disasm -',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^; raw, big-endian, \d+ instructions, for s390x\n\.arch s390x\n {5}ld \[4\] {2,}; architecture\n/,
    );
  });
});

/** EPERM for getpid, in C. */
const STRACE =
  'prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x27, 0, 0x1), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO|0x1), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]}) = 0\n';
const PROGRAM: Program = [
  { code: 0x20, jt: 0, jf: 0, k: 0 },
  { code: 0x15, jt: 0, jf: 1, k: 39 },
  { code: 0x06, jt: 0, jf: 0, k: 0x00050001 },
  { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
];

describe('disasm', () => {
  test('reads strace’s text and names the call on the architecture that is asked for', () => {
    expect(outputOf('disasm', file('strace.txt', STRACE), '--arch', 'x86_64').toString()).toBe(
      [
        '; strace, little-endian, 4 instructions, for x86_64',
        '.arch x86_64',
        '    ld [0]           ; number',
        '    jne #0x27, L3    ; getpid',
        '    ret #0x50001     ; ERRNO(1)',
        'L3: ret #0x7fff0000  ; ALLOW',
        '',
      ].join('\n'),
    );
  });

  test('takes names for this machine where a text asks for no other, and --arch says nothing', () => {
    const text = (token: string): string =>
      `struct sock_filter f[] = { BPF_STMT(BPF_LD|BPF_W|BPF_ABS, offsetof(struct seccomp_data, arch)),
       BPF_JUMP(BPF_JMP|BPF_JEQ|BPF_K, ${token}, 0, 1), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
       BPF_STMT(BPF_RET|BPF_K, __NR_getpid) };`;
    const words = (token: string): string => outputOf('disasm', file('names.c', text(token))).toString();
    const own = syscallNumber(machine, 'getpid')?.toString(16);
    expect(words(machine.auditArchName)).toContain(`ret #0x${own} `);
    expect(words('0')).toContain(`.arch ${machine.name}\n`);
    const mips = words('AUDIT_ARCH_MIPS');
    expect(mips).toContain('; c, big-endian, 4 instructions, for mips\n');
    expect(mips).toMatch(/ERRNO\(89\)[\s\S]*ret #0xfb4 /);
    expect(outputOf('disasm', file('half.asm', 'ld [args[0].low]\nret a\n')).toString()).toContain(
      'low word',
    );
    expect(qseccomp(['disasm', file('no.c', '{ 6, 0, 0, __NR_nosuch }')]).stderr).toMatch(
      new RegExp(`got '__NR_nosuch' \\(in force: ${machine.name}\\)\n$`),
    );
  });

  test('--json has fields, text and note of each instruction, and the byte order', () => {
    const path = file('big.bpf', encodeProgram(PROGRAM, 'big'));
    const json = JSON.parse(outputOf('disasm', path, '--arch', 's390x', '--json').toString());
    expect(json).toMatchObject({ form: 'raw', endian: 'big', architectures: ['s390x'], length: 4 });
    expect(json.instructions[2]).toEqual({ index: 2, ...PROGRAM[2], text: 'ret #0x50001', note: 'ERRNO(1)' });
  });

  test('says what the kernel would not load', () => {
    const path = file('bad.c', '{ 0x20, 0, 0, 3 }, { 0x06, 0, 0, 0 },');
    const result = qseccomp(['disasm', path, '--plain']);
    expect(result).toMatchObject({ status: 0 });
    expect(result.stderr).toMatch(/^qseccomp: warning: the kernel would not load it: instruction 0: .*\n$/);
  });

  test('--index chooses among several programs', () => {
    const path = file('two.txt', STRACE + STRACE.replace('0x27', '0x28'));
    expect(qseccomp(['disasm', path]).stderr).toMatch(
      /^qseccomp: '.*two.txt': expected one program, got 2, [^\n]*\n$/,
    );
    expect(outputOf('disasm', path, '--plain', '--index', '1').toString()).toContain('#0x28');
  });
});

describe('asm', () => {
  test('knows names of the architecture', () => {
    const path = file('names.asm', 'ld [nr]\njeq #getpid, bad\nret ALLOW\nbad: ret ERRNO(EPERM)\n');
    const json = JSON.parse(outputOf('asm', path, '--arch', 'aarch64', '--json').toString());
    expect(json.filters).toMatchObject([{ architectures: ['aarch64'], endian: 'little', length: 4 }]);
    expect(json.filters[0].instructions[1].k).toBe(172);
    expect(decodeProgram(outputOf('asm', path, '--arch', 's390x', '--format', 'raw'), 'big')[1]?.k).toBe(20);
  });
});

describe('.arch', () => {
  const assembled = (text: string): unknown =>
    JSON.parse(outputOf('asm', file('arch.asm', text), '--json').toString()).filters[0];
  it.each([
    ['behind a comment', '/* 64 bits */ .arch s390x\nld [nr]\njeq #getpid, ok\nret KILL\nok: ret ALLOW\n'],
    ['behind an instruction', 'ld [nr] .ARCH s390x\njeq #getpid, ok\nret KILL\nok: ret ALLOW\n'],
  ])('%s says what the text is for', (_title, text) => {
    expect(assembled(text)).toMatchObject({ architectures: ['s390x'], endian: 'big' });
  });
  it.each([
    ['a block', '/*\n.arch s390x\n*/ ret ALLOW\n'],
    ['a line', '; see .arch s390x\nret ALLOW\n'],
    ['a hash', '# .arch s390x\nret ALLOW\n'],
  ])('in %s of comment says nothing', (_title, text) => {
    expect(assembled(text)).toMatchObject({ architectures: [machine.name] });
  });
});

describe('bad input', () => {
  const none = join(folder, 'none');
  const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
    [['asm', none], /^cannot read '.*none': no such file or directory$/],
    [['disasm', none], /^cannot read '.*none': no such file or directory$/],
    [['disasm', folder], /^cannot read '.*': illegal operation on a directory$/],
    [
      ['asm', file('label.asm', 'jeq #1, nowhere\nret ALLOW\n')],
      /^'.*label.asm': line 1, column \d+: expected a label/,
    ],
    [
      ['asm', file('end.asm', 'ld [0]\n')],
      /^'.*end.asm': line 1, column 1: .*last instruction has to be a return/,
    ],
    [
      ['asm', file('bytes.asm', new Uint8Array([0xff, 0xfe]))],
      /^'.*bytes.asm': expected text in UTF-8, got other bytes$/,
    ],
    [
      ['asm', file('order.asm', '.arch s390x\nret ALLOW\n'), '--arch', 'x86_64'],
      /^'.*order.asm': line 1, .*big-endian/,
    ],
    [
      ['disasm', file('foreign.bpf', encodeProgram(PROGRAM, 'little')), '--arch', 's390x'],
      /^'.*foreign.bpf': expected a program for a big-endian machine \(s390x\), got a little-endian one$/,
    ],
    [['disasm', file('odd.bpf', new Uint8Array(9))], /^'.*odd.bpf': expected a multiple of 8 bytes/],
    [['disasm', file('empty', '')], /^'.*empty': /],
    [['disasm', file('list.txt', STRACE), '--index', '1'], /^'.*list.txt': expected index to be 0/],
    [['disasm', none, '--index', 'x'], /^disasm: --index expects a number from 0, got 'x'/],
    [['asm', none, '--json', '--format', 'c'], /^asm: --json and --format c exclude each other/],
  ];
  const results = many(cases.map(([argv]) => ({ argv })));
  it.each(
    cases.map(
      ([words, message], at) =>
        [`${words[0]} ${words.slice(1).join(' ').replaceAll(folder, '')}`, message, at] as const,
    ),
  )('%s', (_title, message, at) => {
    const { status, stdout, stderr = '' } = results[at] ?? {};
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^qseccomp: [^\n]*\n$/);
    expect(stderr.slice('qseccomp: '.length, -1)).toMatch(message);
  });
});
