// @ts-check
/**
 * Runs the command lines that it reads from standard input as JSON, one after the other. A line with the exit
 * status marks the end of each on both outputs.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../dist/main.js';

/** @type {{ argv: string[], files?: Record<string, string> }[]} */
const lines = JSON.parse(readFileSync(0, 'utf8'));
for (const { argv, files } of lines) {
  const folder = files && mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
  if (folder) process.chdir(folder);
  for (const [name, text] of Object.entries(files ?? {})) writeFileSync(name, text);
  const end = `\n<<${await main(argv)}>>\n`;
  writeSync(1, end);
  writeSync(2, end);
  if (folder) {
    process.chdir('/');
    rmSync(folder, { recursive: true });
  }
}
