/** The code caches of the programs that a launch waits for fit this Node, which has built them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import { qseccomp } from './command.ts';

const PROGRAMS = [
  fileURLToPath(new URL('../dist/bundle/run.cjs', import.meta.url)),
  createRequire(import.meta.url).resolve('@qseccomp/runtime/launcher'),
];

test.for(PROGRAMS)('%s', (program, context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
  const beside = (ending: string): Buffer => readFileSync(program.replace(/\.cjs$/, ending));
  const head = '(function (exports, require, module, __filename, __dirname, __import) {';
  const code = `${head}${beside('.code.cjs').toString('latin1')}\n})`;
  const script = new Script(code, { filename: program, cachedData: beside('.cache') });
  expect(script.cachedDataRejected).toBe(false);
});

test('without them programs start as well', (context) => {
  if (process.platform !== 'linux') context.skip('needs Linux');
  expect(PROGRAMS.every(existsSync)).toBe(true);
  // Another flag of V8's is another compiler: the caches are refused.
  const env = { ...process.env, NODE_OPTIONS: '--jitless' };
  const result = qseccomp(['run', '-sandbox', 'on,spawn=deny', '--', '/bin/echo', 'ran'], { env });
  expect(result).toMatchObject({ status: 0, stdout: 'ran\n' });
  // V8 has a word to say about that flag; nothing else may be there.
  expect(result.stderr).toMatch(/^(?:Warning: disabling flag .*\n)*$/);
});
