// @ts-check
/** Before a package is packed: a clean build, so that nothing stale is published. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

for (const directory of ['dist', 'node_modules/.cache/tsc'])
  rmSync(directory, { recursive: true, force: true });
const { status } = spawnSync('npm', ['run', 'build'], {
  stdio: ['ignore', 2, 2],
  shell: process.platform === 'win32',
});
process.exit(status ?? 1);
