// @ts-check
/**
 * Installs and builds the workspace when something changed since the last time; says nothing otherwise.
 * Needs Node and npm only: pnpm itself is fetched through npm, at the version that package.json pins.
 * All output goes to stderr, so that what a command prints stays its own.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'package.json')),
);

/** Installs and builds as far as needed. Ends the process when that fails. */
export function bootstrap() {
  whenChanged('install', installInputs, () => {
    run('Installing dependencies', ...pnpm(['install', '--frozen-lockfile']));
  });
  whenChanged('build', buildInputs, () => {
    // turbo looks for pnpm in PATH, where npx has put it.
    const turbo = ['turbo', 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only'];
    run('Building', ...pnpm(['exec', ...turbo]));
    removeStaleOutputs();
  });
}

/** What was compiled from sources that are no more; it would be packed. */
function removeStaleOutputs() {
  for (const name of packages) {
    const [src, dist] = [join('packages', name, 'src'), join('packages', name, 'dist')];
    for (const output of filesBelow(dist)) {
      const [compiled, ending] = /(\.d\.ts|\.js)(\.map)?$/.exec(output) ?? [''];
      const source = join(root, src, `${relative(dist, output).slice(0, -compiled.length)}.ts`);
      if (ending !== undefined && !existsSync(source)) rmSync(join(root, output));
    }
  }
}

/**
 * The command that runs pnpm at the version that package.json pins.
 * @param {string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function pnpm(args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return [process.platform === 'win32' ? 'npx.cmd' : 'npx', ['--yes', packageManager, ...args]];
}

/**
 * Path of a development tool.
 * @param {string} name
 */
export function bin(name) {
  return join(root, 'node_modules/.bin', name);
}

/**
 * Runs a command with its output on stderr; ends this process when it fails.
 * @param {string} title what to say before it
 * @param {string} command
 * @param {string[]} args
 */
export function run(title, command, args) {
  process.stderr.write(`${title} …\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: {
      ...process.env,
      npm_config_loglevel: 'error',
      CI: process.env.CI ?? 'true',
      TURBO_TELEMETRY_DISABLED: '1',
    },
    shell: process.platform === 'win32',
  });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Runs a step unless its inputs are those of its last success.
 * @param {string} name
 * @param {() => string[]} files inputs, and outputs whose loss must be noticed
 * @param {() => void} step
 */
function whenChanged(name, files, step) {
  const stamp = join(root, 'node_modules/.cache/bootstrap', name);
  const digest = () => {
    const hash = createHash('sha256');
    for (const file of files()) hash.update(file).update(readFileSync(join(root, file)));
    return hash.digest('hex');
  };
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest()) return;
  step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest());
}

function installInputs() {
  const manifests = packages.map((name) => `packages/${name}/package.json`);
  const others = ['apps/playground/package.json', 'bench/package.json', 'docs/package.json'];
  return ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...others, ...manifests];
}

function buildInputs() {
  const sources = packages.flatMap((name) => filesBelow(`packages/${name}/src`));
  const tools = packages
    .map((name) => `packages/${name}/tools`)
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap(filesBelow);
  const outputs = packages.map((name) => `packages/${name}/dist/index.js`);
  return [
    ...sources,
    ...tools,
    'scripts/bundle.mjs',
    'scripts/code-cache.cjs',
    ...outputs.filter((file) => existsSync(join(root, file))),
    'tsconfig.base.json',
    ...packages.map((name) => `packages/${name}/tsconfig.json`),
  ];
}

/**
 * @param {string} directory relative to the root
 * @returns {string[]}
 */
function filesBelow(directory) {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .map((file) => join(directory, file))
    .filter((file) => statSync(join(root, file)).isFile())
    .sort();
}
