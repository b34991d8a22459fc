/**
 * The command's own error, its hints, and the one table of exit statuses.
 *
 * @module
 */
import { closest } from '@qseccomp/syscall-tables/suggest';

/** Exit statuses of the command beside those of a launched program. */
export const ExitStatus = {
  OK: 0,
  /** A bad `-sandbox` string or config file, as QEMU answers it. */
  BAD_OPTION: 1,
  /** `verify`, `diff`: the filters do not answer every call alike. */
  DIFFERENT: 1,
  /** Anything else: usage, unknown names, files that cannot be read or written, an unsupported system. */
  TROUBLE: 2,
  /** `run`: the sandbox could not be set up. */
  SETUP_FAILED: 125,
  /** `run`: the program was found but cannot be executed. */
  NOT_EXECUTABLE: 126,
  /** `run`: the program was not found. */
  NOT_FOUND: 127,
  /** `run`: added to the number of the signal that ended the program. */
  SIGNALLED: 128,
} as const;

/**
 * The question at the end of an error, where something known is close to what was typed.
 *
 * @param typed - what is not known
 * @param known - what it could have been
 * @param spell - how that is written
 * @returns `; did you mean json?`, or nothing
 */
export function didYouMean(
  typed: string,
  known: readonly string[],
  spell: (word: string) => string = (word) => word,
): string {
  const lower = new Map(known.map((word) => [word.toLowerCase(), word]));
  const similar = closest(typed.toLowerCase(), [...lower.keys()]).map((word) =>
    spell(lower.get(word) ?? word),
  );
  return similar.length > 0 ? `; did you mean ${similar.join(', ')}?` : '';
}

/** Something wrong with the command line or with what it names. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  /** Exit status, where it is not {@link ExitStatus.TROUBLE}. */
  readonly status: number;

  /**
   * @param message - one line: what was expected, what came, where; or a whole report that begins with the program's name
   * @param status - exit status
   * @param cause - the error behind it
   */
  constructor(message: string, status: number = ExitStatus.TROUBLE, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
  }
}
