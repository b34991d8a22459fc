/** Runs every example of the README and the sources: see examples.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { examplesOf, testExamples } from './examples.ts';
import { linuxOnly } from './support.ts';

linuxOnly();

const root = new URL('../', import.meta.url);
const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
const files = ['README.md', ...sources.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`)];
const texts = files.map((file) => [file, readFileSync(new URL(file, root), 'utf8')] as const);

test('examples are found', () => {
  expect(texts.flatMap(([file, text]) => examplesOf(file, text)).length).toBeGreaterThanOrEqual(8);
});

for (const [file, text] of texts) testExamples(file, text, fileURLToPath(root));
