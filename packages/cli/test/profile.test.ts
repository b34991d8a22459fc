/** `qseccomp compile --profile` and the forms of a filter beside its bytes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emulate, type Program } from '@qseccomp/bpf';
import {
  type Architecture,
  aarch64,
  arm,
  findArchitecture,
  syscallNumber,
  x86,
  x86_64,
} from '@qseccomp/syscall-tables';
import { afterAll, describe, expect, it, test } from 'vitest';
import { many } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, profile: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof profile === 'string' ? profile : JSON.stringify(profile));
  return path;
}

const ONE_CALL = file('one-call.json', {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['reboot'], action: 'SCMP_ACT_ERRNO' }],
});

/** What an engine's profile looks like. */
const ENGINE = file('engine.json', {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 38,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ],
  flags: ['SECCOMP_FILTER_FLAG_LOG'],
  syscalls: [
    { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' },
    { names: ['open'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64'] } },
    { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '4.8' } },
  ],
});
const NAMED = file(
  'named.json',
  '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_S390X"],"syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}',
);

interface Compiled {
  readonly architectures: readonly string[];
  readonly instructions: Program;
  readonly flags?: readonly string[];
  readonly findings: readonly { readonly kind: string; readonly path?: string }[];
}

function compiled(...words: readonly string[]): Compiled {
  const [result] = many([{ argv: ['compile', '--format', 'json', '--profile', ...words] }]);
  if (result?.status !== 0) throw new Error(result?.stderr);
  const [filter] = (JSON.parse(result.stdout) as { filters: [Compiled] }).filters;
  return filter;
}

function answer(
  { instructions }: Compiled,
  architecture: Architecture,
  name: string,
  args: bigint[] = [],
): number {
  const nr = syscallNumber(architecture, name);
  if (nr === undefined) throw new Error(`${architecture.name} has no ${name}`);
  return emulate(instructions, { nr, arch: architecture.auditArch, instructionPointer: 0n, args }).value;
}

const ALLOW = 0x7fff0000;
const ENOSYS = 0x00050026;

describe('--profile', () => {
  test('takes exactly the architectures of --arch, and asks the first one', () => {
    const filter = compiled(ENGINE, '--arch', 'x86_64', '--arch', 'x86');
    expect(filter.architectures).toEqual(['x86_64', 'x86']);
    expect(answer(filter, x86_64, 'open')).toBe(ALLOW);
    expect(answer(filter, x86, 'open')).toBe(ALLOW);
    expect(filter.flags).toEqual(['SECCOMP_FILTER_FLAG_LOG']);
    const other = compiled(ENGINE, '--arch', 'arm', '--arch', 'aarch64');
    expect(answer(other, arm, 'open')).toBe(ENOSYS);
    expect(answer(other, aarch64, 'read')).toBe(ALLOW);
  });

  test('takes this machine’s entry of archMap', () => {
    const machine = findArchitecture(process.arch === 'ppc64' ? 'ppc64le' : process.arch).name;
    const expected = { x86_64: ['x86_64', 'x86'], aarch64: ['aarch64', 'arm'] }[machine] ?? [machine];
    expect(compiled(ENGINE).architectures).toEqual(expected);
  });

  test('takes the architectures that a profile names, and 64-bit values exactly', () => {
    const filter = compiled(NAMED);
    expect(filter.architectures).toEqual(['s390x']);
    const s390x = findArchitecture('s390x');
    expect(answer(filter, s390x, 'ioctl', [0n, 2n ** 64n - 1n])).toBe(0x00050001);
    expect(answer(filter, s390x, 'ioctl', [0n, 2n ** 64n - 2n])).toBe(ALLOW);
  });

  test('--cap and --kernel choose rules', () => {
    const plain = compiled(ENGINE, '--arch', 'x86_64');
    expect([answer(plain, x86_64, 'mount'), answer(plain, x86_64, 'ptrace')]).toEqual([ENOSYS, ALLOW]);
    const other = compiled(ENGINE, '--arch', 'x86_64', '--cap', 'CAP_SYS_ADMIN', '--kernel', '4.4');
    expect([answer(other, x86_64, 'mount'), answer(other, x86_64, 'ptrace')]).toEqual([ALLOW, ENOSYS]);
  });

  test('warns in one line of what many rules have in common, and json has each with its place', () => {
    const many5 = file('unknown.json', {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['no1', 'no2', 'no3', 'no4', 'no5'], action: 'SCMP_ACT_ERRNO' }],
    });
    const few = file('few.json', {
      defaultAction: 'SCMP_ACT_ALLOW',
      extra: 1,
      syscalls: [{ names: ['raed'], action: 'SCMP_ACT_ERRNO' }],
    });
    const [summary, single, strict] = many([
      { argv: ['compile', '--arch', 'x86_64', '--profile', many5] },
      { argv: ['compile', '--arch', 'x86_64', '--profile', few] },
      { argv: ['compile', '--arch', 'x86_64', '--profile', many5, '--strict'] },
    ]);
    expect(summary?.stderr).toBe(
      'qseccomp: warning: 5 rules have no effect, since the architecture has no such call (--format json lists them)\n',
    );
    expect(summary?.status).toBe(0);
    expect(
      single?.stderr.match(/^qseccomp: warning: \$\.(extra|syscalls\[0\]\.names\[0\]: raed on x86_64): /gm),
    ).toHaveLength(2);
    expect(strict).toMatchObject({ status: 2, stdout: '' });
    expect(strict?.stderr).toMatch(
      /^qseccomp: '.*': \$\.syscalls\[0\]\.names\[0\]: no1 on x86_64: .* \(and 4 more\)\n$/,
    );
    expect(compiled(many5, '--arch', 'x86_64').findings.map(({ path }) => path)).toEqual(
      [0, 1, 2, 3, 4].map((at) => `$.syscalls[0].names[${at}]`),
    );
  });

  const broken = file('broken.json', '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": "read"}]}');
  const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
    [['--profile', join(folder, 'none')], /^cannot read '.*none': no such file or directory$/],
    [
      ['--profile', broken],
      /^'.*broken.json': line 1, column \d+, at \$\.syscalls\[0\]\.names: expected .*, got/,
    ],
    [['--profile', ENGINE, '-sandbox', 'on'], /^compile: --profile and -sandbox exclude each other \(see/],
    [['--profile', ENGINE, '--edition', '7.0'], /^compile: --edition goes with -sandbox, not with --profile/],
    [
      ['--profile', ENGINE, '--kernel', 'new'],
      /^'.*': kernel: expected a release such as '5.10', got 'new'$/,
    ],
    [['--strict'], /^compile: --strict goes with --profile/],
    [['--cap', 'CAP_CHOWN'], /^compile: --cap goes with --profile/],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['compile', ...words] })));
  it.each(cases.map(([words, message], at) => [words.slice(-2).join(' '), message, at] as const))(
    'refuses %s',
    (_title, message, at) => {
      const { status, stdout, stderr = '' } = results[at] ?? {};
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^qseccomp: [^\n]*\n$/);
      expect(stderr.slice('qseccomp: '.length, -1)).toMatch(message);
    },
  );
});

describe('forms', () => {
  const sandbox = ['-sandbox', 'on,spawn=deny,elevateprivileges=deny,resourcecontrol=deny'];
  const form = (format: string, ...words: readonly string[]): string => {
    const [result] = many([{ argv: ['compile', '--format', format, ...words] }]);
    expect(result?.status).toBe(0);
    expect(result?.stderr).toMatch(/^(?:qseccomp: warning: execve is denied: .*\n)?$/);
    return result?.stdout ?? '';
  };

  it.each(['x86_64', 'aarch64', 'arm', 's390x', 'riscv64', 'mips'])(
    'oci for %s is read back as the same filter',
    (name) => {
      const path = file('written.json', form('oci', ...sandbox, '--arch', name));
      expect(compiled(path).instructions).toEqual(
        (JSON.parse(form('json', ...sandbox, '--arch', name)) as { filters: [Compiled] }).filters[0]
          .instructions,
      );
    },
  );

  test('oci of a profile keeps its flags', () => {
    expect(JSON.parse(form('oci', '--profile', ENGINE, '--arch', 'x86_64'))).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
    });
  });

  test('oci of a profile that asks a supervisor keeps its socket, and warns of nothing', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      listenerPath: '/run/agent',
      listenerMetadata: 'm',
      syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }],
    };
    expect(JSON.parse(form('oci', '--profile', file('agent.json', profile), '--arch', 'x86_64'))).toEqual({
      ...profile,
      architectures: ['SCMP_ARCH_X86_64'],
    });
  });

  test('pfc tells each call’s answer', () => {
    expect(form('pfc', '-sandbox', 'on,obsolete=allow,resourcecontrol=deny', '--arch', 'riscv64')).toBe(
      `# -sandbox on,obsolete=allow,resourcecontrol=deny, edition 7.0, for riscv64 (little-endian)
if ($arch == 0xc00000f3)  # riscv64
  if ($syscall == 40)  # mount
    action KILL_PROCESS
  if ($syscall == 104)  # kexec_load
    action KILL_PROCESS
  if ($syscall == 116)  # syslog
    action KILL_PROCESS
  if ($syscall == 118)  # sched_setparam
    action ERRNO(1)
  if ($syscall == 119)  # sched_setscheduler
    if ($a1.high == 0)
      if ($a1.low == 5)
        action ALLOW
      else
        action ERRNO(1)
    else
      action ERRNO(1)
  if ($syscall == 122)  # sched_setaffinity
    action ERRNO(1)
  if ($syscall == 140)  # setpriority
    action ERRNO(1)
  if ($syscall == 142)  # reboot
    action KILL_PROCESS
  if ($syscall >= 224 && $syscall <= 225)  # swapon, swapoff
    action KILL_PROCESS
  # any other call
  action ALLOW
# any other architecture
action KILL_THREAD
`,
    );
  });

  test('pfc ends with the default, also where it is not what most numbers get', () => {
    expect(form('pfc', '--profile', ONE_CALL, '--arch', 'x86_64')).toBe(
      `# profile ${ONE_CALL}, for x86_64 (little-endian)
if ($arch == 0xc000003e)  # x86_64
  if ($syscall == 169)  # reboot
    action ERRNO(1)
  if ($syscall >= 1073741824 && $syscall <= 4294967294)
    action KILL_THREAD
  # any other call
  action ALLOW
# any other architecture
action KILL_THREAD
`,
    );
  });

  test('dot has a box for each question and answer, and two edges for each question', () => {
    const dot = form('dot', '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', '--arch', 'x86');
    const boxes = new Set([...dot.matchAll(/^ {2}([qr]\d+) \[label="/gm)].map(([, name]) => name));
    const edges = [...dot.matchAll(/^ {2}(q\d+) -> ([qr]\d+) \[label="(?:yes|no)", penwidth=[\d.]+/gm)];
    for (const [, from, to] of edges) expect([boxes.has(from), boxes.has(to)]).toEqual([true, true]);
    // Every box but the first is come to, and every box without a way out returns.
    expect(new Set(edges.map(([, , to]) => to)).size).toBe(boxes.size - 1);
    const ends = [...boxes].filter((box) => !edges.some(([, from]) => from === box));
    expect(edges).toHaveLength(2 * (boxes.size - ends.length));
    expect(ends).toHaveLength(dot.match(/style=rounded/g)?.length ?? 0);
    expect(dot).toContain('clone');
    expect(form('dot', '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', '--arch', 'x86')).toBe(dot);
  });
});
