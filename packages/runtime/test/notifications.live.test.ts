/** The supervisor API on real programs: every kind of answer, many threads, deaths on both sides. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Comparison, compilePolicy, type Program } from '@qseccomp/bpf';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, test } from 'vitest';
import {
  launch,
  launchWithListener,
  openListener,
  type SupervisedLaunch,
  type SyscallNotification,
  takeListener,
} from '../src/index.ts';
import { compiled, isRunning, linuxOnly, need, nr, run, said, scratch } from './support.ts';

linuxOnly();

const file = scratch();
const notify = compiled(file('notify'), 'notify', '-pthread');
const architecture = process.arch === 'arm64' ? aarch64 : x86_64;

const announcing = (names: readonly string[], defaultAction: 'ALLOW' | 'USER_NOTIF' = 'ALLOW'): Program =>
  compilePolicy({
    defaultAction,
    architectures: [
      { architecture, rules: names.map((syscall) => ({ syscall, action: 'USER_NOTIF' as const })) },
    ],
  }).program;

/** Runs the program; each call of the filter goes to `answer`. */
async function supervised(
  words: readonly string[],
  filter: Program,
  answer: (call: SyscallNotification, launch: SupervisedLaunch) => unknown,
  interruptible = false,
): Promise<{ output: string; ending: unknown; calls: number }> {
  const launch = await launchWithListener(notify as string, words, {
    filter,
    interruptible,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  launch.child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const closed = once(launch.child, 'close');
  let calls = 0;
  for await (const call of launch.listener) {
    calls++;
    await answer(call, launch);
  }
  await closed;
  return { output, ending: await launch.ended, calls };
}

const supervisor = fileURLToPath(new URL('supervisor.mjs', import.meta.url));
const getppid = announcing(['getppid']);

describe('an answer', () => {
  test('is a value, an error, or the call itself', async (context) => {
    need(context, notify);
    const answers = [
      (call: SyscallNotification) => call.answer(4242),
      (call: SyscallNotification) => call.fail('EXDEV'),
      (call: SyscallNotification) => call.fail(1),
      (call: SyscallNotification) => call.answer(0),
      (call: SyscallNotification) => call.continue(),
    ];
    const done: unknown[] = [];
    const { output, ending } = await supervised(Array(5).fill('getppid'), getppid, (call, { child }) => {
      expect({ nr: call.nr, arch: call.arch, pid: call.pid }).toEqual({
        nr: nr('getppid'),
        arch: architecture.auditArch,
        pid: child.pid,
      });
      expect(call.isValid()).toBe(true);
      done.push(answers[done.length]?.(call));
      expect(call.isValid()).toBe(false);
    });
    expect(done).toEqual([true, true, true, true, true]);
    expect(output.split('\n')).toEqual([
      'getppid 4242 0',
      'getppid -1 18',
      'getppid -1 1',
      'getppid 0 0',
      `getppid ${process.pid} 0`,
      '',
    ]);
    expect(ending).toEqual({ exitCode: 0, signal: null });
  });

  test('is given once, and an errno is one', async (context) => {
    need(context, notify);
    const errors: string[] = [];
    const attempt = (action: () => unknown): void => {
      try {
        action();
      } catch (error) {
        errors.push(`${(error as { code: string }).code} ${(error as Error).message}`);
      }
    };
    await supervised(['getppid'], getppid, (call) => {
      for (const errno of [0, 4096, 1.5, 'EWHATEVER', 'constructor']) attempt(() => call.fail(errno));
      call.answer(1);
      attempt(() => call.continue());
      attempt(() => call.addFd(0));
    });
    expect(errors).toEqual([
      ...['0', '4096', '1.5', 'EWHATEVER', 'constructor'].map(
        (errno) => `RUNTIME_BAD_ARGUMENT expected an errno, 1 to 4095 or a name, got ${errno}`,
      ),
      ...Array(2).fill('RUNTIME_BAD_ARGUMENT expected one answer to a notification, got another'),
    ]);
  });

  test('is a descriptor of ours, in one step or in two, at a number of our choice', async (context) => {
    need(context, notify);
    const ours = openSync(file('ours', 'from the supervisor'), 'r');
    const openat = announcing(
      ['openat', 'open'].filter((name) => architecture.name === 'x86_64' || name === 'openat'),
    );
    const numbers: unknown[] = [];
    const { output } = await supervised(
      ['open', '/one/step', 'open', '/two/steps', 'open', '/missing/really', 'open', '/bad/descriptor'],
      openat,
      (call) => {
        const path = String(call.readString(call.args[call.nr === nr('openat') ? 1 : 0] as bigint));
        if (path === '/one/step') {
          numbers.push(call.addFd(ours, { asAnswer: true, closeOnExec: true }));
        } else if (path === '/two/steps') {
          const number = call.addFd(ours, { at: 77 });
          numbers.push(number, call.isValid());
          call.answer(number as number);
        } else if (path === '/bad/descriptor') {
          expect(() => call.addFd(9999)).toThrow(
            'ioctl(SECCOMP_IOCTL_NOTIF_ADDFD) failed: EBADF (Bad file descriptor): the descriptor to hand over is not open here',
          );
          call.fail('EACCES');
        } else call.continue();
      },
    );
    closeSync(ours);
    expect(numbers).toEqual([3, 77, true]);
    // The description, and so its place in the file, is shared.
    expect(output.split('\n')).toEqual([
      'open from the supervisor closes 3',
      'open  stays 77',
      'open No such file or directory stays -1',
      'open Permission denied stays -1',
      '',
    ]);
  });
});

describe('no call is lost', () => {
  test('of 50 threads at once, while the event loop goes on', async (context) => {
    need(context, notify);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const { output, calls } = await supervised(['threads', '50'], getppid, (call) => call.answer(3));
    clearInterval(timer);
    expect({ output, calls }).toEqual({ output: 'threads 15000\n', calls: 5000 });
    expect(ticks).toBeGreaterThan(5);
  });

  test('of 100 short-lived children', async (context) => {
    need(context, notify);
    const { output, calls } = await supervised(['fork', '100'], getppid, (call) => call.answer(7));
    expect({ output, calls }).toEqual({ output: 'fork 100\n', calls: 100 });
  });

  test('when every call is announced', async (context) => {
    need(context, notify);
    const { output, ending } = await supervised(
      ['threads', '10', 'fork', '10'],
      announcing([], 'USER_NOTIF'),
      (call) => (call.nr === nr('getppid') ? call.answer(7) : call.continue()),
    );
    expect(output).toBe('threads 7000\nfork 10\n');
    expect(ending).toEqual({ exitCode: 0, signal: null });
  });

  test('and a caller that is killed while it waits stops nothing', async (context) => {
    need(context, notify);
    const late: unknown[] = [];
    const { output } = await supervised(['kill', 'getppid'], getppid, async (call) => {
      if (late.length === 0) {
        await said(() => (call.isValid() ? '' : 'gone'), /gone/);
        late.push(call.readMemory(call.instructionPointer, 4), call.answer(1), 'next');
      } else call.answer(9);
    });
    expect(late).toEqual([undefined, false, 'next']);
    expect(output).toBe('killed\ngetppid 9 0\n');
  });
});

describe('a signal that the caller handles', () => {
  test('waits until the call is answered', async (context) => {
    need(context, notify);
    const { output, calls } = await supervised(['pause'], getppid, async (call, { child }) => {
      child.kill('SIGUSR1');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(call.isValid()).toBe(true);
      call.answer(5);
    });
    expect(output).toMatch(/^pause \d+\npaused 5 1\n$/);
    expect(calls).toBe(1);
  });

  test('ends the wait where that is asked for: the call is announced again', async (context) => {
    need(context, notify);
    let first = true;
    const answer = async (call: SyscallNotification, { child }: SupervisedLaunch): Promise<void> => {
      if (first) {
        first = false;
        child.kill('SIGUSR1');
        await said(() => (call.isValid() ? '' : 'gone'), /gone/);
      }
      call.answer(5);
    };
    const { output, calls } = await supervised(['pause'], getppid, answer, true);
    expect(output).toMatch(/^pause \d+\npaused 5 1\n$/);
    expect(calls).toBe(2);
  });
});

describe('deaths', () => {
  test('a supervisor that is killed takes the program along; its children get ENOSYS, not freedom', async (context) => {
    need(context, notify);
    const output = file('after-death', '');
    const script = `${notify} getsid; ${notify} getsid >> ${output}`;
    const process_ = spawn(process.execPath, [supervisor, '/bin/sh', '-c', `(${script}) & exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let text = '';
    process_.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    // One call waits for its answer, which never comes.
    await said(() => text, /child (\d+)\n[\s\S]*waiting/);
    const child = Number(/child (\d+)/.exec(text)?.[1]);
    process_.kill('SIGKILL');
    await said(() => (isRunning(child) ? '' : 'gone'), /gone/);
    await said(() => run(['cat', output]).stdout, /getsid/);
    expect(run(['cat', output]).stdout).toBe('getsid -1 38\n');
  });

  test('process.exit with a listener open does not hang, and the program ends', async () => {
    const { status, stdout } = run([process.execPath, supervisor, '--exit', 'sleep', '60']);
    expect(status).toBe(3);
    const child = Number(/child (\d+)/.exec(stdout)?.[1]);
    await said(() => (isRunning(child) ? '' : 'gone'), /gone/);
  });

  test('leaving the loop closes the listener', async (context) => {
    need(context, notify);
    const before = readdirSync('/proc/self/fd').length;
    const { child, listener, ended } = await launchWithListener(notify as string, ['getppid', 'getppid'], {
      filter: getppid,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    const closed = once(child, 'close');
    for await (const call of listener) {
      call.answer(1);
      break;
    }
    await Promise.all([ended, closed]);
    expect(output).toBe('getppid 1 0\ngetppid -1 38\n');
    expect(await listener.next()).toBeUndefined();
    await said(() => String(readdirSync('/proc/self/fd').length <= before + 1), /true/);
  });
});

describe('refusals', () => {
  test('a filter that does not let the launcher start the program', async () => {
    const { program } = compilePolicy({
      defaultAction: 'ALLOW',
      architectures: [{ architecture, rules: [{ syscall: 'read', action: 'KILL_PROCESS' }] }],
    });
    await expect(launchWithListener('true', [], { filter: program })).rejects.toMatchObject({
      code: 'RUNTIME_BAD_ARGUMENT',
      message: expect.stringContaining('expected a filter that lets the launcher read, or announces that'),
    });
  });

  test('a program that is not there', async () => {
    await expect(launchWithListener('/missing', [], { filter: getppid })).rejects.toMatchObject({
      code: 'RUNTIME_PROGRAM_NOT_FOUND',
    });
  });

  test('a filter that the kernel would not take', async () => {
    await expect(launchWithListener('true', [], { filter: [] })).rejects.toMatchObject({ name: 'BpfError' });
  });

  test('descriptors and processes that are none', async () => {
    await expect(openListener(0)).rejects.toMatchObject({ code: 'RUNTIME_BAD_ARGUMENT' });
    await expect(openListener(9999)).rejects.toThrow(
      'expected the descriptor of a seccomp listener, got 9999: not open',
    );
    await expect(takeListener(2 ** 22 + 5, 3)).rejects.toMatchObject({
      code: 'RUNTIME_LISTENER',
      call: 'pidfd_open',
      message: 'pidfd_open failed: ESRCH (No such process): the process has ended',
    });
    await expect(takeListener(process.pid, 9999)).rejects.toThrow(/^pidfd_getfd failed: EBADF/);
  });

  test('a listener under another one', () => {
    const { stderr } = run([process.execPath, supervisor, process.execPath, supervisor, 'true']);
    expect(stderr).toMatch(
      /RUNTIME_INSTALL.*NEW_LISTENER.*EBUSY.*another filter of this process has a listener/s,
    );
  });

  test('a process of somebody else', (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to become somebody else');
    const words = [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--',
      process.execPath,
      supervisor,
    ];
    const { stderr } = run([...words, '--take', String(process.pid)]);
    expect(stderr).toMatch(
      /^RUNTIME_LISTENER pidfd_getfd failed: EPERM \(Operation not permitted\): the process may not be traced from here/,
    );
  });

  /** The supervisor, with a call answered by an errno: an older kernel, a limit, an engine's profile. */
  async function underErrno(
    syscall: string,
    errno: string,
    comparisons: readonly Comparison[],
    ...words: string[]
  ) {
    const { program } = compilePolicy({
      defaultAction: 'ALLOW',
      architectures: [{ architecture, rules: [{ syscall, action: { errno }, comparisons }] }],
    });
    const { child, ended } = launch(process.execPath, [supervisor, ...words], {
      filters: [{ program }],
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    await Promise.all([once(child, 'close'), ended]);
    return output;
  }
  const flag = (value: bigint): readonly Comparison[] => [
    { argument: 1, op: 'MASKED_EQ', mask: value, value },
  ];

  test('a kernel without TSYNC_ESRCH', async () => {
    expect(await underErrno('seccomp', 'EINVAL', flag(16n), 'true')).toMatch(
      /^RUNTIME_UNSUPPORTED_KERNEL expected a kernel with SECCOMP_FILTER_FLAG_TSYNC_ESRCH \(Linux 5\.7\)/,
    );
  });

  test('a kernel that cannot tell the sizes of notifications', async () => {
    expect(await underErrno('seccomp', 'EINVAL', [{ argument: 0, op: 'EQ', value: 3n }], 'true')).toMatch(
      /^RUNTIME_LISTENER seccomp\(SECCOMP_GET_NOTIF_SIZES\) failed: EINVAL/,
    );
  });

  test.each([
    ['pidfd_open', 'EMFILE', 'raise `ulimit -n`'],
    ['pidfd_getfd', 'ENOSYS', 'the kernel is older than 5.6'],
    ['pidfd_getfd', 'EMFILE', 'raise `ulimit -n`'],
  ])('%s that fails with %s: the program does not start', async (syscall, errno, remedy) => {
    const output = await underErrno(syscall, errno, [], '/bin/echo', 'started');
    expect(output).toMatch(new RegExp(`^RUNTIME_LISTENER ${syscall} failed: ${errno} \\(.*\\): .*`));
    expect(output).toContain(remedy);
    expect(output).not.toContain('started');
  });

  test('but a kernel without WAIT_KILLABLE_RECV will do', async (context) => {
    need(context, notify);
    expect(await underErrno('seccomp', 'EINVAL', flag(32n), '--answer', notify as string, 'getsid')).toMatch(
      /getsid 7 0/,
    );
  });
});
