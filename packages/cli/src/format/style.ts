/**
 * Colours in text for people. Text of a program's output is coloured where it goes to a terminal, or where
 * FORCE_COLOR asks for it; NO_COLOR (https://no-color.org) and TERM=dumb forbid it.
 *
 * @module
 */
import { isatty } from 'node:tty';
import type { ActionName } from '@qseccomp/bpf';
import type { SandboxAction } from '@qseccomp/options/policy';

/** What parts of a text are; each function gives the part as it is to be printed. */
export interface Style {
  readonly heading: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly note: (text: string) => string;
}

const same = (text: string): string => text;
/** Select Graphic Rendition, ECMA-48: one parameter turns it on, another off. */
const between =
  (on: number, off: number) =>
  (text: string): string =>
    `\x1b[${on}m${text}\x1b[${off}m`;

/** Of what goes to a file that the command names. */
export const COLOURLESS: Style = { heading: same, good: same, warning: same, bad: same, note: same };
const COLOURED: Style = {
  heading: between(1, 22),
  good: between(32, 39),
  warning: between(33, 39),
  bad: between(31, 39),
  note: between(36, 39),
};

/**
 * The style of an output.
 *
 * @param descriptor - 1 for standard output, 2 for standard error
 */
export function styleOf(descriptor: 1 | 2): Style {
  return isColoured(descriptor) ? COLOURED : COLOURLESS;
}

/**
 * A filter's answer, as severe as it is: killed, failed, asked about, allowed.
 *
 * @param style - of the output
 * @param action - what the filter answers
 * @param words - how that is called
 */
export function answered(style: Style, action: SandboxAction | ActionName, words: string): string {
  return style[TONES[typeof action === 'object' ? 'ERRNO' : action]](words);
}

const TONES: Readonly<Record<ActionName, keyof Style>> = {
  KILL_PROCESS: 'bad',
  KILL_THREAD: 'bad',
  TRAP: 'bad',
  ERRNO: 'warning',
  USER_NOTIF: 'note',
  TRACE: 'note',
  LOG: 'note',
  ALLOW: 'good',
};

/** FORCE_COLOR comes before NO_COLOR, as in Node. */
function isColoured(descriptor: number): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return !NO_COLOR && TERM !== 'dumb' && isatty(descriptor);
}
