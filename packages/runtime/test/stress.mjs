// Installs a sandbox in a process that test/programs/stress.c has filled with threads; one JSON line at the end.
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { installSandbox } from '@qseccomp/runtime';

const path = process.argv[2];
const report = openSync(path, 'r+');
/** struct count of each thread. */
const counts = () => {
  const words = new Uint32Array(new Uint8Array(readFileSync(path)).buffer);
  return Array.from({ length: words.length / 3 - 1 }, (_, index) => {
    const [before, denied, escaped] = words.subarray(3 * index + 3);
    return { before, denied, escaped };
  });
};
const say = (state) => writeSync(report, Uint32Array.of(state), 0, 4, 0);
const until = async (isDone) => {
  while (!counts().every(isDone)) await pause(5);
};
const total = (field) => counts().reduce((sum, count) => sum + count[field], 0);
/** A field of each thread's status; those that end meanwhile have none. */
const modes = () =>
  readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return [/^Seccomp:\s*(\d)/m.exec(readFileSync(`/proc/self/task/${task}/status`, 'utf8'))?.[1]];
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return [];
      throw error;
    }
  });

say(1);
await until(({ before }) => before > 0);
const without = modes();
await installSandbox('on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
say(2);
// So many that a call that was under way is not all that was denied.
await until(({ denied }) => denied > 10);
const withFilter = modes();
console.log(
  JSON.stringify({
    threads: counts().length,
    alive: Math.min(without.length, withFilter.length) >= counts().length,
    modes: [[...new Set(without)], [...new Set(withFilter)]],
    before: total('before') > 0,
    denied: total('denied') > 0,
    escaped: total('escaped'),
  }),
);
process.exit();
