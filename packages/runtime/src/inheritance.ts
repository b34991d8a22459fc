/**
 * What a plain exec would have handed to the program, and Node has changed on the way.
 *
 * Node resets ignored signals and the signal mask, ignores SIGPIPE and SIGXFSZ, raises the soft limit of
 * open files, marks inherited descriptors close-on-exec and opens closed ones on /dev/null, all before
 * the first line of JavaScript runs. Whoever stands in front of Node (the shell lines at the top of the
 * qseccomp command, or a supervisor that starts a second Node) knows better, and says so in one
 * environment variable. Without it: what /proc of this process and of its parent still shows.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';

/** The process state that a program is to be started with. */
export interface Inheritance {
  /** Descriptors to hand over, ascending. */
  readonly descriptors: readonly number[];
  /** Of these, the ones that were non-blocking. */
  readonly nonBlocking: readonly number[];
  /** Ignored signals; bit n-1 stands for signal n. */
  readonly ignored: bigint;
  /** Blocked signals, likewise. */
  readonly blocked: bigint;
  /** Soft limit of open files, -1 for unlimited; undefined: leave it as it is. */
  readonly openFiles: bigint | undefined;
}

/** The environment variable that carries the state; it never reaches the program. */
export const HANDOVER_VARIABLE = 'QSECCOMP_HANDOVER';

const SIGHUP_BIT = 1n << BigInt(constants.signals.SIGHUP - 1);

/**
 * The state to start a program with.
 *
 * @returns what the handover variable says, completed from /proc
 */
export function inheritance(): Inheritance {
  const told = parseHandover(process.env[HANDOVER_VARIABLE] ?? '');
  const descriptors = told.descriptors ?? visibleDescriptors();
  return {
    descriptors,
    nonBlocking: told.nonBlocking ?? descriptors.filter(isNonBlocking),
    ignored: told.ignored ?? parentIgnored(),
    blocked: told.blocked ?? 0n,
    openFiles: 'openFiles' in told ? told.openFiles : parentOpenFiles(),
  };
}

/**
 * Writes a state down for a Node that is started next.
 *
 * @returns the value for {@link HANDOVER_VARIABLE}
 */
export function formatHandover(state: Inheritance): string {
  return [
    `fds=${state.descriptors.join(' ')}`,
    `nonblock=${state.nonBlocking.join(' ')}`,
    `ign=${state.ignored.toString(16)}`,
    `blk=${state.blocked.toString(16)}`,
    `nofile=${state.openFiles === undefined ? '' : state.openFiles < 0n ? 'unlimited' : state.openFiles}`,
  ].join(';');
}

/** The parts of {@link Inheritance} that a handover text holds; what is missing or unreadable is undefined. */
function parseHandover(text: string): { [K in keyof Inheritance]?: Inheritance[K] | undefined } {
  const fields = new Map(
    text.split(';').map((field) => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals), field.slice(equals + 1)] as const;
    }),
  );
  return {
    descriptors: numbers(fields.get('fds')),
    nonBlocking: numbers(fields.get('nonblock')),
    ignored: hexadecimal(fields.get('ign')),
    blocked: hexadecimal(fields.get('blk')),
    // Present and empty: leave the limit as it is.
    ...(fields.has('nofile') && { openFiles: limit(fields.get('nofile')) }),
  };
}

function numbers(text: string | undefined): number[] | undefined {
  if (text === undefined || !/^[\d ]*$/.test(text)) return undefined;
  const list = text.split(' ').filter((word) => word !== '');
  return list.map(Number).sort((a, b) => a - b);
}

function hexadecimal(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]+$/i.test(text) ? BigInt(`0x${text}`) : undefined;
}

function limit(text: string | undefined): bigint | undefined {
  if (text === 'unlimited') return -1n;
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

/**
 * Descriptors that this process was given, told apart from those that Node opened for itself: Node's are
 * event polls, event counters, pipes with both ends here, and /dev/null beyond the standard three. The
 * kernel gives the lowest free number, so everything below Node's first event poll was there before.
 */
function visibleDescriptors(): number[] {
  const links = new Map<number, string>();
  for (const name of readdirSync('/proc/self/fd')) {
    const target = linkTarget(`/proc/self/fd/${name}`);
    // The directory that is being listed is gone by now.
    if (target !== undefined && !/^\/proc\/\d+\/fd$/.test(target)) links.set(Number(name), target);
  }
  const firstOwn = Math.min(
    ...[...links].filter(([, target]) => target === 'anon_inode:[eventpoll]').map(([fd]) => fd),
  );
  const count = new Map<string, number>();
  for (const target of links.values()) count.set(target, (count.get(target) ?? 0) + 1);
  const isNodes = (target: string): boolean =>
    target.startsWith('anon_inode:[event') ||
    target === 'anon_inode:[io_uring]' ||
    target === '/dev/null' ||
    (target.startsWith('pipe:') && (count.get(target) ?? 0) > 1);
  return [...links]
    .filter(([fd, target]) => fd < Math.max(3, firstOwn) || !isNodes(target) || !closesOnExec(fd))
    .map(([fd]) => fd)
    .sort((a, b) => a - b);
}

function isNonBlocking(fd: number): boolean {
  return (descriptorFlags(fd) & 0o4000) !== 0;
}

function closesOnExec(fd: number): boolean {
  return (descriptorFlags(fd) & 0o2000000) !== 0;
}

/** Open flags as /proc shows them, octal in the kernel's numbering. */
function descriptorFlags(fd: number): number {
  const flags = /^flags:\s*([0-7]+)/m.exec(readText(`/proc/self/fdinfo/${fd}`))?.[1];
  return flags === undefined ? 0 : Number.parseInt(flags, 8);
}

/**
 * Of the signals that the parent ignores, SIGHUP: a parent that ignores it was started by nohup and hands it
 * on. Others that a parent ignores for itself (an interactive shell: SIGTERM, SIGTTOU; Python: SIGPIPE) are
 * not its children's.
 */
function parentIgnored(): bigint {
  const mask = /^SigIgn:\s*(\S+)/m.exec(readText(`/proc/${process.ppid}/status`))?.[1];
  return (hexadecimal(mask) ?? 0n) & SIGHUP_BIT;
}

/** With another hard limit than the parent's the limits were set on the way: its soft limit tells nothing. */
function parentOpenFiles(): bigint | undefined {
  const theirs = openFileLimits(readText(`/proc/${process.ppid}/limits`));
  const ours = openFileLimits(readText('/proc/self/limits'));
  return theirs?.hard === ours?.hard ? limit(theirs?.soft) : undefined;
}

function openFileLimits(text: string): { soft: string; hard: string } | undefined {
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
  return soft !== undefined && hard !== undefined ? { soft, hard } : undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Text of a /proc file; empty where there is none, since every caller has an answer without it. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
