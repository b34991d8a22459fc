/** Installation in a Node process of its own: what goes on under `spawn=deny`, and what dies. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { KILLED, linuxOnly, run } from './support.ts';

linuxOnly();

const PROGRAM = fileURLToPath(new URL('in-process.mjs', import.meta.url));

function findings(...words: string[]): { status: number; found: Record<string, unknown> } {
  const { status, stdout, stderr } = run([process.execPath, PROGRAM, ...words]);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  return { status, found: Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) };
}

it('covers all threads, and timers, files and Workers go on', () => {
  expect(findings()).toEqual({
    status: 0,
    found: {
      // Nothing is installed when one of several texts is bad.
      refused: ['OptionsError', 1, '0'],
      filters: 1,
      modes: ['2'],
      noNewPrivs: ['1'],
      file: true,
      worker: 42,
      stacked: ['2'],
    },
  });
});

it('kills the process when it starts another', () => {
  const { status, found } = findings('spawn');
  expect(status).toBe(KILLED);
  expect(found).not.toHaveProperty('spawned');
});
