// @ts-check
/** Before a package is packed: a clean build, so that nothing stale is published. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, typescript } from './bootstrap.mjs';

for (const directory of ['dist', 'node_modules/.cache/tsc']) rmSync(join(process.cwd(), directory), { recursive: true, force: true });
run('Building', process.execPath, [typescript(), '-b', process.cwd()]);
