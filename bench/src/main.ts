/**
 * `npm run bench`: measures, and prints what it found. Writes into the documents only when it is told to.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { FULL, QUICK } from './effort.ts';
import { readFigures, writeFigures } from './figures.ts';
import { machineText } from './machine.ts';
import { SECTIONS } from './run.ts';
import { headlineText, type Section, sectionText } from './table.ts';

const { values, positionals } = readArguments();
if (process.platform !== 'linux') fail('measuring needs Linux');
const all = Object.keys(SECTIONS);
const unknown = positionals.find((name) => !all.includes(name));
if (unknown !== undefined) fail(`expected one of ${all.join(', ')}, got ${unknown}`);
if (values.update && values.quick) fail('--quick gives no figures for --update');

const machine = machineText();
const chosen = positionals.length > 0 ? all.filter((name) => positionals.includes(name)) : all;
const published = values.update && chosen.length < all.length ? readFigures() : undefined;
if (published !== undefined && published.machine !== machine)
  fail(`the figures are of another machine (${published.machine}): --update all of them`);

const measured: Record<string, Section> = {};
for (const name of chosen) {
  process.stderr.write(`${name} …\n`);
  const section = (SECTIONS[name] as (typeof SECTIONS)[string])(values.quick ? QUICK : FULL);
  process.stdout.write(`\n${sectionText(section)}`);
  measured[name] = section;
}
process.stdout.write(`\n${headlineText(Object.values(measured))}\nMeasured on ${machine}.\n`);

if (values.update) {
  const known = { ...published?.sections, ...measured };
  const sections = Object.fromEntries(all.map((name) => [name, known[name] as Section]));
  writeFigures({ machine, sections });
}

function readArguments() {
  try {
    const options = { update: { type: 'boolean' }, quick: { type: 'boolean' } } as const;
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function fail(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}
