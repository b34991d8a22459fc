/** The running kernel as judge of how many bits of their first argument the multiplexers look at. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { syscallNumber, x86 } from '../src/index.ts';

const EFAULT = -14;
const ENOSYS = -38;

/** Makes calls of i386 by int 0x80, each with a call in the first argument and no memory to read from. */
const SOURCE = `
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  for (int i = 2; i < argc; i++) {
    long answer;
    __asm__ volatile("int $0x80" : "=a"(answer)
      : "a"(atol(argv[1])), "b"(strtoul(argv[i], 0, 0)), "c"(-1L), "d"(1L), "S"(0L), "D"(0L) : "memory", "r8", "r9", "r10", "r11");
    printf("%d\\n", (int)answer);
  }
}`;

it('ipc takes a call whatever is above 16 bits, as the table says', (context) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') context.skip('needs Linux on x86_64');
  const ipc = x86.multiplexers.find(({ name }) => name === 'ipc');
  const semop = ipc?.calls.find(([name]) => name === 'semop')?.[1] as number;
  const above = 2 ** (ipc?.argumentBits as number);
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-multiplexers-'));
  try {
    const program = join(folder, 'call');
    writeFileSync(`${program}.c`, SOURCE);
    const built = spawnSync('gcc', ['-O1', '-o', program, `${program}.c`]);
    if (built.error) context.skip('needs gcc');
    expect(String(built.stderr)).toBe('');
    const asked = [semop, semop + above, semop + 0x7fff * above, above - 1].map(String);
    const { stdout, status } = spawnSync(program, [String(syscallNumber(x86, 'ipc')), ...asked]);
    if (status !== 0) context.skip('needs a kernel that runs i386 programs');
    expect(String(stdout).trim().split('\n').map(Number)).toEqual([EFAULT, EFAULT, EFAULT, ENOSYS]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
