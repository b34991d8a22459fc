/**
 * Runs the examples: `X; // Y`, or `X;` with `// Y` on the next line, says that X equals Y,
 * and a block of text after an example is what it prints.
 */
import { readFileSync } from 'node:fs';
import * as tables from '@qseccomp/syscall-tables';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import * as bpf from '../src/index.ts';

const root = new URL('../', import.meta.url);
const FILES: readonly string[] = [
  'README.md',
  ...[
    'assembler',
    'cache-report',
    'call-cost',
    'compared-tokens',
    'compile',
    'disassembler',
    'emulate',
    'encoding',
    'exec-ticket',
    'json',
    'listing',
    'program-input',
    'seccomp-data',
    'validate',
  ].map((name) => `src/${name}.ts`),
  'src/text/names.ts',
  ...['action', 'calls', 'condition', 'evaluate'].map((name) => `src/filter/${name}.ts`),
  ...['compare', 'describe'].map((name) => `src/proof/${name}.ts`),
  ...['dot', 'svg', 'tree'].map((name) => `src/picture/${name}.ts`),
  ...['architectures', 'policy', 'read', 'write'].map((name) => `src/oci/${name}.ts`),
];
const MODULES: Readonly<Record<string, unknown>> = {
  '@qseccomp/bpf': bpf,
  '@qseccomp/syscall-tables': tables,
  '@qseccomp/syscall-tables/x86_64': { x86_64 },
};

const examples = FILES.flatMap((file) => {
  const text = readFileSync(new URL(file, root), 'utf8').replaceAll(/^ \* ?/gm, '');
  const fences = text.matchAll(/^```ts\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms);
  return [...fences].map(([, code = '', printed], index) => ({ file, index, code, printed }));
});

const isFunction = (name: string): boolean =>
  /^[a-z]/.test(name) && typeof Reflect.get(bpf, name) === 'function';

describe('the README', () => {
  it('has every error code and every kind of finding', () => {
    const readme = readFileSync(new URL('README.md', root), 'utf8');
    const source = ['errors', 'filter/policy', 'oci/profile'].map((name) =>
      readFileSync(new URL(`src/${name}.ts`, root), 'utf8'),
    );
    const names = source.flatMap((text) =>
      [...text.matchAll(/^ {2}\| '(.*?)'/gm)].map(({ 1: name }) => name),
    );
    expect(names.length).toBeGreaterThan(25);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('examples', () => {
  it.each(examples)('$file, number $index', ({ code, printed }) => {
    const checks = code
      .replace(/^import \{ (.*?) \} from '(.*?)';$/gm, "const { $1 } = modules['$2'];")
      .replace(/ as const;$/gm, ';')
      .replace(/^(\w.*);(?: |\n)\/\/ (.*)$/gm, 'expect($1).toEqual($2); checked++;')
      .replace(/^console\.log\((.*)\);$/gm, 'expect($1).toBe(printed); checked++;');
    const run = new Function('modules', 'expect', 'printed', `let checked = 0; ${checks}; return checked;`);
    expect(run(MODULES, expect, printed)).toBeGreaterThan(0);
  });

  it('are there for every function of these files', () => {
    for (const file of FILES.slice(1)) {
      const text = readFileSync(new URL(file, root), 'utf8');
      const names = [...text.matchAll(/^export function (\w+)/gm)].map(({ 1: name = '' }) => name);
      for (const name of names.filter(isFunction)) {
        expect(
          examples.some(({ code }) => code.includes(`${name}(`)),
          `${file}: ${name}`,
        ).toBe(true);
      }
    }
  });
});
