/** A real Chromium, and the page as it is built. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

const APP = fileURLToPath(new URL('..', import.meta.url));

/** Where distributions put it. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program, if there is one. */
export const CHROMIUM: string | undefined = PROGRAMS.find((path) => existsSync(path));

/** It asks for nothing by itself. */
const ARGUMENTS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync';

/** A page, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors, and addresses that it asked for beside itself. */
  readonly troubles: string[];
}

/** The built page in a browser. */
export interface Playground {
  readonly browser: Browser;
  /** Opens the page with an address's part behind `#`. */
  open(hash?: string, options?: BrowserContextOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
    headless: true,
    args: ARGUMENTS.split(' '),
  });
}

/** Builds the page and starts the browser. */
export async function startPlayground(): Promise<Playground> {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-playground-'));
  await build({ root: APP, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
  const address = pathToFileURL(join(folder, 'index.html')).href;
  const browser = await startBrowser();
  return {
    browser,
    async open(hash = '', options = {}) {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options });
      const troubles: string[] = [];
      page.on('pageerror', ({ message }) => troubles.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') troubles.push(message.text());
      });
      page.on('request', (request) => {
        if (!/^(?:blob|data):/.test(request.url()) && !request.url().startsWith(address))
          troubles.push(request.url());
      });
      await page.goto(`${address}#${hash}`);
      await page.waitForSelector('#summary dd, .message:not(:empty)', { state: 'attached' });
      return { page, troubles };
    },
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}
