/**
 * Reads the kernel's audit records of seccomp, `type=1326`: the only place where a kill says which call it was.
 * Source: audit_seccomp() in kernel/auditsc.c (v6.12).
 *
 * @module
 */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';

/** One record: a call that a filter killed, trapped or logged. */
export interface AuditRecord {
  /** Seconds since 1970, as the kernel wrote them; 0 in a line of the journal, which has another time. */
  readonly time: number;
  readonly pid: number;
  /** Name of the thread, up to 15 bytes. */
  readonly comm: string;
  /** Path of the program, where the record has one. */
  readonly exe?: string;
  /** The signal that followed; 0 for an action that only logs. */
  readonly signal: number;
  /** AUDIT_ARCH token, u32. */
  readonly arch: number;
  /** The call's number on that architecture. */
  readonly syscall: number;
  readonly instructionPointer: bigint;
  /** SECCOMP_RET_* word that the filter answered, u32. */
  readonly action: number;
}

/** Records, or why there can be none. */
export type AuditSearch =
  | { readonly readable: true; readonly records: readonly AuditRecord[] }
  | { readonly readable: false; readonly reason: string };

/** One record of /dev/kmsg is at most so long (PRINTKRB_RECORD_MAX and its prefix). */
const KMSG_RECORD_BYTES = 8192;
/** A record of the kernel's log or of audit.log, with its time; or of the journal. */
const HEAD =
  /\btype=(?:1326|SECCOMP)\b.*?audit\((\d+(?:\.\d+)?):\d+\)|\baudit(?:\[\d+\])?: SECCOMP (?=auid=)/;
const AUDIT_LOG = '/var/log/audit/audit.log';

/**
 * Parses one line of the kernel log, the journal or audit.log.
 *
 * @param line - any text
 * @returns the record, or undefined where the line is none of type 1326
 */
export function parseAuditLine(line: string): AuditRecord | undefined {
  const head = HEAD.exec(line);
  if (head === null) return undefined;
  const fields = new Map<string, string>();
  for (const [, key = '', value = ''] of line.matchAll(/\b(\w+)=("[^"]*"|\S+)/g)) fields.set(key, value);
  const number = (key: string, base: number): number => Number.parseInt(fields.get(key) ?? '', base);
  const record = {
    time: Number(head[1] ?? 0),
    pid: number('pid', 10),
    comm: auditString(fields.get('comm') ?? ''),
    signal: number('sig', 10),
    arch: number('arch', 16),
    syscall: number('syscall', 10),
    action: number('code', 16),
  };
  const pointer = /^0x[0-9a-f]+$/.test(fields.get('ip') ?? '')
    ? BigInt(fields.get('ip') as string)
    : undefined;
  if (pointer === undefined || Object.values(record).some((value) => Number.isNaN(value))) return undefined;
  const exe = fields.get('exe');
  return { ...record, instructionPointer: pointer, ...(exe !== undefined && { exe: auditString(exe) }) };
}

/**
 * Looks for records since a moment in the kernel's log and in the audit daemon's.
 *
 * @param since - seconds since 1970
 * @returns the records, oldest first, or why neither log can be read here
 */
export function searchAudit(since: number): AuditSearch {
  const texts: string[] = [];
  const refusals: string[] = [];
  for (const [name, read] of [
    ['/dev/kmsg', readKernelLog],
    [AUDIT_LOG, readAuditLog],
  ] as const) {
    try {
      texts.push(read());
    } catch (error) {
      refusals.push(`${name}: ${(error as NodeJS.ErrnoException).code ?? error}`);
    }
  }
  if (texts.length === 0) return { readable: false, reason: refusals.join(', ') };
  const records = texts
    .flatMap((text) => text.split('\n'))
    .map(parseAuditLine)
    .filter((record) => record !== undefined)
    .filter((record) => record.time >= since)
    .sort((a, b) => a.time - b.time);
  return { readable: true, records };
}

/** The kernel's ring buffer: each read gives one record, until EAGAIN. */
function readKernelLog(): string {
  const descriptor = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(KMSG_RECORD_BYTES);
  const records: string[] = [];
  try {
    for (;;) {
      try {
        records.push(buffer.toString('utf8', 0, readSync(descriptor, buffer)));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') return records.join('\n');
        // EPIPE: records were overwritten while they were read; the next read goes on after the gap.
        if (code !== 'EPIPE') throw error;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function readAuditLog(): string {
  return readFileSync(AUDIT_LOG, 'utf8');
}

/** audit_log_untrustedstring: quoted, or hexadecimal where it holds blanks, quotes or control bytes. */
function auditString(value: string): string {
  if (value.startsWith('"')) return value.slice(1, -1);
  return /^(?:[0-9A-F]{2})+$/.test(value) ? Buffer.from(value, 'hex').toString() : value;
}
