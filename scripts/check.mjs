// @ts-check
/** Everything but the tests: format and lint, types, tables, unused code, packages. `npm run check`. */
import { bin, bootstrap, run } from './bootstrap.mjs';

bootstrap();
run('Format and lint', bin('biome'), ['check', '--error-on-warnings', '.']);
run('Types', bin('tsc'), ['-b']);
run('Tables', process.execPath, ['packages/syscall-tables/tools/tables.mjs', '--check']);
run('Unused code', bin('knip'), ['--no-config-hints']);
for (const name of ['syscall-tables', 'bpf', 'options', 'runtime', 'cli']) {
  run(`Package ${name}`, bin('publint'), ['--strict', '--pack', 'false', `packages/${name}`]);
}
