/** Which file a command names, and what a script's first line says: fs/binfmt_script.c, and execvp(3). */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { openProgram, parseInterpreterLine } from '../src/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the line after #!', () => {
  it.each<[line: string, interpreter: string | undefined, argument?: string]>([
    ['#!/bin/sh\n', '/bin/sh'],
    ['#! \t /bin/sh \t\n', '/bin/sh'],
    ['#!/bin/sh -e\n', '/bin/sh', '-e'],
    ['#!/bin/sh  -e -u  \nmore', '/bin/sh', '-e -u'],
    ['#!/bin/sh', '/bin/sh'],
    ['#!/bin/sh -e', '/bin/sh', '-e'],
    ['#!/bin/sh\r\n', '/bin/sh\r'],
    ['#!/bin/sh a\0b\n', '/bin/sh', 'a'],
    ['#!/bin/sh\0 x\n', '/bin/sh'],
    ['#!\n/bin/sh\n', undefined],
    ['#!', undefined],
    ['#!   \n', undefined],
    // 256 bytes and no newline: the name may be cut off, the argument may be.
    [`#!/${'a'.repeat(300)}`, undefined],
    [`#!/bin/sh ${'a'.repeat(300)}`, '/bin/sh', 'a'.repeat(245)],
  ])('%j', (line, interpreter, argument) => {
    const found = parseInterpreterLine(Buffer.from(line).subarray(0, 256));
    expect(found?.interpreter.toString()).toBe(interpreter);
    expect(found?.argument?.toString()).toBe(argument);
  });
});

describe('a command', () => {
  beforeEach((context) => {
    if (process.platform !== 'linux') context.skip('needs Linux');
  });

  const first = join(folder, 'first');
  const second = join(folder, 'second');
  for (const directory of [first, second]) {
    mkdirSync(directory);
    writeFileSync(join(directory, 'tool'), '\x7fELF');
  }
  chmodSync(join(second, 'tool'), 0o755);
  mkdirSync(join(first, 'directory'));
  symlinkSync('loop', join(first, 'loop'));
  writeFileSync(join(first, 'locked'), '\x7fELF', { mode: 0o644 });

  function opened(name: string, path?: string): string {
    const { descriptor } = openProgram(
      [Buffer.from(name)],
      path === undefined ? undefined : Buffer.from(path),
    );
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } finally {
      closeSync(descriptor);
    }
  }
  const error = (code: string, message: string | RegExp) =>
    expect.objectContaining({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });

  test('is looked up in PATH, past what may not be executed', () => {
    expect(opened('tool', `${first}:${second}`)).toBe(join(second, 'tool'));
    expect(opened('tool', `/missing:${second}:${first}`)).toBe(join(second, 'tool'));
  });

  test('without PATH is looked up in /bin and /usr/bin', () => {
    expect(opened('sh')).toBe(opened('/bin/sh'));
  });

  test('an empty element of PATH is the working directory', () => {
    const before = process.cwd();
    try {
      process.chdir(second);
      expect(opened('tool', `${first}:`)).toBe(join(second, 'tool'));
    } finally {
      process.chdir(before);
    }
  });

  test('that is not found, or may not be executed', () => {
    expect(() => opened('tool', '/missing')).toThrowError(
      error('RUNTIME_PROGRAM_NOT_FOUND', 'tool: not found in PATH'),
    );
    expect(() => opened('locked', first)).toThrowError(
      error('RUNTIME_PROGRAM_NOT_EXECUTABLE', `${first}/locked: permission denied`),
    );
    expect(() => opened('directory', first)).toThrowError(
      error('RUNTIME_PROGRAM_NOT_EXECUTABLE', `${first}/directory: not a regular file`),
    );
    expect(() => opened(`${first}/loop`)).toThrowError(
      error('RUNTIME_PROGRAM_NOT_EXECUTABLE', /loop: ELOOP \(Too many/),
    );
    expect(() => opened(`${first}/tool/below`)).toThrowError(
      error('RUNTIME_PROGRAM_NOT_FOUND', /below: not found$/),
    );
    expect(() => opened('')).toThrowError(error('RUNTIME_PROGRAM_NOT_FOUND', /empty name$/));
    expect(() => openProgram([], undefined)).toThrowError(error('RUNTIME_PROGRAM_NOT_FOUND', /empty name$/));
    expect(() => opened('x'.repeat(300), first)).toThrowError(/ENAMETOOLONG|not found/);
  });
});
