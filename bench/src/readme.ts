/**
 * Puts text between the markers of a document.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** Around what is written by `npm run bench -- --update`. */
const [START, END] = ['<!-- figures: npm run bench -- --update -->\n', '<!-- end of figures -->\n'];

/**
 * Replaces what is between the markers.
 *
 * @param file - a Markdown document that has both
 * @param text - whole lines
 */
export function updateReadme(file: string, text: string): void {
  const [before, after] = around(file);
  writeFileSync(file, `${before}${START}\n${text}\n${END}${after}`);
}

/** What is between the markers of a document. */
export function figuresOf(file: string): string {
  const [before, after] = around(file);
  const whole = readFileSync(file, 'utf8');
  return whole.slice(before.length + START.length, whole.length - after.length - END.length);
}

function around(file: string): readonly [before: string, after: string] {
  const whole = readFileSync(file, 'utf8');
  const [before = '', rest] = whole.split(START);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`expected the two markers of figures in ${file}`);
  return [before, after];
}
