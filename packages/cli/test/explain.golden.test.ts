/** `qseccomp explain`, checked in as a person reads it: golden/explain. */
import { expect, it, test } from 'vitest';
import { many } from './command.ts';

const ALL = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** The default profile of Podman, and one with conditions, data and multiplexed calls. */
const ENGINE = new URL('../../bpf/test/vectors/containers-seccomp.json', import.meta.url).pathname;
const DENY_LIST = new URL('profiles/deny-list.json', import.meta.url).pathname;

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
  ['profile-engine', '--profile', ENGINE, '--arch', 'x86_64'],
  [
    'profile-engine-admin',
    '--profile',
    ENGINE,
    '--arch',
    'x86_64',
    '--cap',
    'CAP_SYS_ADMIN',
    '--kernel',
    '4.4',
  ],
  ['profile-deny-list', '--profile', DENY_LIST, '--arch', 'x86_64', '--arch', 'x86'],
];

const results = many(pages.map(([, ...words]) => ({ argv: ['explain', ...words] })));

it.each(pages.map(([name], at) => [name, at] as const))('%s', async (name, at) => {
  const result = results[at];
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const text = result?.stdout.replaceAll(/^profile .*\//gm, 'profile …/');
  await expect(text).toMatchFileSnapshot(`golden/explain/${name}.txt`);
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

test('a profile as JSON', () => {
  const [result] = many([{ argv: ['explain', '--profile', DENY_LIST, '--arch', 'x86', '--json'] }]);
  const [explanation] = JSON.parse(result?.stdout ?? '');
  expect(Object.keys(explanation)).toEqual([
    'profile',
    'architecture',
    'otherCalls',
    'otherArchitectures',
    'calls',
    'unnamed',
    'leftOut',
    'unknown',
    'filtersSince',
  ]);
  const socketcall = explanation.calls.find(({ name }: { name: string }) => name === 'socketcall');
  expect(socketcall).toEqual({
    number: 102,
    name: 'socketcall',
    answers: [
      { action: 'KILL_PROCESS', data: 0, when: ['argument 0 is 4 (listen)'] },
      { action: 'ALLOW', data: 0 },
    ],
  });
});

test('a sandbox that is off', () => {
  const [text, json] = many([
    { argv: ['explain', '-sandbox', 'off'] },
    { argv: ['explain', '-sandbox', 'off', '--json'] },
  ]);
  expect(text).toEqual({ status: 0, stdout: 'The sandbox is off: nothing is denied.\n', stderr: '' });
  expect(json).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
});
