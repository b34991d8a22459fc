// @ts-check
/** `npm start`: install, build, and run the main job; `npm start -- ARGS` is `qseccomp ARGS`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

bootstrap();
const args = process.argv.slice(2);
const script = args.length > 0 ? join(root, 'packages/cli/bin/qseccomp.mjs') : join(root, 'scripts/demo.mjs');
const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
// The terminal sends its signals to the child too: this process only has to outlive it.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT'])) process.on(signal, () => {});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code ?? 1;
});
