/**
 * Calls in many lines of logs and traces.
 *
 * @module
 */
import type { Architecture } from '@qseccomp/syscall-tables';
import type { AskedCall } from './asked-call.ts';
import { parseRecord } from './audit-record.ts';
import { parseStraceLine, straceMode } from './strace-line.ts';

/**
 * Reads every line.
 *
 * @param text - lines of any kind, mixed
 * @param machine - where strace ran; records say themselves what they are of
 * @returns the calls, in order; lines without one are passed over
 */
export function callsOf(text: string, machine: Architecture): AskedCall[] {
  let traced = machine;
  const calls: AskedCall[] = [];
  for (const line of text.split('\n')) {
    traced = straceMode(line, machine) ?? traced;
    const call = parseRecord(line) ?? parseStraceLine(line, traced);
    if (call !== undefined) calls.push(call);
  }
  return calls;
}
