import { readFileSync } from 'node:fs';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  BpfError,
  detectForm,
  encodeProgram,
  type Program,
  type ReadProgramOptions,
  readProgram,
} from '../src/index.ts';

const read = (name: string): string => readFileSync(new URL(`vectors/text/${name}`, import.meta.url), 'utf8');
const options: ReadProgramOptions = { architecture: x86_64, architectures: [s390x] };

const allow = { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 };
const program: Program = [
  { code: 0x20, jt: 0, jf: 0, k: 4 },
  { code: 0x15, jt: 1, jf: 0, k: 0xc000003e },
  { code: 0x06, jt: 0, jf: 0, k: 0 },
  allow,
];

const thrownBy = (input: Uint8Array | string, given?: ReadProgramOptions): BpfError => {
  try {
    readProgram(input, given);
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('expected an error, got none');
};

describe('readProgram', () => {
  it.each(['little', 'big'] as const)('recognises bytes that are %s-endian', (endian) => {
    const bytes = encodeProgram(program, endian);
    expect(readProgram(bytes)).toEqual({ program, form: 'raw', endian });
    expect(readProgram(bytes, { architecture: x86_64 }).endian).toBe(endian);
    expect(readProgram(bytes, { endian })).toEqual({ program, form: 'raw', endian });
    expect(readProgram(Buffer.from(bytes).toString('hex'))).toEqual({ program, form: 'hex', endian });
  });

  it('takes any opcode in an order that is given', () => {
    const bytes = encodeProgram([{ code: 0x28, jt: 0, jf: 0, k: 1 }], 'big');
    expect(readProgram(bytes, { endian: 'big' }).program[0]?.code).toBe(0x28);
    expect(readProgram(bytes, { endian: 'little' }).program[0]?.code).toBe(0x2800);
  });

  it.each([
    [
      'c',
      '{ 0x20, 0, 0, 0x00000004 },\n{ 0x15, 1, 0, 0xc000003e },\n{ 0x06, 0, 0, 0000000000 },\n{ 6, 0, 0, 2147418112 },\n',
    ],
    [
      'c',
      '[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0x4), BPF_JUMP(21, AUDIT_ARCH_X86_64, 0x1, 0), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_KILL), BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)]',
    ],
    [
      'c',
      '{ BPF_STMT(32, 4), { 21, 1, 0, (__u32)0xc000003eUL }, { .code = 6 }, { .code = BPF_RET, .k = 0x7fff0000, }, };',
    ],
    [
      'c',
      "#include <linux/seccomp.h>\nvoid set(struct sock_filter list[], int n);\n// { 0, 0, 0, 0 }\nstatic const struct sock_filter f[4] __attribute__((unused)) = {\n{0x20,0,0,4},{0x15,1,0,3221225534},{6,0,0,0},{6,0,0,0x7fff0000}};\nint main(void) { char c = '{'; return f[0].k; }\n",
    ],
    [
      'c',
      '# 1 "filter.c"\nstatic struct sock_filter f[] = {\n { (unsigned short)(0x20), 0, 0,\n# 3 "filter.c" 3 4\n(__builtin_offsetof (struct seccomp_data, arch))\n# 3 "filter.c"\n },\n#line 4 "filter.c"\n {21,1,0,3221225534},\n#pragma pack()\n {6,0,0,0}, {6,0,0,0x7fff0000} };\n',
    ],
    [
      'c',
      'void set(struct sock_filter list[], int n) { run(list, n); }\nstruct sock_filter *f = (struct sock_filter[]) { {32,0,0,4}, {21,1,0,3221225534}, {6}, {6,0,0,0x7fff0000} };'.replace(
        '{6}',
        '{6,0,0,0}',
      ),
    ],
    [
      'c',
      'struct sock_filter f[] = { [0] = BPF_STMT(32, 4), [0x1] = { 21, 1, 0, 3221225534 }, BPF_STMT(6, 0), [2 + 1] = { .code = 6, .k = 0x7fff0000 } };',
    ],
    ['c', '[0] = {32,0,0,4},\n[1] = {21,1,0,3221225534},\n[2] = {6,0,0,0},\n[3] = {6,0,0,0x7fff0000},\n'],
    ['c', '{ [0] = BPF_STMT(32, 4), {21,1,0,3221225534}, {6,0,0,0}, [3] = BPF_STMT(6, 0x7fff0000) };'],
    [
      'c',
      'struct sock_filter f[] = { (struct sock_filter) BPF_STMT(32, 4), (struct sock_filter) { 21, 1, 0, 3221225534 }, [2] = (const struct sock_filter) { (unsigned short)(6), 0, 0, 0 }, BPF_STMT(6, 0x7fff0000) };',
    ],
    [
      'c',
      '(struct sock_filter) BPF_STMT(32, 4), (struct sock_filter){21,1,0,3221225534}, BPF_STMT(6, 0), BPF_STMT(6, 0x7fff0000);',
    ],
    ['c', '{ (struct sock_filter){32,0,0,4}, {21,1,0,3221225534}, {6,0,0,0}, {6,0,0,0x7fff0000} }'],
    ['decimal', '4\n32 0 0 4\n21 1 0 3221225534\n6 0 0 0\n6 0 0 2147418112\n'],
    ['decimal', '4,32 0 0 4,21 1 0 3221225534,6 0 0 0,6 0 0 2147418112,\r\n'],
    [
      'table',
      ' line  OP   JT   JF   K\n=================================\n 0000: 0x20 0x00 0x00 0x00000004   ld  $data[4]\n 0001: 0x15 0x01 0x00 0xc000003e   jeq 3221225534 true:0003 false:0002\n 0002: 0x06 0x00 0x00 0x00000000   ret KILL\n 0003: 0x06 0x00 0x00 0x7fff0000   ret ALLOW\n',
    ],
    [
      'hex',
      '20 00 00 00 04 00 00 00\n15 00 01 00 3e 00 00 c0\n06 00 00 00 00 00 00 00\n06 00 00 00 00 00 ff 7f\n',
    ],
    [
      'hex',
      [
        '"\\x20\\x00\\x00\\x00\\x04\\x00\\x00\\x00"',
        '"\\x15\\x00\\x01\\x00\\x3e\\x00\\x00\\xc0"',
        '"\\x06\\x00"',
        '"\\x00\\x00\\x00\\x00\\x00\\x00\\x06\\x00\\x00\\x00\\x00\\x00\\xff\\x7f"',
      ].join(' '),
    ],
    [
      'asm',
      '# BPF_STMT, { and filter=[ in a comment\nld [arch]\njeq #AUDIT_ARCH_X86_64, ok\nret KILL\nok: ret ALLOW\n',
    ],
    [
      'asm',
      '        ld [arch]  /* BPF_STMT { } */\n        jeq #AUDIT_ARCH_X86_64, ok ; { filter=[ }\n        ret KILL\nok:     ret ALLOW\n',
    ],
  ] as const)('reads %s: %j', (form, text) => {
    expect(detectForm(text)).toBe(form);
    expect(readProgram(text, options)).toEqual({ program, form, endian: 'little' });
    expect(readProgram(Buffer.from(text), options).program).toEqual(program);
  });

  const BYTES = [
    '0x20, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x15, 0x00, 0x01, 0x00,',
    '0x3e, 0x00, 0x00, 0xc0, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,',
    '0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x7f',
  ].join('\n  ');

  it.each([
    ['xxd -i', `unsigned char filter_bpf[] = {\n  ${BYTES}\n};\nunsigned int filter_bpf_len = 32;\n`],
    ['xxd -i -C', `unsigned char FILTER_BPF[] = {\n  ${BYTES}\n};\nunsigned int FILTER_BPF_LEN = 32;\n`],
    [
      'a launcher',
      `static const uint8_t filter[32] = { ${BYTES}, };\nstruct sock_fprog prog = { .len = 4, .filter = (struct sock_filter *)filter };\nint other_len = 3;`,
    ],
  ])('reads the bytes that %s has in C', (_name, source) => {
    expect(detectForm(source)).toBe('c');
    expect(readProgram(source)).toEqual({ program, form: 'c', endian: 'little' });
    expect(readProgram(source, { endian: 'big' }).program[0]?.code).toBe(0x2000);
  });

  it('chooses between arrays of bytes, and prefers those of instructions', () => {
    const source = `char name[] = { 1, 2 };\nunsigned char big[] = { 0, 6, 0, 0, 0x7f, 0xff, 0, 0 };`;
    expect(readProgram(source, { index: 1 })).toEqual({ program: [allow], form: 'c', endian: 'big' });
    expect(thrownBy(source).message).toContain('expected one program, got 2, on lines 1, 2');
    const both = `${source}\nstruct sock_filter f[] = { {6,0,0,0} };`;
    expect(readProgram(both).program).toEqual([{ ...allow, k: 0 }]);
  });

  it.each([
    [
      'xxd',
      '00000000: 2000 0000 0400 0000 1500 0100 3e00 00c0   ...........>...\n00000010: 0600 0000 0000 0000 0600 0000 0000 ff7f  .......{ filter=[\n',
    ],
    [
      'xxd -g1 -u -c8',
      '00000000: 20 00 00 00 04 00 00 00   .......\r\n00000008: 15 00 01 00 3E 00 00 C0  ....>...\r\n00000010: 06 00 00 00 00 00 00 00  ........\r\n00000018: 06 00 00 00 00 00 FF 7F  ........\r\n',
    ],
    [
      'xxd -c15',
      '00000000: 2000 0000 0400 0000 1500 0100 3e00 00   ...........>..\n0000000f: c006 0000 0000 0000 0006 0000 0000 00  ...............\n0000001e: ff7f                                     ..\n',
    ],
    [
      'hexdump -C',
      '00000000  20 00 00 00 04 00 00 00  15 00 01 00 3e 00 00 c0  | ...........>...|\n00000010  06 00 00 00 00 00 00 00  06 00 00 00 00 00 ff 7f  |................|\n00000020\n',
    ],
    [
      'hexdump -C, a short row',
      '00000000  20 00 00 00 04 00 00 00  15 00 01 00 3e 00 00 c0  | ...........>...|\n00000010  06 00 00 00 00 00 00 00  06 00 00 00              |............|\n0000001c  00 00 ff 7f                                       |....|\n00000020\n',
    ],
  ])('reads a dump of %s', (_name, text) => {
    expect(detectForm(text)).toBe('hex');
    expect(readProgram(text)).toEqual({ program, form: 'hex', endian: 'little' });
  });

  it('takes a label of hexadecimal digits for no address', () => {
    const text = 'deadbeef: add #1\nret ALLOW\n';
    expect(detectForm(text)).toBe('asm');
    expect(readProgram(text).program.length).toBe(2);
  });

  it('finds every array of a declaration', () => {
    const constant = 'static struct sock_filter const f[] = { {6,0,0,0x7fff0000} };';
    expect(readProgram(constant).program).toEqual([allow]);
    const source = 'struct sock_filter a[] = { {6,0,0,0} }, b[1] = { {6,0,0,0x7fff0000} }, *c;';
    expect(readProgram(source, { index: 1 }).program).toEqual([allow]);
    expect(thrownBy(source).message).toContain('expected one program, got 2, on lines 1, 1');
    const call = 'run((struct sock_filter[]) { {6,0,0,0x7fff0000} }, length[1]);';
    expect(readProgram(call).program).toEqual([allow]);
  });

  it('reads the same programs from C, from C behind the preprocessor, and from strace', () => {
    const source = read('filters.c');
    for (const index of [0, 1]) {
      const expected = readProgram(source, { ...options, index });
      expect(expected).toMatchObject({ form: 'c', endian: 'little' });
      expect(expected.program.length).toBe([16, 41][index]);
      expect(readProgram(read('filters-preprocessed.c'), { index }).program).toEqual(expected.program);
      for (const name of ['strace-verbose.txt', 'strace-raw-constants.txt', 'strace-both-constants.txt']) {
        const { program, form, endian } = readProgram(read(name), { index });
        expect(program, name).toEqual(expected.program);
        expect({ form, endian }).toEqual({ form: 'strace', endian: undefined });
      }
    }
  });

  it("reads QEMU's own filter from strace", () => {
    const { x86_64 } = JSON.parse(
      readFileSync(new URL('vectors/qemu-filters.json', import.meta.url), 'utf8'),
    );
    const { bpf } = x86_64.cases.find(
      (one: { sandbox: string; killProcess: boolean }) =>
        one.sandbox === 'on,obsolete=deny,elevateprivileges=allow,spawn=deny,resourcecontrol=allow' &&
        one.killProcess,
    );
    const recorded = readProgram(Buffer.from(bpf, 'base64'));
    expect(readProgram(read('strace-qemu.txt')).program).toEqual(recorded.program);
  });

  it('reads from strace what the kernel refuses, but for what strace left out', () => {
    const { program: written } = readProgram(read('odd.c'));
    const { program: traced } = readProgram(read('strace-odd.txt'));
    expect(written[5]?.code).toBe(0x1234);
    expect(traced).toEqual(written.map((one, pc) => (pc === 5 ? { ...one, code: 0x34 } : one)));
  });
});

describe('readProgram refuses', () => {
  it.each([
    [new Uint8Array(), 'BPF_INPUT', 'expected a program, got no instruction (read as asm)'],
    [
      Uint8Array.of(6, 0, 0),
      'BPF_BYTES_LENGTH',
      'expected a multiple of 8 bytes (struct sock_filter), got 3',
    ],
    [
      encodeProgram([allow, { ...allow, code: 0x20 }], 'little'),
      'BPF_BYTE_ORDER',
      'expected a filter in one byte order, got bytes that read: little-endian, the last instruction has opcode 0x20, which is no return; big-endian, instruction 0 has opcode 0x600, which seccomp does not take',
    ],
    [
      Uint8Array.of(0xff, 0xfe, 0xfd),
      'BPF_INPUT',
      'expected raw bytes or text in UTF-8, got bytes that are neither',
    ],
    ['', 'BPF_INPUT', 'expected a program, got no instruction (read as asm)'],
    [
      '06 00 00 00 00 00 ff 7',
      'BPF_SYNTAX',
      "line 1, column 22: expected two hexadecimal digits for each byte, got '7'",
    ],
    [
      '0x0006, 0x00',
      'BPF_SYNTAX',
      "line 1, column 1: expected two hexadecimal digits for each byte, got '0x0006,'",
    ],
    ['06 00 00 00', 'BPF_BYTES_LENGTH', 'got 4'],
    ['2\n6 0 0 0\n', 'BPF_INPUT', 'line 3, column 1: expected 2 instructions as the first line says, got 1'],
    ['1\n6 0 256 0\n', 'BPF_FIELD_RANGE', 'line 2, column 1: expected jf from 0 to 255, got 256'],
    [
      ' 0000: 0x06 0x00 0x00 0x0\n 0002: 0x06 0x00 0x00 0x0\n',
      'BPF_SYNTAX',
      "line 2, column 1: expected '1: code jt jf k', got '0002: 0x06 0x00 0x00 0x0'",
    ],
    [
      ' 0000: 0x06 0x00 0x00 0x0\nand so on\n',
      'BPF_SYNTAX',
      "line 2, column 1: expected '1: code jt jf k', got 'and so on'",
    ],
    [
      'BPF_STMT(BPF_RET, __NR_read)',
      'BPF_NAME',
      "line 1, column 19: expected a number or its name, got '__NR_read' (no architecture is in force)",
    ],
    ['BPF_STMT(0x10000, 0)', 'BPF_FIELD_RANGE', 'line 1, column 10: expected 0 to 65535, got 65536'],
    ['BPF_STMT(6, 0) BPF_STMT(6, 0)', 'BPF_SYNTAX', "line 1, column 16: expected ',', got 'BPF_STMT'"],
    [
      'BPF_STMT(6, 0),\nALLOW_SYSCALL(read),',
      'BPF_SYNTAX',
      "line 2, column 1: expected BPF_STMT, BPF_JUMP or { code, jt, jf, k }; other macros need cc -E first, got 'ALLOW_SYSCALL'",
    ],
    [
      'struct sock_filter f[] = {\n#ifdef LOG\n { 6, 0, 0, 0 },\n#endif\n};',
      'BPF_SYNTAX',
      "line 2, column 1: expected BPF_STMT, BPF_JUMP or { code, jt, jf, k }; other macros need cc -E first, got '#'",
    ],
    ['{ 6, 0, 0 }', 'BPF_SYNTAX', "line 1, column 11: expected ',', got '}'"],
    ['{ .op = 6 }', 'BPF_SYNTAX', "line 1, column 4: expected code, jt, jf or k, got 'op'"],
    ['{ 6, 0, 0, 0 } }', 'BPF_SYNTAX', "got '}'"],
    ['struct sock_filter f[] = { { 6, 0, 0, 0 },', 'BPF_SYNTAX', 'got the end of the text'],
    [
      'struct sock_filter { __u16 code; };',
      'BPF_INPUT',
      "expected an array 'struct sock_filter NAME[] = { ... }' or 'unsigned char NAME[] = { ... }', got none",
    ],
    [
      'struct sock_filter f[] = {\n  [0] = BPF_STMT(6, 0),\n  [2] = BPF_STMT(6, 0),\n};',
      'BPF_SYNTAX',
      'line 3, column 3: expected [1], since indices ascend without gaps, got [2]',
    ],
    [
      '[1] = BPF_STMT(6, 0), [0] = BPF_STMT(6, 0)',
      'BPF_SYNTAX',
      'line 1, column 1: expected [0], since indices ascend without gaps, got [1]',
    ],
    ['{ [0 ... 3] = BPF_STMT(6, 0) }', 'BPF_SYNTAX', "line 1, column 6: expected ']', got '...'"],
    ['{ [0] BPF_STMT(6, 0) }', 'BPF_SYNTAX', "line 1, column 7: expected '=', got 'BPF_STMT'"],
    [
      '{ [START] = BPF_STMT(6, 0) }',
      'BPF_NAME',
      "line 1, column 4: expected a number or its name, got 'START' (no architecture is in force)",
    ],
    [
      '{ BPF_STMT(6, 0), (struct bpf_insn) { 6, 0, 0, 0 } }',
      'BPF_SYNTAX',
      "line 1, column 27: expected 'sock_filter', got 'bpf_insn'",
    ],
    [
      'unsigned char f_bpf[] = {\n  0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x7f\n};\nunsigned int f_bpf_len = 16;\n',
      'BPF_INPUT',
      'line 4, column 10: expected 16 bytes in f_bpf as its length says, got 8',
    ],
    ['char f[] = { 0x06, 0x100 };', 'BPF_FIELD_RANGE', 'line 1, column 20: expected 0 to 255, got 256'],
    ["char f[] = { 'a' };", 'BPF_SYNTAX', "line 1, column 14: expected a byte, got ''a''"],
    ['char f[] = { 6 0 };', 'BPF_SYNTAX', "line 1, column 16: expected ',' or '}', got '0'"],
    ['char f[] = { 6, 0, 0 };', 'BPF_BYTES_LENGTH', 'got 3'],
    [
      '0000000 0006 0000 0000 7fff\n0000008\n',
      'BPF_SYNTAX',
      "line 1, column 1: expected bytes as xxd, xxd -p or hexdump -C -v writes them, got '0000000 0006 0000 0000 7fff'",
    ],
    [
      '00000000: 00000006 7fff0000                    ........\n',
      'BPF_SYNTAX',
      'expected bytes as xxd, xxd -p or hexdump -C -v writes them',
    ],
    [
      '000000 20 00 00 00 04 00 00 00 06 00 00 00 00 00 ff 7f\n000010 06 00 00 00 00 00 ff 7f\n000018\n',
      'BPF_SYNTAX',
      'expected bytes as xxd, xxd -p or hexdump -C -v writes them',
    ],
    [
      '00000000  06 00 00 00 00 00 00 00  06 00 00 00 00 00 00 00  |................|\n*\n00000020\n',
      'BPF_SYNTAX',
      "line 2, column 1: expected bytes as xxd, xxd -p or hexdump -C -v writes them, got '*'",
    ],
    [
      '00000000: 0600 0000 0000 0000  ........\n00000010: 0600 0000 0000 ff7f  ........\n',
      'BPF_INPUT',
      'line 2, column 1: expected address 0x8, behind the bytes that came before, got 0x10',
    ],
    [
      '00000000  06 00 00 00 00 00 00 00  |........|\n00000010\n',
      'BPF_INPUT',
      'line 2, column 1: expected address 0x8, behind the bytes that came before, got 0x10',
    ],
    [
      '{ 6, 0, 0, offsetof(struct seccomp_data, name) }',
      'BPF_SYNTAX',
      "expected nr, arch, instruction_pointer or args[0] to args[5], got 'name'",
    ],
    [
      'seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=2, filter=[BPF_STMT(6, 0)]}) = 0',
      'BPF_INPUT',
      'line 1, column 38: expected 2 instructions as len says, got 1',
    ],
    [
      'prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=2, filter=[BPF_STMT(6, 0), ...]}) = 0',
      'BPF_INPUT',
      "line 1, column 76: expected all instructions, got '...' for the rest: strace needs -v",
    ],
  ])('%j', (input, code, message) => {
    const error = thrownBy(input);
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
    const place = /^line (\d+), column (\d+): /.exec(error.message);
    expect([error.line, error.column]).toEqual(
      place ? [Number(place[1]), Number(place[2])] : [undefined, undefined],
    );
  });

  it('to choose between programs, and addresses without instructions', () => {
    expect(thrownBy(read('filters.c'), options).message).toBe(
      'expected one program, got 2, on lines 9, 29: the option index chooses',
    );
    expect(thrownBy(read('strace-verbose.txt')).message).toBe(
      'expected one program, got 2, on lines 2, 3: the option index chooses',
    );
    expect(() => readProgram(read('strace-verbose.txt'), { index: 2 })).toThrow(RangeError);
    expect(thrownBy(read('strace-addresses.txt'))).toMatchObject({
      code: 'BPF_INPUT',
      line: 2,
      message: expect.stringContaining("expected 'filter=[', got an address: strace needs -v"),
    });
  });

  it('a string as raw, and text as another form than it has', () => {
    expect(thrownBy('06', { form: 'raw' }).code).toBe('BPF_INPUT');
    expect(thrownBy('ret ALLOW', { form: 'decimal' }).message).toBe(
      "line 1, column 1: expected the number of instructions, got 'ret ALLOW'",
    );
    expect(thrownBy('ret ALLOW', { form: 'strace' }).code).toBe('BPF_INPUT');
    expect(thrownBy('ret ALLOW', { form: 'table' }).code).toBe('BPF_INPUT');
  });
});
