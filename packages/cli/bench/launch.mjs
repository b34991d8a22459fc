// @ts-check
/**
 * What a launch costs: `node packages/cli/bench/launch.mjs [ROUNDS]`. Prints, for each way to start /bin/true
 * under `-sandbox on,spawn=deny`, the median in milliseconds and its ratio to a bare `node -e 0` of the same
 * run. The ways take turns, so that whatever else the machine does falls on all of them.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 40);
const bin = fileURLToPath(new URL('../bin/qseccomp.mjs', import.meta.url));
const command = ['-sandbox', 'on,spawn=deny', '--', '/bin/true'];

/** @type {Readonly<Record<string, readonly [program: string, ...args: string[]]>>} */
const ways = {
  'node -e 0': [process.execPath, '-e', '0'],
  'in place (run --exec)': [process.execPath, bin, 'run', '--exec', ...command],
  'supervised (run)': [process.execPath, bin, 'run', ...command],
  'in place, with the shell lines': [bin, 'run', '--exec', ...command],
  'supervised, with the shell lines': [bin, 'run', ...command],
};

/** @type {Map<string, number[]>} */
const times = new Map(Object.keys(ways).map((name) => [name, []]));
for (let round = -2; round < rounds; round++) {
  for (const [name, [program, ...args]] of Object.entries(ways)) {
    const start = performance.now();
    const { status } = spawnSync(program, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name}: expected status 0, got ${status}`);
    // The first rounds warm the page cache.
    if (round >= 0) times.get(name)?.push(performance.now() - start);
  }
}

const median = (/** @type {number[]} */ values) =>
  values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const bare = median(times.get('node -e 0') ?? []);
for (const [name, values] of times) {
  const value = median(values);
  console.log(`${name.padEnd(34)}${value.toFixed(1).padStart(7)} ms  ${(value / bare).toFixed(2)}`);
}
