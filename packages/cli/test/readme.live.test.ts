/**
 * Runs every command that the README shows (`$ …` in its sh blocks) and compares the output. In the README, `…`
 * stands for anything in a line, or for any lines where it is alone; a command whose next one is `echo $?` may fail.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { shell } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Shown {
  readonly command: string;
  readonly output: string;
}

function commandsOf(block: string): Shown[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { command, output: lines.join('\n') };
    });
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What the output must match. */
function pattern(output: string): RegExp {
  const lines = output
    .split(/(?<=\n)/)
    .map((line) => (line === '…\n' ? '(?:.*\n)*' : quoted(line).replaceAll('…', '.*')));
  return new RegExp(`^${lines.join('')}$`);
}

const shown = blocks.map(commandsOf).filter((commands) => commands.length > 0);

test('the README shows every command', () => {
  const text = shown.flat().map(({ command }) => command);
  for (const name of [
    'run',
    'trace',
    'parse',
    'compile',
    'explain',
    'why',
    'verify',
    'diff',
    'audit',
    'inspect',
    'asm',
    'disasm',
    'syscalls',
    'probe',
  ]) {
    expect(
      text.some((command) => command.startsWith(`qseccomp ${name} `) || command === `qseccomp ${name}`),
    ).toBe(true);
  }
  // Nothing is left out because its `$` was forgotten.
  const others = blocks
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('qseccomp '));
  expect(others).toEqual([]);
});

describe.each(shown.map((commands) => [commands[0]?.command ?? '', commands] as const))(
  '%s',
  (_title, commands) => {
    const END = '<<end>>';
    const script = commands
      .map(({ command }) => `${command}\nstatus=$?; echo "${END}$status"; (exit $status)`)
      .join('\n');
    const results: { readonly output: string; readonly status: number }[] = [];
    it.each(commands.map(({ command, output }, at) => [command, output, at] as const))(
      '%s',
      (_command, output, at) => {
        if (results.length === 0) {
          const parts = shell(`exec 2>&1\n${script}`, { cwd: folder }).stdout.split(
            new RegExp(`${END}(\\d+)\n`),
          );
          for (let part = 0; part + 1 < parts.length; part += 2) {
            results.push({ output: parts[part] ?? '', status: Number(parts[part + 1]) });
          }
        }
        expect(results[at]?.output).toMatch(pattern(output));
        if (commands[at + 1]?.command !== 'echo $?') expect(results[at]?.status).toBe(0);
      },
    );
  },
);
