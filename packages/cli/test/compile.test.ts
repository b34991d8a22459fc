/** `qseccomp compile`: the formats say the same, the options choose what they should, bad input is one line. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProgram, emulate, type Instruction, type Program } from '@qseccomp/bpf';
import {
  aarch64,
  arm,
  type Endian,
  findArchitecture,
  mips,
  s390x,
  syscallNumber,
  x32,
  x86,
  x86_64,
} from '@qseccomp/syscall-tables';
import { afterAll, describe, expect, it, test } from 'vitest';
import { many, qseccomp, shell } from './command.ts';

interface Filter {
  readonly sandbox: string;
  readonly edition: string;
  readonly architectures: readonly string[];
  readonly endian: Endian;
  readonly length: number;
  readonly instructions: readonly Instruction[];
}

const ALL = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/** The filters of command lines, compiled as JSON. */
function filtersOf(lines: readonly (readonly string[])[]): Filter[][] {
  const results = many(lines.map((words) => ({ argv: ['compile', '--format', 'json', ...words] })));
  return results.map(({ status, stdout, stderr }) => {
    if (status !== 0) throw new Error(stderr);
    return (JSON.parse(stdout) as { filters: Filter[] }).filters;
  });
}

describe('formats', () => {
  const architectures = ['x86_64', 'x32', 'x86', 'aarch64', 'arm', 'riscv64', 'mipsel64n32', 'ppc64le'];
  const bigEndian = ['s390x', 's390', 'mips', 'ppc', 'ppc64', 'parisc', 'm68k', 'sheb'];
  const formats = ['raw', 'hex', 'c', 'json'] as const;
  const lines = [...architectures, ...bigEndian].flatMap((name) =>
    formats.map((format) => ({ argv: ['compile', '-sandbox', ALL, '--arch', name, '--format', format] })),
  );
  const results = many(lines, 'latin1');

  const fromC = (text: string): Instruction[] =>
    [...text.matchAll(/^\t\{ (0x\w+), +(\d+), +(\d+), (0x\w+) \},$/gm)].map(([, code, jt, jf, k]) => ({
      code: Number(code),
      jt: Number(jt),
      jf: Number(jf),
      k: Number(k),
    }));

  it.each([...architectures, ...bigEndian].map((name, at) => [name, at] as const))(
    'hold the same program for %s',
    (name, at) => {
      const [raw, hex, c, json] = results.slice(at * formats.length).map(({ stdout }) => stdout) as [
        string,
        string,
        string,
        string,
      ];
      const [filter] = (JSON.parse(json) as { filters: Filter[] }).filters as [Filter];
      expect(filter).toMatchObject({ sandbox: ALL, edition: '7.0', architectures: [name] });
      expect(filter.endian).toBe(bigEndian.includes(name) ? 'big' : 'little');
      expect(filter.length).toBe(filter.instructions.length);
      expect(decodeProgram(Buffer.from(raw, 'latin1'), filter.endian)).toEqual(filter.instructions);
      expect(Buffer.from(hex.replaceAll('\n', ''), 'hex').toString('latin1')).toBe(raw);
      expect(hex.match(/^[0-9a-f]{16}$/gm)).toHaveLength(filter.length);
      expect(fromC(c)).toEqual(filter.instructions);
      expect(c).toContain(`.len = ${filter.length},`);
      expect(c).toContain(`/* -sandbox ${ALL}, edition 7.0, for ${name} (${filter.endian}-endian). */`);
    },
  );

  test('default to hex, and --json is --format json', () => {
    const [plain, hex, json, formatJson] = many([
      { argv: ['compile'] },
      { argv: ['compile', '-sandbox', 'on', '--format=hex'] },
      { argv: ['compile', '--json'] },
      { argv: ['compile', '--format', 'json'] },
    ]);
    expect(plain).toEqual(hex);
    expect(json).toEqual(formatJson);
    expect(json?.status).toBe(0);
  });
});

/** The constants of linux/seccomp.h and linux/audit.h that answers are compared with. */
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const KILL_THREAD = 0;
const TRAP = 0x00030000;
const errno = (value: number): number => 0x00050000 | value;
/** SIGCHLD, which is how fork(2) calls clone. */
const FORK_FLAGS = 17n;

function answer(
  program: Program,
  architecture: typeof x86_64,
  name: string,
  args: readonly bigint[] = [],
): number {
  const nr = syscallNumber(architecture, name);
  if (nr === undefined) throw new Error(`${architecture.name} has no ${name}`);
  return emulate(program, { nr, arch: architecture.auditArch, instructionPointer: 0n, args }).value;
}

describe('options', () => {
  test('--arch repeated: one program for x86_64, x32 and x86', () => {
    const [[filter] = []] = filtersOf([
      ['-sandbox', ALL, '--arch', 'amd64', '--arch', 'x32', '--arch', 'i386', '--arch', 'x86_64'],
    ]);
    const { instructions = [], architectures } = filter ?? {};
    expect(architectures).toEqual(['x86_64', 'x32', 'x86']);
    for (const architecture of [x86_64, x32, x86]) {
      expect(answer(instructions, architecture, 'fork')).toBe(KILL_PROCESS);
      expect(answer(instructions, architecture, 'clone3')).toBe(errno(38));
      expect(answer(instructions, architecture, 'getpid')).toBe(ALLOW);
    }
    expect(answer(instructions, aarch64, 'getpid')).toBe(KILL_THREAD);
  });

  test('without --arch, this machine', () => {
    const [[filter] = []] = filtersOf([[]]);
    expect(filter?.architectures).toEqual([
      findArchitecture(process.arch === 'ppc64' ? 'ppc64le' : process.arch).name,
    ]);
  });

  test('errno and the place of clone’s flags are the architecture’s', () => {
    const [[onMips] = [], [onS390x] = []] = filtersOf([
      ['-sandbox', ALL, '--arch', 'mips'],
      ['-sandbox', ALL, '--arch', 's390x'],
    ]);
    expect(answer(onMips?.instructions ?? [], mips, 'clone3')).toBe(errno(89));
    const thread = 0x3d0f00n;
    const s390Program = onS390x?.instructions ?? [];
    expect(answer(s390Program, s390x, 'clone', [0n, thread])).toBe(ALLOW);
    expect(answer(s390Program, s390x, 'clone', [thread, FORK_FLAGS])).toBe(KILL_PROCESS);
  });

  test('--kill-process no traps what would be killed', () => {
    const [[yes] = [], [no] = []] = filtersOf([
      ['--kill-process', 'yes', '--arch', 'arm'],
      ['--kill-process', 'no', '--arch', 'arm'],
    ]);
    expect(answer(yes?.instructions ?? [], arm, 'reboot')).toBe(KILL_PROCESS);
    expect(answer(no?.instructions ?? [], arm, 'reboot')).toBe(TRAP);
  });

  // DESIGN of the editions: what each answers to fork, clone (as fork), clone3, sched_setaffinity, sched_getaffinity.
  const eperm = errno(1);
  it.each([
    ['2.11', [KILL_THREAD, ALLOW, ALLOW, KILL_THREAD, KILL_THREAD]],
    ['3.0', [KILL_THREAD, ALLOW, ALLOW, KILL_THREAD, KILL_THREAD]],
    ['3.1', [KILL_PROCESS, ALLOW, ALLOW, KILL_PROCESS, KILL_PROCESS]],
    ['4.0', [TRAP, ALLOW, ALLOW, eperm, eperm]],
    ['5.2', [KILL_PROCESS, ALLOW, ALLOW, eperm, eperm]],
    ['6.0', [KILL_PROCESS, ALLOW, ALLOW, eperm, ALLOW]],
    ['7.0', [KILL_PROCESS, KILL_PROCESS, errno(38), eperm, ALLOW]],
    ['10.0', [eperm, eperm, errno(38), eperm, ALLOW]],
  ] as const)('--edition %s', (edition, expected) => {
    const [[filter] = []] = filtersOf([['--edition', edition, '-sandbox', ALL, '--arch', 'x86_64']]);
    expect(filter?.edition).toBe(edition);
    const calls = ['fork', 'clone', 'clone3', 'sched_setaffinity', 'sched_getaffinity'];
    expect(calls.map((name) => answer(filter?.instructions ?? [], x86_64, name, [FORK_FLAGS]))).toEqual(
      expected,
    );
  });

  test('--edition 2.10 allows what is listed', () => {
    const [[filter] = []] = filtersOf([['--edition', '2.10', '--arch', 'x86_64']]);
    const program = filter?.instructions ?? [];
    expect(answer(program, x86_64, 'read')).toBe(ALLOW);
    expect(answer(program, x86_64, 'getrandom')).toBe(KILL_THREAD);
  });

  test('several entries are several filters, in order; those that are off are none', () => {
    const [filters] = filtersOf([
      ['-sandbox', 'on,obsolete=allow', '-sandbox', 'off', '--sandbox', 'on,id=b,spawn=deny'],
    ]);
    expect(filters?.map(({ sandbox }) => sandbox)).toEqual(['on,obsolete=allow', 'on,id=b,spawn=deny']);
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [words: readonly string[], status: number, message: string])[] = [
    [['-sandbox', 'off'], 2, 'compile: expected a sandbox that is on, got off: there is no filter'],
    [
      ['-sandbox', 'on', '-sandbox', 'on'],
      2,
      'compile: format hex holds one filter, but 2 entries are on; use --format json',
    ],
    [
      ['--arch', 'x86_64', '--arch', 's390x'],
      2,
      '--arch: expected architectures of one byte order, got x86_64 (little) and s390x (big)',
    ],
    [
      ['--arch', 'armoabi'],
      2,
      '--arch: no filter can be made for armoabi, another architecture owns its token',
    ],
    [
      ['--arch', 'x86-65'],
      2,
      "expected the name of an architecture, got 'x86-65'; did you mean x86-64, x86_64?",
    ],
    [['--arch', 'lookup'], 2, "expected the name of an architecture, got 'lookup'"],
    [['--arch', ''], 2, "expected the name of an architecture, got ''"],
    [
      ['--edition', '2.10', '-sandbox', 'on,spawn=deny'],
      2,
      "edition 2.10 knows only on and off, got 'spawn'",
    ],
    [
      ['--edition', '8'],
      2,
      "compile: --edition expects one of 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0, 10.0; got '8'; did you mean 7.0 (QEMU 7.0 to 9.x)? (see qseccomp compile --help)",
    ],
    [
      ['--json', '--format', 'c'],
      2,
      'compile: --json and --format c exclude each other (see qseccomp compile --help)',
    ],
    [['-sandbox', 'on,spawn=never'], 1, '-sandbox on,spawn=never: invalid argument for spawn'],
    [['-sandbox'], 1, '-sandbox: requires an argument'],
  ];
  const results = many(cases.map(([words]) => ({ argv: ['compile', ...words] })));
  it.each(cases.map(([words, status, message], at) => [words.join(' '), status, message, at] as const))(
    '%s',
    (_title, status, message, at) => {
      expect(results[at]).toEqual({ status, stdout: '', stderr: `qseccomp: ${message}\n` });
    },
  );

  test('an architecture without seccomp filters is a warning', () => {
    const [result] = many([{ argv: ['compile', '--arch', 'sparc64'] }]);
    expect(result).toMatchObject({
      status: 0,
      stderr: 'qseccomp: warning: the kernel has no seccomp filters on sparc64\n',
    });
    expect(result?.stdout).not.toBe('');
  });

  test('help in the sandbox string is QEMU’s, with its status', () => {
    const [result] = many([{ argv: ['compile', '-sandbox', 'on,help'] }]);
    expect(result).toMatchObject({ status: 1, stderr: '' });
    expect(result?.stdout).toMatch(/^sandbox options:\n {2}elevateprivileges=<str>\n/);
  });
});

describe('--output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'filter');
  const compile = (path: string, ...words: string[]) =>
    qseccomp(['compile', ...words, '--output', path], { cwd: folder });

  test('writes a file, in place of what was there', () => {
    writeFileSync(file, 'x'.repeat(10_000));
    const result = compile(file, '--format', 'raw', '--arch', 'x86_64');
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
    const [[filter] = []] = filtersOf([['--arch', 'x86_64']]);
    expect(decodeProgram(readFileSync(file), 'little')).toEqual(filter?.instructions);
    expect(compile('-').stdout).toBe(qseccomp(['compile']).stdout);
  });

  it.each([
    ['.', 'illegal operation on a directory'],
    ['missing/filter', 'no such file or directory'],
    ['', 'no such file or directory'],
    ['/dev/full', 'no space left on device'],
  ])('%j is refused', (path, reason) => {
    expect(compile(path)).toEqual({
      status: 2,
      stdout: '',
      stderr: `qseccomp: cannot write '${path}': ${reason}\n`,
    });
  });

  test('leaves no file that holds a part of the filter', () => {
    const part = join(folder, 'part');
    const result = shell(`ulimit -f 1; qseccomp compile --edition 2.10 --format json --output '${part}'`);
    expect(result).toEqual({
      status: 2,
      stdout: '',
      stderr: `qseccomp: cannot write '${part}': file too large\n`,
    });
    expect(readdirSync(folder)).not.toContain('part');
  });

  test('writes nothing when the command line is wrong', () => {
    expect(compile(join(folder, 'none'), '-sandbox', 'maybe').status).toBe(1);
    expect(readdirSync(folder)).not.toContain('none');
  });
});

test('--weights chooses which calls take few steps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
  const file = join(folder, 'weights.json');
  writeFileSync(file, '{"sched_getaffinity": 1000, "add_key": 900}');
  const options = ['-sandbox', ALL, '--arch', 'x86_64'];
  const [plain, weighed] = filtersOf([options, [...options, '--weights', file]]);
  rmSync(folder, { recursive: true });
  const steps = (filter: Filter | undefined, name: string): number => {
    const call = { nr: syscallNumber(x86_64, name) as number, arch: x86_64.auditArch };
    return emulate(filter?.instructions as Program, { ...call, instructionPointer: 0n, args: [] }).steps;
  };
  for (const name of ['sched_getaffinity', 'add_key']) {
    expect(steps(plain?.[0], name)).toBeGreaterThan(7);
    expect(steps(weighed?.[0], name)).toBeLessThanOrEqual(6);
  }
});
