/** Pages that are written by tools are what the tools write today. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test.each(['json', 'policy-through-time'])('docs/%s.md is up to date', async (name) => {
  const tool = fileURLToPath(new URL(`../tools/${name}.mjs`, import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [tool], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot(`../${name}.md`);
});
