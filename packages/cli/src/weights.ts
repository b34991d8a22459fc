/**
 * How often calls occur, as other tools count them.
 *
 * @module
 */
import type { CallWeights } from '@qseccomp/bpf';
import type { Arguments, OptionSpec } from './arguments.ts';
import { CliError } from './errors.ts';
import { fileTitle, input } from './io.ts';

export const WEIGHTS_OPTION: OptionSpec = {
  name: 'weights',
  value: 'FILE',
  help: 'how often calls occur: output of strace -c or perf trace -s, or JSON {"read": 12} (default: a QEMU guest)',
};

/** A row of `strace -c`: share, seconds, microseconds for each call, calls, errors if any, name. */
const STRACE_ROW = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z_]\w*)\s*$/;
/** A row of `perf trace -s`: name, calls, errors in newer releases, times. */
const PERF_ROW = /^\s+([a-z_]\w*)\s+(\d+)(?:\s+[\d.]+%?){4,}\s*$/;

/**
 * The counts that a command line gives.
 *
 * @param args - the command line
 * @returns counts by name, or undefined without --weights
 * @throws {CliError} when the file cannot be read or holds no counts
 */
export async function requestedWeights(args: Arguments): Promise<CallWeights | undefined> {
  const file = args.value('weights');
  return file === undefined ? undefined : readWeights((await input(file)).toString(), fileTitle(file));
}

/**
 * Reads how often calls occur.
 *
 * @param text - output of `strace -c` or `perf trace -s`, or a JSON object of counts by name
 * @param title - what it is called in messages
 * @returns counts by name; those of several threads or summaries are added
 * @throws {CliError} when it is none of these
 */
export function readWeights(text: string, title: string): CallWeights {
  const counts = /^\s*\{/.test(text) ? jsonCounts(text, title) : tableCounts(text);
  if (counts.length === 0)
    throw new CliError(
      `${title}: expected the output of strace -c or perf trace -s, or a JSON object, got no count of a call`,
    );
  const weights: Record<string, number> = {};
  for (const [name, count] of counts) weights[name] = (weights[name] ?? 0) + count;
  return weights;
}

function tableCounts(text: string): (readonly [string, number])[] {
  return text.split('\n').flatMap((line) => {
    const [, calls, name] = STRACE_ROW.exec(line) ?? [];
    if (name !== undefined) return name === 'total' ? [] : [[name, Number(calls)] as const];
    const [, called, count] = PERF_ROW.exec(line) ?? [];
    return called === undefined ? [] : [[called, Number(count)] as const];
  });
}

function jsonCounts(text: string, title: string): (readonly [string, number])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(
      `${title}: expected JSON, got what is none: ${(error as Error).message}`,
      undefined,
      error,
    );
  }
  return Object.entries(value as object).map(([name, count]) => {
    if (typeof count !== 'number' || !Number.isFinite(count) || count < 0) {
      const got = typeof count === 'number' ? count : JSON.stringify(count);
      throw new CliError(`${title}: expected a count of 0 or more for ${name}, got ${got}`);
    }
    return [name, count] as const;
  });
}
