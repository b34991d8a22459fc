/** Pictures of filters, read by the programs that they are for: Graphviz, and an XML parser. */
import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { many } from './command.ts';

const FILTERS = [
  ['-sandbox', 'on', '--arch', 'x86_64'],
  ['-sandbox', 'on,spawn=deny,elevateprivileges=deny', '--arch', 'x86_64', '--arch', 'x32', '--arch', 'x86'],
  ['-sandbox', 'on,resourcecontrol=deny', '--arch', 's390x'],
  ['-sandbox', 'on', '--edition', '2.10', '--arch', 'aarch64'],
];

/** Python prints what it parsed as JSON: how many elements of each kind, and all their texts. */
const PARSE = `
import collections, json, sys, xml.etree.ElementTree as tree
elements = list(tree.parse(sys.stdin).getroot().iter())
kinds = collections.Counter(e.tag.split('}')[1] for e in elements)
print(json.dumps({'kinds': kinds, 'texts': [e.text for e in elements if e.text]}))
`;

describe.each([
  ['dot', 'dot', ['-Tsvg']],
  ['svg', 'python3', ['-c', PARSE]],
] as const)('%s', (format, reader, args) => {
  const missing = spawnSync(reader, ['--help']).error === undefined ? '' : `needs ${reader}, found none`;
  if (missing !== '') console.log(`--format ${format} is not read: ${missing}`);
  beforeEach((context) => {
    if (missing !== '') context.skip(missing);
  });

  const pictures = many(FILTERS.map((words) => ({ argv: ['compile', '--format', format, ...words] })));

  it.each(FILTERS.map((words, at) => [words.join(' '), at] as const))(
    `%s is what ${reader} reads`,
    (_, at) => {
      const { status, stdout = '', stderr: notes } = pictures[at] ?? {};
      expect([status, notes]).toEqual([0, '']);
      const read = spawnSync(reader, args, { input: stdout, encoding: 'utf8', timeout: 30_000 });
      expect([read.status, read.stderr]).toEqual([0, '']);
      if (format === 'dot') {
        const count = (pattern: RegExp): number => read.stdout.match(pattern)?.length ?? 0;
        expect(count(/class="node"/g)).toBe(stdout.match(/^ {2}[qr]\d+ \[/gm)?.length);
        expect(count(/class="edge"/g)).toBe(stdout.match(/ -> /g)?.length);
      } else {
        const { kinds, texts } = JSON.parse(read.stdout) as {
          kinds: { g: number; path: number };
          texts: string[];
        };
        // A tree: one line to each place but the first.
        expect(kinds.path).toBe(kinds.g - 1);
        expect(texts.some((text) => /^architecture [=≠] /.test(text))).toBe(true);
        expect(texts).toContain('ALLOW');
      }
    },
  );
});
