/** `qseccomp run --profile`: programs under container profiles, on the real kernel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { qseccomp } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const containers = fileURLToPath(new URL('../../bpf/test/vectors/containers-seccomp.json', import.meta.url));

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
}

function profile(syscalls: readonly Rule[], more: object = {}): string {
  const path = join(folder, 'profile.json');
  writeFileSync(path, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls, ...more }));
  return path;
}
const NO_EXEC: Rule = { names: ['execve', 'execveat'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 };

describe.each([
  ['supervised', []],
  ['in place', ['--exec']],
] as const)('%s', (_title, mode) => {
  const run = (file: string, ...words: string[]) =>
    qseccomp(['run', ...mode, '--profile', file, ...words], { cwd: folder });

  test('the engines’ default profile', () => {
    const script =
      'grep ^Seccomp: /proc/self/status; mknod x p && echo made; swapoff /missing 2>&1 | head -n 1';
    const { status, stdout, stderr } = run(containers, '--', '/bin/sh', '-c', script);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Not ENOENT, which swapoff(2) answers to root.
    expect(stdout).toMatch(/^Seccomp:\t2\nmade\nswapoff: .*(?:not permitted|Not superuser).*\n$/i);
    rmSync(join(folder, 'x'));
  });

  test('a program starts where the profile forbids exec, and no other after it', () => {
    const { status, stdout, stderr } = run(profile([NO_EXEC]), '/bin/sh', '-c', 'echo up; exec /bin/true');
    expect({ status, stdout }).toEqual({ status: 126, stdout: 'up\n' });
    expect(stderr).toMatch(/\/bin\/true: Permission denied/);
  });

  const refused: readonly (readonly [
    title: string,
    words: () => string[],
    message: RegExp,
    status?: number,
  ])[] = [
    [
      'no file',
      () => ['--profile', 'missing.json', 'true'],
      /^qseccomp: cannot read 'missing\.json': no such file or directory\n$/,
    ],
    ['both', () => ['--profile', containers, '-sandbox', 'on', 'true'], /exclude each other/],
    ['standard input', () => ['--profile', '-', 'true'], /standard input of the program/],
    [
      'a capability that is none',
      () => ['--profile', containers, '--cap', 'SYS_ADMN', 'true'],
      /--cap expects one of CAP_CHOWN, CAP_DAC_OVERRIDE, …; got 'SYS_ADMN'; did you mean CAP_SYS_ADMIN,/,
    ],
    ['--cap alone', () => ['--cap', 'CAP_SYS_ADMIN', 'true'], /--cap goes with --profile/],
    [
      'a notified call',
      () => ['--profile', profile([{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }]), 'true'],
      /\$\.syscalls\[0\]\.action: nobody answers notified calls/,
    ],
    [
      'an agent',
      () => ['--profile', profile([], { listenerPath: '/run/agent' }), 'true'],
      /\$\.listenerPath: nobody answers/,
    ],
    [
      'a flag that needs a listener',
      () => ['--profile', profile([], { flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] }), 'true'],
      /\$\.flags\[0\]: expected one of .*; got 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'/,
    ],
    [
      'another machine’s',
      () => ['--profile', profile([NO_EXEC], { architectures: ['SCMP_ARCH_S390X'] }), 'true'],
      /expected a profile for \w+, got one for s390x/,
    ],
    [
      'a program that is missing',
      () => ['--profile', containers, 'missing-program'],
      /not found in PATH/,
      127,
    ],
  ];
  it.each(refused.map(([title, words, message, status = 125]) => [title, words, message, status] as const))(
    'is refused: %s',
    (_what, words, message, status) => {
      const result = qseccomp(['run', ...mode, ...words()], { cwd: folder });
      expect(result).toEqual({ status, stdout: '', stderr: expect.stringMatching(message) });
      expect(result.stderr.split('\n').length).toBe(2);
    },
  );
});

test('a kill names the call and the profile', () => {
  const file = profile([{ names: ['getppid'], action: 'SCMP_ACT_KILL_PROCESS' }]);
  const { status, stderr } = qseccomp(['run', '--profile', file, process.execPath, '-e', 'process.ppid']);
  expect(status).toBe(128 + 31);
  expect(stderr).toMatch(/getppid \(\d+ on \w+\): denied by the profile; .*why|cannot be known/);
});

test('a trace is of -sandbox', () => {
  const { status, stderr } = qseccomp(['run', '--trace', '--profile', containers, 'true']);
  expect(status).toBe(125);
  expect(stderr).toMatch(/--trace goes with -sandbox, not with --profile/);
});
