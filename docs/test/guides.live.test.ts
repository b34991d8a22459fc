/** Runs every command and every program that the guides show, and compares what they give. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { blocksOf, commandsOf, testCommands } from '../../packages/cli/test/shown-commands.ts';
import { testExamples } from '../../packages/runtime/test/examples.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guides = new URL('../guides/', import.meta.url);
// Inside of this package, so that programs find what they import.
const cache = join(root, 'docs/node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'guides-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

/** What a guide finds in its folder. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'table-contributor.md': ['src', 'tools', 'data', 'package.json'].map(
    (path) => `packages/syscall-tables/${path}`,
  ),
};

describe.each(readdirSync(guides))('%s', (guide) => {
  const text = readFileSync(new URL(guide, guides), 'utf8');
  const blocks = blocksOf(text);
  const place = join(folder, guide);
  mkdirSync(place);
  for (const path of FOUND[guide] ?? []) cpSync(join(root, path), join(place, path), { recursive: true });

  test('shows no command without its $', () => {
    const shell = blocks.filter(({ language }) => language === 'sh');
    const forgotten = shell.filter((block) => commandsOf(block).length === 0);
    expect(forgotten.filter(({ text }) => !text.startsWith('npm install '))).toEqual([]);
  });

  testCommands(blocks, place);
  testExamples(guide, text, place);
});
