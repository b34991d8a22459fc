// @ts-check
/**
 * `npm run pictures`: makes the pictures of the README in docs/images, from what the command really prints and
 * from the playground in a real browser (Debian's chromium).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, root, run } from './bootstrap.mjs';

const images = join(root, 'docs/images');
const app = join(root, 'apps/playground');
const command = join(root, 'packages/cli/bin/qseccomp.mjs');

/** Lines of shell; `qseccomp` is the command. */
const SESSION = [
  "qseccomp run -sandbox on,spawn=deny -- sh -c 'echo before; ls /; echo after'",
  'qseccomp why -sandbox on,spawn=deny --arch x86_64 clone SIGCHLD',
  'qseccomp stats on,spawn=deny --arch x86_64 | head -7',
];

bootstrap();
run('Playground', join(app, 'node_modules/.bin/vite'), ['build', app]);
mkdirSync(images, { recursive: true });
writeFileSync(join(images, 'terminal.svg'), terminal(SESSION.flatMap(typed)));
await playground(join(images, 'playground.png'));
console.log(images);

/**
 * What a line of shell looks like in a terminal: the line, then all that it prints.
 *
 * @param {string} line
 * @returns {{ text: string, isTyped: boolean }[]}
 */
function typed(line) {
  const script = `exec 2>&1; qseccomp() { '${process.execPath}' '${command}' "$@"; }; ${line}`;
  const { stdout, error } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  if (error) throw error;
  const lines = stdout
    .trimEnd()
    .split('\n')
    .flatMap(folded)
    .map((text) => ({ text, isTyped: false }));
  return [{ text: `$ ${line}`, isTyped: true }, ...lines, { text: '', isTyped: false }];
}

/**
 * Breaks a line as a terminal of 100 columns does, but between words.
 *
 * @param {string} line
 */
function folded(line) {
  const lines = [''];
  for (const word of line.split(/(?<= )/)) {
    if ((lines.at(-1) + word).length > 100) lines.push('');
    lines[lines.length - 1] += word;
  }
  return lines;
}

/**
 * A terminal's picture.
 *
 * @param {{ text: string, isTyped: boolean }[]} lines
 */
function terminal(lines) {
  const [character, line, margin] = [8.43, 20, 18];
  const width = Math.ceil(100 * character + 2 * margin);
  const height = lines.length * line + margin + 34;
  const rows = lines.map(({ text, isTyped }, at) => {
    const escaped = text.replace(
      /[&<>]/g,
      (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign,
    );
    return `<text x="${margin}" y="${46 + at * line}"${isTyped ? ' class="typed"' : ''} xml:space="preserve">${escaped}</text>`;
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (color, at) => `<circle cx="${margin + 6 + at * 20}" cy="16" r="6" fill="${color}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="qseccomp in a terminal">
<style>text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d6dbe4; } .typed { fill: #8ab4ff; font-weight: 600; }</style>
<rect width="100%" height="100%" rx="10" fill="#12161c"/>
${dots.join('')}
${rows.join('\n')}
</svg>
`;
}

/** @param {string} file */
async function playground(file) {
  const { chromium } = createRequire(join(app, 'package.json'))('playwright-core');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-sync',
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  const hash = 'sandbox=on,spawn=deny&arch=x86_64&call=clone+SIGCHLD&view=tree';
  await page.goto(`${pathToFileURL(join(app, 'dist/index.html'))}#${hash}`);
  await page.getByText('the filter is the policy').waitFor();
  await page.screenshot({ path: file });
  await browser.close();
}
