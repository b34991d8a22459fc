/**
 * The doc comments of what the packages export: each symbol has one; each function says what it takes, what it gives
 * and shows an example, which the packages' own tests run. What is exported for other files of its package only says
 * `@internal`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../', import.meta.url));
const DEFINITION =
  /(\/\*\*(?:(?!\*\/).)*\*\/\n)?(?:\/\/ biome[^\n]*\n)?^export (?:async )?(function\*?|const|class|interface|type) (\w+)([^\n]*(?:\n {2}[^\n]*)*)/gms;

interface Definition {
  readonly name: string;
  readonly kind: string;
  readonly doc: string;
  /** From the name on. */
  readonly text: string;
  readonly file: string;
}

/** What a file exports, that of other files of the package included. */
function exportsOf(file: string): Definition[] {
  const source = readFileSync(file, 'utf8');
  const own = [...source.matchAll(DEFINITION)].map(([, doc = '', kind = '', name = '', text = '']) => {
    return { name, kind, doc, text, file };
  });
  const passedOn = [...source.matchAll(/^export (?:type )?\{([^}]*)\} from '(\.[^']*)'/gms)].flatMap(
    ([, list = '', path = '']) => {
      const names = list.split(',').map((one) => one.trim().replace(/^type /, ''));
      return exportsOf(join(dirname(file), path)).filter(({ name }) => names.includes(name));
    },
  );
  const all = [...source.matchAll(/^export \* from '(\.[^']*)'/gm)].flatMap(([, path = '']) =>
    exportsOf(join(dirname(file), path)),
  );
  return [...own, ...passedOn, ...all];
}

/** What a package exports, each once. */
function publicOf(name: string): Definition[] {
  const folder = join(packages, name);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = Object.values<string | Record<string, string>>(exports)
    .flatMap((entry) => (typeof entry === 'string' ? [] : [join(folder, entry['@qseccomp/source'] ?? '')]))
    .filter((file) => existsSync(file) && !file.includes('/src/arch/'));
  const found = files.flatMap(exportsOf).filter(({ doc }) => !doc.includes('@internal'));
  return [...new Map(found.map((one) => [`${one.file} ${one.name}`, one])).values()];
}

/** What a doc comment lacks. */
function lacks({ kind, doc, text }: Definition): string[] {
  if (!kind.startsWith('function')) return doc === '' ? ['a sentence'] : [];
  const takesSomething = !/^(?:<[^(]*>)?\(\s*\)/.test(text);
  const givesNothing = /\): (?:void|never|Promise<void>) \{/.test(text);
  return [
    ...(doc.replace(/@.*/s, '').trim().length > 10 ? [] : ['a sentence']),
    ...(takesSomething && !doc.includes('@param') ? ['@param'] : []),
    ...(givesNothing || doc.includes('@returns') ? [] : ['@returns']),
    ...(doc.includes('@example') ? [] : ['@example']),
  ];
}

describe.each(['bpf', 'options', 'syscall-tables'])('%s', (name) => {
  const found = publicOf(name);

  it('is looked through', () => {
    expect(found.filter(({ kind }) => kind.startsWith('function')).length).toBeGreaterThan(5);
  });

  it.each(found.map((one) => [one.name, one] as const))('%s is documented', (_, one) => {
    expect(lacks(one)).toEqual([]);
  });
});
