/**
 * Runs the commands that a document shows (`$ …` in its sh blocks) and compares the output. In the document, `…`
 * stands for anything in a line, or for any lines where it is alone; a command goes on after a backslash at the end
 * of its line, and may fail when the next one is `echo $?`. A block that has a file's name behind its language
 * (```json profile.json) is that file. A comment in front of a block, `<!-- needs runc root -->`, names programs
 * without which it is skipped; `root` is root without a filter of its own.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND } from './command.ts';

/** Seconds for the commands of a block. */
const MOST_SECONDS = 50;

/** A fenced block of a document. */
export interface Block {
  readonly language: string;
  /** What is behind the language. */
  readonly file: string | undefined;
  /** Programs without which it cannot be run. */
  readonly needs: readonly string[];
  readonly text: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
}

interface Shown {
  readonly command: string;
  readonly output: string;
}

/**
 * The blocks of a document.
 *
 * @param markdown - its text
 */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^(?:<!-- needs (.*?) -->\n\n?)?```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
    (match) => {
      const [whole, needs, language = '', file, text = ''] = match;
      const line = markdown.slice(0, match.index + whole.indexOf('```')).split('\n').length + 1;
      return { language, file, needs: needs?.split(' ') ?? [], text, line };
    },
  );
}

/**
 * What a block shows.
 *
 * @param block - one in sh
 */
export function commandsOf({ text }: Block): Shown[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [whole, command = ''] = /^((?:.*\\\n)*.*)\n/.exec(part) ?? [''];
      return { command, output: part.slice(whole.length) };
    });
}

/**
 * Makes a test of each command, and writes the files, in the order of the document.
 *
 * @param blocks - of the document
 * @param folder - where the commands run
 */
export function testCommands(blocks: readonly Block[], folder: string): void {
  const installed = mkdtempSync(join(tmpdir(), 'qseccomp-bin-'));
  symlinkSync(COMMAND, join(installed, 'qseccomp'));
  afterAll(() => rmSync(installed, { recursive: true }));
  const path = [installed, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const unwritten: Block[] = [];
  const write = (before: number): void => {
    while ((unwritten[0]?.line ?? before) < before) {
      const { file = '', text } = unwritten.shift() as Block;
      writeFileSync(join(folder, file), text);
    }
  };
  for (const block of blocks) {
    if (block.file !== undefined) unwritten.push(block);
    if (block.language !== 'sh') continue;
    const commands = commandsOf(block);
    if (commands.length === 0) continue;
    describe(commands[0]?.command ?? '', () => {
      const missing = block.needs.filter((name) => !isThere(name));
      beforeEach((context) => {
        if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
      });
      testBlock(commands, { folder, path, prepare: () => write(block.line) });
    });
  }
}

/**
 * Whether a program is there.
 *
 * @param name - to be looked for in PATH; `root` stands for root without a filter
 */
export function isThere(name: string): boolean {
  if (name === 'root')
    return process.getuid?.() === 0 && /^Seccomp:\s*0/m.test(readFileSync('/proc/self/status', 'utf8'));
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function testBlock(
  commands: readonly Shown[],
  { folder, path, prepare }: { readonly folder: string; readonly path: string; readonly prepare: () => void },
): void {
  const END = '<<end>>';
  const script = commands
    .map(({ command }) => `${command}\nstatus=$?; echo "${END}$status"; (exit $status)`)
    .join('\n');
  const results: { readonly output: string; readonly status: number }[] = [];
  it.each(commands.map(({ command, output }, at) => [command, output, at] as const))(
    '%s',
    (_command, output, at) => {
      if (results.length === 0) {
        prepare();
        // timeout(1) ends what the commands have left behind, too.
        const words = ['-k', '1', String(MOST_SECONDS), '/bin/sh', '-c', `exec 2>&1\n${script}`];
        const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, PATH: path } } as const;
        const parts = spawnSync('timeout', words, options).stdout.split(new RegExp(`${END}(\\d+)\n`));
        for (let part = 0; part + 1 < parts.length; part += 2) {
          results.push({ output: parts[part] ?? '', status: Number(parts[part + 1]) });
        }
      }
      expect(results[at]?.output).toMatch(pattern(output));
      if (commands[at + 1]?.command !== 'echo $?') expect(results[at]?.status).toBe(0);
    },
  );
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What the output must match. */
function pattern(output: string): RegExp {
  const lines = output
    .split(/(?<=\n)/)
    .map((line) => (line === '…\n' ? '(?:.*\n)*' : quoted(line).replaceAll('…', '.*')));
  return new RegExp(`^${lines.join('')}$`);
}
