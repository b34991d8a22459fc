// @ts-check
/**
 * Packs the five packages as they are published: `node scripts/pack.mjs DIRECTORY` puts the tarballs there and
 * prints pnpm's report of them, as JSON. They hold the last build; only publishing cleans and builds before.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm, root } from './bootstrap.mjs';

/**
 * @param {string} directory where the tarballs go
 * @returns {{ name: string, version: string, filename: string, files: { path: string }[] }[]} by name
 */
export function pack(directory) {
  mkdirSync(directory, { recursive: true });
  const packages = ['--recursive', '--filter=./packages/*', '--config.ignore-scripts=true'];
  const [command, args] = pnpm([...packages, 'pack', '--json', '--pack-destination', resolve(directory)]);
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_config_loglevel: 'error' },
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`pnpm pack: exit status ${status}\n${stdout}`);
  /** @type {ReturnType<typeof pack>} */
  const packed = JSON.parse(stdout);
  return packed.sort((a, b) => a.name.localeCompare(b.name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) throw new TypeError('expected the directory that the tarballs go to');
  console.log(JSON.stringify(pack(directory), null, 2));
}
