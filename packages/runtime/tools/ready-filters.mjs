// @ts-check
/**
 * Writes dist/filters/ARCHITECTURE.json: every mix of sandbox options as the compiler lays it out, for
 * src/ready-filters.ts. Part of the build. Each filter, given tickets that it was not made with, must be what
 * the compiler makes of them, byte for byte; otherwise the build fails.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { defaultEdition } from '@qseccomp/options/policy';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { compileLaunchFilters } from '../dist/launch-filters.js';
import { READY_EDITION, ticketWords, withTicketWords } from '../dist/ready-filters.js';

const OPTIONS = ['obsolete=allow', 'elevateprivileges=deny', 'spawn=deny', 'resourcecontrol=deny'];
/** Enough to tell each word from the others and from every constant of a policy. */
const MODEL = ticketOf(0xa5a50001n, 0xa5a50002n, 0xa5a50003n, 0xa5a50004n, 0xa5a50005n);
const OTHERS = [
  ticketOf(0n, 17n, 0n, 0n, 0n),
  ticketOf(0xffffffffn, 0x7fffffffn, 0xffffffffn, 0xffffffffn, 0xffffffffn),
  ticketOf(0x1000n, 59n, 0x1000n, 0x40000000n, 322n),
];
const folder = new URL('../dist/filters/', import.meta.url);

if (READY_EDITION !== defaultEdition)
  throw new Error(`expected the edition ${defaultEdition}, got ${READY_EDITION}`);
mkdirSync(folder, { recursive: true });
for (const architecture of [x86_64, aarch64]) {
  const mixes = Array.from({ length: 2 ** OPTIONS.length }, (_, bits) =>
    parseSandbox(['on', ...OPTIONS.filter((_option, index) => (bits >> index) & 1)].join()),
  );
  const filters = Object.fromEntries(
    mixes.map((entry) => [entry.sets.join(), readyFilter(entry, architecture)]),
  );
  writeFileSync(new URL(`${architecture.name}.json`, folder), `${JSON.stringify(filters)}\n`);
}

/**
 * @param {import('@qseccomp/options/sandbox').SandboxEntry} entry
 * @param {import('@qseccomp/syscall-tables').Architecture} architecture
 */
function readyFilter(entry, architecture) {
  const bytes = compile(entry, architecture, MODEL);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = ticketWords(MODEL);
  const ticket = Array.from({ length: bytes.length / 8 }, (_, pc) => {
    const constant = view.getUint32(8 * pc + 4, architecture.endian === 'little');
    return /** @type {const} */ ([pc, words.indexOf(constant)]);
  }).filter(([, word]) => word >= 0);
  const ready = { filter: Buffer.from(bytes).toString('base64'), ticket };
  for (const other of OTHERS) {
    const expected = compile(entry, architecture, other);
    if (Buffer.compare(withTicketWords(ready, architecture, other), expected) !== 0) {
      throw new Error(
        `${architecture.name}, ${entry.sets}: the compiler lays out another ticket another way`,
      );
    }
  }
  return ready;
}

/**
 * @param {import('@qseccomp/options/sandbox').SandboxEntry} entry
 * @param {import('@qseccomp/syscall-tables').Architecture} architecture
 * @param {import('../dist/ticket.js').Ticket} ticket
 */
function compile(entry, architecture, ticket) {
  const execveat = /** @type {number} */ (syscallNumber(architecture, 'execveat'));
  const [filter] = compileLaunchFilters([entry], architecture, execveat, { killProcess: true }, ticket);
  return /** @type {Uint8Array} */ (filter);
}

/**
 * @param {bigint} descriptorHigh
 * @param {bigint} descriptor
 * @param {bigint} flagsHigh
 * @param {bigint} secretHigh
 * @param {bigint} secret
 */
function ticketOf(descriptorHigh, descriptor, flagsHigh, secretHigh, secret) {
  return {
    descriptor: (descriptorHigh << 32n) | descriptor,
    flags: (flagsHigh << 32n) | 0x1000n,
    secret: (secretHigh << 32n) | secret,
  };
}
