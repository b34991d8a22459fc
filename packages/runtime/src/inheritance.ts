/**
 * What a plain exec would have handed to the program, and Node has changed on the way.
 *
 * Node resets ignored signals and the signal mask, ignores SIGPIPE and SIGXFSZ, raises the soft limit of
 * open files, marks inherited descriptors close-on-exec and opens closed ones on /dev/null, all before
 * the first line of JavaScript runs. The shell lines at the top of the qseccomp command stand in front of
 * Node and know better (`handover.ts`). Without them: what /proc of this process and of its parent still
 * shows.
 *
 * @module
 */
import { constants as fileConstants, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { O_CLOEXEC } from './abi.ts';
import { RuntimeError } from './errors.ts';
import { readHandover } from './handover.ts';
import { linkTarget } from './proc-bytes.ts';

/** The process state that a program is to be started with. */
export interface Inheritance {
  /** Descriptors to hand over, ascending. */
  readonly descriptors: readonly number[];
  /** Of these, those to make non-blocking; the others stay as they are. */
  readonly nonBlocking: readonly number[];
  /** Ignored signals; bit n-1 stands for signal n. */
  readonly ignored: bigint;
  /** Blocked signals, likewise. */
  readonly blocked: bigint;
  /** Soft limit of open files, -1 for unlimited; undefined: leave it as it is. */
  readonly openFiles: bigint | undefined;
}

const STANDARD = [0, 1, 2];
const SIGHUP_BIT = 1n << BigInt(constants.signals.SIGHUP - 1);

/**
 * The state to start a program with.
 *
 * @returns what the shell in front of Node handed over, else what /proc shows
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT for a handover variable that cannot be read, RUNTIME_LAUNCH
 *   where /proc is not mounted
 */
export function inheritance(): Inheritance {
  const { descriptors, ignored, blocked, openFiles } = readHandover() ?? {
    descriptors: visibleDescriptors(),
    ignored: parentIgnored(),
    blocked: 0n,
    openFiles: parentOpenFiles(),
  };
  return { descriptors, nonBlocking: [], ignored, blocked, openFiles };
}

/**
 * Which of descriptors 0 to 2 are non-blocking now. Starting a child makes these three blocking (libuv), also
 * for whoever else has them, until the child makes them what they were.
 *
 * @param descriptors - those that are handed over
 */
export function nonBlockingStandard(descriptors: readonly number[]): number[] {
  return STANDARD.filter((fd) => descriptors.includes(fd) && isNonBlocking(fd));
}

/**
 * Descriptors that this process was given, told apart from those that Node opened for itself: Node's are
 * event polls, event counters, pipes with both ends here, and /dev/null beyond the standard three. The
 * kernel gives the lowest free number, so everything below Node's first event poll was there before.
 */
function visibleDescriptors(): number[] {
  const links = new Map<number, string>();
  for (const name of ownDescriptors()) {
    const target = linkTarget(`/proc/self/fd/${name}`);
    // The descriptor of the listing itself is gone by now.
    if (target !== undefined) links.set(Number(name), target);
  }
  const firstOwn = Math.min(
    ...[...links].filter(([, target]) => target === 'anon_inode:[eventpoll]').map(([fd]) => fd),
  );
  const isNodes = (target: string): boolean =>
    target.startsWith('anon_inode:[event') ||
    target === 'anon_inode:[io_uring]' ||
    target === '/dev/null' ||
    (target.startsWith('pipe:') && hasBothEnds(links, target, firstOwn));
  return [...links]
    .filter(([fd, target]) => fd < Math.max(3, firstOwn) || !isNodes(target) || !closesOnExec(fd))
    .map(([fd]) => fd)
    .sort((a, b) => a - b);
}

/** A pipe of the caller's may have both ends here too: not above Node's first descriptor, where they fill gaps. */
function hasBothEnds(links: ReadonlyMap<number, string>, pipe: string, firstOwn: number): boolean {
  const ends = [...links].filter(([, target]) => target === pipe);
  return ends.length > 1 && ends.every(([fd]) => fd > firstOwn);
}

function ownDescriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd');
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_LAUNCH',
      `expected /proc to be mounted, to tell which descriptors the program is to get: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function isNonBlocking(fd: number): boolean {
  return (descriptorFlags(fd) & fileConstants.O_NONBLOCK) !== 0;
}

function closesOnExec(fd: number): boolean {
  return (descriptorFlags(fd) & O_CLOEXEC) !== 0;
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
  return BigInt(`0x${mask ?? 0}`) & SIGHUP_BIT;
}

/** With another hard limit than the parent's the limits were set on the way: its soft limit tells nothing. */
function parentOpenFiles(): bigint | undefined {
  const theirs = openFileLimits(readText(`/proc/${process.ppid}/limits`));
  const ours = openFileLimits(readText('/proc/self/limits'));
  if (theirs === undefined || theirs.hard !== ours?.hard) return undefined;
  return theirs.soft === 'unlimited' ? -1n : BigInt(theirs.soft);
}

function openFileLimits(text: string): { soft: string; hard: string } | undefined {
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
  return soft !== undefined && hard !== undefined ? { soft, hard } : undefined;
}

/** Text of a /proc file; empty where there is none, since every caller has an answer without it. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
