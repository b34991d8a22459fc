// What an in-process installation leaves and takes; one JSON line for each finding.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { installSandbox } from '@qseccomp/runtime';

const say = (name, value) => console.log(JSON.stringify({ [name]: value }));
/** One field of every thread's status; a thread that ends meanwhile has none. */
const fields = (name) =>
  readdirSync('/proc/self/task').flatMap((task) => {
    try {
      const status = readFileSync(`/proc/self/task/${task}/status`, 'utf8');
      return [new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1]];
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return [];
      throw error;
    }
  });

try {
  await installSandbox(['on', 'on,spawn=never']);
} catch (error) {
  say('refused', [error.name, new Set(fields('Seccomp')).size, fields('Seccomp')[0]]);
}
const { filters } = await installSandbox('on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
say('filters', filters.length);
say('modes', [...new Set(fields('Seccomp'))]);
say('noNewPrivs', [...new Set(fields('NoNewPrivs'))]);
await pause(5);
say('file', (await readFile('/proc/self/comm', 'utf8')).trim().length > 0);
const worker = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true });
say('worker', await new Promise((resolve) => worker.once('message', resolve)));
await installSandbox('on');
say('stacked', [...new Set(fields('Seccomp_filters'))]);
if (process.argv[2] === 'spawn') say('spawned', spawnSync('/bin/true').status);
