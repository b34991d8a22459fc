/** The C source of `compile`, built with a compiler and loaded: the kernel takes it and does what it says. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { qseccomp } from './command.ts';

const COMPILER = 'gcc';
const missing = (): string => {
  if (process.platform !== 'linux') return 'needs Linux';
  return spawnSync(COMPILER, ['--version']).status === 0 ? '' : `needs ${COMPILER}, found none`;
};
const reason = missing();
if (reason !== '') console.log(`the C source is not compiled: ${reason}`);

beforeEach((context) => {
  if (reason !== '') context.skip(reason);
});

/** Loads the filter, then makes the call that its argument names. All arguments of reboot(2) are bad. */
const PROGRAM = `
#include "filter.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 100;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &qseccomp_program) != 0)
		return 101;
	if (strcmp(argv[1], "reboot") == 0)
		syscall(SYS_reboot, 0, 0, 0, 0);
	else if (strcmp(argv[1], "clone3") == 0)
		return syscall(SYS_clone3, 0, 0) == -1 ? errno : 0;
	puts("alive");
	return 0;
}
`;

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
beforeAll(() => {
  if (reason !== '') return;
  const args = [
    'compile',
    '-sandbox',
    'on,spawn=deny',
    '--format',
    'c',
    '--output',
    join(folder, 'filter.h'),
  ];
  expect(qseccomp(args)).toEqual({ status: 0, stdout: '', stderr: '' });
  writeFileSync(join(folder, 'program.c'), PROGRAM);
  const compiled = spawnSync(COMPILER, ['-Wall', '-Wextra', '-Werror', '-o', 'program', 'program.c'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(compiled).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true }));

const program = (call: string) => spawnSync(join(folder, 'program'), [call], { encoding: 'utf8' });

test('a program under it runs', () => {
  expect(program('none')).toMatchObject({ status: 0, stdout: 'alive\n' });
});

test('a denied call kills it', () => {
  expect(program('reboot')).toMatchObject({ status: null, signal: 'SIGSYS', stdout: '' });
});

test('clone3 is not there', () => {
  expect(program('clone3').status).toBe(constants.errno.ENOSYS);
});
