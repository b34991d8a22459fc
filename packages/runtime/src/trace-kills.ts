/**
 * Carries out the kills that a filter announces, and notes them: the supervisor's half of `announce.ts`.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import type { Listener } from './notifications.ts';
import type { KilledCall } from './supervisor.ts';
import { processOf } from './trace/process-of.ts';

/**
 * Serves a listener until no process has the filter any more.
 *
 * @param listener - of the filter that announces kills
 * @param child - the process that installed it
 * @param kills - where each kill is noted, before it happens
 * @throws {RuntimeError} RUNTIME_LISTENER when calls cannot be received any more; the child is killed then
 */
export async function serveKills(
  listener: Listener,
  child: ChildProcess,
  kills: KilledCall[],
): Promise<void> {
  try {
    await serve(listener, kills);
  } catch (error) {
    // Nobody can answer any more. Before the listener closes: a call that waits would fail, and its caller go on.
    child.kill('SIGKILL');
    throw error;
  } finally {
    listener.close();
  }
}

async function serve(listener: Listener, kills: KilledCall[]): Promise<void> {
  for (let call = await listener.next(); call !== undefined; call = await listener.next()) {
    const { arch, nr, args } = call;
    const { pid } = processOf(call.pid);
    kills.push({ pid, arch, syscall: nr, args });
    kill(pid);
    // The caller is dying; whatever it would get, it does not see.
    call.fail('EPERM');
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
