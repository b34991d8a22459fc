/** What each entry point loads. Every module costs the command a fraction of a millisecond at its start. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const src = new URL('../src/', import.meta.url);

/** All modules that a module needs at run time, itself included. */
function load(file: string, seen: Set<string> = new Set()): string[] {
  if (seen.has(file)) return [...seen];
  seen.add(file);
  const url = new URL(file, src);
  const text = readFileSync(url, 'utf8');
  for (const [, what = '', path = ''] of text.matchAll(/^(?:import|export) ([^;]*?) from '(.*?)';$/gms)) {
    if (what.startsWith('type ')) continue;
    load(new URL(path, url).href.slice(src.href.length), seen);
  }
  return [...seen].sort();
}

const PARSER = [
  'errors.ts',
  'qemu-opts/grammar.ts',
  'qemu-opts/list.ts',
  'qemu-opts/opts.ts',
  'qemu-opts/types.ts',
];

test('reading a -sandbox string loads no config files, numbers, policies or words', () => {
  expect(load('sandbox.ts')).toEqual([...PARSER, 'sandbox.ts']);
});

test('a command line adds config files and help only when it needs them', () => {
  expect(load('argv-lazy.ts')).toEqual([...PARSER, 'argv-lazy.ts', 'sandbox.ts'].sort());
  const more = [
    'argv.ts',
    'qemu-opts/bytes.ts',
    'qemu-opts/config.ts',
    'qemu-opts/dict.ts',
    'qemu-opts/help.ts',
  ];
  expect(load('argv.ts')).toEqual([...PARSER, 'argv-lazy.ts', ...more, 'sandbox.ts'].sort());
});

test('a policy needs no parser', () => {
  expect(load('editions.ts')).toEqual(['allowlist.ts', 'denylist.ts', 'editions.ts', 'errors.ts']);
});

test('words about system calls are loaded by those who ask for them', () => {
  expect(load('describe.ts')).toEqual(['describe.ts']);
  expect(load('index.ts')).not.toContain('describe.ts');
});
