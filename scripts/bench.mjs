// @ts-check
/**
 * `npm run bench`: install, build, and measure against peers; arguments go to bench/src/main.ts. That is bundled
 * first, since Node 20 runs no TypeScript; the packages stay outside, as they are built.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

bootstrap();
const { build } = await import('esbuild');
const program = join(root, 'bench/dist/main.mjs');
await build({
  entryPoints: [join(root, 'bench/src/main.ts')],
  outfile: program,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
