/**
 * What the kernel refuses, provoked for real: one error each, which names the call, the errno, what it means and what
 * helps, and a program that was not started. A filter in front, as a container's, gives the answers that the kernel
 * of this machine would give only elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Action, type Comparison, compilePolicy, encodeProgram } from '@qseccomp/bpf';
import { findArchitecture } from '@qseccomp/syscall-tables';
import { beforeEach, describe, expect, it, type TestContext, test } from 'vitest';
import { COMMAND, compiled, linuxOnly, MODES, need, run, scratch, WAYS } from './support.ts';

linuxOnly();
const file = scratch();
const under = compiled(file('under'), 'under') as string;
beforeEach((context) => need(context, under));

const IN_FAULT = fileURLToPath(new URL('in-fault.mjs', import.meta.url));
const { EACCES, EBUSY, EFAULT, EINVAL, ENOMEM, ENOSYS, EPERM, ESRCH } = constants.errno;
const NOBODY = 65534;

const PR_SET_DUMPABLE = 4n;
const PR_SET_NO_NEW_PRIVS = 38n;
const SET_MODE_FILTER = 1n;

type Fault = readonly [call: string, action: Action, ...comparisons: Comparison[]];
const is = (argument: number, value: bigint): Comparison => ({ argument, op: 'EQ', value });
const isNot = (argument: number, value: bigint): Comparison => ({ argument, op: 'NE', value });

/** A file with a filter that gives an answer to some calls. */
function filterFile([syscall, action, ...comparisons]: Fault): string {
  const architecture = findArchitecture(process.arch === 'x64' ? 'x86_64' : 'aarch64');
  const { program, endian } = compilePolicy({
    defaultAction: 'ALLOW',
    badArchitectureAction: 'ALLOW',
    architectures: [{ architecture, rules: [{ syscall, action, comparisons }] }],
  });
  return file('filter', encodeProgram(program, endian));
}

/** Words in front of a command that is to have a filter already. */
function behind(fault: Fault, ...options: string[]): readonly string[] {
  return [under, ...options, filterFile(fault), '--'];
}

function needRoot(context: TestContext): void {
  if (process.getuid?.() !== 0) context.skip('needs root');
}

interface Report {
  readonly error: Readonly<Record<string, unknown>>;
  readonly filters: number;
  readonly noNewPrivs: number;
  readonly thread?: number;
  readonly before?: number;
}

function inFault(name: string, inFront: readonly string[] = []): Report {
  const { stdout, stderr } = run([...inFront, process.execPath, IN_FAULT, name]);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Report;
}

/** A program that says that it ran, whatever way it is started. */
const marker = file('marker', '#!/bin/sh\necho ran\n');
const RUN = ['-sandbox', 'on,spawn=deny', '--'];

/** What a launch ends with that must not start its program. */
function refused(words: readonly string[], status: number, message: RegExp, options = {}): void {
  const ending = run(words, options);
  expect(ending.stdout).toBe('');
  expect(ending.stderr).toMatch(message);
  expect(ending.status).toBe(status);
  // One line, and a second one behind a message of QEMU's.
  const lines = ending.stderr.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^qseccomp: /);
  expect(lines).toHaveLength(/^qseccomp: -sandbox /.test(ending.stderr) ? 2 : 1);
}

describe('installation in a process', () => {
  it.each([EPERM, ENOSYS, EACCES])('prctl answers %i: nothing is changed', (errno) => {
    const { error, filters } = inFault('sandbox', behind(['prctl', { errno }, is(0, PR_SET_NO_NEW_PRIVS)]));
    expect(error).toMatchObject({ code: 'RUNTIME_NO_NEW_PRIVS', call: 'prctl', errno });
    expect(error['message']).toMatch(
      /^prctl\(PR_SET_NO_NEW_PRIVS\) failed: E[A-Z]+ \(.*; nothing is installed$/,
    );
    expect(filters).toBe(1);
  });

  it.each([EPERM, ENOSYS, EINVAL])('seccomp answers %i to everything: as without it', (errno) => {
    const { error, filters } = inFault('sandbox', behind(['seccomp', { errno }]));
    expect(error).toMatchObject({ code: 'RUNTIME_UNSUPPORTED_KERNEL', call: 'seccomp', errno });
    expect(error['message']).toMatch(/TSYNC .*, but seccomp\(2\) answers E[A-Z]+ \(.*\): /);
    expect(filters).toBe(1);
  });

  it.each([EPERM, EFAULT, EINVAL, ENOMEM, EBUSY, ESRCH])('the load answers %i', (errno) => {
    const fault: Fault = ['seccomp', { errno }, is(0, SET_MODE_FILTER), isNot(2, 0n)];
    const { error, filters, noNewPrivs } = inFault('sandbox', behind(fault));
    expect(error).toMatchObject({ code: 'RUNTIME_INSTALL', call: 'seccomp', errno, entry: 0 });
    expect(error['message']).toMatch(
      /^seccomp\(SECCOMP_SET_MODE_FILTER, TSYNC\) failed: E[A-Z]+ \(.*\): .*; NO_NEW_PRIVS is set, this filter is on no thread$/,
    );
    expect({ filters, noNewPrivs }).toEqual({ filters: 1, noNewPrivs: 1 });
  });

  test('success that is none is no success', () => {
    const load: Fault = ['seccomp', { errno: 0 }, is(0, SET_MODE_FILTER), isNot(2, 0n)];
    expect(inFault('sandbox', behind(load))).toMatchObject({
      error: {
        code: 'RUNTIME_UNSUPPORTED_KERNEL',
        message: expect.stringContaining('in the place of the kernel'),
      },
      filters: 1,
    });
  });

  test('NO_NEW_PRIVS that is none is none, and nothing is loaded', (context) => {
    needRoot(context);
    const fault: Fault = ['prctl', { errno: 0 }, is(0, PR_SET_NO_NEW_PRIVS)];
    for (const options of [['-p'], ['-p', '-u', `${NOBODY}`]]) {
      expect(inFault('sandbox', behind(fault, ...options))).toMatchObject({
        error: { code: 'RUNTIME_NO_NEW_PRIVS', call: 'prctl' },
        filters: 1,
        noNewPrivs: 0,
      });
    }
  });

  test('a thread that has a filter of its own is named', () => {
    const { error, filters, thread } = inFault('other thread');
    expect(error).toMatchObject({ code: 'RUNTIME_THREAD_SYNC', call: 'seccomp', tid: thread });
    expect(error['message']).toContain(`could not bring thread ${thread} along`);
    expect(filters).toBe(0);
  });

  test('with a listener it is ESRCH', () => {
    const { error, filters } = inFault('other thread, listener');
    expect(error).toMatchObject({ code: 'RUNTIME_INSTALL', errno: ESRCH });
    expect(filters).toBe(0);
  });

  test('a second listener is EBUSY', () => {
    const { error, filters } = inFault('second listener');
    expect(error).toMatchObject({ code: 'RUNTIME_INSTALL', errno: EBUSY });
    expect(filters).toBe(1);
  });

  test('a program that the kernel refuses is EINVAL', () => {
    expect(inFault('invalid')).toMatchObject({
      error: { code: 'RUNTIME_INSTALL', errno: EINVAL },
      filters: 0,
      noNewPrivs: 1,
    });
  });

  test('too many filters are ENOMEM: those before stay, and are counted', () => {
    const { error, filters, before = 0 } = inFault('no memory');
    const entry = filters - before;
    expect(entry).toBeLessThan(50);
    expect(error).toMatchObject({ code: 'RUNTIME_INSTALL', errno: ENOMEM, entry });
    expect(error['message']).toMatch(/exceed 32768 instructions/);
    const installed = entry === 1 ? 'the filter' : `the ${entry} filters`;
    if (entry > 0) expect(error['message']).toContain(`, ${installed} installed before it`);
  });
});

describe.each(MODES)('a launch %s', (mode) => {
  const load = [is(0, SET_MODE_FILTER), isNot(2, 0n)];
  const noNewPrivs = is(0, PR_SET_NO_NEW_PRIVS);
  const steps: readonly (readonly [title: string, status: number, message: RegExp, fault: Fault])[] = [
    ['without NO_NEW_PRIVS', 125, /privs aborting.*\n.*EPERM/, ['prctl', { errno: EPERM }, noNewPrivs]],
    ['without seccomp(2)', 125, /synchronization.*\n.*ENOSYS/, ['seccomp', { errno: ENOSYS }]],
    [
      'whose filter is not taken',
      125,
      /load.*\n.*EINVAL .*PRIVS is set/,
      ['seccomp', { errno: EINVAL }, ...load],
    ],
    ['whose filter is not loaded', 125, /in the place of the kernel/, ['seccomp', { errno: 0 }, ...load]],
    ['without execveat(2)', 126, /ENOSYS .*1 filter is on this process/, ['execveat', { errno: ENOSYS }]],
    ['without random numbers', 125, /getrandom failed: ENOSYS/, ['getrandom', { errno: ENOSYS }, is(1, 16n)]],
    ['without limits', 125, /\(RLIMIT_NOFILE\) failed: EPERM/, ['prlimit64', { errno: EPERM }, is(1, 7n)]],
  ];
  it.each(steps)('%s', (_title, status, message, fault) => {
    refused([...behind(fault), ...WAYS[mode], ...RUN, marker], status, message);
  });

  test('with NO_NEW_PRIVS that is none', (context) => {
    needRoot(context);
    // Loaded without it, since a process that has it cannot lose it.
    const words = behind(['prctl', { errno: 0 }, noNewPrivs], '-p');
    refused([...words, ...WAYS[mode], ...RUN, marker], 125, /PR_SET_NO_NEW_PRIVS\) succeeded without/);
  });

  test('the program itself starts where nothing is refused', () => {
    const { status, stdout } = run([...behind(['prctl', 'ALLOW']), ...WAYS[mode], ...RUN, marker]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ran\n' });
  });

  test('a program that is open for writing', () => {
    const busy = file('busy');
    copyFileSync('/bin/echo', busy);
    const descriptor = openSync(busy, 'r+');
    try {
      refused([...WAYS[mode], ...RUN, busy, 'ran'], 126, /ETXTBSY .*: it is open for writing/);
    } finally {
      closeSync(descriptor);
    }
  });

  test('a path that leads in circles, a path that is too long', () => {
    const loop = file(`loop ${mode}`);
    symlinkSync(loop, loop);
    refused([...WAYS[mode], ...RUN, loop], 126, /ELOOP \(/);
    refused([...WAYS[mode], ...RUN, `./${'a'.repeat(300)}`], 126, /ENAMETOOLONG \(/);
    refused([...WAYS[mode], ...RUN, `${marker}/x`], 127, /not found/);
  });

  test('a folder, a damaged program, names that are not UTF-8 or have control characters', () => {
    const folder = file(`folder ${mode}`);
    mkdirSync(folder);
    refused([...WAYS[mode], ...RUN, folder], 126, /not a regular file/);
    refused([...WAYS[mode], ...RUN, file('damaged', '\x7fELF\x02\x01\x01 and no more')], 126, /ENOEXEC/);
    refused([...WAYS[mode], ...RUN, './no\nsuch\x1b[31m'], 127, /no\\x0asuch\\x1b\[31m: not found/);
    const script = 'cp "$1" "$2/$(printf "b\\377d")" && exec "$3" run $4 -- "$2/$(printf "b\\377d")"';
    const option = mode === 'in place' ? '--exec' : '--debug';
    const words = ['/bin/sh', '-c', script, 'sh', marker, folder, COMMAND, option];
    expect(run(words)).toEqual({ status: 0, stdout: 'ran\n', stderr: '' });
  });

  test('a program whose loader is missing', (context) => {
    const program = compiled(
      file('noloader'),
      'bare',
      '-Wl,--dynamic-linker=/missing/ld.so',
      '-nostdlib',
      '-pie',
    );
    need(context, program);
    refused([...WAYS[mode], ...RUN, program as string], 127, /ENOENT .*the loader that the program names/);
  });

  test('a mount with noexec, and no /proc', (context) => {
    needRoot(context);
    const folder = file(`mount ${mode}`);
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    const mounted = 'mount -t tmpfs -o noexec none "$1" && cp /bin/echo "$1/echo" && shift && exec "$@"';
    const noexec = ['unshare', '-m', 'sh', '-c', mounted, 'sh', folder];
    refused([...noexec, ...WAYS[mode], ...RUN, `${folder}/echo`], 126, /permission denied/);
    const bare = ['unshare', '-m', 'sh', '-c', 'umount -l /proc && exec "$@"', 'sh'];
    refused([...bare, ...WAYS[mode], ...RUN, marker], 125, /expected \/proc to be mounted/);
  });

  test('at any limit of open files it starts, or says why, or Node does', () => {
    const own = new Set<string>();
    for (let limit = 4; limit <= 28; limit++) {
      const words = ['prlimit', `--nofile=${limit}`, ...WAYS[mode], ...RUN, marker];
      const { status, stdout, stderr } = run(words);
      if (status === 0) expect(stdout).toBe('ran\n');
      else expect(stdout).toBe('');
      if (status === 125) own.add(/^qseccomp: .*(?:EMFILE).*\n$/.test(stderr) ? 'said' : stderr);
    }
    expect([...own]).toEqual(['said']);
  });
});

test('probe reports a kernel without seccomp(2) where a filter hides it', () => {
  const { status, stdout } = run([...behind(['seccomp', { errno: ENOSYS }]), COMMAND, 'probe', '--json']);
  expect(status).toBe(1);
  const { filters, actions, flags, process } = JSON.parse(stdout);
  expect([filters, ...Object.values(actions), ...Object.values(flags)].includes(true)).toBe(false);
  expect(process).toMatchObject({ filters: 1, noNewPrivs: true });
});

test('bubblewrap with a filter that denies seccomp(2)', (context) => {
  if (spawnSync('bwrap', ['--bind', '/', '/', 'true']).status !== 0) context.skip('needs bwrap that may run');
  const outer = filterFile(['seccomp', { errno: EPERM }]);
  const script = 'exec 3<"$1" && shift && exec bwrap --bind / / --dev-bind /dev /dev --seccomp 3 "$@"';
  const inside = ['/bin/sh', '-c', script, 'sh', outer];
  for (const mode of MODES) {
    refused([...inside, ...WAYS[mode], ...RUN, marker], 125, /EPERM .*a container does/);
  }
  expect(run([...inside, ...WAYS['in place'], '-sandbox', 'off', '--', marker]).stdout).toBe('ran\n');
});

test('a supervisor that may not hide itself starts nothing', () => {
  const words = [
    ...behind(['prctl', { errno: EPERM }, is(0, PR_SET_DUMPABLE)]),
    ...WAYS.supervised,
    ...RUN,
    marker,
  ];
  refused(words, 125, /prctl\(PR_SET_DUMPABLE\) failed: EPERM/);
});

describe('a trace', () => {
  it.each([
    ['pidfd_open', ENOSYS],
    ['pidfd_getfd', EPERM],
  ])('without %s starts nothing', (call, errno) => {
    const words = [...behind([call, { errno }]), ...WAYS.supervised, '--trace', ...RUN, marker];
    refused(words, 125, new RegExp(`${call} failed: E[A-Z]+ \\(`));
  });

  test('that cannot wait for calls ends the program that makes one', () => {
    const kills = file('kills', '#!/bin/sh\n/bin/true\necho ran\n');
    const words = [...behind(['ppoll', { errno: ENOMEM }]), ...WAYS.supervised, '--trace', ...RUN, kills];
    const { status, stdout, stderr } = run(words);
    expect({ status, stdout }).toEqual({ status: 128 + constants.signals.SIGKILL, stdout: '' });
    expect(stderr).toMatch(
      /^qseccomp: .* was killed: ppoll failed: ENOMEM \(.*; nobody is told of calls any more\n$/,
    );
  });

  test('inside of a trace is EBUSY', () => {
    const inner = [COMMAND, 'run', '--exec', '-sandbox', 'on', '--', marker];
    const outer = [...WAYS.supervised, '--trace', '-sandbox', 'on', '--'];
    // In place nothing listens, so that two filters go together.
    expect(run([...outer, ...inner])).toMatchObject({ status: 0, stdout: 'ran\n' });
    const both = [...outer, COMMAND, 'run', '--trace', '-sandbox', 'on', '--', marker];
    const { status, stdout, stderr } = run(both);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(/failed: EBUSY /);
  });
});

/** What a module that runs in the folder of these tests prints. */
function printed(code: string): string {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return run([process.execPath, '--input-type=module', '-e', code], { cwd }).stdout;
}

test('a program that is deleted once it is open is started all the same: the descriptor is what counts', () => {
  const program = file('deleted');
  copyFileSync('/bin/echo', program);
  const stdout = printed(`
    import { rmSync } from 'node:fs';
    import { parseSandbox } from '@qseccomp/options/sandbox';
    import { execInSandbox } from '@qseccomp/runtime/exec';
    await execInSandbox({
      entries: [parseSandbox('on,spawn=deny')],
      argv: [${JSON.stringify(program)}, 'ran'].map((word) => Buffer.from(word)),
      environment: [],
      inheritance: { descriptors: [0, 1, 2], nonBlocking: [], ignored: 0n, blocked: 0n },
      announce: { before: () => rmSync(${JSON.stringify(program)}), after: () => {} },
    });`);
  expect(stdout).toBe('ran\n');
  expect(existsSync(program)).toBe(false);
});

test('arguments that are too long are E2BIG, from the API', () => {
  const code = `
    import { launch } from '@qseccomp/runtime';
    const { started } = launch('/bin/echo', ['a'.repeat(200_000)], { sandbox: 'on,spawn=deny', stdio: 'pipe' });
    started.then(() => console.log('started'), ({ code, call, message }) => console.log(code, call, message));`;
  expect(printed(code)).toMatch(/^RUNTIME_PROGRAM_NOT_EXECUTABLE execveat .*E2BIG \(.*too long/);
});

test('a second Node that cannot start is no program that runs', () => {
  const code = `
    import { launch } from '@qseccomp/runtime';
    const child = launch('/bin/echo', ['ran'], { sandbox: 'on', stdio: ['ignore', 'inherit', 'ignore'] });
    child.child.kill('SIGKILL');
    child.started.then(() => console.log('started'), ({ code, message }) => console.log(code, message));`;
  expect(printed(code)).toMatch(/^RUNTIME_LAUNCH the second Node ended before it had its order/);
});
