// @ts-check
/**
 * Writes the table of costs into the README, from the sources as they are: `node tools/cost-table.mjs`;
 * with `--check`, only says whether it is up to date, by exit status 1 if not.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const packageFolder = new URL('../', import.meta.url);
const readmePath = new URL('README.md', packageFolder);
const BETWEEN = /(?<=<!-- cost table -->\n)[\s\S]*(?=<!-- end of cost table -->)/;

// The bundle finds its vectors by its own place, so it lies beside the tests.
const outfile = fileURLToPath(new URL('test/.cost-table.mjs', packageFolder));
await build({
  entryPoints: [fileURLToPath(new URL('test/costs.ts', packageFolder))],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['@qseccomp/source'],
});
const { costTable } = await import(pathToFileURL(outfile).href).finally(() => rmSync(outfile));
const readme = readFileSync(readmePath, 'utf8');
const written = readme.replace(BETWEEN, costTable());
if (!process.argv.includes('--check')) writeFileSync(readmePath, written);
else if (written !== readme) {
  console.error('README.md: the cost table is not up to date; run tools/cost-table.mjs');
  process.exitCode = 1;
}
