/**
 * What the second Node is to do, as one line of JSON on its socket.
 *
 * Words and variables travel as Base64: they are bytes, and need not be UTF-8.
 *
 * @module
 */
import type { Program } from '@qseccomp/bpf';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { Inheritance } from './inheritance.ts';
import type { SandboxOptions } from './install.ts';
import type { LoadFlagName } from './load-filter.ts';
import { joinNul, splitNul } from './proc-bytes.ts';

/** A filter that is no `-sandbox`'s, such as a container profile's. */
export interface LoadableFilter {
  /** For this machine's architecture, 1..4096 instructions. */
  readonly program: Program;
  /** Flags of seccomp(2) beside TSYNC; none where absent. */
  readonly flags?: readonly LoadFlagName[];
}

/** The sandbox to install. */
export interface LauncherOrder extends SandboxOptions {
  readonly entries: readonly SandboxEntry[];
  /** Loaded after those of the entries. */
  readonly filters?: readonly LoadableFilter[];
  /** Have each kill announced, with the call's arguments, and carry it out here. */
  readonly trace?: boolean;
  /** One filter in place of those of the entries, whose calls are announced. */
  readonly announcing?: AnnouncingFilter;
}

/** A filter that is installed with a listener. */
export interface AnnouncingFilter {
  /** struct sock_filter array in this machine's byte order, as Base64. */
  readonly filter: string;
  /** Whether only what kills the caller interrupts a call that was received (Linux 5.19). */
  readonly killable: boolean;
}

/** The program to become. */
export interface ProgramOrder {
  /** The command: name or path first, then its arguments; bytes, without a closing NUL. */
  readonly argv: readonly Uint8Array[];
  /** The environment as `NAME=value`; bytes, without a closing NUL. */
  readonly environment: readonly Uint8Array[];
  /** The state to start it with. */
  readonly inheritance: Inheritance;
}

/** What the second Node says first, unless it fails: that it has its order. */
export const READY = '{"ready":true}\n';

/** What the second Node says right before it installs a filter with a listener. */
export const LISTENING = '{"listening":true}\n';

/** A whole order. */
export type Order = LauncherOrder & ProgramOrder;

/**
 * Writes an order down.
 *
 * @returns one line, with its newline
 */
export function encodeOrder({ argv, environment, inheritance, ...sandbox }: Order): string {
  const { ignored, blocked, openFiles, ...descriptors } = inheritance;
  const written = {
    sandbox,
    argv: joinNul(argv).toString('base64'),
    environment: joinNul(environment).toString('base64'),
    descriptors,
    ignored: `${ignored}`,
    blocked: `${blocked}`,
    ...(openFiles !== undefined && { openFiles: `${openFiles}` }),
  };
  return `${JSON.stringify(written)}\n`;
}

/**
 * Reads an order.
 *
 * @param line - what {@link encodeOrder} wrote
 */
export function decodeOrder(line: string): Order {
  const { sandbox, argv, environment, descriptors, ignored, blocked, openFiles } = JSON.parse(line);
  return {
    ...(sandbox as LauncherOrder),
    argv: splitNul(Buffer.from(argv, 'base64')),
    environment: splitNul(Buffer.from(environment, 'base64')),
    inheritance: {
      ...(descriptors as Pick<Inheritance, 'descriptors' | 'nonBlocking'>),
      ignored: BigInt(ignored),
      blocked: BigInt(blocked),
      openFiles: openFiles === undefined ? undefined : BigInt(openFiles),
    },
  };
}
