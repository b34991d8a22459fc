/** Many threads while a filter is installed, and many launches from one process. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compiled, linuxOnly, need, run, scratch } from './support.ts';

linuxOnly();
const file = scratch();
const stress = compiled(file('stress.so'), 'stress', '-shared', '-fPIC', '-pthread');

/** As in stress.c. */
const THREADS = 200;
const COUNT_BYTES = 12;

function inNode(program: string, ...words: readonly string[]): readonly string[] {
  return [process.execPath, '--expose-gc', fileURLToPath(new URL(program, import.meta.url)), ...words];
}

test('of 200 threads, and of those that they start meanwhile, none escapes an installation', (context) => {
  need(context, stress);
  const report = file('report', Buffer.alloc((THREADS + 1) * COUNT_BYTES));
  const env = { STRESS_REPORT: report, LD_PRELOAD: stress };
  const { status, stdout, stderr } = run(inNode('stress.mjs', report), { env, timeout: 55_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    threads: THREADS,
    alive: true,
    modes: [['0'], ['2']],
    before: true,
    denied: true,
    escaped: 0,
  });
});

const LAUNCHES = 1000;
const AT_ONCE = 4;
/** Until V8 has compiled what a launch runs: that is kept, too. */
const WARM_UP = 200;
/** Bytes that one launch may leave behind for good. */
const HEAP_PER_LAUNCH = 500;
const MEMORY_PER_LAUNCH = 16_000;

test('1000 launches in a row leave nothing behind', { timeout: 300_000 }, () => {
  const words = inNode('launches.mjs', `${LAUNCHES}`, `${AT_ONCE}`, `${WARM_UP}`);
  const { status, stdout, stderr } = run(words, { timeout: 290_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { before, after } = JSON.parse(stdout) as Record<'before' | 'after', Record<string, number>>;
  const { heap, resident, ...counts } = after;
  expect(counts).toEqual({ ...before, heap: undefined, resident: undefined });
  expect(heap).toBeLessThan((before['heap'] as number) + LAUNCHES * HEAP_PER_LAUNCH);
  expect(resident).toBeLessThan((before['resident'] as number) + LAUNCHES * MEMORY_PER_LAUNCH);
});
