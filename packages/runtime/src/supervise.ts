/**
 * What a parent that stands between a shell and a program must do: pass signals on, stop when the program
 * stops, and leave the terminal as the program left it.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { P_PID, Wait } from './abi.ts';
import { RuntimeError } from './errors.ts';
import { systemCall, systemCallAsync } from './libc.ts';
import { loadHost } from './platform.ts';

/** Signals that are passed on. The rest either cannot be caught or is about this process itself. */
const FORWARDED = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGABRT',
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

/** Of these, the ones that stop. */
const STOPS: ReadonlySet<string> = new Set(['SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

/** This process has stopped itself because the child did, and was not continued yet as far as it knows. */
let following = false;

/**
 * Passes signals of this process on to a child, until the child ends. Those that come before the program has
 * started wait for it: the Node that is to become the program would take them for itself.
 *
 * A signal that the terminal sends goes to this process's whole group, so the child has it already: while
 * this group is the terminal's foreground group, such a signal is not passed on. SIGHUP of a terminal that is
 * gone comes to the whole group as well, and so does the SIGCONT that wakes a stopped job.
 *
 * @param child - the program, in the same process group
 * @returns `started`, to be called when the program runs
 */
export function forwardSignals(child: ChildProcess): { started(): void } {
  const hadTerminal = processState('self').terminal !== 0;
  let waiting: NodeJS.Signals[] | undefined = [];
  const hasItAlready = (signal: NodeJS.Signals): boolean => {
    const { group, foreground, terminal } = processState('self');
    if (signal === 'SIGHUP') return hadTerminal && terminal === 0;
    if (signal === 'SIGCONT' && following) {
      following = false;
      return processState(child.pid as number).state !== 'T';
    }
    // It came before the stop that it asked for, but is heard of only now, maybe in the background.
    if (STOPS.has(signal) && following) return true;
    return FROM_TERMINAL.has(signal) && group === foreground;
  };
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => {
      if (hasItAlready(signal)) return;
      if (waiting) waiting.push(signal);
      else child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  child.once('exit', () => {
    for (const remove of listeners) remove();
  });
  return {
    started: () => {
      for (const signal of waiting ?? []) child.kill(signal);
      waiting = undefined;
    },
  };
}

/**
 * Stops this process whenever the child stops, so that the shell sees a stopped job; SIGCONT continues both.
 * Without a terminal there is no such shell, and whoever stops and continues the program alone (a debugger,
 * cpulimit) would leave this process stopped for good: nothing is done then.
 *
 * @param child - the program
 */
export async function followStops(child: ChildProcess): Promise<void> {
  if (processState('self').terminal === 0) return;
  const { number } = await loadHost();
  const { pid } = child;
  // Only stops are waited for: the end of the child is left to Node.
  while (pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const answer = await systemCallAsync(number('waitid'), P_PID, pid, 0, Wait.STOPPED);
    if (answer !== 0) return;
    following = true;
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

interface ProcessState {
  /** `T` is stopped. */
  readonly state: string;
  readonly group: number;
  /** Device number of the controlling terminal, 0 without one. */
  readonly terminal: number;
  /** Process group in the terminal's foreground, -1 without a terminal. */
  readonly foreground: number;
}

/** The first fields of /proc/PID/stat behind the parenthesised name (man proc_pid_stat(5)). */
function processState(pid: number | 'self'): ProcessState {
  const stat = readStat(pid);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group, , terminal, foreground] = fields;
  return { state, group: Number(group), terminal: Number(terminal), foreground: Number(foreground) };
}

function readStat(pid: number | 'self'): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (cause) {
    throw new RuntimeError('RUNTIME_LAUNCH', `cannot tell the terminal: ${(cause as Error).message}`, {
      cause,
    });
  }
}
