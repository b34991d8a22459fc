/** Runs every command that the README shows, and compares the output: see shown-commands.ts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { blocksOf, commandsOf, testCommands } from './shown-commands.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

const blocks = blocksOf(readFileSync(new URL('../README.md', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the README shows every command', () => {
  const shown = blocks.flatMap(commandsOf).map(({ command }) => command);
  for (const name of [
    'run',
    'trace',
    'parse',
    'compile',
    'explain',
    'why',
    'verify',
    'diff',
    'audit',
    'inspect',
    'asm',
    'disasm',
    'syscalls',
    'probe',
  ]) {
    expect(
      shown.some((command) => command.startsWith(`qseccomp ${name} `) || command === `qseccomp ${name}`),
    ).toBe(true);
  }
  // Nothing is left out because its `$` was forgotten.
  const others = blocks
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text)
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('qseccomp '));
  expect(others).toEqual([]);
});

testCommands(blocks, folder);
