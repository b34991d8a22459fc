/** Runs every example of the README and the sources, each in a Node of its own: `X; // => Y` says that X equals Y. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { linuxOnly, run } from './support.ts';

linuxOnly();

const root = new URL('../', import.meta.url);
const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
const files = ['README.md', ...sources.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`)];
const examples = files.flatMap((file) => {
  const text = readFileSync(new URL(file, root), 'utf8');
  return [...text.matchAll(/^( *\* )?```ts\n(.*?)^(?: *\* )?```$/gms)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return { title: `${file}:${line}`, code: (match[2] as string).replace(/^ *\* ?/gm, '') };
  });
});

/** With each `// =>` as an assertion. */
const checked = (code: string): string =>
  `import { deepStrictEqual } from 'node:assert/strict';\n${code.replace(
    /^(.*); \/\/ => (.*)$/gm,
    'deepStrictEqual($1, $2);',
  )}\nprocess.stderr.write('end of the example');`;

describe('examples', () => {
  test('are found', () => {
    expect(examples.length).toBeGreaterThanOrEqual(8);
  });

  it.each(examples.map(({ title, code }) => [title, code] as const))('%s', (_title, code) => {
    const words = [process.execPath, '--input-type=module', '--eval', checked(code)];
    const { status, stderr } = run(words, { cwd: fileURLToPath(root) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'end of the example' });
  });
});
