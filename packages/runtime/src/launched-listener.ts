/**
 * The listener of a filter that a launcher has installed on itself.
 *
 * Once the filter is there every call of the launcher may need an answer, also one that would tell where the
 * listener is. So it is looked for from here, in /proc/PID/fd, and the launcher's own calls are let go on until
 * it has become the program: its socket closes then, and no program can open that one.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { LISTENER_LINK } from './abi.ts';
import { Listener, type SyscallNotification } from './notifications.ts';
import { takeDescriptor } from './notify.ts';
import { loadHost } from './platform.ts';
import { linkTarget } from './proc-bytes.ts';

/** Milliseconds between two looks. */
const PAUSE = 1;

/**
 * Takes the listener over, as soon as there is one.
 *
 * @param child - the launcher
 * @param socket - its descriptor of the socket that this process has the other end of
 * @param isOver - tells whether the launcher has closed that socket
 * @returns undefined when it is over before there was a listener
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_KERNEL, RUNTIME_LISTENER
 */
export async function takeLauncherListener(
  child: ChildProcess,
  socket: number,
  isOver: () => boolean,
): Promise<Listener | undefined> {
  const host = await loadHost();
  const pid = child.pid as number;
  const socketLink = linkTarget(`/proc/${pid}/fd/${socket}`);
  let isLauncher = socketLink !== undefined;
  const isOwn = (call: SyscallNotification): boolean => {
    if (!isLauncher) return false;
    isLauncher = linkTarget(`/proc/${pid}/fd/${socket}`) === socketLink;
    // A thread of the launcher that was there when it became the program is gone.
    return isLauncher || !call.isValid();
  };
  while (!isOver()) {
    const descriptor = descriptorsOf(pid).find((fd) => linkTarget(`/proc/${pid}/fd/${fd}`) === LISTENER_LINK);
    if (descriptor !== undefined) {
      return new Listener(host, takeDescriptor(host, pid, Number(descriptor)), isOwn);
    }
    await pause(PAUSE);
  }
  return undefined;
}

function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}
