// @ts-check
/**
 * `npm run release`: publishes each package whose version is not in the registry yet, as the tarball that the
 * tests try, and tags it. `npm run release -- --dry-run` publishes and tags nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, bootstrap, root } from './bootstrap.mjs';
import { pack } from './pack.mjs';

/** Each after those that it depends on. */
const ORDER = ['syscall-tables', 'bpf', 'options', 'runtime', 'cli'];
const isDry = process.argv.includes('--dry-run');

bootstrap();
const packed = pack(mkdtempSync(join(tmpdir(), 'qseccomp-release-')));
for (const name of ORDER) {
  const { filename, version } = packed.find((tarball) => tarball.name === `@qseccomp/${name}`) ?? {};
  if (filename === undefined) throw new Error(`@qseccomp/${name} was not packed`);
  if (isPublished(`@qseccomp/${name}@${version}`)) console.log(`@qseccomp/${name} ${version} is published`);
  else start('npm', ['publish', filename, ...(isDry ? ['--dry-run'] : [])]);
}
// Its lines are what the workflow pushes tags and writes release notes by.
if (!isDry) start(bin('changeset'), ['tag']);

/**
 * @param {string} release name and version
 */
function isPublished(release) {
  const { status, stdout, stderr } = spawnSync('npm', ['view', release, 'version', '--json'], {
    encoding: 'utf8',
  });
  if (status === 0) return stdout.trim() !== '';
  if (stderr.includes('E404')) return false;
  throw new Error(`npm view ${release}: exit status ${status}\n${stderr}`);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function start(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
