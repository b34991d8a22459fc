/** Outputs that go away, are full or are closed; bytes that are not UTF-8. Needs a shell and Linux' devices. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { COMMAND, shell } from './command.ts';

beforeEach((context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
});

describe('standard output', () => {
  it.each([
    'syscalls --arch x86_64',
    'explain',
    'compile',
    'parse -sandbox on',
    'probe',
    '--help',
    'run --help',
  ])('%s > /dev/full is an error', (line) => {
    const { status, stderr } = shell(`qseccomp ${line} >/dev/full`);
    expect(stderr).toBe('qseccomp: cannot write to standard output: no space left on device\n');
    expect(status).toBe(line.startsWith('run') ? 125 : 2);
  });

  test('a reader that goes early ends nothing badly', () => {
    const line = 'qseccomp syscalls --arch x86_64 --json; echo "status $?" >&2';
    const { stdout, stderr } = shell(`{ ${line}; } | head -1`);
    expect(stdout).toBe('[\n');
    expect(stderr).toBe('status 0\n');
  });

  test('closed, it is /dev/null: Node opens it so', () => {
    expect(shell('qseccomp explain >&-')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('a pipe that is not read at once gets everything', () => {
    const { stdout } = shell('qseccomp syscalls --json --arch x86_64 | { sleep 0.3; cat; }');
    expect(JSON.parse(stdout).length).toBeGreaterThan(300);
  });
});

describe('standard error', () => {
  it.each(['/dev/full', '&-'])('%s changes no exit status', (target) => {
    const to = target === '&-' ? '2>&-' : `2>${target}`;
    expect(shell(`qseccomp parse -sandbox maybe ${to}`).status).toBe(1);
    expect(shell(`qseccomp explain --bogus ${to}`).status).toBe(2);
    expect(shell(`qseccomp run --bogus ${to}`).status).toBe(125);
  });
});

describe('bytes that are not UTF-8', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  /** Standard error as latin1; \xNN in the line is that byte. */
  const stderrOf = (line: string): string => {
    const script = Buffer.from(`exec '${process.execPath}' '${COMMAND}' ${line}`, 'latin1');
    // A file, since an argument would be taken as text.
    writeFileSync(join(folder, 'script'), script);
    const { stderr } = spawnSync('/bin/sh', ['script'], { cwd: folder });
    return stderr.toString('latin1');
  };

  test('come back from the command line', () => {
    expect(stderrOf("parse -sandbox 'on,\xe9=x'")).toBe(
      "qseccomp: -sandbox on,\xe9=x: Invalid parameter '\xe9'\n",
    );
    expect(stderrOf("compile -sandbox 'on,\xe9=\xc3\xa9'")).toBe(
      "qseccomp: -sandbox on,\xe9=\xc3\xa9: Invalid parameter '\xe9'\n",
    );
  });

  test('come back from config files, and name files', () => {
    writeFileSync(
      Buffer.from(join(folder, 'vm\xff.cfg'), 'latin1'),
      Buffer.from('[sandbox]\n  \xe9 = "x"\n', 'latin1'),
    );
    const expected = "qseccomp:vm\xff.cfg:2: Invalid parameter '\xe9'\n";
    expect(stderrOf('parse -readconfig vm\xff.cfg')).toBe(expected);
    expect(stderrOf('explain -readconfig vm\xff.cfg')).toBe(expected);
    expect(stderrOf('compile --output no\xff/x')).toBe(
      "qseccomp: cannot write 'no\xff/x': no such file or directory\n",
    );
  });
});
