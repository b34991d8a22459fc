/** The page as built, opened from the disk in a real Chromium, used with mouse and keyboard. */
import { readFileSync } from 'node:fs';
import type { Program } from '@qseccomp/bpf';
import { filterCost } from '@qseccomp/bpf/call-cost';
import { sandboxFilter } from '@qseccomp/cli/sandbox-filter';
import { parseSandbox } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { CHROMIUM, type OpenPage, type Playground, startPlayground } from './browser.ts';

if (CHROMIUM === undefined) {
  const reason = 'needs Chromium, found none (Debian: apt-get install chromium)';
  if (process.env['CI']) throw new Error(reason);
  console.log(`the playground is not tested: ${reason}`);
}
beforeEach((context) => {
  if (CHROMIUM === undefined) context.skip('needs Chromium, found none');
});

let playground: Playground;
beforeAll(async () => {
  if (CHROMIUM !== undefined) playground = await startPlayground();
});
afterAll(() => playground?.close());

const opened: OpenPage[] = [];
const open = async (...how: Parameters<Playground['open']>): Promise<OpenPage['page']> => {
  const made = await playground.open(...how);
  opened.push(made);
  return made.page;
};
afterEach(async () => {
  for (const { page, troubles } of opened.splice(0)) {
    expect(troubles).toEqual([]);
    await page.close();
  }
});

/** The filter that the page begins with. */
const filterOf = (architectures: readonly Architecture[]): Program =>
  sandboxFilter(parseSandbox('on,spawn=deny'), architectures, { edition: '7.0', killProcess: true }).program;

const VIEWS = ['Rules', 'Tree', 'Listing', 'Cost', 'Kernel cache', 'Compare'];
const SPAWN = 'sandbox=on,spawn=deny&arch=x86_64';
const text = (page: OpenPage['page'], selector: string): Promise<string> =>
  page.locator(selector).innerText({ timeout: 5000 });
const summaryOf = async (page: OpenPage['page']): Promise<string> =>
  (await text(page, '#summary')).replace(/\s+/g, ' ');

/** What was typed last is what the page shows, proofs included. */
const settled = (page: OpenPage['page']): Promise<void> =>
  page
    .locator('#result[aria-busy=false]:not(:has-text("checking …")):not(:has-text("Comparing …"))')
    .waitFor();

describe('a sandbox string', () => {
  it('becomes a filter, which is proved to be its policy', async () => {
    const page = await open();
    await page.getByText('the filter is the policy').waitFor();
    const program = filterOf([x86_64]);
    const { calls, mean, worst } = filterCost(program, x86_64);
    const cached = calls.filter((call) => call.cached).length;
    expect(await summaryOf(page)).toContain(
      `Length ${program.length} instructions Steps ${mean?.most.toFixed(2)}, at most ${worst.most} Kernel cache ${cached} of ${calls.length} calls`,
    );
    expect(await page.locator('tbody tr:not(.group)').count()).toBe(27);
    expect(await text(page, '.rules')).toMatch(/435\s+clone3\s+fail with ENOSYS/);
  });

  it('that is wrong gets QEMU’s own message, and shows where', async () => {
    const page = await open(SPAWN);
    const field = page.getByLabel('-sandbox string, or a container profile');
    await field.fill('on,spawn=dney');
    await page.locator('.message.error').first().waitFor();
    expect(await text(page, '#policy-a-message')).toBe(
      'qemu-system-x86_64: -sandbox on,spawn=dney: invalid argument for spawn',
    );
    expect(await text(page, 'pre.message')).toBe('on,spawn=dney\n         ^');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#ask').isVisible()).toBe(false);
    await field.fill('off');
    await page.getByText('The sandbox is off: every call is allowed.').waitFor();
    await field.fill('on');
    await page.getByText('the filter is the policy').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('false');
  });

  it('is for the architectures that are chosen, of one byte order', async () => {
    const page = await open(SPAWN);
    await page.getByLabel('x86', { exact: true }).check();
    await page.getByText(`${filterOf([x86_64, x86]).length} instructions`).waitFor();
    expect(await page.locator('.rules').count()).toBe(2);
    await page.getByLabel('s390x').check();
    await page.locator('.message.error').first().waitFor();
    expect(await text(page, '#policy-a-message')).toMatch(/s390x/);
  });
});

describe('a profile', () => {
  const profile = readFileSync(
    new URL('../../../packages/bpf/test/vectors/containers-seccomp.json', import.meta.url),
    'utf8',
  );

  it('of an engine becomes a filter, with the rules that its capabilities give it', async () => {
    const page = await open('sandbox=on&arch=');
    await page.getByLabel('-sandbox string, or a container profile').fill(profile);
    await settled(page);
    const before = await summaryOf(page);
    expect(await text(page, '#view')).toContain('Left out');
    expect(await page.locator('h2').allInnerTexts()).toEqual(['x86_64', 'x86', 'x32']);
    await page.getByLabel('Capabilities').fill('CAP_SYS_ADMIN');
    await settled(page);
    expect(await summaryOf(page)).not.toBe(before);
  });

  it('that is wrong is told where', async () => {
    const page = await open(SPAWN);
    await page
      .getByLabel('-sandbox string, or a container profile')
      .fill('{\n  "defaultAction": "SCMP_ACT_ALOW"\n}');
    await page.locator('.message.error').first().waitFor();
    expect(await text(page, '#policy-a-message')).toMatch(
      /^line 2, column \d+, at \$\.defaultAction: expected one of/,
    );
  });
});

describe('a call', () => {
  it('gets its answer, and its way is marked in the listing and in the tree', async () => {
    const page = await open(`${SPAWN}&call=clone+17&view=listing`);
    expect(await text(page, '#verdict')).toMatch(
      /kill the process\s+clone\(flags=SIGCHLD.*denied by the set spawn.*14 instructions\./s,
    );
    const steps = await page.locator('tr.way td:first-child').allInnerTexts();
    expect(steps).toEqual(steps.map((_, at) => `${at + 1}.`));
    expect(steps).toHaveLength(14);
    await page.getByRole('tab', { name: 'Tree' }).click();
    const way = await page.locator('g.way text:first-of-type').allTextContents();
    expect(way[0]).toBe('architecture ≠ x86_64');
    expect(way.at(-1)).toBe('KILL_PROCESS');
    expect(await page.locator('path.way').count()).toBe(way.length - 1);
  });

  it('that there is not is told, with names that are close', async () => {
    const page = await open(SPAWN);
    await page.getByLabel('Ask about a call').fill('raed');
    await page.getByText(/expected the name of a call on x86_64, got 'raed'; did you mean .*read/).waitFor();
  });

  it('is asked about by choosing it in a table', async () => {
    const page = await open(SPAWN);
    await page.getByLabel('Show only').fill('namespace');
    expect(await page.locator('tbody tr:not(.group):visible').count()).toBe(2);
    await page.getByRole('button', { name: 'unshare', exact: true }).click();
    expect(await text(page, '#verdict')).toMatch(/kill the thread/);
    expect(await page.getByLabel('Ask about a call').inputValue()).toBe('unshare');
    expect(await page.getByLabel('Show only').inputValue()).toBe('namespace');
  });

  it('of an architecture that the filter is not for', async () => {
    const page = await open(`${SPAWN}&call=read`);
    await page.getByLabel('Architecture of the call').selectOption('x86');
    await page.getByText('the filter is not for this architecture').waitFor();
  });
});

describe('two policies', () => {
  it('are compared by proof: differences as sentences, and a call to look at', async () => {
    const page = await open(`${SPAWN}&view=compare&b.sandbox=on`);
    await page.locator('.differences li').first().waitFor();
    const sentences = await page.locator('.differences li').allInnerTexts();
    expect(sentences).toEqual([
      expect.stringMatching(
        /^x86_64: A kills the process, B allows: clone \(56\) when flags lacks one of CLONE_VM, .*; fork \(57\), vfork \(58\), execve \(59\), any arguments$/,
      ),
      'x86_64: A kills the thread, B allows: unshare (272), setns (308), execveat (322), any arguments',
      'x86_64: A answers ENOSYS, B allows: clone3 (435), any arguments',
    ]);
    await page.locator('.differences .link').click();
    expect(await text(page, '#verdict')).toMatch(/^kill the process\s+clone\(/);
  });

  it('that say the same are equal, whatever they look like; typing goes on in its field', async () => {
    const page = await open(`${SPAWN}&view=compare&b.sandbox=on`);
    const field = page.getByLabel('Compare with');
    await field.click();
    await page.keyboard.press('End');
    await page.keyboard.type(',spawn=deny');
    await page.getByText('Proved: both answer the same to every call.').waitFor();
    await page.keyboard.type(',resourcecontrol=deny', { delay: 40 });
    await page.getByText('sched_setaffinity (203)').waitFor();
    expect(await field.inputValue()).toBe('on,spawn=deny,resourcecontrol=deny');
  });
});

describe('the address', () => {
  it.each([
    'sandbox=on,resourcecontrol=deny&edition=5.2&kill-process=no&arch=aarch64,arm&call=sched_setscheduler+0+3&of=arm&view=cost',
    'sandbox=on&arch=x86_64&view=compare&b.sandbox=on,spawn=deny&b.edition=10.0',
    'sandbox=on,%26%23%2B%25&arch=x86_64',
  ])('%s is what the page writes for it', async (hash) => {
    const page = await open(hash);
    await page.waitForTimeout(50);
    expect(decodeURIComponent(page.url().split('#')[1] ?? '')).toBe(decodeURIComponent(hash));
  });

  it('holds a profile, from which another page has the same', async () => {
    const page = await open('sandbox=on&arch=');
    await page.getByRole('button', { name: 'a small profile' }).click();
    await settled(page);
    const hash = page.url().split('#')[1] ?? '';
    expect(hash).toMatch(/^profile=[\w-]+&arch=$/);
    const other = await open(hash);
    await settled(other);
    expect(await summaryOf(other)).toBe(await summaryOf(page));
    expect(await other.getByLabel('-sandbox string, or a container profile').inputValue()).toContain(
      'SCMP_CMP_LE',
    );
  });

  it('that is cut off, or changed by hand, does no harm', async () => {
    const page = await open('profile=abc&arch=nosuch&view=nothing');
    expect(await text(page, '#policy-a-message')).toMatch(/defaultAction/);
    await page.evaluate(() => {
      location.hash = 'sandbox=on&arch=x86_64&view=tree';
    });
    await page.locator('svg.qt').waitFor();
  });
});

describe('everybody', () => {
  test('gets along with the keyboard alone', async () => {
    const page = await open(SPAWN);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the result');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('call');
    await page.getByRole('tab', { name: 'Rules' }).focus();
    for (const [key, name] of [
      ['ArrowRight', 'Tree'],
      ['End', 'Compare'],
      ['ArrowRight', 'Rules'],
      ['ArrowLeft', 'Compare'],
      ['Home', 'Rules'],
    ] as const) {
      await page.keyboard.press(key);
      const chosen = page.getByRole('tab', { selected: true });
      expect(await chosen.innerText()).toBe(name);
      expect(await chosen.evaluate((tab) => tab === document.activeElement)).toBe(true);
    }
  });

  test('hears what each thing is', async () => {
    const page = await open(`${SPAWN}&call=clone+17`);
    for (const view of VIEWS) {
      await page.getByRole('tab', { name: view }).click();
      await settled(page);
      const session = await page.context().newCDPSession(page);
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      const nameless = nodes.filter(
        ({ ignored, role, name }) =>
          !ignored &&
          [
            'button',
            'textbox',
            'searchbox',
            'checkbox',
            'combobox',
            'link',
            'tab',
            'tabpanel',
            'image',
            'table',
            'img',
          ].includes(String(role?.value)) &&
          !name?.value,
      );
      expect(nameless.map(({ role, nodeId }) => [view, role?.value, nodeId])).toEqual([]);
    }
  });

  test.each(['light', 'dark'] as const)('can read all of it: %s', async (colorScheme) => {
    const page = await open(`${SPAWN}&call=clone+17`, { colorScheme });
    for (const view of VIEWS) {
      await page.getByRole('tab', { name: view }).click();
      await settled(page);
      const faint = await page.evaluate(() => {
        const rgb = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
        const light = ([r = 0, g = 0, b = 0]: number[]): number => {
          const linear = (c: number): number =>
            c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
          return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        };
        const behind = (element: Element | null): number[] => {
          for (let at = element; at !== null; at = at.parentElement) {
            const color = rgb(getComputedStyle(at).backgroundColor);
            if ((color[3] ?? 1) === 1 && color.length > 0) return color;
          }
          return [255, 255, 255];
        };
        const found = new Set<string>();
        for (const element of document.querySelectorAll('body *:not(script):not(style):not(svg *)')) {
          const has = [...element.childNodes].some(
            (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
          );
          if (!has || (element as HTMLElement).offsetParent === null) continue;
          const [a = 0, b = 0] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort(
            (x, y) => y - x,
          );
          if ((a + 0.05) / (b + 0.05) < 4.5)
            found.add(`${element.tagName}.${element.className}: ${element.textContent?.slice(0, 30)}`);
        }
        return [...found];
      });
      expect([view, ...faint]).toEqual([view]);
    }
  });

  test('has it on a narrow screen: nothing but what scrolls by itself is too wide', async () => {
    const page = await open(`${SPAWN},x86&call=clone+0x3d0f00`, {
      viewport: { width: 360, height: 740 },
    });
    for (const view of VIEWS) {
      await page.getByRole('tab', { name: view }).click();
      await settled(page);
      const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect([view, wide]).toEqual([view, screen]);
    }
  });
});
