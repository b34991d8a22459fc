/** Runs every example of the sources and the README: a line `X; // => Y` says that X equals Y. */
import { readdirSync, readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { describe, expect, it, test } from 'vitest';

const root = new URL('../', import.meta.url);
const exported = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).exports as Record<
  string,
  { readonly '@qseccomp/source': string } | string
>;

const modules: Record<string, unknown> = {};
for (const [path, target] of Object.entries(exported)) {
  if (typeof target === 'string') continue;
  modules[`@qseccomp/options${path.slice(1)}`] = await import(new URL(target['@qseccomp/source'], root).href);
}

const files = [
  'README.md',
  ...readdirSync(new URL('src/', root), { recursive: true })
    .map((file) => `src/${String(file)}`)
    .filter((file) => file.endsWith('.ts'))
    .sort(),
];

interface Example {
  readonly title: string;
  readonly code: string;
}

function examplesOf(file: string): Example[] {
  const text = readFileSync(new URL(file, root), 'utf8');
  return [...text.matchAll(/^( *\* )?```ts\n(.*?)^(?: *\* )?```$/gms)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return { title: `${file}:${line}`, code: (match[2] as string).replace(/^ *\* ?/gm, '') };
  });
}

const examples = files.flatMap(examplesOf);

const prepare = (code: string): string =>
  code
    .replace(/^import \{ (.*?) \} from '(.*?)';$/gm, "const { $1 } = modules['$2'];")
    .replace(/^(.*); \/\/ => (.*)$/gm, 'expect($1).toEqual($2);');

describe('examples', () => {
  test('are found', () => {
    expect(examples.length).toBeGreaterThan(30);
    expect(examples.filter(({ code }) => !code.includes('// =>'))).toEqual([]);
  });

  it.each(examples.map(({ title, code }) => [title, code] as const))('%s', async (_title, code) => {
    const body = `return (async () => {${prepare(code)}})();`;
    await compileFunction(body, ['modules', 'expect'])(modules, expect);
  });

  test('every exported function has one', () => {
    const without = files.flatMap((file) => {
      const text = readFileSync(new URL(file, root), 'utf8');
      return [...text.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\nexport (?:async )?function\*? (\w+)/gs)]
        .filter(([, comment]) => !comment?.includes('@example'))
        .map(([, , name]) => name);
    });
    // Shared inside the package only.
    expect(without.sort()).toEqual(['findOption', 'handleArgv', 'invalidParameter', 'placed']);
  });
});
