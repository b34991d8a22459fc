/**
 * Carries out the kills that a filter announces, and notes them: the supervisor's half of `announce.ts`.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { answer, receive, takeDescriptor } from './notify.ts';
import { type Host, loadHost } from './platform.ts';
import type { KilledCall } from './supervisor.ts';

/**
 * Takes the listener over and serves it until no process has the filter any more.
 *
 * @param child - the process that installed the filter
 * @param descriptor - its descriptor of the listener
 * @param kills - where each kill is noted, before it happens
 * @throws {RuntimeError} RUNTIME_LISTENER when the listener cannot be taken over
 */
export async function traceKills(
  child: ChildProcess,
  descriptor: number,
  kills: KilledCall[],
): Promise<void> {
  const host = await loadHost();
  const listener = takeDescriptor(host, child.pid as number, descriptor);
  void serve(host, listener, kills).catch(() => {
    // Nobody can answer any more: a call that waits would wait for ever.
    child.kill('SIGKILL');
  });
}

async function serve(host: Host, listener: number, kills: KilledCall[]): Promise<void> {
  for (;;) {
    const call = await receive(host, listener);
    if (call === undefined) return;
    const { id, arch, nr, args } = call;
    const pid = processOf(call.pid);
    kills.push({ pid, arch, syscall: nr, args });
    kill(pid);
    // The caller is dying; whatever it would get, it does not see.
    answer(host, listener, id, { errno: constants.errno.EPERM });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The process that a thread belongs to; the thread itself where it is gone. */
function processOf(thread: number): number {
  try {
    const tgid = /^Tgid:\s*(\d+)/m.exec(readFileSync(`/proc/${thread}/status`, 'latin1'))?.[1];
    return tgid === undefined ? thread : Number(tgid);
  } catch {
    return thread;
  }
}
