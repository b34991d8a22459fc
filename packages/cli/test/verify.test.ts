/** `qseccomp verify` and `diff`: verdict, sentences, JSON, exit status; and the proof behind `compile`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePolicy, disassemble, encodeProgram, type Program } from '@qseccomp/bpf';
import { s390x, x86_64 } from '@qseccomp/syscall-tables';
import { afterAll, describe, expect, it, test } from 'vitest';
import { proveFilter } from '../src/proof.ts';
import { many, qseccomp } from './command.ts';
import { launchedFilter, SECRET_TEXT } from './launched.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const X86 = ['--arch', 'x86_64'];

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A filter that the command compiles. */
function compiled(name: string, ...argv: readonly string[]): string {
  const path = join(folder, name);
  const [result] = many([{ argv: ['compile', ...argv, '--output', path] }]);
  expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
  return path;
}

const ON = compiled('on.bpf', '-sandbox', 'on', ...X86, '--format', 'raw');
const SPAWN_6 = compiled(
  'spawn-6.c',
  '-sandbox',
  'on,spawn=deny',
  '--edition',
  '6.0',
  ...X86,
  '--format',
  'c',
);
const S390X = compiled('s390x.hex', '-sandbox', 'on,spawn=deny', '--arch', 's390x', '--format', 'hex');
const EXPORTED = compiled('exported.json', '-sandbox', 'on,resourcecontrol=deny', ...X86, '--format', 'oci');
const THREE = compiled(
  'three.bpf',
  '-sandbox',
  'on',
  ...X86,
  '--arch',
  'x32',
  '--arch',
  'x86',
  '--format',
  'raw',
);
const STACK = compiled(
  'stack.json',
  '-sandbox',
  'on',
  '-sandbox',
  'on,spawn=deny',
  ...X86,
  '--format',
  'json',
);
const LAUNCHED = file('launched.bpf', encodeProgram(launchedFilter('on,spawn=deny', x86_64), 'little'));
const RELAUNCHED = file(
  'relaunched.bpf',
  encodeProgram(launchedFilter('on,spawn=deny', x86_64, { secrets: [1, 2, 3, 4] }), 'little'),
);
const PROFILE = file(
  'profile.json',
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      {
        names: ['clone'],
        action: 'SCMP_ACT_KILL_PROCESS',
        args: [{ index: 0, value: 0x10000000, valueTwo: 0x10000000, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      { names: ['unshare'], action: 'SCMP_ACT_KILL_PROCESS' },
      { names: ['mount'], action: 'SCMP_ACT_LOG', includes: { caps: ['CAP_SYS_ADMIN'] } },
    ],
  }),
);
const OPEN = file('open.json', '{ "defaultAction": "SCMP_ACT_ALLOW" }');
const BAD = file('bad.asm', 'ld [0]\n');
const MULTIPLY = file(
  'multiply.asm',
  'ld [20]\ntax\nld [28]\nmul x\njne #12, no\nret #0\nno: ret #0x7fff0000\n',
);
const MULTIPLY_2 = file(
  'multiply-2.asm',
  'ld [20]\ntax\nld [28]\nmul x\njne #13, no\nret #0\nno: ret #0x7fff0000\n',
);

/** Answers a call of clone(2) with a value, by what a line asks of its flags' low word, and allows all else. */
function cloneFilter(name: string, value: number, tests = 'ld [16]\njeq #0x10000000, no'): string {
  const text = `ld [4]\njne #x86_64, kill\nld [0]\njne #clone, ok\n${tests}\nok: ret #0x7fff0000\n`;
  return file(name, `.arch x86_64\n${text}no: ret #${value}\nkill: ret #0\n`);
}

describe('the same', () => {
  const answers = (a: number, b: number): readonly string[] =>
    [a, b].map((value) => cloneFilter(`${value.toString(16)}.asm`, value));
  const cases: readonly (readonly [title: string, words: readonly string[]])[] = [
    ['a sandbox and its program', ['on', ON]],
    ['other words for a sandbox', ['spawn=deny,enable=on', 'on,obsolete=deny,spawn=deny', ...X86]],
    ['a program of another architecture, which says which', ['on,spawn=deny', S390X]],
    ['a filter for three architectures', ['on', THREE]],
    ['an edition', ['on,spawn=deny', SPAWN_6, '--edition', '5.2']],
    ['an exported profile', ['on,resourcecontrol=deny', EXPORTED, ...X86]],
    ['a profile with a capability', [PROFILE, PROFILE, '--cap', 'CAP_SYS_ADMIN', '--kernel', '5.10', ...X86]],
    ['JSON behind a byte order mark', [file('marked.json', `\ufeff${readFileSync(OPEN)}`), OPEN, ...X86]],
    ['a kill action', ['on', 'on', '--kill-process', 'no', ...X86]],
    ['two filters, as compile writes them', [STACK, 'on,spawn=deny']],
    ['the same ticket', [LAUNCHED, LAUNCHED]],
    ['an errno that the kernel takes as 4095', answers(0x0005ffff, 0x00050fff)],
    ['an action that the kernel does not know', answers(0x12345678, 0x80000000)],
    ['data that the kernel drops', answers(0x7fc00001, 0x7fc00000)],
  ];
  const results = many(
    cases.flatMap(([, words]) => [{ argv: ['verify', ...words] }, { argv: ['diff', ...words] }]),
  );
  it.each(cases.map(([title], at) => [title, at] as const))('%s', (_title, at) => {
    const [verified, compared] = results.slice(2 * at, 2 * at + 2);
    expect(verified).toMatchObject({ status: 0, stderr: '' });
    expect(verified?.stdout).toMatch(/^A: .*\nB: .*\nsame: both answer every call alike\n$/);
    expect(compared).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('is said with the name of the sandbox', () => {
    const [result] = many([{ argv: ['verify', 'on', ON, ...X86] }]);
    expect(result?.stdout.split('\n')[1]).toMatch(
      /^B: '.*on\.bpf', raw, little-endian, for x86_64, \d+ instructions; implements -sandbox on \(editions 3\.1, 5\.2, 6\.0, 7\.0, 10\.0\)$/,
    );
  });
});

describe('different', () => {
  const SPAWN =
    'lacks one of CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD, CLONE_SYSVSEM, CLONE_SETTLS, CLONE_PARENT_SETTID, CLONE_CHILD_CLEARTID or has one of CLONE_PIDFD, CLONE_PTRACE, CLONE_VFORK, CLONE_PARENT, CLONE_NEWNS, CLONE_UNTRACED, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_IO';
  const cases: readonly (readonly [words: readonly string[], sentences: readonly string[]])[] = [
    [
      [PROFILE, OPEN, ...X86],
      [
        'x86_64: A kills the process, B allows: clone (56) when flags & CLONE_NEWUSER; unshare (272), any arguments',
      ],
    ],
    [
      ['on,spawn=deny', 'on', ...X86],
      [
        `x86_64: A kills the process, B allows: clone (56) when flags ${SPAWN}; fork (57), vfork (58), execve (59), any arguments`,
        'x86_64: A kills the thread, B allows: unshare (272), setns (308), execveat (322), any arguments',
        'x86_64: A answers ENOSYS, B allows: clone3 (435), any arguments',
      ],
    ],
    [
      [S390X, 'on,resourcecontrol=deny,spawn=deny'],
      [
        's390x: A allows, B answers EPERM: setpriority (97), sched_setparam (154), sched_setaffinity (239), any arguments; sched_setscheduler (156) when policy != SCHED_IDLE',
      ],
    ],
    [
      ['on,spawn=deny', LAUNCHED],
      [
        'x86_64: A kills the thread, B kills the process: execveat (322), any arguments',
        "B lets one execveat pass, with the launcher's one-shot exec ticket",
      ],
    ],
    [
      [cloneFilter('low.asm', 0x50001), OPEN],
      [
        'x86_64: A answers EPERM, B allows: clone (56) when (flags & 0xffffffff) == CLONE_NEWUSER',
        'x86_64: A allows, B kills the thread: numbers 1073741824 to 4294967294, any arguments',
      ],
    ],
    [
      [
        cloneFilter('whole.asm', 0x50001, 'ld [20]\njne #0, ok\nld [16]\njeq #0x10000000, no'),
        cloneFilter('half.asm', 0x50001),
      ],
      [
        'x86_64: A allows, B answers EPERM: clone (56) when (flags & 0xffffffff) == CLONE_NEWUSER and flags & 0xffffffff00000000',
      ],
    ],
    [
      [
        cloneFilter('five.asm', 0x50001, 'ld [20]\njne #0, ok\nld [16]\njge #5, no'),
        cloneFilter('low-five.asm', 0x50001, 'ld [16]\njge #5, no'),
      ],
      [
        'x86_64: A allows, B answers EPERM: clone (56) when flags & 0xffffffff00000000 and (flags & 0xffffffff) >= 5',
      ],
    ],
    [
      [cloneFilter('one.asm', 0x7ff00001), cloneFilter('two.asm', 0x7ff00002)],
      [
        'x86_64: A asks the tracer (1), B asks the tracer (2): clone (56) when (flags & 0xffffffff) == CLONE_NEWUSER',
      ],
    ],
    [
      [RELAUNCHED, LAUNCHED],
      ["A and B let one execveat pass, each with another ticket: the launcher's one-shot exec ticket"],
    ],
  ];
  const results = many(
    cases.flatMap(([words]) => [
      { argv: ['diff', ...words] },
      { argv: ['verify', ...words] },
      { argv: ['diff', '--json', ...words] },
      { argv: ['verify', '--json', ...words] },
    ]),
  );
  it.each(
    cases.map(([words, sentences], at) => [words.join(' ').replaceAll(folder, ''), sentences, at] as const),
  )('%s', (_title, sentences, at) => {
    const [diff, verify, json, same] = results.slice(4 * at, 4 * at + 4);
    for (const result of [diff, verify, json, same]) {
      expect(result).toMatchObject({ status: 1, stderr: '' });
      expect(result?.stdout).not.toMatch(SECRET_TEXT);
    }
    const [a, b, ...lines] = diff?.stdout.split('\n') ?? [];
    expect([a, b]).toEqual([expect.stringMatching(/^A: /), expect.stringMatching(/^B: /)]);
    expect(lines).toEqual([...sentences, '']);
    expect(verify?.stdout.split('\n')).toEqual([
      a,
      b,
      expect.stringMatching(/^different: /),
      ...sentences,
      '',
    ]);
    expect(json?.stdout).toBe(same?.stdout);
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject({ same: false, complete: true, sentences });
  });

  test('a call that shows it', () => {
    const [one, ticket] = many([
      { argv: ['verify', PROFILE, OPEN, ...X86] },
      { argv: ['verify', RELAUNCHED, LAUNCHED] },
    ]);
    expect(one?.stdout).toContain(
      '\ndifferent: clone(0x10000000), number 56 on x86_64: A KILL_PROCESS, B ALLOW\n',
    );
    expect(ticket?.stdout).toContain("\ndifferent: in the launcher's one-shot exec ticket alone\n");
    expect(ticket?.stdout).toMatch(
      /B: .*; implements -sandbox on,spawn=deny \(edition 7\.0\), with the launcher's one-shot exec ticket\n/,
    );
  });

  test('as JSON', () => {
    const [result, ticket] = many([
      { argv: ['diff', PROFILE, OPEN, ...X86, '--json'] },
      { argv: ['diff', RELAUNCHED, LAUNCHED, '--json'] },
    ]);
    const { a, b, ...rest } = JSON.parse(result?.stdout ?? '');
    const answers = [
      { value: 0x80000000, action: 'KILL_PROCESS', data: 0 },
      { value: 0x7fff0000, action: 'ALLOW', data: 0 },
    ];
    const is = (field: string, ...ranges: number[]) => ({
      field,
      mask: '4294967295',
      ranges: ranges.map((value) => [String(value), String(value)]),
    });
    expect(rest).toEqual({
      same: false,
      execTicket: 'none',
      example: {
        token: x86_64.auditArch,
        architectures: ['x86_64'],
        number: 56,
        names: ['clone'],
        arguments: ['268435456', '0', '0', '0', '0', '0'],
        instructionPointer: '0',
        answers,
      },
      differences: [
        {
          conditions: [
            is('architecture', x86_64.auditArch),
            is('number', 56),
            { field: 'args[0]', mask: '268435456', value: '268435456', equal: true },
          ],
          answers,
        },
        { conditions: [is('architecture', x86_64.auditArch), is('number', 272)], answers },
      ],
      complete: true,
      sentences: [expect.any(String)],
    });
    expect(a).toEqual({
      operand: PROFILE,
      kind: 'profile',
      architectures: ['x86_64'],
      endian: 'little',
      filters: [{ length: expect.any(Number), sandboxes: [], execTicket: false, announced: false }],
    });
    expect(b.filters[0].length).toBeGreaterThan(3);
    expect(JSON.parse(ticket?.stdout ?? '')).toMatchObject({
      same: false,
      execTicket: 'different',
      example: null,
      differences: [],
      b: { filters: [{ sandboxes: [{ sandbox: 'on,spawn=deny', edition: '7.0' }], execTicket: true }] },
    });
  });
});

describe('trouble', () => {
  const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
    [[], /^verify: expected two operands, got none/],
    [['on'], /^verify: expected two operands, got 'on' alone/],
    [['on', 'on', 'on'], /^verify: expected two operands, got 'on'/],
    [['on,spwan=deny', 'on'], /^-sandbox on,spwan=deny: Invalid parameter 'spwan'$/],
    [['off', 'on'], /^expected a sandbox that is on, got 'off': there is no filter$/],
    [['no-such-file', 'on'], /^cannot read 'no-such-file': no such file or directory$/],
    [['-', '-'], /^verify: standard input can be one operand only/],
    [['on', 'on,spawn=deny', '--edition', '2.10'], /^edition 2\.10 knows only on and off/],
    [['on', ON, '--cap', 'CAP_KILL'], /^verify: --cap goes with a profile, and there is none/],
    [[ON, ON, '--edition', '6.0'], /^verify: --edition goes with a -sandbox string, and there is none/],
    [['on', 'on', '--index', '0'], /^verify: --index goes with a program, and there is none/],
    [
      [ON, S390X],
      /^verify: expected filters of one byte order, got A for a little-endian and B for a big-endian/,
    ],
    [['on', BAD, ...X86], /^verify: B \(.*bad\.asm\): instruction 0: .*return/],
    [['pid:x', 'on'], /^expected the id of a process, pid:N, got 'pid:x'$/],
    [['on', file('broken.json', '{"defaultAction": 1}')], /broken\.json': .*defaultAction/],
    [['on', file('empty.json', '{"filters": []}')], /empty\.json': expected a list of filters, got none$/],
    [
      [
        'on',
        file('no-filter.json', '{"filters": [{"instructions": [{"code": 6, "jt": 0, "jf": 0, "k": null}]}]}'),
      ],
      /no-filter\.json': filter 0: expected instructions with the numbers code, jt, jf, k$/,
    ],
    [
      [
        'on',
        file('range.json', '{"filters": [{"instructions": [{"code": 6, "jt": 0, "jf": 256, "k": 0}]}]}'),
      ],
      /range\.json': .*256/,
    ],
    [
      ['on', file('word.json', '{"filters": [{"instructions": [], "architectures": "x86_64"}]}')],
      /word\.json': filter 0: expected architectures as a list of names$/,
    ],
    [
      ['on', file('z80.json', '{"filters": [{"instructions": [], "architectures": ["z80"]}]}')],
      /z80\.json': expected the name of an architecture, got 'z80'$/,
    ],
    [[MULTIPLY, MULTIPLY_2], /^verify: the proof takes a diagram of more than 1048576 nodes/],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['verify', ...words] })));
  it.each(
    cases.map(([words, message], at) => [words.join(' ').replaceAll(folder, ''), message, at] as const),
  )('%s', (_title, message, at) => {
    const { status, stdout, stderr = '' } = results[at] ?? {};
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^qseccomp: [^\n]*\n$/);
    expect(stderr.slice('qseccomp: '.length, -1)).toMatch(message);
  });
});

test('an operand is read from standard input', () => {
  const input = encodeProgram(launchedFilter('on,spawn=deny', s390x), 'big');
  const { status, stdout } = qseccomp(['verify', 'on,spawn=deny', '-'], { input });
  expect(status).toBe(1);
  expect(stdout).toMatch(/\nB: standard input, raw, big-endian, for s390x, /);
});

describe('what is compiled', () => {
  const architectures = [x86_64];
  const policy = {
    defaultAction: 'ALLOW' as const,
    architectures: [{ architecture: x86_64, rules: [{ syscall: 'reboot', action: 'TRAP' as const }] }],
  };
  const filter = (program: Program) => ({
    ...compilePolicy(policy),
    program,
    policy,
    architectures,
    source: {},
    title: 'a policy',
  });

  test('is proved', () => {
    expect(proveFilter(filter(compilePolicy(policy).program))).toBeUndefined();
  });

  test('is said to be unproved where the policy is beyond reach', () => {
    const rules = Array.from({ length: 24 }, (_, i) => ({
      syscall: 'ioctl',
      action: { errno: i + 1 },
      comparisons: [0, 1, 2].map((argument) => {
        const bit = 1n << BigInt((i * 7 + argument * 5) % 40);
        return { argument, op: 'MASKED_EQ' as const, mask: bit, value: bit };
      }),
    }));
    const wide = { ...policy, architectures: [{ architecture: x86_64, rules }] };
    expect(proveFilter({ ...filter(compilePolicy(wide).program), policy: wide })).toMatch(
      /^a policy: that the filter does what the policy says is not proved: the proof takes a diagram of more than 1048576 nodes/,
    );
  }, 20_000);

  test('is refused where it is not its policy', () => {
    const { program } = compilePolicy(policy);
    const wrong = program.map((instruction) =>
      instruction.k === 169 ? { ...instruction, k: 168 } : instruction,
    );
    expect(() => proveFilter(filter(wrong))).toThrow(
      /^internal error: a policy was compiled to a filter that does something else; nothing was written \(x86_64: the filter .*\)$/,
    );
  });
});

describe('a ticket is shown nowhere', () => {
  const lines = [
    ['disasm', LAUNCHED],
    ['disasm', LAUNCHED, '--plain'],
    ['disasm', LAUNCHED, '--json'],
    ['why', '--program', LAUNCHED, '--path', 'execveat', '17', '0', '0', '0', '0x1000'],
    ['why', '--program', LAUNCHED, '--path', '--json', 'execveat'],
  ];
  const results = many(lines.map((argv) => ({ argv })));
  it.each(lines.map((argv, at) => [argv.join(' ').replaceAll(folder, ''), at] as const))(
    '%s',
    (_title, at) => {
      expect(results[at]).toMatchObject({ status: 0, stderr: '' });
      expect(results[at]?.stdout).not.toMatch(SECRET_TEXT);
      expect(results[at]?.stdout).toMatch(/the launcher's one-shot exec ticket|#exec_ticket/);
    },
  );

  test('though the text of the listing says so', () => {
    expect(disassemble(launchedFilter('on,spawn=deny', x86_64))).toMatch(/#exec_ticket/);
    expect(results[0]?.stdout).toMatch(
      /^; raw.*\n; with the launcher's one-shot exec ticket, whose words are left out/,
    );
  });
});
