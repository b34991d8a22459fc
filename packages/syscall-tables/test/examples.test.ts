import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as args from '../src/arguments.ts';
import * as index from '../src/index.ts';

const tables = { ...index, ...args };

const root = new URL('../', import.meta.url);
const files = [
  'README.md',
  ...readdirSync(new URL('src/', root)).flatMap((file) => (file.endsWith('.ts') ? [`src/${file}`] : [])),
];

/** Each `expression; // value` line of each ts fence of a file, with the lines before it. */
const examples = files.flatMap((file) => {
  const text = readFileSync(new URL(file, root), 'utf8').replaceAll(/^ \* ?/gm, '');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].flatMap(([, fence = '']) =>
    [...fence.matchAll(/^([^\n]+); \/\/ ([^\n]+)$/gm)].map(([, expression = '', value = '']) => ({
      file,
      fence,
      expression,
      value,
    })),
  );
});

describe('examples', () => {
  it('are there for every function', () => {
    const functions = Object.entries(tables).flatMap(([name, value]) =>
      typeof value === 'function' && !name.endsWith('Error') ? [name] : [],
    );
    for (const name of functions) {
      expect(
        examples.some(({ expression }) => expression.includes(`${name}(`)),
        name,
      ).toBe(true);
    }
  });

  it.each(examples)('$file: $expression', ({ fence, expression, value }) => {
    const imported = [...fence.matchAll(/^import \{ (.+?) \} from/gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    const known = tables as unknown as Readonly<Record<string, unknown>>;
    expect(imported.filter((name) => !Object.hasOwn(known, name))).toEqual([]);
    const evaluate = (source: string): unknown =>
      new Function(...imported, `return (${source});`)(...imported.map((name) => known[name]));
    expect(evaluate(expression)).toEqual(evaluate(value));
  });
});
