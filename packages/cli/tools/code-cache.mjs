// @ts-check
/**
 * Makes the code cache of `run`: by a launch in place that ends at the last step, since what it is to start is no
 * program. Without a kernel that can do it there is less in the cache, or none.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cache-'));
const nothing = join(folder, 'nothing');
writeFileSync(nothing, 'no program\n', { mode: 0o755 });
const launch = ['run', '--exec', '-sandbox', 'on,spawn=deny', '--', nothing];
const tool = ['../../scripts/code-cache.cjs', 'dist/bundle/run.cjs', ...launch];
if (process.platform === 'linux') spawnSync(process.execPath, tool, { stdio: 'ignore' });
rmSync(folder, { recursive: true });
