// @ts-check
/**
 * Makes the code cache of the second Node: it gets an order that ends at the last step, since what it is to start
 * is no program. Without a kernel that can do it there is less in the cache, or none.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { encodeOrder } from '../dist/order.js';

const SOCKET = 3;
const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cache-'));
const nothing = join(folder, 'nothing');
writeFileSync(nothing, 'no program\n', { mode: 0o755 });
if (process.platform === 'linux') {
  const tool = ['../../scripts/code-cache.cjs', 'dist/bundle/launcher.cjs', String(SOCKET)];
  const child = spawn(process.execPath, tool, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const socket = /** @type {import('node:stream').Duplex} */ (child.stdio[SOCKET]);
  socket.on('error', () => {});
  socket.resume();
  socket.write(
    encodeOrder({
      entries: [parseSandbox('on,spawn=deny')],
      argv: [Buffer.from(nothing)],
      environment: [Buffer.from('PATH=/bin')],
      inheritance: {
        descriptors: [0, 1, 2],
        nonBlocking: [],
        ignored: 0n,
        blocked: 0n,
        openFiles: undefined,
      },
    }),
  );
  await once(child, 'exit');
}
rmSync(folder, { recursive: true });
