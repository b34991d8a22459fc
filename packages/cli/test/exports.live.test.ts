/** Filters and profiles that other tools load: raw bytes under bwrap, container profiles under runc. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { qseccomp, type Result } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-exports-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** SIGSYS ends a program that a shell started: 128 + 31. */
const KILLED = '159';

/** What runs in the sandbox: mount(2) is killed by each, sched_setaffinity(2) and mkdir(2) are refused by some. */
const MOUNT = 'echo alive; busybox mount -t tmpfs x /tmp; echo $?';
const MKDIR = 'busybox mkdir /tmp/new; echo $?';
const AFFINITY = 'busybox taskset -p ff $$ >/tmp/out; echo $?';

/** Answers with an error that neither call gives by itself: EADDRNOTAVAIL of most architectures. */
const PROFILE = join(folder, 'refuse-mkdir.json');
writeFileSync(
  PROFILE,
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 99 }],
  }),
);

/** umask(2) with one value is killed, with any other it is allowed; echo tells which came back. */
const UMASK = '(umask 022; echo 022); (umask 077; echo 077); echo $?';
const UMASK_ANSWER = `022\n${KILLED}\n`;
const UMASK_PROFILE = join(folder, 'kill-umask-077.json');
writeFileSync(
  UMASK_PROFILE,
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      {
        names: ['umask'],
        action: 'SCMP_ACT_KILL_PROCESS',
        args: [{ index: 0, value: 0o77, op: 'SCMP_CMP_EQ' }],
      },
    ],
  }),
);

function exported(name: string, ...words: readonly string[]): string {
  const path = join(folder, name);
  expect(qseccomp(['compile', ...words, '--output', path])).toEqual({ status: 0, stdout: '', stderr: '' });
  return path;
}

function run(program: string, args: readonly string[], stdio: ('ignore' | 'pipe' | number)[]): Result {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio,
    timeout: 60_000,
  });
  return { status, stdout: stdout ?? '', stderr: error === undefined ? stderr : error.message };
}

/** Why a program cannot be used here, if so. */
function obstacle(program: string, tried: () => Result): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  for (const name of [program, 'busybox']) {
    if (spawnSync(name, ['--help']).error !== undefined) return `needs ${name}, found none`;
  }
  const { status, stdout, stderr } = tried();
  return status === 0 && stdout === 'here\n' ? undefined : `${program} cannot run here: ${stderr.trim()}`;
}

function bwrap(filter: string | undefined, script: string): Result {
  const descriptor = filter === undefined ? undefined : openSync(filter, 'r');
  const sandbox = [
    '--ro-bind',
    '/',
    '/',
    '--tmpfs',
    '/tmp',
    ...(filter === undefined ? [] : ['--seccomp', '3']),
  ];
  try {
    return run(
      'bwrap',
      [...sandbox, 'sh', '-c', script],
      ['ignore', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

describe('raw, under bwrap', () => {
  const reason = obstacle('bwrap', () => bwrap(undefined, 'echo here'));
  beforeEach((context) => {
    if (reason !== undefined) context.skip(reason);
  });

  test('a sandbox kills', () => {
    const filter = exported('sandbox.bpf', '-sandbox', 'on', '--format', 'raw');
    expect(bwrap(filter, MOUNT).stdout).toBe(`alive\n${KILLED}\n`);
    expect(bwrap(undefined, MOUNT).stdout).not.toContain(KILLED);
  });

  test('a profile refuses', () => {
    const filter = exported('profile.bpf', '--profile', PROFILE, '--format', 'raw');
    const { stdout, stderr } = bwrap(filter, MKDIR);
    expect({ stdout, stderr }).toEqual({
      stdout: '1\n',
      stderr: expect.stringContaining('Cannot assign requested address'),
    });
    expect(bwrap(undefined, MKDIR).stdout).toBe('0\n');
  });

  test('a profile denies a call with one argument and allows it with another', () => {
    const filter = exported('umask.bpf', '--profile', UMASK_PROFILE, '--format', 'raw');
    expect(bwrap(filter, UMASK).stdout).toBe(UMASK_ANSWER);
    expect(bwrap(undefined, UMASK).stdout).toBe('022\n077\n0\n');
  });

  test('assembled text is loaded as well', () => {
    const text = exported('profile.asm', '--profile', PROFILE, '--format', 'asm');
    const path = join(folder, 'assembled.bpf');
    expect(qseccomp(['asm', text, '--format', 'raw', '--output', path]).status).toBe(0);
    expect(bwrap(path, MKDIR).stdout).toBe('1\n');
  });
});

let containers = 0;

/** Runs a script in a container whose file system is busybox alone. */
function runc(seccomp: unknown, script: string): Result {
  const bundle = join(folder, `bundle-${containers}`);
  const name = `qseccomp-${process.pid}-${containers++}`;
  const bin = join(bundle, 'rootfs', 'bin');
  for (const path of [bin, join(bundle, 'rootfs', 'tmp'), join(bundle, 'rootfs', 'proc')])
    mkdirSync(path, { recursive: true });
  copyFileSync('/bin/busybox', join(bin, 'busybox'));
  symlinkSync('busybox', join(bin, 'sh'));
  const config = {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args: ['/bin/sh', '-c', script],
      env: ['PATH=/bin'],
      cwd: '/',
      noNewPrivileges: true,
    },
    root: { path: 'rootfs' },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }],
      ...(seccomp !== undefined && { seccomp }),
    },
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  return run('runc', ['run', '--bundle', bundle, name], ['ignore', 'pipe', 'pipe']);
}

function profileOf(...words: readonly string[]): unknown {
  const { status, stdout, stderr } = qseccomp(['compile', '--format', 'oci', ...words]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('oci, under runc', () => {
  const reason = obstacle('runc', () => runc(undefined, 'echo here'));
  beforeEach((context) => {
    if (reason !== undefined) context.skip(reason);
  });

  test('a sandbox kills, and answers with errors', () => {
    const profile = profileOf('-sandbox', 'on,elevateprivileges=deny,resourcecontrol=deny');
    expect(runc(profile, MOUNT).stdout).toBe(`alive\n${KILLED}\n`);
    expect(runc(profile, AFFINITY)).toMatchObject({
      stdout: '1\n',
      stderr: expect.stringContaining('Operation not permitted'),
    });
    expect(runc(undefined, AFFINITY).stdout).toBe('0\n');
  });

  test('a profile denies a call with one argument and allows it with another', () => {
    expect(runc(profileOf('--profile', UMASK_PROFILE), UMASK).stdout).toBe(UMASK_ANSWER);
    expect(runc(undefined, UMASK).stdout).toBe('022\n077\n0\n');
  });

  test('a profile that was read and written again does what it did', () => {
    const { stdout, stderr } = runc(profileOf('--profile', PROFILE), MKDIR);
    expect({ stdout, stderr }).toEqual({
      stdout: '1\n',
      stderr: expect.stringContaining('Cannot assign requested address'),
    });
    expect(runc(undefined, MKDIR).stdout).toBe('0\n');
  });
});
