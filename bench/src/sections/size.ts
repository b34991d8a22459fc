/**
 * What is installed for each package, against what Debian installs for libseccomp; and what a bundle takes.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ALL_TABLES, BUNDLES, bundleSize } from '../bundle.ts';
import { sizeAlone, sizeWithDependencies } from '../debian.ts';
import { ROOT } from '../paths.ts';
import type { Row, Section } from '../table.ts';

const PACKAGES = ['syscall-tables', 'options', 'bpf', 'runtime', 'cli'];

/** Installed size of every package. */
export function installed(): Section {
  const library = sizeAlone(['libseccomp2']);
  const toolchain = sizeWithDependencies(['libseccomp-dev', 'gcc', 'libc6-dev']);
  const sizes = PACKAGES.map(
    (name) => [`@qseccomp/${name}`, npmSize(join(ROOT, 'packages', name), new Set())] as const,
  );
  const [, command] = sizes.at(-1) as (typeof sizes)[number];
  const all = [...sizes, ['@qseccomp/cli and node', command + statSync(process.execPath).size] as const];
  return {
    title: 'Installed',
    peers: ['libseccomp-dev and gcc', 'libseccomp2 alone'],
    rows: all.map(
      ([what, bytes]): Row => ({
        what,
        unit: 'kB',
        ours: Math.round(bytes / 1024),
        theirs: [toolchain, library],
        headline: what === '@qseccomp/cli',
      }),
    ),
    note: 'With all dependencies. Of Debian: what is needed to build a program with libseccomp, or only to run one that is built, beside what every system has. The last row counts the binary of Node too, without which nothing here runs.',
  };
}

/** Sizes of bundles that use a part, against all tables. */
export function bundles(): Section {
  const all = bundleSize(ALL_TABLES);
  return {
    title: 'Bundle',
    peers: ['all tables'],
    rows: Object.entries(BUNDLES).flatMap(([what, module]): Row[] => {
      const { minified, gzipped } = bundleSize(module);
      return [
        {
          what,
          unit: 'kB minified',
          ours: minified / 1024,
          theirs: [all.minified / 1024],
          headline: what === 'one table',
        },
        { what, unit: 'kB gzipped', ours: gzipped / 1024, theirs: [all.gzipped / 1024] },
      ];
    }),
    note: 'By esbuild. Tables that are not used are not in the bundle.',
  };
}

interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Bytes of a package as it is published and of what it depends on, each counted once. */
function npmSize(directory: string, counted: Set<string>): number {
  const real = realpathSync(directory);
  if (counted.has(real)) return 0;
  counted.add(real);
  const manifest = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8')) as Manifest;
  const { resolve } = createRequire(join(real, 'package.json'));
  let bytes = publishedSize(real, manifest);
  for (const name of Object.keys(manifest.dependencies ?? {}))
    bytes += npmSize(packageDirectory(name, resolve), counted);
  // koffi's binary is an optional package of its own, one for each kind of machine.
  if (manifest.name === 'koffi')
    bytes += treeSize(packageDirectory(`@koromix/koffi-${process.platform}-${process.arch}`, resolve));
  return bytes;
}

/** Where Node finds a package: the folder of its manifest. */
function packageDirectory(name: string, resolve: NodeJS.RequireResolve): string {
  const found = (resolve.paths(name) ?? []).map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`expected ${name} to be installed`);
  return found;
}

/** Bytes of what npm publishes: the listed files, manifest, README, licence and changes. */
function publishedSize(directory: string, { files }: Manifest): number {
  if (files === undefined) return treeSize(directory);
  return [...files, 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']
    .map((name) => join(directory, name))
    .filter((path) => existsSync(path))
    .reduce((sum, path) => sum + treeSize(path), 0);
}

function treeSize(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + treeSize(join(path, name)), 0);
}
