/**
 * The package as it is shipped: compiled, loaded by Node through its exports. The copy that is compiled has one
 * architecture more, made up, added by the recipe of the README: one file, one line, one command.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'syscall-tables-'));
const copy = join(temporary, 'packages', 'syscall-tables');

/** The one file: what a contributor writes for an architecture that does not exist. */
const descriptor = `/**
 * Imaginary: big-endian, 32 bits, numbers from 7000.
 *
 * @module
 */
import type { Architecture } from '../arch.ts';

/** Descriptor and system calls of imaginary. */
export const imaginary: Architecture = {
  name: 'imaginary',
  aliases: ['figment'],
  auditArch: 0x00007777,
  auditArchName: 'AUDIT_ARCH_IMAGINARY',
  endian: 'big',
  registerBits: 32,
  numberOffset: 7000,
  cloneFlagsArgument: 0,
  errno: { ENOSYS: 99 },
  multiplexers: [],
  seccompFilterSince: '7.2',
  lookupOnly: false,
  syscalls: [],
};
`;

/** The one line. */
const line = "export { imaginary } from './arch/imaginary.ts';\n";

const kernelTable = `# number abi name entry
0	common	read	sys_read
1	common	write	sys_write	compat_sys_write
2	64	only_on_64	sys_other
3	common	reserved3	sys_ni_syscall
4	32	fork	sys_fork
`;

const kernelHeader = `#ifndef _ASM_UNISTD_H
#define __NR_Linux 7000
#define __NR_read (__NR_Linux + 0)
#define __NR_write	(__NR_Linux + 1) /* second */
#define __NR_fork (__NR_Linux + 4)
#define __NR_syscalls 5
#endif
`;

function run(...parameters: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, parameters, { cwd: copy, encoding: 'utf8' });
}

function tables(...parameters: string[]): ReturnType<typeof run> {
  return run('tools/tables.mjs', ...parameters);
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path), 'utf8')));
}

beforeAll(() => {
  for (const path of ['src', 'tools', 'data', 'package.json', 'tsconfig.json']) {
    cpSync(join(source, path), join(copy, path), { recursive: true });
  }
  cpSync(join(workspace, 'tsconfig.base.json'), join(temporary, 'tsconfig.base.json'));
  symlinkSync(join(workspace, 'node_modules'), join(temporary, 'node_modules'), 'dir');
  writeFileSync(join(copy, 'syscall.tbl'), kernelTable);
  writeFileSync(join(copy, 'unistd.h'), kernelHeader);
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('tools/tables.mjs', () => {
  it('finds nothing to change in the repository', () => {
    expect(tables('--check')).toMatchObject({ status: 0, stderr: '' });
  });

  it('says what is missing after the file alone', () => {
    writeFileSync(join(copy, 'src/arch/imaginary.ts'), descriptor);
    const { status, stdout, stderr } = tables('--check');
    expect(status).toBe(1);
    expect(stderr).toContain(`src/registry.ts: add the line "${line.trim()}"`);
    expect(stderr).toContain('no rows of imaginary; give them with --arch imaginary --from FILE');
    expect(stdout).toContain('package.json: would change\n  + "./imaginary": {');
  });

  it('leaves a table alone of which there is no kernel data, and says so', () => {
    edit('src/arch/imaginary.ts', (text) =>
      text.replace('syscalls: []', "syscalls: [\n    ['read', 7000],\n  ]"),
    );
    const { stdout, stderr } = tables('--check');
    expect(stdout).toContain('data/syscalls.tsv has no rows of imaginary: nothing to compare its table with');
    expect(stdout).not.toContain('imaginary.ts: would change');
    expect(stderr).not.toContain('--from FILE');
    writeFileSync(join(copy, 'src/arch/imaginary.ts'), descriptor);
  });

  it('takes the calls from a kernel table, and has nothing left to say', () => {
    edit('src/registry.ts', (text) => text + line);
    const added = tables('--arch', 'imaginary', '--from', 'syscall.tbl', '--abi', 'common,32');
    expect(added).toMatchObject({ status: 0, stderr: '' });
    expect(added.stdout).toContain('3 rows of imaginary added');
    expect(readFileSync(join(copy, 'data/syscalls.tsv'), 'utf8')).toMatch(/imaginary\tfork\t7004\tK\n$/);
    expect(readFileSync(join(copy, 'src/arch/imaginary.ts'), 'utf8')).toContain(
      "  syscalls: [\n    ['read', 7000],\n    ['write', 7001],\n    ['fork', 7004],\n  ],\n",
    );
    expect(tables('--check')).toMatchObject({ status: 0, stderr: '' });
  });

  it('agrees with the same calls in a header, whose numbers are whole', () => {
    const { status, stdout } = tables('--check', '--arch', 'imaginary', '--from', 'unistd.h');
    expect(status).toBe(0);
    expect(stdout).toBe('tables: imaginary: 3 calls in the file, 0 contradictions\n');
  });

  it('names each call in which a kernel and the table differ', () => {
    writeFileSync(join(copy, 'newer.tbl'), '0 common read x\n2 common write x\n9 common clone x\n');
    const { status, stdout, stderr } = tables('--check', '--arch', 'imaginary', '--from', 'newer.tbl');
    expect(status).toBe(1);
    expect(stderr).toBe(
      'tables: imaginary: write: 7002 in the kernel, 7001 in the table\n' +
        'tables: imaginary: clone: 7009 in the kernel, not in the table\n',
    );
    expect(stdout).toContain('in the table only: fork');
    const refused = tables('--arch', 'imaginary', '--from', 'newer.tbl');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      'a kernel never renumbers a call\n  write: 7002 in the kernel, 7001 in the table',
    );
    expect(tables('--check').status).toBe(0);
  });

  it('sees a table edited by hand, and mends it', () => {
    edit('src/arch/x86_64.ts', (text) => text.replace("['execve', 59]", "['execve', 58]"));
    const { status, stdout } = tables('--check');
    expect(status).toBe(1);
    expect(stdout).toContain("src/arch/x86_64.ts: would change\n  - ['execve', 58],\n  + ['execve', 59],\n");
    expect(tables().status).toBe(0);
    expect(tables('--check').status).toBe(0);
    expect(readFileSync(join(copy, 'src/arch/x86_64.ts'), 'utf8')).toBe(
      readFileSync(join(source, 'src/arch/x86_64.ts'), 'utf8'),
    );
  });

  it('refuses a table that is none, an unknown option and half a pair', () => {
    writeFileSync(join(copy, 'not.tbl'), 'zero common read\n');
    writeFileSync(join(copy, 'empty.h'), '#define OTHER 1\n');
    for (const [parameters, message] of [
      [
        ['--arch', 'imaginary', '--from', 'not.tbl'],
        'line 1: expected "number abi name [entry]", got "zero common read"',
      ],
      [['--arch', 'imaginary', '--from', 'empty.h'], 'found no call'],
      [['--arch', 'imaginary', '--from', 'missing.tbl'], 'no such file'],
      [['--arch', 'nowhere', '--from', 'syscall.tbl'], 'nowhere.ts'],
      [['--arch', 'ppc64le', '--from', 'syscall.tbl'], 'a twin shares'],
      [['--arch', 'imaginary'], '--arch and --from go together'],
      [['--chek'], '--chek'],
    ] as const) {
      const { status, stderr } = tables(...parameters);
      expect(status, stderr).toBe(2);
      expect(stderr).toContain(message);
    }
  });
});

describe('the compiled package', () => {
  beforeAll(() => {
    const { status, stdout } = run(join(workspace, 'node_modules/typescript/bin/tsc'), '-p', '.');
    expect(status, stdout).toBe(0);
    const hook = `import { writeSync } from 'node:fs';
      export async function load(url, context, next) {
        if (url.startsWith('file:')) writeSync(1, url.replace(/.*\\/dist\\//, '') + '\\n');
        return next(url, context);
      }`;
    writeFileSync(
      join(copy, 'trace.mjs'),
      `import { register } from 'node:module';\nregister('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hook))});\n`,
    );
  }, 60_000);

  /** Modules of the package that an import loads, in alphabetical order. */
  function loadedBy(specifier: string): readonly string[] {
    const { status, stdout, stderr } = run(
      ...[
        '--import',
        './trace.mjs',
        '--input-type=module',
        '-e',
        `await import('@qseccomp/syscall-tables${specifier}');`,
      ],
    );
    expect(status, stderr).toBe(0);
    return stdout.split('\n').filter(Boolean).sort();
  }

  it.each([
    ['/x86_64', ['arch/x86_64.js']],
    ['/aarch64', ['arch/aarch64.js']],
    ['/x86', ['arch/x86.js', 'multiplexers.js']],
    ['/ppc64le', ['arch/ppc64.js', 'arch/ppc64le.js', 'multiplexers.js']],
    ['/mips64', ['arch/mips64.js', 'errno/mips.js']],
    ['/lookup', ['lookup.js']],
    ['/imaginary', ['arch/imaginary.js']],
  ])('%s loads what it needs and no other', (specifier, modules) => {
    expect(loadedBy(specifier)).toEqual(modules);
  });

  it('finds the made-up architecture by every name, and looks up its calls and errors', () => {
    const program = `
      import { architectures, errnoNumber, findArchitecture, findByAuditArch, syscallNames, syscallNumber } from '@qseccomp/syscall-tables';
      import { imaginary } from '@qseccomp/syscall-tables/imaginary';
      console.log(JSON.stringify([
        architectures.length,
        findArchitecture('figment') === imaginary,
        findByAuditArch(0x7777)[0] === imaginary,
        syscallNumber(imaginary, 'fork'),
        syscallNames(imaginary, 7001),
        errnoNumber(imaginary, 'ENOSYS'),
      ]));`;
    const { stdout, stderr } = run('--input-type=module', '-e', program);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([37, true, true, 7004, ['write'], 99]);
  });
});

describe('src/arch', () => {
  it.each(readdirSync(join(source, 'src/arch')))(
    '%s imports nothing but types, shared facts and its twin',
    (file) => {
      const text = readFileSync(join(source, 'src/arch', file), 'utf8');
      const twin = /^ {2}\.\.\.(\w+),$/m.exec(text)?.[1];
      for (const [, what = '', from = ''] of text.matchAll(/^import (.*) from '(.*)';$/gm)) {
        const allowed = what.startsWith('type ') || /^\.\.\/(errno\/\w+|multiplexers)\.ts$/.test(from);
        expect(allowed || from === `./${twin}.ts`, from).toBe(true);
      }
    },
  );
});
