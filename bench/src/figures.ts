/**
 * The published figures: kept as data in figures.json, and shown in two documents that are made from it.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { BENCH, ROOT } from './paths.ts';
import { headlineText, type Section, sectionText } from './table.ts';

/** What was measured, and where. */
export interface Figures {
  readonly machine: string;
  /** By the name that the command line has for a section, in the order of the tables. */
  readonly sections: Readonly<Record<string, Section>>;
}

const FILE = `${BENCH}figures.json`;

/** The figures that are published now. */
export function readFigures(): Figures {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Figures;
}

/** Publishes figures. */
export function writeFigures(figures: Figures): void {
  writeFileSync(FILE, `${JSON.stringify(figures, sixDigits, 2)}\n`);
  // Read back, so that the documents show what anyone can make of the file.
  for (const [document, text] of Object.entries(figureTexts(readFigures()))) {
    const [before, , after] = parts(document);
    writeFileSync(document, `${before}${START}${text}${END}${after}`);
  }
}

/** Documents, and what stands between their markers: all figures, or those that matter most. */
export function figureTexts({ machine, sections }: Figures): Readonly<Record<string, string>> {
  const measured = Object.values(sections);
  const on = `Measured on ${machine}.`;
  return {
    [`${BENCH}README.md`]: `\n${on}\n\n${measured.map(sectionText).join('\n')}\n`,
    [`${ROOT}README.md`]: `\n${headlineText(measured)}\n${on}\n\n`,
  };
}

/** What stands between the markers of a document. */
export function shownFigures(document: string): string {
  return parts(document)[1];
}

const [START, END] = ['<!-- figures: npm run bench -- --update -->\n', '<!-- end of figures -->\n'];

function parts(document: string): readonly [before: string, shown: string, after: string] {
  const [before = '', rest] = readFileSync(document, 'utf8').split(START);
  const [shown = '', after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`expected the two markers of figures in ${document}`);
  return [before, shown, after];
}

/** Enough of every number; and a peer that is not here stays one in JSON. */
function sixDigits(_key: string, value: unknown): unknown {
  if (value === undefined) return '–';
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
