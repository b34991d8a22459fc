/** Looks into real processes, and what they notice of it: nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspectProcess, processState } from '@qseccomp/runtime';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { compiled, isRunning, linuxOnly, need, run, said, scratch } from './support.ts';

linuxOnly();
const file = scratch();
const program = compiled(file('inspected'), 'inspected', '-pthread') as string;
const isRoot = process.getuid?.() === 0;
const isFiltered = /^Seccomp:\s*[12]/m.test(readFileSync('/proc/self/status', 'utf8'));
beforeEach((context) => {
  need(context, program);
  if (!isRoot || isFiltered) context.skip('needs root, and no filter on the test itself');
});

const ASK = fileURLToPath(new URL('ask-filters.mjs', import.meta.url));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Subject {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly text: () => string;
}

async function subject(...words: readonly string[]): Promise<Subject> {
  return watched(spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], detached: true }));
}

async function watched(child: ChildProcess): Promise<Subject> {
  started.push(child);
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await said(() => text, /^ready \d+$/m);
  return { pid: Number(/^ready (\d+)$/m.exec(text)?.[1]), child, text: () => text };
}

/** Operand of the first instruction: what tells the program's filters apart. */
async function marks(pid: number) {
  const { stacks, threads } = await inspectProcess(pid);
  const names = new Map(threads.map(({ tid, name }) => [tid, name]));
  return stacks.map((stack) => ({
    mode: stack.mode,
    threads: stack.threads.map((tid) => names.get(tid)),
    marks: stack.filters.map(({ program }) => program[0]?.k),
  }));
}

function field(pid: number, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

/** The state of every thread, once each is what it is to be. */
async function allThreads(pid: number, state: RegExp): Promise<void> {
  const states = () =>
    readdirSync(`/proc/${pid}/task`)
      .map((tid) => `${field(Number(tid), 'State')} ${field(Number(tid), 'TracerPid')}`)
      .join('\n');
  await said(states, new RegExp(`^(?:${state.source} 0(?:\n|$))+$`));
}

describe('filters', () => {
  it('are read in order of installation, one stack for all threads', async () => {
    const { pid } = await subject('threads', '20');
    const { stacks, noNewPrivs, threads } = await inspectProcess(pid);
    expect(stacks).toHaveLength(1);
    expect(stacks[0].threads).toHaveLength(21);
    expect(threads.map(({ tid }) => tid)).toEqual(stacks[0].threads);
    expect(stacks[0].filters.map(({ log, program }) => [log, program[0]?.k])).toEqual([
      [false, 1],
      [true, 2],
    ]);
    expect(stacks[0].filters[1]?.program).toEqual([
      { code: 0, jt: 0, jf: 0, k: 2 },
      { code: 6, jt: 0, jf: 0, k: 0x7fff_0000 },
    ]);
    expect(noNewPrivs).toBe(true);
    await allThreads(pid, /S \(sleeping\)/);
  });

  it('are told apart thread by thread', async () => {
    const { pid } = await subject('mixed');
    expect(await marks(pid)).toEqual([
      { mode: 'filter', threads: ['inspected', 'plain'], marks: [1, 2] },
      { mode: 'none', threads: ['plain'], marks: [] },
      { mode: 'filter', threads: ['marked'], marks: [7] },
    ]);
    const { noNewPrivs, threads } = await processState(pid);
    expect(noNewPrivs).toBe(false);
    expect(threads.map((thread) => thread.noNewPrivs)).toEqual([true, false, true, true]);
  });

  it('of a thread id are those of its process', async () => {
    const { pid } = await subject('mixed');
    const tids = readdirSync(`/proc/${pid}/task`).map(Number);
    for (const tid of tids) expect((await inspectProcess(tid)).pid).toBe(pid);
  });

  it('are found where the main thread has ended', async () => {
    const { pid } = await subject('leaderless');
    await said(() => field(pid, 'State') ?? '', /^Z/);
    expect(await marks(pid)).toEqual([{ mode: 'filter', threads: ['plain'], marks: [1] }]);
  });

  it('are read while threads come and go', async () => {
    const { pid } = await subject('churn');
    for (let round = 0; round < 50; round++) {
      const stacks = await marks(pid);
      expect(stacks).toHaveLength(1);
      expect(stacks[0]?.marks).toEqual([1]);
    }
    expect(isRunning(pid)).toBe(true);
  });

  it('are read of a process that this one did not start', async () => {
    const child = await watched(
      spawn('/bin/sh', ['-c', `"${program}" threads 3 & wait`], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      }),
    );
    expect(await marks(child.pid)).toHaveLength(1);
    process.kill(child.pid, 'SIGKILL');
    expect(await once(child.child, 'exit')).toEqual([0, null]);
  });
});

describe('the process', () => {
  it.each(['nanosleep', 'poll', 'ppoll', 'futex'])('waits in %s as long as it would have', async (call) => {
    const { pid, text } = await subject('wait', call);
    for (let round = 0; round < 5; round++) {
      await pause(40);
      await inspectProcess(pid);
    }
    await said(text, /(?:whole|short)/);
    expect(text().split('\n')[1]).toBe(call === 'futex' ? '-1 ETIMEDOUT whole' : '0 0 whole');
  });

  it('goes on to read', async () => {
    const { pid, child, text } = await subject('wait', 'read');
    await said(() => readFileSync(`/proc/${pid}/syscall`, 'utf8'), /^\d/);
    await inspectProcess(pid);
    child.stdin?.write('x');
    await said(text, /^1 0 /m);
  });

  it('gets EINTR from epoll_wait, as after SIGSTOP and SIGCONT', async () => {
    const { pid, text } = await subject('wait', 'epoll_wait');
    await pause(50);
    await inspectProcess(pid);
    await said(text, /^-1 EINTR short$/m);
  });

  it('stays stopped when it is, and goes on when it is told to', async () => {
    const { pid, child } = await subject('threads', '3');
    child.kill('SIGSTOP');
    await allThreads(pid, /T \(stopped\)/);
    expect(await marks(pid)).toHaveLength(1);
    await allThreads(pid, /T \(stopped\)/);
    child.kill('SIGCONT');
    await allThreads(pid, /S \(sleeping\)/);
  });

  it('gets every signal that was sent while it was looked at, once', async () => {
    const { pid, text } = await subject('signals');
    for (let round = 1; round <= 100; round++) {
      process.kill(pid, 'SIGUSR1');
      await inspectProcess(pid);
      await said(text, new RegExp(`^caught ${round}$`, 'm'));
    }
    expect(text().match(/caught/g)).toHaveLength(100);
  });

  it('can be killed in the middle of a look, and its own parent learns of it', async () => {
    for (let round = 0; round < 10; round++) {
      const { pid, child } = await subject('threads', '20');
      const exit = once(child, 'exit');
      const asked = spawn(process.execPath, [ASK, String(pid), '200'], { stdio: 'ignore' });
      await pause(60 + 10 * round);
      process.kill(pid, 'SIGKILL');
      expect(await exit).toEqual([null, 'SIGKILL']);
      await once(asked, 'exit');
    }
  });

  it('is let go when whoever looks is killed in the middle', async (context) => {
    const { pid } = await subject('threads', '5');
    // SEIZE and INTERRUPT of six threads, GET_FILTER: strace holds the next call for a minute.
    const delay = 'inject=ptrace:delay_enter=60000000:when=14';
    const words = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=ptrace', '-e', delay, process.execPath, ASK];
    const asking = spawn('strace', [...words, String(pid), '1'], { stdio: 'ignore', detached: true });
    const gone = once(asking, 'error').then(() => context.skip('needs strace'));
    const stopped = () =>
      readdirSync(`/proc/${pid}/task`)
        .map((tid) => field(Number(tid), 'State'))
        .join();
    const held = said(stopped, /^(?:t \(tracing stop\)(?:,|$)){6}$/);
    await Promise.race([held, gone]);
    const asker = Number(field(pid, 'TracerPid'));
    expect(asker).not.toBe(0);
    process.kill(asker, 'SIGKILL');
    asking.kill('SIGKILL');
    await once(asking, 'exit');
    await allThreads(pid, /S \(sleeping\)/);
    expect(await marks(pid)).toHaveLength(1);
  });

  it('that does not stop is told of, and let go when it does', async () => {
    const { pid, text } = await subject('vfork');
    await said(() => field(pid, 'State') ?? '', /^D/);
    await expect(inspectProcess(pid)).rejects.toMatchObject({
      code: 'RUNTIME_INSPECT',
      tid: pid,
      message: expect.stringMatching(/did not stop within 2 s.*vfork/),
    });
    await said(text, /^back$/m);
    await allThreads(pid, /S \(sleeping\)/);
    expect(await marks(pid)).toHaveLength(1);
  });
});

describe('each refusal is an error of its own', () => {
  /** What a process of its own is told, under some command in front. */
  function told(prefix: readonly string[], pid: number): { code: string; message: string } {
    const { stdout, stderr } = run([...prefix, process.execPath, ASK, String(pid), '1']);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  test('no such process', async () => {
    const { pid, child } = await subject('threads', '1');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(inspectProcess(pid)).rejects.toMatchObject({ code: 'RUNTIME_NO_PROCESS' });
    await expect(inspectProcess(2 ** 31 - 1)).rejects.toMatchObject({ code: 'RUNTIME_NO_PROCESS' });
    for (const bad of [0, -1, 1.5, 2 ** 31, Number.NaN])
      await expect(inspectProcess(bad)).rejects.toThrow(RangeError);
  });

  test('a process that ended and was not collected', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo ready $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const { pid } = await watched(parent);
    await said(() => field(pid, 'State') ?? '', /^Z/);
    await expect(inspectProcess(pid)).rejects.toMatchObject({
      code: 'RUNTIME_NO_PROCESS',
      message: expect.stringContaining('has ended'),
    });
  });

  test('no filter', async () => {
    const { pid } = await subject('plain');
    await expect(inspectProcess(pid)).rejects.toMatchObject({ code: 'RUNTIME_NOT_FILTERED' });
  });

  test('strict mode', async () => {
    const { pid } = await subject('strict');
    await expect(inspectProcess(pid)).rejects.toMatchObject({ code: 'RUNTIME_STRICT_MODE' });
  });

  test('this process itself', async () => {
    const found = JSON.parse(run([process.execPath, ASK, 'self', '1']).stdout);
    // It has a filter by then, which the kernel would mind as well.
    expect(found.code).toBe('RUNTIME_NOT_PERMITTED');
    expect(found.message).toContain('no process can trace itself');
  });

  test('a process that is traced', async (context) => {
    const { pid } = await subject('threads', '2');
    const strace = spawn('strace', ['-f', '-o', '/dev/null', '-p', String(pid)], {
      stdio: 'ignore',
      detached: true,
    });
    const gone = once(strace, 'error').then(() => context.skip('needs strace'));
    await Promise.race([said(() => field(pid, 'TracerPid') ?? '', /^[1-9]/), gone]);
    await expect(inspectProcess(pid)).rejects.toMatchObject({
      code: 'RUNTIME_ALREADY_TRACED',
      message: expect.stringContaining(`traced by process ${strace.pid}`),
    });
    strace.kill();
    await once(strace, 'exit');
  });

  test('a caller with a filter of its own', async () => {
    const { pid } = await subject('threads', '1');
    expect(told([program, 'exec'], pid).code).toBe('RUNTIME_CALLER_FILTERED');
  });

  test('a caller without rights', async () => {
    const { pid } = await subject('threads', '1');
    for (const drop of [
      ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'],
      ['setpriv', '--reuid', '65534', '--clear-groups'],
      ['unshare', '--user', '--map-root-user'],
    ]) {
      expect(told(drop, pid).code, drop.join(' ')).toBe('RUNTIME_NOT_PERMITTED');
    }
    await allThreads(pid, /S \(sleeping\)/);
  });

  // As CONFIG_CHECKPOINT_RESTORE=n and Linux 4.3 answer; ESRCH in the middle is a thread that was killed.
  test.each([
    ['EINVAL', 'RUNTIME_UNSUPPORTED_KERNEL'],
    ['EIO', 'RUNTIME_UNSUPPORTED_KERNEL'],
    ['EACCES', 'RUNTIME_NOT_PERMITTED'],
    ['EFAULT', 'RUNTIME_INSPECT'],
    ['ESRCH', 'RUNTIME_NO_PROCESS'],
  ])('ptrace(PTRACE_SECCOMP_GET_FILTER) answers %s', async (errno, code) => {
    const { pid } = await subject('threads', '0');
    // The first two of a single thread are SEIZE and INTERRUPT.
    const inject = `inject=ptrace:error=${errno}:when=3`;
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=ptrace', '-e', inject];
    expect(told(strace, pid).code).toBe(code);
    await allThreads(pid, /S \(sleeping\)/);
  });

  test.each([
    ['EPERM', 'RUNTIME_NOT_PERMITTED'],
    ['EIO', 'RUNTIME_INSPECT'],
  ])('ptrace(PTRACE_SEIZE) answers %s', async (errno, code) => {
    const { pid } = await subject('threads', '3');
    const inject = `inject=ptrace:error=${errno}:when=3`;
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=ptrace', '-e', inject];
    expect(told(strace, pid).code).toBe(code);
    await allThreads(pid, /S \(sleeping\)/);
  });
});
