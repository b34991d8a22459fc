/**
 * Calls in the kernel's audit records.
 *
 * @module
 */
import { parseAuditLine } from '@qseccomp/runtime/audit';
import { architectures } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { type AskedCall, callOf, unknownArguments } from './asked-call.ts';

/** What `ausearch -i` makes of a record: names in place of numbers. */
const INTERPRETED = /\btype=SECCOMP msg=audit\(.*?\bpid=(\d+) comm=(\S+) .*?\barch=([a-z]\w*) syscall=(\w+)/;

/**
 * Reads a line of the kernel's log, the journal, audit.log or `ausearch -i`.
 *
 * @param line - any text
 * @returns the call, without arguments, which records do not have; undefined where the line is no record of seccomp
 */
export function parseRecord(line: string): AskedCall | undefined {
  const record = parseAuditLine(line);
  if (record === undefined) return parseInterpreted(line);
  const { pid, comm, arch, syscall, action } = record;
  return {
    ...callOf(arch, syscall),
    args: unknownArguments(),
    caller: callerOf(pid, comm),
    answered: action,
  };
}

function parseInterpreted(line: string): AskedCall | undefined {
  const [, pid = '', comm = '', arch = '', call = ''] = INTERPRETED.exec(line) ?? [];
  // ausearch says i386 for x86.
  const named = architectures.find(({ name, aliases = [] }) => name === arch || aliases.includes(arch));
  const number = named && (/^\d+$/.test(call) ? Number(call) : syscallNumber(named, call));
  if (named === undefined || number === undefined) return undefined;
  return {
    ...callOf(named.auditArch, number),
    args: unknownArguments(),
    caller: callerOf(pid, comm.replaceAll('"', '')),
  };
}

function callerOf(pid: string | number, comm: string): string {
  return `process ${pid} (${comm.replace(/\p{Cc}/gu, '?')})`;
}
