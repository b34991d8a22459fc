/**
 * The packages as they are published: which files are in their tarballs, and what these do in an empty project.
 * Packed from the last build, and installed by npm without install scripts.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const NAMES = ['bpf', 'cli', 'options', 'runtime', 'syscall-tables'];

interface Tarball {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const temporary = mkdtempSync(join(tmpdir(), 'qseccomp-packages-'));
const project = join(temporary, 'project');
let tarballs: readonly Tarball[] = [];

beforeAll(() => {
  cpSync(fileURLToPath(new URL('consumer', import.meta.url)), project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  tarballs = JSON.parse(succeed(process.execPath, [join(root, 'scripts/pack.mjs'), temporary]));
  const files = tarballs.map(({ filename }) => filename);
  succeed('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...files]);
  // What a TypeScript project has besides.
  mkdirSync(join(project, 'node_modules/@types'));
  symlinkSync(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
}, 120_000);

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe.each(NAMES)('the tarball of %s', (name) => {
  test('has these files', async () => {
    const { files = [] } = tarballs.find((tarball) => tarball.name === `@qseccomp/${name}`) ?? {};
    const paths = files.map(({ path }) => path);
    await expect(fileList(paths)).toMatchFileSnapshot(`golden/packed/${name}.txt`);
    const sources = readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' });
    const expected = sources.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`);
    expect(paths.filter((path) => path.startsWith('src/')).sort()).toEqual(expected.sort());
  });

  test('names versions of what it depends on, and where it is from', () => {
    const manifest = readManifest(name);
    for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
      const own = tarballs.find((tarball) => tarball.name === dependency);
      if (own) expect(range).toBe(`^${own.version}`);
      else expect(range).toMatch(/^\d/);
    }
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(manifest.repository.directory).toBe(`packages/${name}`);
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => /install|prepare/.test(script))).toEqual(
      [],
    );
  });
});

describe('an empty project', () => {
  it.each(['esm.mjs', 'cjs.cjs'])('uses all packages: %s', (program) => {
    const [version, answers] = succeed(process.execPath, [program]).trim().split('\n');
    expect(version).toMatch(/^qseccomp \d/);
    expect(answers).toBe('ALLOW KILL_PROCESS function 0');
  });

  test('imports and requires every entry point', () => {
    const entries = succeed(process.execPath, ['entries.cjs']).trim().split('\n');
    expect(entries).toEqual(expect.arrayContaining(NAMES.map((name) => `@qseccomp/${name}`)));
    expect(entries.length).toBeGreaterThan(80);
  });

  it.each([
    ['service.mts', 'node16', 'node16', 'node'],
    ['service.mts', 'esnext', 'bundler', 'node'],
    ['common.cts', 'nodenext', 'nodenext', 'node'],
    ['pure.mts', 'node16', 'node16', ''],
    ['pure.mts', 'esnext', 'bundler', ''],
  ])('checks %s with module %s, moduleResolution %s, types %j', (file, module, resolution, types) => {
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2023'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const chosen = ['--module', module, '--moduleResolution', resolution, '--types', types];
    expect(succeed(process.execPath, [tsc, ...options, ...chosen, file])).toBe('');
  });
});

describe('the installed command', () => {
  test('runs a program: npx qseccomp run', () => {
    const line = ['qseccomp', 'run', '-sandbox', 'on', '--', '/bin/echo', 'hi'];
    expect(succeed('npx', ['--no', '--', ...line])).toBe('hi\n');
  });

  test('tells why a program was killed', () => {
    const shell = ['/bin/sh', '-c', '/bin/true; :'];
    const result = start(command(), ['run', '-sandbox', 'on,spawn=deny', '--', ...shell]);
    expect(result.stderr).toMatch(/^qseccomp: \/bin\/sh \(process \d+\) was killed by the sandbox: /);
    expect(result.status).toBe(159);
  });

  it.each([
    [['explain', '-sandbox', 'on,spawn=deny', '--arch', 's390x'], /\d+ calls are denied\. /],
    [['compile', '-sandbox', 'on', '--arch', 'x86_64', '--format', 'hex'], /^2000000004000000\n/],
    [['verify', 'on', 'on,obsolete=deny', '--arch', 'x86_64'], /./],
    [['trace', '-sandbox', 'on', '--', '/bin/echo', 'traced'], /^traced\n/],
    [['probe'], /KILL_PROCESS/i],
  ])('%j', (words, expected) => {
    expect(succeed(command(), words)).toMatch(expected);
  });

  test('has the manual page that its package names', () => {
    const page = readFileSync(
      join(project, 'node_modules/@qseccomp/cli', readManifest('cli').man ?? ''),
      'utf8',
    );
    expect(page).toMatch(/^\.TH QSECCOMP 1/im);
  });
});

/** A line for each file, but one for the sources of a directory with what they are compiled to. */
function fileList(paths: readonly string[]): string {
  const lines = new Set(paths);
  for (const source of paths) {
    const [, directory, name] = /^src\/(.*\/)?([^/]*)\.ts$/.exec(source) ?? [];
    const stem = `dist/${directory ?? ''}${name}`;
    const compiled = ['.js', '.js.map', '.d.ts', '.d.ts.map'].map((ending) => `${stem}${ending}`);
    if (!compiled.every((path) => lines.has(path))) continue;
    for (const path of [source, ...compiled]) lines.delete(path);
    lines.add(`src/${directory ?? ''}*.ts and what each is compiled to`);
  }
  return `${[...lines].sort().join('\n')}\n`;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig: unknown;
  readonly repository: { readonly directory: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly man?: string;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(project, 'node_modules/@qseccomp', name, 'package.json'), 'utf8'));
}

function command(): string {
  return join(project, 'node_modules/.bin/qseccomp');
}

/** Output of a program in the project that has to end well. */
function succeed(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = start(program, args);
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

function start(program: string, args: readonly string[]): SpawnSyncReturns<string> {
  const result = spawnSync(program, args, { cwd: project, encoding: 'utf8', timeout: 100_000 });
  if (result.error) throw result.error;
  return result;
}
