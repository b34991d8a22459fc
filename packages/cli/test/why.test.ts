/** `qseccomp why`: verdict and reason of one call. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeProgram } from '@qseccomp/bpf';
import { afterAll, describe, expect, it } from 'vitest';
import { many } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROFILE = join(folder, 'profile.json');
writeFileSync(
  PROFILE,
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      {
        names: ['socket'],
        action: 'SCMP_ACT_TRACE',
        errnoRet: 7,
        args: [{ index: 0, value: 16, op: 'SCMP_CMP_EQ' }],
      },
    ],
  }),
);
const PROGRAM = join(folder, 'filter.bpf');
writeFileSync(PROGRAM, encodeProgram([{ code: 0x06, jt: 0, jf: 0, k: 0x0005006f }], 'big'));

/** Nothing comes to the instruction that the kernel does not take. */
const REFUSED = join(folder, 'refused.asm');
writeFileSync(REFUSED, 'ret ALLOW\n.raw 0x94, 0, 0, 1\nret ALLOW\n');

const ALL = ['-sandbox', 'on,spawn=deny,resourcecontrol=deny'];

describe('answers', () => {
  const cases: readonly (readonly [words: readonly string[], lines: readonly (string | RegExp)[]])[] = [
    [
      [...ALL, '--arch', 'x86_64', 'clone', '0x3d0f00'],
      ['clone(0x3d0f00), 56 on x86_64: allow', 'no rule for this call matches: the default'],
    ],
    [
      [...ALL, '--arch', 'x86_64', 'clone', '17'],
      [
        'clone(0x11), 56 on x86_64: kill the process',
        /^denied by the set spawn \(.*\), since no flag is set; spawn=allow allows it$/,
        'smallest change: -sandbox on,resourcecontrol=deny',
      ],
    ],
    [
      [...ALL, '--arch', 'x86_64', '__NR_clone', '0x3d0f00'],
      ['clone(0x3d0f00), 56 on x86_64: allow', 'no rule for this call matches: the default'],
    ],
    [
      [...ALL, '--arch', 'x86_64', 'SYS_clone', 'CLONE_VM|CLONE_VFORK|SIGCHLD'],
      [
        'clone(0x4111), 56 on x86_64: kill the process',
        /, since CLONE_VFORK is set; /,
        'smallest change: -sandbox on,resourcecontrol=deny',
      ],
    ],
    [
      [...ALL, '--arch', 'x86_64', 'clone', 'CLONE_VM|CLONE_VFORK|SIGCHLD'],
      [
        'clone(0x4111), 56 on x86_64: kill the process',
        /, since CLONE_VFORK is set; /,
        'smallest change: -sandbox on,resourcecontrol=deny',
      ],
    ],
    [
      [...ALL, '--arch', 'mips', 'clone3'],
      [
        'clone3(), 4435 on mips: fail with ENOSYS (89)',
        /^denied by the set spawn/,
        'smallest change: -sandbox on,resourcecontrol=deny',
      ],
    ],
    [
      [...ALL, '--arch', 'x86_64', 'sched_setscheduler', '0', '-1'],
      [
        'sched_setscheduler(0x0, 0xffffffffffffffff), 144 on x86_64: fail with EPERM (1)',
        /^denied by the set resourcecontrol .*; resourcecontrol=allow allows it$/,
        'smallest change: -sandbox on,spawn=deny',
      ],
    ],
    [
      ['--arch', 'x86', 'reboot', '-1'],
      ['reboot(0xffffffff), 88 on x86: kill the process', /^denied by the set default/],
    ],
    [
      ['--arch', 'x86_64', '0x40000000'],
      ['read(), 1073741824 on x32: kill the thread', /^the filter is not for this architecture/],
    ],
    [
      ['--arch', 'x86_64', '1000'],
      [
        'no call(), 1000 on x86_64: allow',
        'no rule names this call: the default',
        /^x86_64 has no call 1000: it would fail with ENOSYS/,
      ],
    ],
    [
      ['--edition', '2.10', '--arch', 'x86_64', 'getrandom'],
      ['getrandom(), 318 on x86_64: kill the thread', 'no rule names this call: the default'],
    ],
    [
      ['--edition', '2.10', '--arch', 'x86_64', 'read'],
      ['read(), 0 on x86_64: allow', 'on the allow-list'],
    ],
    [
      ['--profile', PROFILE, '--arch', 'aarch64', 'socket', '16'],
      [
        'socket(0x10), 198 on aarch64: ask the tracer, data 7',
        'decided by $.syscalls[1].names[0]',
        'smallest change: take $.syscalls[1].names[0] out',
        'and add to syscalls: {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":16,"op":"SCMP_CMP_EQ"}]}',
      ],
    ],
    [
      ['--profile', PROFILE, '--arch', 'aarch64', 'write'],
      [
        'write(), 64 on aarch64: fail with ENOSYS (38)',
        'no rule names this call: the default',
        'smallest change: add to syscalls: {"names":["write"],"action":"SCMP_ACT_ALLOW"}',
      ],
    ],
    [['--program', PROGRAM, '--arch', 's390x', 'read'], ['read(), 3 on s390x: fail with ECONNREFUSED (111)']],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['why', ...words] })));
  it.each(cases.map(([words, lines], at) => [words.join(' ').replaceAll(folder, ''), lines, at] as const))(
    '%s',
    (_title, lines, at) => {
      const { status, stdout = '', stderr } = results[at] ?? {};
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const got = stdout.split('\n');
      for (const [line, expected] of lines.entries())
        expect(got[line]).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
      expect(got.slice(lines.length)).toEqual([expect.stringMatching(/^\d+ instructions executed$/), '']);
    },
  );

  it('--json and --path say it of each filter', () => {
    const words = ['-sandbox', 'on', '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', 'execve', '1'];
    const [json, text] = many([
      { argv: ['why', '--json', '--path', ...words] },
      { argv: ['why', '--path', ...words] },
    ]);
    const answer = JSON.parse(json?.stdout ?? '');
    expect(answer).toMatchObject({
      architecture: 'x86_64',
      number: 59,
      names: ['execve'],
      arguments: ['1'],
      action: 'KILL_PROCESS',
      filter: 1,
      reason: { set: 'spawn', allowedBy: 'spawn=allow' },
      filters: [{ action: 'ALLOW' }, { action: 'KILL_PROCESS' }],
    });
    const steps = answer.filters.map(({ path }: { path: number[] }) => path.length);
    expect(steps[0] + steps[1]).toBe(answer.steps);
    expect(text?.stdout).toContain('\nfilter 2 of 2 decides\n');
    expect(text?.stdout.match(/^ +\d+ {2}\w/gm)).toHaveLength(answer.steps);
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
    [[], /^why: expected a system call, a line of a log, - or --status, got none/],
    [['--status', 'x'], /^why: --status expects a number from 0 to 65535, got 'x'/],
    [['--status', '31', 'read'], /^why: --status and 'read' exclude each other/],
    [['a line of nothing'], /^why: expected an audit record of seccomp \(type=1326\) or a call as strace/],
    [['--path', 'read(0)'], /^why: --path goes with one call/],
    [
      ['read', '1', '2', '3', '4', '5', '6', '7'],
      /^why: expected a system call and at most six arguments, got 'read 1 2 3 4 5 6 7'/,
    ],
    [
      ['--arch', 'x86_64', 'raed'],
      /^why: expected the name of a call on x86_64, got 'raed'; did you mean .*read/,
    ],
    [
      ['--arch', 'x86_64', '__NR_raed'],
      /^why: expected the name of a call on x86_64, got '__NR_raed'; did you mean read/,
    ],
    [['--arch', 'x86_64', 'SYS_39'], /^why: expected the name of a call on x86_64, got 'SYS_39'/],
    [['--arch', 'x86', 'SYS_send'], /^why: x86 makes send through another call: ask about 'socketcall 9'$/],
    [['read', 'x'], /^why: expected a number, or names of its flags, as argument 0, got 'x'$/],
    [
      ['--arch', 'arm', 'read', '0x100000000'],
      /^why: expected 32 bits as argument 0 on arm, got 0x100000000$/,
    ],
    [['4294967296'], /^why: expected the number of a call, 32 bits, got 4294967296$/],
    [['--arch', 'x86', 'send'], /^why: x86 makes send through another call: ask about 'socketcall 9'$/],
    [['-sandbox', 'off', 'read'], /^why: expected a sandbox that is on, got off/],
    [['--program', PROGRAM, '-sandbox', 'on', 'read'], /^why: --program and -sandbox exclude each other/],
    [['--program', PROGRAM, '--arch', 'x86_64', 'read'], /big-endian/],
    [
      ['--program', REFUSED, 'read'],
      /^'.*refused.asm': instruction 1: opcode 0x94 is not allowed in a seccomp filter$/,
    ],
    [['--index', '1', 'read'], /^why: --index goes with --program/],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['why', ...words] })));
  it.each(
    cases.map(([words, message], at) => [words.join(' ').replaceAll(folder, ''), message, at] as const),
  )('%s', (_title, message, at) => {
    const { status, stdout, stderr = '' } = results[at] ?? {};
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^qseccomp: [^\n]*\n$/);
    expect(stderr.slice('qseccomp: '.length, -1)).toMatch(message);
  });
});
