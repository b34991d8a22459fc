// @ts-check
/** Everything but the tests: format and lint, types, tables, unused code, packages. `npm run check`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, bootstrap, run } from './bootstrap.mjs';
import { pack } from './pack.mjs';

bootstrap();
run('Format and lint', bin('biome'), ['check', '--error-on-warnings', '.']);
run('Types', bin('tsc'), ['-b']);
run('Tables', process.execPath, ['packages/syscall-tables/tools/tables.mjs', '--check']);
run('Unused code', bin('knip'), ['--no-config-hints']);
const tarballs = mkdtempSync(join(tmpdir(), 'qseccomp-check-'));
try {
  for (const { name, filename } of pack(tarballs)) {
    quietly(`Package ${name}`, 'publint', ['--strict', filename]);
    // The launcher is a program that is started, not imported: it has no types.
    quietly(`Types of ${name}`, 'attw', [filename, '--profile=esm-only', '--exclude-entrypoints=launcher']);
  }
} finally {
  rmSync(tarballs, { recursive: true });
}

/**
 * Runs a tool that prints long tables, and prints them only when it fails.
 * @param {string} title what to say before it
 * @param {string} tool
 * @param {string[]} args
 */
function quietly(title, tool, args) {
  process.stderr.write(`${title} …\n`);
  const shell = process.platform === 'win32';
  const { status, stdout, stderr, error } = spawnSync(bin(tool), args, { encoding: 'utf8', shell });
  if (error) throw error;
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  process.exitCode = 1;
}
