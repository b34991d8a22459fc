/** `qseccomp explain`, checked in as a person reads it: golden/explain. */
import { expect, it, test } from 'vitest';
import { many } from './command.ts';

const ALL = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** File, and what it shows; each edition at least once. */
const pages: readonly (readonly [name: string, ...words: string[]])[] = [
  ['on', '--arch', 'x86_64'],
  ['everything-denied', '-sandbox', ALL, '--arch', 'x86_64'],
  ['everything-denied-x86', '-sandbox', ALL, '--arch', 'x86'],
  ['everything-denied-s390x', '-sandbox', ALL, '--arch', 's390x'],
  [
    'two-filters',
    '-sandbox',
    'on',
    '-sandbox',
    'on,obsolete=allow,elevateprivileges=children',
    '--arch',
    'aarch64',
  ],
  ['two-architectures', '--arch', 'x86_64', '--arch', 'aarch64'],
  ['no-kernel-support', '--arch', 'sparc64'],
  ['kill-process-no', '-sandbox', 'on,spawn=deny', '--kill-process', 'no', '--arch', 'x86_64'],
  ['edition-2.10', '--edition', '2.10', '--arch', 'x86_64'],
  ['edition-2.10-x86', '--edition', '2.10', '--arch', 'x86'],
  ['edition-2.11', '--edition', '2.11', '-sandbox', ALL, '--arch', 'x86_64'],
  ['edition-3.0', '--edition', '3.0', '-sandbox', ALL, '--arch', 'aarch64'],
  ['edition-3.1', '--edition', '3.1', '-sandbox', ALL, '--arch', 'aarch64'],
  ['edition-4.0', '--edition', '4.0', '-sandbox', ALL, '--arch', 'aarch64'],
  ['edition-5.2', '--edition', '5.2', '-sandbox', ALL, '--arch', 'aarch64'],
  ['edition-6.0', '--edition', '6.0', '-sandbox', ALL, '--arch', 'aarch64'],
  ['edition-7.0', '--edition', '7.0', '-sandbox', ALL, '--arch', 'aarch64'],
  ['edition-10.0', '--edition', '10.0', '-sandbox', ALL, '--arch', 'aarch64'],
];

const results = many(pages.map(([, ...words]) => ({ argv: ['explain', ...words] })));

it.each(pages.map(([name], at) => [name, at] as const))('%s', async (name, at) => {
  const result = results[at];
  expect(result).toMatchObject({ status: 0, stderr: '' });
  await expect(result?.stdout).toMatchFileSnapshot(`golden/explain/${name}.txt`);
});

test('as JSON', async () => {
  const [deny, allow] = many([
    { argv: ['explain', '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', '--json'] },
    { argv: ['explain', '--edition', '2.10', '--arch', 'x86_64', '--json'] },
  ]);
  await expect(deny?.stdout).toMatchFileSnapshot('golden/explain/deny-list.json.golden');
  const [explanation] = JSON.parse(allow?.stdout ?? '');
  expect(Object.keys(explanation)).toEqual([
    'sandbox',
    'edition',
    'architecture',
    'otherCalls',
    'otherArchitectures',
    'denied',
    'allowed',
    'stillAllowed',
    'noEffect',
    'filtersSince',
  ]);
  expect(explanation.denied[0]).toEqual({ number: 5, name: 'fstat', action: 'KILL_THREAD' });
});

test('a sandbox that is off', () => {
  const [text, json] = many([
    { argv: ['explain', '-sandbox', 'off'] },
    { argv: ['explain', '-sandbox', 'off', '--json'] },
  ]);
  expect(text).toEqual({ status: 0, stdout: 'The sandbox is off: nothing is denied.\n', stderr: '' });
  expect(json).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
});
