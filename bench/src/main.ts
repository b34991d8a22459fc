/**
 * `npm run bench`: measures, and prints what it found. Writes into the documents only when it is told to.
 *
 * @module
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FULL, QUICK } from './effort.ts';
import { machineText } from './machine.ts';
import { BENCH, ROOT } from './paths.ts';
import { updateReadme } from './readme.ts';
import { SECTIONS } from './run.ts';
import { headlineText, type Section, sectionText } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean' }, quick: { type: 'boolean' } },
});

const unknown = positionals.find((name) => !Object.hasOwn(SECTIONS, name));
if (unknown !== undefined) fail(`expected one of ${Object.keys(SECTIONS).join(', ')}, got ${unknown}`);
if (values.update && (values.quick || positionals.length > 0))
  fail('--update is for a whole run: without --quick and names of sections');

const sections: Section[] = [];
const start = performance.now();
for (const [name, section] of Object.entries(SECTIONS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const measured = section(values.quick ? QUICK : FULL);
  sections.push(measured);
  process.stdout.write(`\n${sectionText(measured)}`);
}
const machine = `Measured on ${machineText()}.`;
process.stdout.write(`\n${headlineText(sections)}\n${machine}\n`);
process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);

if (values.update) {
  updateReadme(join(BENCH, 'README.md'), `${machine}\n\n${sections.map(sectionText).join('\n')}`);
  updateReadme(join(ROOT, 'README.md'), `${headlineText(sections)}\n${machine}\n`);
}

function fail(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}
