/**
 * `qseccomp run` by itself: what the command's one-file build is made of. Modules cost more to find and open
 * than to run, and a launch waits for them.
 *
 * @module
 */
import * as command from './commands/run.ts';
import { execute } from './main.ts';

/**
 * Runs the command.
 *
 * @param argv - the words after the program's name, `run` first
 * @returns the exit status
 */
export function main(argv: readonly string[]): Promise<number> {
  return execute('run', argv.slice(1), async () => command);
}
