/**
 * Size of what a bundler makes of a few lines: unused tables must not be in it.
 *
 * @module
 */
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { BENCH } from './paths.ts';

/** Bytes of a bundle. */
export interface BundleSize {
  readonly minified: number;
  readonly gzipped: number;
}

/** Uses of the packages, from least to most. */
export const BUNDLES = {
  'one table': `export { x86_64 } from '@qseccomp/syscall-tables/x86_64';`,
  'one table, through the main entry': `export { x86_64 } from '@qseccomp/syscall-tables';`,
  'the parser of -sandbox': `export { parseSandbox } from '@qseccomp/options/sandbox';`,
  'sandbox string to filter, one table': `
    import { compilePolicy, encodeProgram } from '@qseccomp/bpf';
    import { parseSandbox, sandboxPolicy } from '@qseccomp/options';
    import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
    export function filter(text) {
      const { rules, ...actions } = sandboxPolicy(parseSandbox(text), { killProcess: true, cloneFlagsArgument: 0 });
      return encodeProgram(compilePolicy({ ...actions, architectures: [{ architecture: x86_64, rules }] }).program, 'little');
    }`,
} as const;

/** Everything that there is of tables, to compare with. */
export const ALL_TABLES = `export * from '@qseccomp/syscall-tables';`;

/** Bundles a module for a browser and minifies it. */
export function bundleSize(module: string): BundleSize {
  const { outputFiles } = buildSync({
    stdin: { contents: module, resolveDir: BENCH },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
    logLevel: 'silent',
  });
  const code = (outputFiles[0] as (typeof outputFiles)[number]).contents;
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}
