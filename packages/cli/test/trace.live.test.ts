/** `qseccomp trace` on real programs: what it sees, what it lets through, what it writes, how it ends. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { COMMAND, qseccomp } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

const SOURCE = `
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
static void *id(void *unused) { for (int i = 0; i < 20; i++) syscall(SYS_setfsuid, 4242); return NULL; }
static void *slow(void *unused) { usleep(100000); return NULL; }
int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "threads")) {
    pthread_t threads[40];
    for (int i = 0; i < 40; i++) if (pthread_create(&threads[i], NULL, id, NULL)) return 9;
    for (int i = 0; i < 40; i++) pthread_join(threads[i], NULL);
  } else if (!strcmp(what, "thread")) {
    // Slow enough that whoever joins it always waits.
    pthread_t thread;
    if (pthread_create(&thread, NULL, slow, NULL)) return 9;
    pthread_join(thread, NULL);
  } else if (!strcmp(what, "children")) {
    for (int i = 0; i < 50; i++) {
      pid_t pid = fork();
      if (pid == 0) { id(NULL); _exit(0); }
      waitpid(pid, NULL, 0);
    }
  } else if (!strcmp(what, "affinity")) {
    cpu_set_t all;
    memset(&all, 255, sizeof all);
    int answer = sched_setaffinity(0, sizeof all, &all);
    printf("%d %d\\n", answer, answer ? errno : 0);
  } else if (!strcmp(what, "connect")) {
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/no/such/socket"};
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\\0name"};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(443), .sin_addr = {htonl(0x7f000001)}};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_addr = {{{0x20, 1, [15] = 1}}}};
    connect(-1, (void *)&path, sizeof path);
    connect(-1, (void *)&name, sizeof name.sun_family + 5);
    connect(-1, (void *)&v4, sizeof v4);
    connect(-1, (void *)&v6, sizeof v6);
    connect(-1, (void *)16, 16);
    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 15);
    char *argv[] = {"with \\"quotes\\"", NULL};
    execve("/no/such/\\xff", argv, NULL);
    mprotect((void *)4096, 4096, PROT_READ | PROT_EXEC);
  } else if (!strcmp(what, "sleep")) {
    puts("asleep");
    fflush(stdout);
    sleep(60);
  } else syscall(SYS_setfsuid, 4242);
  return 0;
}`;
const compile = (name: string, ...flags: string[]): string | undefined => {
  writeFileSync(place('caller.c'), SOURCE);
  const { status } = spawnSync('gcc', ['-o', place(name), place('caller.c'), '-pthread', ...flags]);
  return status === 0 ? place(name) : undefined;
};
const caller = compile('caller') ?? '';
const caller32 = process.arch === 'x64' ? compile('caller32', '-m32') : undefined;
beforeEach((context) => {
  if (caller === '') context.skip('needs gcc');
});

interface Report {
  denied: {
    call: string;
    architecture: string;
    arguments: { name: string; text: string }[];
    action: string;
    outcome: string;
    reason: { text: string; set?: string; path?: string };
    count: number;
    processes: { pid: number; name: string }[];
  }[];
  seen?: { call: string; count: number }[];
  needed?: string[] | null;
  exitCode: number | null;
  signal: string | null;
}

/** Runs a trace and reads its report. */
function trace(...words: string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
  report: Report;
} {
  const file = place('report.json');
  rmSync(file, { force: true });
  const result = qseccomp(['trace', '--json', '--report', file, ...words]);
  return { ...result, report: JSON.parse(readFileSync(file, 'utf8')) as Report };
}

const countOf = ({ denied }: Report, name: string): number =>
  denied.filter(({ call }) => call === name).reduce((sum, { count }) => sum + count, 0);

describe('what would be killed goes on', () => {
  test('and is told with arguments, rule, set, process, and the option that it needs', () => {
    const { status, report } = trace(
      '-sandbox',
      'on,spawn=deny',
      '--',
      '/bin/sh',
      '-c',
      '/bin/echo "a b" >/dev/null; exit 7',
    );
    expect(status).toBe(7);
    const [exec] = report.denied.filter(({ call }) => call === 'execve');
    expect(exec).toMatchObject({
      arguments: [
        { name: 'pathname', text: '"/bin/echo"' },
        { name: 'argv', text: '["/bin/echo", "a b"]' },
        { name: 'envp' },
      ],
      outcome: 'continued',
      action: 'KILL_PROCESS',
      reason: { set: 'spawn', allowedBy: 'spawn=allow' },
      count: 1,
      processes: [{ pid: expect.any(Number), name: expect.any(String) }],
    });
    expect(report).toMatchObject({ needed: ['on'], exitCode: 7, signal: null });
  });

  test('and shows what its arguments mean and lead to', () => {
    const profile = place('connect.json');
    const names = ['connect', 'socket', 'execve', 'mprotect'];
    const syscalls = [{ names, action: 'SCMP_ACT_KILL_PROCESS' }];
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
    const { report } = trace('--profile', profile, '--', caller, 'connect');
    const shown = report.denied.map(
      ({ call, arguments: list }) => `${call}(${list.map(({ text }) => text).join(', ')})`,
    );
    for (const line of [
      'connect(-1, {AF_UNIX "/no/such/socket"}, 110)',
      'connect(-1, {AF_UNIX "@name"}, 7)',
      'connect(-1, {AF_INET 127.0.0.1:443}, 16)',
      'connect(-1, {AF_INET6 [2001:0000:0000:0000:0000:0000:0000:0001]:80}, 28)',
      // Nothing can be read there.
      'connect(-1, 0x10, 16)',
      'socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, 15)',
      'execve("/no/such/\ufffd", ["with \\"quotes\\""], 0x0)',
      'mprotect(0x1000, 4096, PROT_READ|PROT_EXEC)',
    ]) {
      expect(shown).toContain(line);
    }
  });

  test('in 40 threads, none lost', () => {
    const { status, report } = trace('-sandbox', 'on,elevateprivileges=deny', '--', caller, 'threads');
    expect(status).toBe(0);
    expect(countOf(report, 'setfsuid')).toBe(800);
    expect(report.denied).toHaveLength(1);
    expect(report.denied[0]?.processes).toHaveLength(1);
    expect(report.needed).toEqual(['on']);
  });

  test('in 50 short-lived children, none lost', () => {
    const { report } = trace('-sandbox', 'on,elevateprivileges=deny', '--', caller, 'children');
    expect(countOf(report, 'setfsuid')).toBe(1000);
    expect(report.denied.flatMap(({ processes }) => processes)).toHaveLength(50);
  });

  test('in i386 programs, which the filter is not for', (context) => {
    if (caller32 === undefined) context.skip('needs gcc for i386 (gcc-multilib), on x86_64');
    const { status, report } = trace('--', caller32 as string);
    expect(status).toBe(0);
    const [call] = report.denied.filter(({ call }) => call === 'setfsuid');
    expect(call).toMatchObject({ architecture: 'x86', action: 'KILL_THREAD', arguments: [{ text: '4242' }] });
    expect(report.needed).toBe(null);
  });

  test('under several filters, each with its own option', () => {
    const { report } = trace(
      '-sandbox',
      'on,elevateprivileges=deny',
      '-sandbox',
      'on,spawn=deny',
      '--',
      '/bin/sh',
      '-c',
      `${caller}; :`,
    );
    expect(report.needed).toEqual(['on', 'on']);
    expect(new Set(report.denied.map(({ reason }) => reason.set))).toEqual(new Set(['privileged', 'spawn']));
  });

  test('under a profile, by its rules', () => {
    const profile = place('setfsuid.json');
    const syscalls = [{ names: ['setfsuid'], action: 'SCMP_ACT_KILL_PROCESS' }];
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
    const { report } = trace('--profile', profile, '--', caller);
    expect(report.denied).toMatchObject([{ call: 'setfsuid', reason: { path: '$.syscalls[0].names[0]' } }]);
    expect(report.needed).toBeUndefined();
  });
});

describe('an errno', () => {
  const words = ['-sandbox', 'on,resourcecontrol=deny', '--', caller, 'affinity'];

  test('is answered', () => {
    const { stdout, report } = trace(...words);
    expect(stdout).toBe('-1 1\n');
    expect(report.denied).toMatchObject([{ call: 'sched_setaffinity', outcome: 'EPERM', action: 'ERRNO' }]);
    // It kills nothing, so nothing is needed.
    expect(report.needed).toEqual(['on,resourcecontrol=deny']);
  });

  test('is not, with --continue-all', () => {
    const { stdout, report } = trace('--continue-all', ...words);
    expect(stdout).toBe('0 0\n');
    expect(report.denied).toMatchObject([
      { call: 'sched_setaffinity', outcome: 'continued', action: 'ERRNO' },
    ]);
  });
});

describe('a profile of what was seen', () => {
  const profile = place('seen.json');
  const names = (): string[] =>
    (
      JSON.parse(readFileSync(profile, 'utf8')) as { syscalls: { names: string[]; action: string }[] }
    ).syscalls
      .filter(({ action }) => action === 'SCMP_ACT_ALLOW')
      .flatMap((entry) => entry.names);

  test('lets the same program run, and denies what it did not do', () => {
    const { status, report } = trace(
      '-sandbox',
      'off',
      '--output-profile',
      profile,
      '--',
      '/bin/echo',
      'seen',
    );
    expect(status).toBe(0);
    expect(report.denied).toEqual([]);
    const seen = report.seen?.map(({ call }) => call) ?? [];
    expect(seen).toContain('write');
    const always = ['execve', 'exit', 'exit_group', 'restart_syscall', 'rt_sigreturn'];
    expect(new Set(names())).toEqual(new Set([...seen, ...always]));
    expect(qseccomp(['run', '--profile', profile, '--', '/bin/echo', 'again'])).toEqual({
      status: 0,
      stdout: 'again\n',
      stderr: '',
    });
    expect(qseccomp(['run', '--profile', profile, '--', caller, 'affinity']).stdout).not.toBe('0 0\n');
  });

  test('grows over several runs', () => {
    const before = names();
    trace('-sandbox', 'off', '--output-profile', profile, '--merge', '--', caller, 'affinity');
    const after = names();
    expect(before.filter((name) => !after.includes(name))).toEqual([]);
    expect(after).toContain('sched_setaffinity');
    expect(qseccomp(['run', '--profile', profile, '--', caller, 'affinity']).stdout).toBe('0 0\n');
    expect(qseccomp(['run', '--profile', profile, '--', '/bin/echo', 'still']).stdout).toBe('still\n');
    // The same again adds nothing.
    const text = readFileSync(profile, 'utf8');
    trace('-sandbox', 'off', '--output-profile', profile, '--merge', '--', caller, 'affinity');
    expect(readFileSync(profile, 'utf8')).toBe(text);
  });

  test('keeps the errors that the program met: pthread_create falls back from clone3', () => {
    const file = place('threads.json');
    const { status } = trace('-sandbox', 'on,spawn=deny', '--output-profile', file, '--', caller, 'thread');
    expect(status).toBe(0);
    const { syscalls } = JSON.parse(readFileSync(file, 'utf8'));
    expect(syscalls).toContainEqual({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
    expect(qseccomp(['run', '--profile', file, '--', caller, 'thread']).status).toBe(0);
  });

  test('is made from many threads and children whose every call waits', () => {
    expect(
      trace('-sandbox', 'off', '--output-profile', place('t.json'), '--', caller, 'threads').status,
    ).toBe(0);
    const { report } = trace(
      '-sandbox',
      'off',
      '--output-profile',
      place('t.json'),
      '--',
      caller,
      'children',
    );
    expect(report.seen?.find(({ call }) => call === 'setfsuid')?.count).toBe(1000);
  });

  test('is for all architectures that were seen', (context) => {
    if (caller32 === undefined) context.skip('needs gcc for i386 (gcc-multilib), on x86_64');
    const file = place('two.json');
    const script = `${caller} affinity; ${caller32} affinity`;
    trace('-sandbox', 'off', '--output-profile', file, '--', '/bin/sh', '-c', script);
    const { architectures } = JSON.parse(readFileSync(file, 'utf8'));
    expect(architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    expect(qseccomp(['run', '--profile', file, '--', '/bin/sh', '-c', script])).toEqual({
      status: 0,
      stdout: '0 0\n0 0\n',
      stderr: '',
    });
  });

  test('is not started from a file that is no profile', () => {
    writeFileSync(place('broken.json'), '{');
    const { status, stderr } = qseccomp([
      'trace',
      '--output-profile',
      place('broken.json'),
      '--merge',
      '--',
      '/bin/true',
    ]);
    expect({ status, text: readFileSync(place('broken.json'), 'utf8') }).toEqual({ status: 125, text: '{' });
    expect(stderr).toMatch(/^qseccomp: .*broken\.json/m);
  });
});

describe('the end', () => {
  test('is not reached where the report could not be written', () => {
    for (const option of ['--report', '--output-profile']) {
      const { status, stdout, stderr } = qseccomp([
        'trace',
        option,
        '/missing/file',
        '--',
        '/bin/echo',
        'ran',
      ]);
      expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
      expect(stderr).toBe("qseccomp: cannot write '/missing/file': no such file or directory\n");
    }
  });

  test('has the status of run', () => {
    const status = (...words: string[]): number | null => qseccomp(['trace', ...words]).status;
    expect(status('--', '/bin/sh', '-c', 'kill -TERM $$')).toBe(143);
    expect(status('--', 'no-such-program')).toBe(127);
    expect(status('--', place('caller.c'))).toBe(126);
    expect(status('--merge', '--', '/bin/true')).toBe(125);
    expect(status('--profile', '/missing', '--', '/bin/true')).toBe(125);
    expect(status('-sandbox', 'maybe', '--', '/bin/true')).toBe(125);
  });

  test('under another trace is an error that says so', () => {
    const { stderr } = qseccomp(['trace', '--', process.execPath, COMMAND, 'trace', '--', '/bin/true']);
    expect(stderr).toMatch(/EBUSY .*another filter of this process has a listener already/);
  });

  test('comes after the last process that the program has left behind', () => {
    const { report } = trace(
      '-sandbox',
      'on,elevateprivileges=deny',
      '--',
      '/bin/sh',
      '-c',
      `(sleep 0.3; ${caller}) & exit 0`,
    );
    expect(countOf(report, 'setfsuid')).toBe(1);
  });

  test('or after SIGINT, once the program itself has ended', async () => {
    const words = [COMMAND, 'trace', '--', '/bin/sh', '-c', `${caller} sleep & exit 4`];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await pause(300);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(4);
    expect(errors).toContain('nothing would have been denied');
    process.kill(-(child.pid as number), 'SIGKILL');
  });

  test('of the program is not held up when it is killed', async () => {
    const words = [COMMAND, 'trace', '--output-profile', place('killed.json'), '--', caller, 'sleep'];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const [program] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(Number(program), 'SIGKILL');
    expect(await ended).toBe(137);
  });

  test('of the trace ends the program', async () => {
    const words = [COMMAND, 'trace', '--output-profile', place('killed.json'), '--', caller, 'sleep'];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const [program] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    child.kill('SIGKILL');
    for (let waited = 0; waited < 500 && isRunning(Number(program)); waited++) await pause(10);
    expect(isRunning(Number(program))).toBe(false);
  });
});

test('the program finds signals as they were, with a shell in front of Node', () => {
  const ignored = 'grep -E "^Sig(Ign|Blk)" /proc/self/status';
  const script = `trap "" HUP USR1 PIPE; ${ignored}; exec "$0" trace -- /bin/sh -c '${ignored}'`;
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script, COMMAND], { encoding: 'utf8' });
  expect(status).toBe(0);
  const [blocked, mask, ...traced] = stdout.trim().split('\n');
  expect(mask).toMatch(/^SigIgn:\t0*1201$/);
  expect(traced).toEqual([blocked, mask]);
});

describe('for a person', () => {
  test('a summary', () => {
    const { stderr } = qseccomp(['trace', '-sandbox', 'on,elevateprivileges=deny', '--', caller, 'children']);
    expect(stderr.replaceAll(/caller \(\d+\)/g, 'caller (PID)')).toBe(
      [
        'qseccomp: 1000 calls of 1 kind would have been denied under -sandbox on,elevateprivileges=deny, edition 7.0',
        '',
        `setfsuid, ${process.arch === 'x64' ? 122 : 151} on ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}, 1000 times: would kill the process, went on`,
        '  denied by the set privileged (change of identity); elevateprivileges=allow allows it',
        '    1000 × setfsuid(fsuid=4242)',
        `  by ${Array(5).fill('caller (PID)').join(', ')} and 45 more`,
        '',
        'What kills none of it: -sandbox on',
        '',
      ].join('\n'),
    );
  });

  test('lines as it goes, on a terminal', (context) => {
    const command = `${process.execPath} ${COMMAND} trace -sandbox on,elevateprivileges=deny -- ${caller}`;
    const { stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
      input: '',
      timeout: 20_000,
    });
    if (error) context.skip('needs script(1)');
    expect(stripVTControlCharacters(String(stdout))).toMatch(
      /^qseccomp: caller \(\d+\): setfsuid\(fsuid=4242\): would kill the process, went on; denied by the set privileged/m,
    );
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
