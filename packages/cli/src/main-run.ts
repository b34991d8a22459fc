/**
 * `qseccomp run` by itself: what the command's one-file build is made of. Modules cost more to find and open
 * than to run, and a launch waits for them. Runs when it is loaded.
 *
 * @module
 */
import * as command from './commands/run.ts';
import { execute } from './main.ts';

const RUN = 3;

void execute('run', process.argv.slice(RUN), async () => command).then((status) => {
  process.exitCode = status;
});
