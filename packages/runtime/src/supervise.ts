/**
 * What a parent that stands between a shell and a program must do: pass signals on, stop when the program
 * stops, and leave the terminal as the program left it.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { P_PID, WSTOPPED } from './abi.ts';
import { systemCall, systemCallAsync } from './libc.ts';
import { loadHost } from './platform.ts';

/** Signals that are passed on. The rest either cannot be caught or is about this process itself. */
const FORWARDED = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGTERM',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGVTALRM',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
] as const satisfies readonly NodeJS.Signals[];

/** Signals that a terminal sends to its whole foreground group, and so to the program as well. */
const FROM_TERMINAL: ReadonlySet<string> = new Set([
  'SIGINT',
  'SIGQUIT',
  'SIGTSTP',
  'SIGWINCH',
  'SIGTTIN',
  'SIGTTOU',
]);

/** Field of /proc/PID/stat after the parenthesised name: process group, and foreground group of the terminal. */
const STAT_GROUP = 2;
const STAT_FOREGROUND = 5;

/**
 * Passes signals of this process on to a child, until the child ends.
 *
 * A signal that the terminal sends goes to this process's whole group, so the child has it already: while
 * this group is the terminal's foreground group, such a signal is not passed on.
 *
 * @param child - the program, in the same process group
 */
export function forwardSignals(child: ChildProcess): void {
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => {
      if (!(FROM_TERMINAL.has(signal) && inForeground())) child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  child.once('exit', () => {
    for (const remove of listeners) remove();
  });
}

/**
 * Stops this process whenever the child stops, so that the shell sees a stopped job; SIGCONT, which
 * {@link forwardSignals} passes on, continues both.
 *
 * @param child - the program
 */
export async function followStops(child: ChildProcess): Promise<void> {
  const { number } = await loadHost();
  const { pid } = child;
  // Only stops are waited for: the end of the child is left to Node.
  while (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const answer = await systemCallAsync(number('waitid'), P_PID, pid, 0, WSTOPPED);
    if (answer !== 0) return;
    process.kill(process.pid, 'SIGSTOP');
  }
}

/**
 * Ends this process at once. Node's own way out would set the terminal back to what it was when Node
 * started, and undo what the program (stty, say) has changed on purpose.
 *
 * @param status - exit status, 0..255
 */
export async function exitNow(status: number): Promise<never> {
  const { number } = await loadHost();
  systemCall(number('exit_group'), status);
  return process.exit(status);
}

/** Whether this process's group is the foreground group of its terminal. */
function inForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STAT_GROUP] === fields[STAT_FOREGROUND];
}
