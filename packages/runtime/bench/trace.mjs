// @ts-check
/**
 * What an announced call costs: `node packages/runtime/bench/trace.mjs [CALLS]`. A program makes getppid(2) so many
 * times: without a filter, under a filter that lets it through, announced and answered, announced and let go on, and
 * from four threads. Prints calls per second and microseconds per call; the ways take turns, the best of three counts.
 * Needs gcc.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchWithListener } from '@qseccomp/runtime';

const calls = Number(process.argv[2] ?? 50_000);
const SOURCE = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static long each;
static void *work(void *unused) { for (long i = 0; i < each; i++) syscall(SYS_getppid); return NULL; }
int main(int argc, char **argv) {
  int threads = atoi(argv[2]);
  each = atol(argv[1]) / threads;
  struct timespec a, b;
  pthread_t thread[64];
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int i = 0; i < threads; i++) pthread_create(&thread[i], NULL, work, NULL);
  for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%f\\n", (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9);
}`;

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-bench-'));
const program = join(folder, 'calls');
writeFileSync(`${program}.c`, SOURCE);
const built = spawnSync('gcc', ['-O1', '-pthread', '-o', program, `${program}.c`]);
if (built.status !== 0) throw new Error(`expected gcc to compile, got: ${built.stderr}`);

/** ld [0]; jeq getppid; ret USER_NOTIF; ret ALLOW. @param {number} number */
const announcing = (number) => [
  { code: 0x20, jt: 0, jf: 0, k: 0 },
  { code: 0x15, jt: 0, jf: 1, k: number },
  { code: 0x06, jt: 0, jf: 0, k: 0x7fc00000 },
  { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
];
const GETPPID = { x64: 110, arm64: 173 }[process.arch] ?? 0;

/**
 * @param {number} announced - number of the call that is announced
 * @param {number} threads
 * @param {(call: import('@qseccomp/runtime').SyscallNotification) => unknown} answer
 */
async function supervised(announced, threads, answer) {
  const { child, listener, ended } = await launchWithListener(program, [String(calls), String(threads)], {
    filter: announcing(announced),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  for await (const call of listener) answer(call);
  await Promise.all([ended, closed]);
  return Number(text);
}

/** @type {Readonly<Record<string, () => number | Promise<number>>>} */
const ways = {
  'no filter': () => Number(spawnSync(program, [String(calls), '1']).stdout),
  'a filter that lets it through': () => supervised(0xffff, 1, () => {}),
  'announced, answered': () => supervised(GETPPID, 1, (call) => call.answer(1)),
  'announced, goes on': () => supervised(GETPPID, 1, (call) => call.continue()),
  'announced, goes on, four threads': () => supervised(GETPPID, 4, (call) => call.continue()),
  'announced, 64 bytes read, goes on': () =>
    supervised(GETPPID, 1, (call) => {
      call.readMemory(call.instructionPointer, 64);
      call.continue();
    }),
};

/** @type {Map<string, number>} */
const best = new Map();
for (let round = 0; round < 3; round++) {
  for (const [name, way] of Object.entries(ways)) {
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, await way()));
  }
}
for (const [name, seconds] of best) {
  const perSecond = Math.round(calls / seconds);
  const micros = (1e6 * seconds) / calls;
  console.log(
    `${name.padEnd(36)}${String(perSecond).padStart(10)} calls/s${micros.toFixed(2).padStart(9)} µs`,
  );
}
rmSync(folder, { recursive: true });
