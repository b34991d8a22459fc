/**
 * Filters that were compiled when this package was built, for the usual machines: the default edition's, in
 * all mixes of options. The ticket of a launch is drawn when it happens, so the places of its words in the
 * filter are kept beside it. Written by tools/ready-filters.mjs, which proves each against the compiler.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { ownDirectory } from './own-package.ts';
import type { PolicyOptions } from './sandbox-program.ts';
import type { Ticket } from './ticket.ts';

/** One filter as it is kept. */
export interface ReadyFilter {
  /** struct sock_filter array in the machine's byte order, as Base64. */
  readonly filter: string;
  /** Instructions whose constant is a word of the ticket, with the word's index in {@link ticketWords}. */
  readonly ticket: readonly (readonly [pc: number, word: number])[];
}

/** All of one architecture: by the entry's sets, joined by commas. */
type ReadyFilters = Readonly<Record<string, ReadyFilter>>;

/** The edition that they are of: `defaultEdition` of the options package, whose policies no launch need load. */
export const READY_EDITION = '7.0';

const INSTRUCTION_BYTES = 8;
/** Offset of the constant in an instruction: struct sock_filter, linux/filter.h. */
const CONSTANT = 4;

/**
 * The filters of a launch, if all are there.
 *
 * @param entries - enabled entries
 * @param architecture - this machine's
 * @param options - edition and kill action
 * @param ticket - what lets the program start
 * @returns struct sock_filter arrays, or undefined where they must be compiled
 */
export function readyFilters(
  entries: readonly SandboxEntry[],
  architecture: Architecture,
  { edition = READY_EDITION, killProcess }: PolicyOptions,
  ticket: Ticket,
): Uint8Array[] | undefined {
  if (edition !== READY_EDITION || !killProcess) return undefined;
  if (entries.length === 0) return [];
  const kept = keptFilters(architecture.name);
  const found = entries.map(({ sets }) => kept[sets.join()]).filter((ready) => ready !== undefined);
  if (found.length < entries.length) return undefined;
  return found.map((ready) => withTicketWords(ready, architecture, ticket));
}

/**
 * A kept filter with a ticket's words in their places.
 *
 * @param ready - the filter and the places
 * @param architecture - the machine that it is for
 * @param ticket - what lets the program start
 * @returns a struct sock_filter array
 */
export function withTicketWords(ready: ReadyFilter, architecture: Architecture, ticket: Ticket): Uint8Array {
  const bytes = Buffer.from(ready.filter, 'base64');
  const words = ticketWords(ticket);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [pc, word] of ready.ticket) {
    view.setUint32(
      pc * INSTRUCTION_BYTES + CONSTANT,
      words[word] as number,
      architecture.endian === 'little',
    );
  }
  return bytes;
}

/**
 * The words of a ticket that differ from launch to launch: both halves of the descriptor's register, the upper
 * half of the flags', both halves of the secret.
 *
 * @param ticket - a ticket of a 64-bit machine
 * @returns five u32
 */
export function ticketWords({ descriptor, flags, secret }: Ticket): readonly number[] {
  return [descriptor >> 32n, descriptor, flags >> 32n, secret >> 32n, secret].map((word) =>
    Number(BigInt.asUintN(32, word)),
  );
}

/** Empty for a machine without such filters. */
function keptFilters(architecture: string): ReadyFilters {
  let text: string;
  try {
    text = readFileSync(`${ownDirectory()}/dist/filters/${architecture}.json`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  return JSON.parse(text) as ReadyFilters;
}
