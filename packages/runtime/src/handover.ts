/**
 * What the shell lines at the top of the qseccomp command say about the state that they were started in,
 * before Node changes it: one environment variable, and the environment itself in numbered pieces.
 *
 * The text names the process that it is about. In front of Node `exec` keeps that process, so a text that
 * names another one is left over from elsewhere, and not ours.
 *
 * @module
 */
import { RuntimeError } from './errors.ts';

/** The environment variable that carries the state; it never reaches the program. */
export const HANDOVER_VARIABLE = 'QSECCOMP_HANDOVER';

/** Variables of this name, `_` and a number from 1 up carry the environment as Base64, cut into pieces. */
export const ENVIRONMENT_VARIABLE = 'QSECCOMP_ENVIRON';

/** The state as the shell found it. */
export interface Handover {
  /** Descriptors that were open, ascending. */
  readonly descriptors: readonly number[];
  /** Ignored signals; bit n-1 stands for signal n. */
  readonly ignored: bigint;
  /** Blocked signals, likewise. */
  readonly blocked: bigint;
  /** Soft limit of open files, -1 for unlimited. */
  readonly openFiles: bigint;
  /** How many pieces the environment came in; undefined where the shell could not read it. */
  readonly environmentPieces: number | undefined;
}

/** The one order of fields that the shell writes. */
const SHAPE =
  /^pid=(\d+);environ=(\d*);blk=([0-9a-f]{1,16});ign=([0-9a-f]{1,16});nofile=(\d{1,19}|unlimited);fds=((?: \d{1,9})*)$/;

/**
 * Reads this process's handover variable.
 *
 * @returns undefined where there is none, or where it is about another process
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when it is about this process and cannot be read
 */
export function readHandover(): Handover | undefined {
  return parseHandover(process.env[HANDOVER_VARIABLE], process.pid);
}

/**
 * Reads a handover text.
 *
 * @param text - value of {@link HANDOVER_VARIABLE}
 * @param pid - the process that it must be about
 * @returns undefined where it is absent, or about another process
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT when it cannot be read
 */
export function parseHandover(text: string | undefined, pid: number): Handover | undefined {
  if (text === undefined) return undefined;
  const owner = /^pid=(\d+);/.exec(text)?.[1];
  if (owner !== undefined && Number(owner) !== pid) return undefined;
  const match = SHAPE.exec(text);
  if (match === null) {
    throw new RuntimeError(
      'RUNTIME_BAD_ARGUMENT',
      `expected ${HANDOVER_VARIABLE} as the shell in front of Node writes it, got ${JSON.stringify(text)}; unset it`,
    );
  }
  const [, , pieces, blocked, ignored, openFiles, descriptors = ''] = match;
  return {
    descriptors: descriptors
      .split(' ')
      .filter((word) => word !== '')
      .map(Number)
      .sort((a, b) => a - b),
    ignored: BigInt(`0x${ignored}`),
    blocked: BigInt(`0x${blocked}`),
    openFiles: openFiles === 'unlimited' ? -1n : BigInt(openFiles as string),
    environmentPieces: pieces === '' ? undefined : Number(pieces),
  };
}
