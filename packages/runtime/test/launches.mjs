// Launches a program again and again; says what is left of it in this process.
import { readdirSync, readFileSync } from 'node:fs';
import { launch } from '@qseccomp/runtime';

const [count, parallel, warmUp] = process.argv.slice(2).map(Number);
const one = async () => {
  const { started, ended } = launch('/bin/true', [], { sandbox: 'on,spawn=deny', stdio: 'ignore' });
  await started;
  const { exitCode } = await ended;
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}`);
};
const launches = async (times) => {
  let left = times;
  const next = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: parallel }, next));
};
const state = async () => {
  // What finalizers and closed handles still hold goes between collections.
  for (let round = 0; round < 4; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: Number(/^Threads:\s*(\d+)/m.exec(status)?.[1]),
    children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim(),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    resources: process.getActiveResourcesInfo().length,
    heap: process.memoryUsage().heapUsed,
    resident: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) * 1024,
  };
};

await launches(warmUp);
const before = await state();
await launches(count);
console.log(JSON.stringify({ before, after: await state() }));
