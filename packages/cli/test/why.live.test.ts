/** `qseccomp why` on what real tools say of real programs: the kernel's log, strace in words and in numbers. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findArchitecture } from '@qseccomp/syscall-tables';
import { beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { callsOf } from '../src/denial/lines.ts';
import { COMMAND, qseccomp } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    context.skip('needs Linux on x86_64 or aarch64');
});

const machine = findArchitecture(process.arch === 'arm64' ? 'aarch64' : 'x86_64');

/** Calls of many kinds: files, memory, processes, sockets, ioctls. */
const PROGRAM = [
  'import mmap, os, socket, signal, fcntl, resource',
  'm = mmap.mmap(-1, 8192, prot=mmap.PROT_READ | mmap.PROT_WRITE)',
  'os.chmod("/tmp", os.stat("/tmp").st_mode)',
  's = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)',
  's.close()',
  'r, w = os.pipe()',
  'fcntl.fcntl(r, fcntl.F_SETFD, fcntl.FD_CLOEXEC)',
  'os.write(w, b"a, b) = 1")',
  'os.read(r, 99)',
  'os.kill(os.getpid(), 0)',
  'os.waitpid(os.fork() or os._exit(0), 0)',
  'os.nice(0)',
  'resource.getrlimit(resource.RLIMIT_NOFILE)',
].join('\n');

/** Lines of strace about the program; addresses are the same each time. */
function strace(context: TestContext, ...options: readonly string[]): string {
  const words = ['-R', 'strace', '-f', ...options, 'python3', '-ISc', PROGRAM];
  const { stderr, status, error } = spawnSync('setarch', words, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
    maxBuffer: 1 << 26,
  });
  if (error || status !== 0) context.skip('needs setarch, strace and python3');
  return stderr;
}

describe('strace', () => {
  it('in words gives the registers that it gives in numbers', (context) => {
    const inWords = callsOf(strace(context), machine);
    const inNumbers = callsOf(strace(context, '-e', 'raw=all'), machine);
    expect(inWords.length).toBeGreaterThan(200);
    // Both runs make the same calls but for what depends on process ids and time: compare what is alike.
    let [compared, known] = [0, 0];
    const rows = new Map<string, Set<string>>();
    for (const { names, args } of inNumbers) {
      const key = names.join();
      const seen = rows.get(key) ?? new Set<string>();
      rows.set(key, seen);
      args.forEach((value, at) => {
        seen.add(`${at} ${value === undefined ? '?' : BigInt.asUintN(32, value)}`);
      });
    }
    const odd: string[] = [];
    for (const { names, args } of inWords) {
      args.forEach((value, at) => {
        if (value === undefined) return;
        known++;
        if (rows.get(names.join())?.has(`${at} ${BigInt.asUintN(32, value)}`)) compared++;
        else odd.push(`${names.join()} ${at} 0x${value.toString(16)}`);
      });
    }
    // Process ids, and addresses that follow the size of the command line, differ from run to run.
    expect(known).toBeGreaterThan(600);
    expect(compared / known, odd.join('\n')).toBeGreaterThan(0.95);
  });

  it('is read whole by the command, and explained', (context) => {
    const input = strace(context);
    const { stdout, status } = qseccomp(['why', '-sandbox', 'on,spawn=deny', '-'], { input });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^execve\(.*\), \d+ on .*: kill the process\ndenied by the set spawn/m);
    expect(stdout).toMatch(/^(?:clone|fork|vfork)\(.*\), \d+ on .*: kill the process$/m);
    expect(stdout).toMatch(/^\d+ calls are allowed$/m);
  });
});

describe('the log of the kernel', () => {
  it('has a kill of a launched program, which is explained', (context) => {
    const launched = spawnSync(
      process.execPath,
      [COMMAND, 'run', '-sandbox', 'on,spawn=deny', '--', '/bin/sh', '-c', '/bin/true; :'],
      { encoding: 'utf8' },
    );
    expect(launched.status).toBe(159);
    const pid = /\(process (\d+)\)/.exec(launched.stderr)?.[1];
    const { stdout: log, status } = spawnSync('dmesg', { encoding: 'utf8' });
    const record = log
      ?.split('\n')
      .find((line) => line.includes(`pid=${pid} `) && line.includes('type=1326'));
    if (status !== 0 || record === undefined)
      context.skip('the kernel does not log here, or its log cannot be read');
    const { stdout } = qseccomp(['why', '-sandbox', 'on,spawn=deny', record as string]);
    expect(stdout).toMatch(
      new RegExp(
        `^(?:clone|fork|vfork)\\(…\\), \\d+ on ${machine.name} \\(process ${pid} \\(.*\\)\\): (?:kill|depends)`,
      ),
    );
    expect(stdout).toContain('denied by the set spawn');
    expect(stdout).not.toContain("the kernel's answer was another");
    const ended = qseccomp(['why', '--status', String(launched.status)]);
    expect(ended.stdout).toContain('cannot be known');
  });
});

it('reads a log from a file as standard input', () => {
  const input = readFileSync('/proc/self/status');
  const { status, stderr } = qseccomp(['why', '-'], { input });
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/^qseccomp: why: expected an audit record .*\n$/),
  ]);
});
