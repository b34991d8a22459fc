/** The page that `qseccomp explain --html` writes, used in a real Chromium. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CHROMIUM, startBrowser } from './browser.ts';

const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/qseccomp.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'qseccomp-page-'));
let browser: Browser;
let page: Page;
const troubles: string[] = [];

beforeEach((context) => {
  if (CHROMIUM === undefined) context.skip('needs Chromium, found none');
});
beforeAll(async () => {
  if (CHROMIUM === undefined) return;
  const words = ['explain', '--html', '-sandbox', 'on,spawn=deny', '--arch', 'x86_64', '--arch', 'aarch64'];
  const { stdout, status } = spawnSync(process.execPath, [COMMAND, ...words], { maxBuffer: 1 << 24 });
  expect(status).toBe(0);
  const file = join(folder, 'page.html');
  writeFileSync(file, stdout);
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on('pageerror', ({ message }) => troubles.push(message));
  page.on('console', (message) => troubles.push(message.text()));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) troubles.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const shown = (): Promise<string[]> => page.locator('tbody tr:visible th').allInnerTexts();
const columns = (): Promise<string[]> => page.locator('thead th[data-arch]:visible').allInnerTexts();

test('it shows what was asked for, and asks for nothing', async () => {
  expect(await columns()).toEqual(['aarch64', 'x86_64']);
  expect(await shown()).toHaveLength(55);
  expect(await page.locator('tr.allowed').count()).toBe(14);
  expect(troubles).toEqual([]);
});

test('options choose what is denied, and what is written for it', async () => {
  await page.getByLabel('what is denied').check();
  expect(await shown()).not.toContain('setpriority');
  await page.getByLabel('resourcecontrol=deny').check();
  expect(await shown()).toContain('setpriority');
  await page.getByLabel('obsolete=deny').uncheck();
  expect(await page.locator('#sandbox').innerText()).toBe(
    '-sandbox on,obsolete=allow,spawn=deny,resourcecontrol=deny',
  );
  await page.getByLabel('what is denied').uncheck();
});

test('a search looks at the columns that are shown', async () => {
  await page.getByLabel('Show only').fill('220');
  expect(await shown()).toEqual(['clone']);
  await page.getByLabel('aarch64').uncheck();
  expect(await columns()).toEqual(['x86_64']);
  expect(await shown()).toEqual([]);
  await page.getByRole('button', { name: 'all' }).click();
  expect((await columns()).length).toBeGreaterThan(30);
  expect(await shown()).toContain('clone');
  await page.getByLabel('Show only').fill('');
});
