/** The manual page is the commands', and man(1) has nothing to say against it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { qseccomp } from './command.ts';

const page = fileURLToPath(new URL('../man/qseccomp.1', import.meta.url));

test('it is what the commands say', () => {
  const tool = fileURLToPath(new URL('../tools/man-page.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [tool, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('man formats it without a warning, and shows every command', (context) => {
  const man = ['--warnings=all', '--encoding=UTF-8', '--local-file', page];
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', MANWIDTH: '100' };
  const { status, stdout, stderr, error } = spawnSync('man', man, { encoding: 'utf8', env });
  if (error) context.skip('needs man');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const overview = qseccomp(['--help']).stdout;
  const commands = [...overview.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = '']) => name);
  expect(commands.length).toBeGreaterThan(10);
  for (const name of commands) expect(stdout).toMatch(new RegExp(`^ {3}${name}\\b`, 'm'));
  // Options can be copied: their dashes are dashes.
  expect(stdout).toContain('--format FORMAT');
});
