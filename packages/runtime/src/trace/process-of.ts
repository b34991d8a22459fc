/**
 * Which process a thread belongs to, and what it is called.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** A process, as far as /proc still shows it. */
export interface CallingProcess {
  readonly pid: number;
  /** Up to 15 bytes; empty where the process is gone. */
  readonly name: string;
}

/**
 * The process of a thread.
 *
 * @param thread - id of the thread
 * @returns the process; the thread's own id where it is gone
 */
export function processOf(thread: number): CallingProcess {
  try {
    const status = readFileSync(`/proc/${thread}/status`, 'utf8');
    const pid = /^Tgid:\s*(\d+)/m.exec(status)?.[1];
    return { pid: Number(pid ?? thread), name: /^Name:\s*(.*)$/m.exec(status)?.[1] ?? '' };
  } catch {
    return { pid: thread, name: '' };
  }
}
