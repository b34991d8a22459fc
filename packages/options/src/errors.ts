/**
 * What can be wrong with an option and where it was written: the error class, its caret picture, and the
 * report lines as QEMU prints them (util/error-report.c, QEMU 7.2).
 * @module
 */

/** The closed set of codes an {@link OptionsError} can carry; the README says when each is used. */
export type OptionsErrorCode =
  | 'OPTIONS_INVALID_PARAMETER'
  | 'OPTIONS_BAD_BOOL'
  | 'OPTIONS_BAD_NUMBER'
  | 'OPTIONS_NUMBER_TOO_LARGE'
  | 'OPTIONS_BAD_SIZE'
  | 'OPTIONS_SIZE_OUT_OF_RANGE'
  | 'OPTIONS_BAD_ID'
  | 'OPTIONS_DUPLICATE_ID'
  | 'OPTIONS_UNKNOWN_ID'
  | 'OPTIONS_UNKNOWN_GROUP'
  | 'OPTIONS_NO_GROUP'
  | 'OPTIONS_CONFIG_SYNTAX'
  | 'OPTIONS_CONFIG_UNREADABLE'
  | 'OPTIONS_SET_SYNTAX'
  | 'OPTIONS_BAD_ARGUMENT'
  | 'OPTIONS_UNKNOWN_OPTION'
  | 'OPTIONS_MISSING_ARGUMENT'
  | 'OPTIONS_UNEXPECTED_ARGUMENT'
  | 'OPTIONS_UNFORMATTABLE'
  | 'OPTIONS_SANDBOX_OFF'
  | 'OPTIONS_EDITION_LACKS_OPTION'
  | 'OPTIONS_UNKNOWN_EDITION';

/** Where an option was written: nowhere, as words of a command line, or in a line (1 or more) of a file. */
export type Location =
  | { readonly kind: 'none' }
  | { readonly kind: 'argv'; readonly words: readonly string[] }
  | { readonly kind: 'file'; readonly file: string; readonly line: number };

/** Receives a warning, and the line that QEMU prints below it, if any. */
export type Warn = (message: string, hint?: string) => void;

/** Facts that go with an {@link OptionsError}. */
export interface OptionsErrorDetails {
  /** Text that QEMU prints below the message, without a final newline. */
  readonly hint?: string | undefined;
  /** The option string that was being read. */
  readonly input?: string | undefined;
  /** UTF-16 units from the start of `input` to what is wrong. */
  readonly offset?: number | undefined;
  /** Where the input came from. */
  readonly location?: Location | undefined;
  /** How often QEMU would have set NO_NEW_PRIVS for this entry before it failed: 0 or 1. */
  readonly noNewPrivsCalls?: number | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** Something wrong with an option; `reason` is QEMU's sentence, `message` adds the hint and a caret. */
export class OptionsError extends Error {
  override readonly name: string = 'OptionsError';
  readonly code: OptionsErrorCode;
  readonly reason: string;
  readonly hint: string | undefined;
  readonly input: string | undefined;
  /** Place in `input` of what is wrong: UTF-16 units, counted from 1. */
  readonly column: number | undefined;
  readonly location: Location | undefined;
  readonly noNewPrivsCalls: number;

  /**
   * Builds the error.
   * @param code - one of the documented codes
   * @param reason - the sentence that QEMU would print
   * @param details - hint, input, offset, location, cause
   * @example
   * ```ts
   * import { OptionsError } from '@qseccomp/options';
   * const error = new OptionsError('OPTIONS_INVALID_PARAMETER', "Invalid parameter 'x'", { input: 'on,x=y', offset: 3 });
   * error.message; // => "Invalid parameter 'x'\non,x=y\n   ^"
   * error.column; // => 4
   * ```
   */
  constructor(code: OptionsErrorCode, reason: string, details: OptionsErrorDetails = {}) {
    const { hint, input, offset, location, noNewPrivsCalls = 0, cause } = details;
    const picture = input === undefined || offset === undefined ? undefined : drawCaret(input, offset);
    super(
      [reason, hint, picture].filter((line) => line !== undefined).join('\n'),
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.reason = reason;
    this.hint = hint;
    this.input = input;
    this.column = offset === undefined ? undefined : offset + 1;
    this.location = location;
    this.noNewPrivsCalls = noNewPrivsCalls;
  }

  /**
   * The same error, with facts added that were not known where it arose.
   * @param details - facts to add; those the error already has win
   * @returns a new error
   * @example
   * ```ts
   * import { OptionsError } from '@qseccomp/options';
   * const error = new OptionsError('OPTIONS_BAD_BOOL', 'no').with({ location: { kind: 'none' } });
   * error.location; // => { kind: 'none' }
   * ```
   */
  with(details: OptionsErrorDetails): OptionsError {
    return new OptionsError(this.code, this.reason, {
      hint: this.hint ?? details.hint,
      input: this.input ?? details.input,
      offset: this.column === undefined ? details.offset : this.column - 1,
      location: this.location ?? details.location,
      noNewPrivsCalls: this.noNewPrivsCalls || details.noNewPrivsCalls,
      cause: this.cause ?? details.cause,
    });
  }
}

/**
 * One report as QEMU writes it to stderr: program, place, message, hint.
 * @param programName - the name before the first colon
 * @param location - where the option was written
 * @param message - the sentence, without newline
 * @param hint - text for the lines below, without final newline
 * @returns whole lines, each ended by a newline
 * @example
 * ```ts
 * import { formatReport } from '@qseccomp/options';
 * formatReport('qseccomp', { kind: 'file', file: 'a.cfg', line: 3 }, 'parse error'); // => 'qseccomp:a.cfg:3: parse error\n'
 * formatReport('qseccomp', { kind: 'argv', words: ['-sandbox', 'x'] }, 'no'); // => 'qseccomp: -sandbox x: no\n'
 * ```
 */
export function formatReport(
  programName: string,
  location: Location,
  message: string,
  hint?: string,
): string {
  return `${programName}:${place(location)} ${message}\n${hint === undefined ? '' : `${hint}\n`}`;
}

// No blank before a file's name: QEMU prints it so.
function place(location: Location): string {
  if (location.kind === 'argv') return ` ${location.words.join(' ')}:`;
  return location.kind === 'file' ? `${location.file}:${location.line}:` : '';
}

/** Longest excerpt that is shown above a caret, in UTF-16 units. */
const EXCERPT = 72;

function drawCaret(input: string, offset: number): string {
  const start = Math.max(0, offset - EXCERPT / 2);
  const end = Math.min(input.length, start + EXCERPT);
  const before = (start > 0 ? '…' : '') + printable(input.slice(start, offset));
  const after = printable(input.slice(offset, end)) + (end < input.length ? '…' : '');
  return `${before}${after}\n${' '.repeat([...before].length)}^`;
}

// One column for each character that a terminal would act on or not show.
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '·');
}
