/** `qseccomp audit`: what is found in policies, and that each proof holds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble, emulateStack, encodeProgram, type Program } from '@qseccomp/bpf';
import { findArchitecture, syscallNumber, x86_64 } from '@qseccomp/syscall-tables';
import { afterAll, describe, expect, it, test } from 'vitest';
import { auditFilters } from '../src/audit/audit.ts';
import { compareReleases, EDITION_KERNELS, releaseOf } from '../src/audit/call-releases.ts';
import { checkProcess } from '../src/audit/check-process.ts';
import { equivalentCalls } from '../src/audit/equivalent-calls.ts';
import type { Finding } from '../src/audit/finding.ts';
import { powerfulCalls } from '../src/audit/powerful-calls.ts';
import { many } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Plain {
  readonly check: string;
  readonly severity: string;
  readonly architectures: readonly string[];
  readonly title: string;
  readonly calls?: readonly string[];
  readonly proof: { readonly architecture: string; readonly name?: string; readonly action: string } | string;
}

function audited(...argv: string[]): { status: number | null; findings: readonly Plain[]; failed: boolean } {
  const [result] = many([{ argv: ['audit', ...argv, '--json'] }]);
  expect(result?.stderr).toBe('');
  return { status: result?.status ?? null, ...JSON.parse(result?.stdout ?? '') };
}

const checks = (findings: readonly { readonly check: string }[]): string[] => [
  ...new Set(findings.map(({ check }) => check)),
];

describe('-sandbox', () => {
  it('leaves umount2 beside mount, kexec_file_load beside kexec_load, and much that is powerful', () => {
    const { findings, status, failed } = audited('on', '--arch', 'x86_64');
    expect([status, failed]).toEqual([1, true]);
    expect(findings.filter(({ severity }) => severity === 'high').map(({ title }) => title)).toEqual([
      'mount is denied, umount2 and move_mount are not',
      'kexec_load is denied, kexec_file_load is not',
    ]);
    expect(checks(findings)).toEqual([
      'same-by-another-call',
      'other-processes',
      'io-uring',
      'user-namespaces',
      'kernel-modules',
      'kernel-image',
      'bpf',
      'perf-events',
      'userfaultfd',
      'keyrings',
      'file-handles',
      'hardware-ports',
      'mounts',
      'terminal-input',
      'default-allow',
      'other-entrance-kills-thread',
      'machine-state',
      'write-and-execute',
      'address-layout',
      'new-programs',
      'newer-calls',
      'network',
      'file-contents',
    ]);
  });

  it('with every set denied has no new namespaces and no new programs, but sched_setattr and setgroups', () => {
    const { findings } = audited(
      'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
      '--arch',
      'x86_64',
    );
    const found = checks(findings);
    expect(found).not.toContain('user-namespaces');
    expect(found).not.toContain('new-programs');
    expect(found).toContain('kills-thread');
    expect(findings.filter(({ severity }) => severity === 'high').flatMap(({ calls }) => calls)).toEqual(
      expect.arrayContaining(['sched_setattr', 'setgroups']),
    );
  });

  it('says which option closes what is open', () => {
    const [result] = many([{ argv: ['audit', 'on', '--arch', 'x86_64'] }]);
    expect(result?.stdout).toMatch(/deny execve and execveat; spawn=deny does that$/m);
  });

  it('of 2.10 is an allow-list: nothing is forgotten, and what it denies kills the thread', () => {
    const { findings, status } = audited('on', '--edition', '2.10', '--arch', 'x86_64');
    expect(status).toBe(0);
    expect(checks(findings)).toEqual([
      'user-namespaces',
      'terminal-input',
      'other-entrance-kills-thread',
      'write-and-execute',
      'new-programs',
      'kills-thread',
      'network',
      'file-contents',
    ]);
    // clone(2) alone: the list is older than clone3.
    expect(findings[0]?.calls).toEqual(['clone']);
  });

  it('on x86 has 32-bit user ids as the way around', () => {
    const { findings } = audited('on,elevateprivileges=deny', '--arch', 'x86');
    const calls = findings
      .filter(({ severity }) => severity === 'high')
      .flatMap((finding) => finding.calls ?? []);
    expect(calls).toEqual(expect.arrayContaining(['setuid32', 'setresgid32', 'setfsuid32']));
  });
});

describe('programs and profiles', () => {
  const assembled = (text: string): Program => assemble(text, { architectures: [x86_64] }).program;
  const found = (program: Program): Finding[] =>
    auditFilters({ programs: [program], architectures: [x86_64], isSandbox: false });
  const DENY_MOUNTS = 'ld [0]\njeq #165, bad\njeq #166, bad\njeq #429, bad\nret ALLOW\nbad: ret KILL_PROCESS';

  it('that ask for no architecture can be passed by as x86 and x32', () => {
    const entrances = found(assembled(DENY_MOUNTS)).filter(({ check }) => check === 'other-entrance');
    expect(entrances.map(({ architectures, severity, calls }) => [architectures, severity, calls])).toEqual([
      [['x32'], 'high', ['mount', 'umount2', 'move_mount']],
      // move_mount has the same number there.
      [['x86'], 'high', ['mount', 'umount2']],
    ]);
    expect(entrances[0]?.proof).toMatchObject({
      architecture: 'x32',
      number: 0x40000000 + 165,
      action: 'ALLOW',
    });
  });

  it('that ask for the architecture alone can be passed by as x32', () => {
    const guarded = `ld [4]\njne #0xc000003e, bad\n${DENY_MOUNTS}`;
    const entrances = found(assembled(guarded)).filter(({ check }) => check === 'other-entrance');
    expect(entrances.map(({ architectures }) => architectures)).toEqual([['x32']]);
  });

  it('find what is open under some arguments only', () => {
    // ptrace is denied but for one request that nobody would try.
    const text = `ld [4]\njne #0xc000003e, bad\nld [0]\njeq #101, next, bad\nnext: ld [16]\njeq #0x4206, ok, bad\nok: ret ALLOW\nbad: ret KILL_PROCESS`;
    const [finding] = found(assembled(text));
    expect(finding).toMatchObject({
      check: 'other-processes',
      calls: ['ptrace'],
      proof: { name: 'ptrace', arguments: [0x4206n, 0n, 0n, 0n, 0n, 0n], action: 'ALLOW' },
    });
  });

  it.each([
    ['ret LOG', ['log-only'], 'LOG'],
    ['ret ERRNO(0)', ['false-success'], 'ERRNO'],
    ['ret TRACE(0)', ['tracer-decides'], 'TRACE'],
    ['ret USER_NOTIF', ['supervisor-decides'], 'USER_NOTIF'],
    ['ret TRAP', ['trap'], 'TRAP'],
    ['ret KILL_THREAD', ['kills-thread'], 'KILL_THREAD'],
  ])('%s is worth a word', (instruction, expected, action) => {
    const text = `ld [4]\njne #0xc000003e, bad\nld [0]\njne #39, bad\nld [24]\njne #7, bad\n${instruction}\nbad: ret KILL_PROCESS`;
    const findings = found(assembled(text));
    expect(checks(findings)).toEqual(expected);
    expect(findings[0]?.proof).toMatchObject({ name: 'getpid', action, arguments: [0n, 7n, 0n, 0n, 0n, 0n] });
  });

  it('that allow all deny nothing, and the worst is told first', () => {
    const findings = found(assembled('ret ALLOW'));
    expect(findings[0]).toMatchObject({ check: 'denies-nothing', severity: 'high' });
  });

  it('that kill all have nothing to be told', () => {
    expect(found(assembled('ret KILL_PROCESS'))).toEqual([]);
    const { status, findings } = audited(
      file('kill.bpf', encodeProgram(assembled('ret KILL_PROCESS'), 'little')),
    );
    expect([status, findings]).toEqual([0, []]);
  });

  it('that look at arguments first are not cached', () => {
    const text = 'ld [16]\njeq #1, bad\nret ALLOW\nbad: ret KILL_PROCESS';
    expect(checks(found(assembled(text)))).toContain('not-cached');
  });

  it('of an engine leave what they are known to leave', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [
        { names: ['read', 'write', 'openat', 'clone3', 'mprotect'], action: 'SCMP_ACT_ALLOW' },
        {
          names: ['ioctl'],
          action: 'SCMP_ACT_ALLOW',
          args: [{ index: 1, value: 0x5412, op: 'SCMP_CMP_NE' }],
        },
      ],
    };
    const { findings, status } = audited(file('profile.json', JSON.stringify(profile)));
    expect(status).toBe(0);
    // The comparison looks at 64 bits, the kernel at 32: TIOCSTI with a bit above them goes through.
    expect(checks(findings)).toEqual([
      'user-namespaces',
      'terminal-input',
      'other-entrance-kills-thread',
      'write-and-execute',
      'file-contents',
      'not-cached',
    ]);
  });

  it('of the engines leave namespaces in part, and deny nothing that is open by another name', () => {
    const profile = fileURLToPath(new URL('../../bpf/test/vectors/containers-seccomp.json', import.meta.url));
    const { findings } = audited(profile, '--arch', 'x86_64', '--fail-on', 'none');
    const found = checks(findings);
    expect(found).toEqual(expect.arrayContaining(['user-namespaces', 'other-processes', 'terminal-input']));
    for (const check of ['default-allow', 'io-uring', 'kernel-modules', 'bpf', 'same-by-another-call'])
      expect(found).not.toContain(check);
  });

  it('have findings of several architectures once', () => {
    const { findings } = audited('on', '--arch', 'x86_64', '--arch', 'x32');
    expect(findings.find(({ check }) => check === 'bpf')?.architectures).toEqual(['x86_64', 'x32']);
    expect(checks(findings)).toContain('other-entrance-kills-thread');
  });
});

test('every proof is what the emulator answers', () => {
  for (const text of ['ret ALLOW', 'ld [0]\njeq #165, bad\nret ALLOW\nbad: ret TRAP']) {
    const { program } = assemble(text, { architectures: [x86_64] });
    for (const { proof } of auditFilters({
      programs: [program],
      architectures: [x86_64],
      isSandbox: false,
    })) {
      if (typeof proof === 'string') throw new Error(`expected a call, got ${proof}`);
      const { architecture, number, arguments: args, action, data } = proof;
      const { auditArch } = findArchitecture(architecture);
      const call = { arch: auditArch, nr: number, args, instructionPointer: 0n };
      expect(emulateStack([program], call)).toMatchObject({ action, data });
    }
  }
});

test.each(['x86_64', 'x86', 'aarch64', 's390x', 'mips', 'ppc64le', 'riscv64', 'sparc64'])(
  'the sandbox on %s is audited',
  (architecture) => {
    const { findings } = audited('on,spawn=deny', '--arch', architecture);
    expect(checks(findings)).toContain('default-allow');
  },
);

describe('exit status', () => {
  test.each([
    ['high', 1],
    ['medium', 1],
    ['info', 1],
    ['none', 0],
  ])('--fail-on %s', (level, status) => {
    expect(audited('on', '--arch', 'x86_64', '--fail-on', level).status).toBe(status);
  });

  it('is 0 where nothing is as bad', () => {
    expect(audited('on', '--edition', '2.10', '--arch', 'x86_64').status).toBe(0);
    expect(audited('on', '--edition', '2.10', '--arch', 'x86_64', '--fail-on', 'medium').status).toBe(1);
  });

  it('is 2 for what is no filter', () => {
    const results = many([
      { argv: ['audit', 'off'] },
      { argv: ['audit', 'nothing.bpf'] },
      { argv: ['audit', 'on', '--fail-on', 'worst'] },
      { argv: ['audit', file('refused.asm', 'ld [3]\nret ALLOW\n')] },
    ]);
    expect(results.map(({ status }) => status)).toEqual([2, 2, 2, 2]);
    for (const { stderr } of results) expect(stderr).toMatch(/^qseccomp: .+\n$/);
  });
});

describe('processes', () => {
  const state = {
    pid: 7,
    name: 'x',
    parent: 1,
    noNewPrivs: true,
    capabilities: { effective: 0n, permitted: 0n, inheritable: 0n, bounding: 0n, ambient: 0n },
    threads: [{ tid: 7, name: 'x', mode: 'filter', noNewPrivs: true, tracer: 0 }],
  } as const;

  it('without rights and with a filter on every thread have nothing to be told', () => {
    expect(checkProcess(state)).toEqual([]);
  });

  it('are judged by threads, NO_NEW_PRIVS and capabilities', () => {
    const thread = { ...state.threads[0], tid: 8, mode: 'none' } as const;
    const capabilities = { ...state.capabilities, effective: 1n << 21n };
    const findings = checkProcess({
      ...state,
      noNewPrivs: false,
      capabilities,
      threads: [...state.threads, thread],
    });
    expect(findings.map(({ check, severity }) => [check, severity])).toEqual([
      ['thread-without-filter', 'high'],
      ['new-privileges', 'medium'],
      ['capabilities', 'medium'],
    ]);
  });

  it('that lack a capability cannot use what needs it', () => {
    const { program } = assemble('ret ALLOW', {});
    const asked = { programs: [program], architectures: [x86_64], isSandbox: false };
    const severity = (capabilities: bigint | undefined): string | undefined =>
      auditFilters(asked, capabilities).find(({ check }) => check === 'kernel-modules')?.severity;
    expect([severity(undefined), severity(1n << 16n), severity(0n)]).toEqual(['medium', 'medium', 'info']);
  });
});

describe('what the checks know', () => {
  it('names calls that some architecture has', () => {
    const known = ['x86_64', 'x86', 's390x', 'alpha', 'ppc'].map(findArchitecture);
    const names = [
      ...powerfulCalls(x86_64).flatMap(({ calls }) => calls),
      ...equivalentCalls(x86_64).flatMap(({ calls, alsoBy = [] }) => [...calls, ...alsoBy]),
    ].map(({ syscall }) => syscall);
    for (const name of names)
      expect(
        known.some((architecture) => syscallNumber(architecture, name) !== undefined),
        name,
      ).toBe(true);
  });

  it('has a release for every call with a number of all architectures, in order', () => {
    const common = x86_64.syscalls.filter(([, number]) => number >= 424);
    const releases = common.map(([name]) => releaseOf(name) ?? `${name} is missing`);
    expect(releases.filter((release) => release.includes('missing'))).toEqual([]);
    // Numbers are given in order; these were given before they were needed, or out of it.
    const late = ['close_range', 'quotactl_fd', 'memfd_secret', 'map_shadow_stack'];
    const steady = common.filter(([name]) => !late.includes(name)).map(([name]) => releaseOf(name) as string);
    expect([...steady].sort(compareReleases)).toEqual(steady);
  });

  it('orders releases by number', () => {
    expect(compareReleases('5.9', '5.10')).toBeLessThan(0);
    expect(compareReleases('6.0', '5.19')).toBeGreaterThan(0);
    const kernels = Object.values(EDITION_KERNELS);
    expect([...kernels].sort(compareReleases)).toHaveLength(kernels.length);
  });
});
