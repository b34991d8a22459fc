// @ts-check
/** Everything but the tests: format and lint, types, tables, unused code, packages. `npm run check`. */
import { join } from 'node:path';
import { bootstrap, root, run, typescript } from './bootstrap.mjs';

bootstrap();
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);
run('Format and lint', bin('biome'), ['check', '--error-on-warnings', '.']);
run('Types', process.execPath, [typescript(), '-b']);
run('Tables', process.execPath, ['packages/syscall-tables/tools/tables.mjs', '--check']);
run('Unused code', bin('knip'), []);
for (const name of ['syscall-tables', 'bpf', 'options', 'runtime', 'cli']) {
  run(`Package ${name}`, bin('publint'), ['--strict', `packages/${name}`]);
}
