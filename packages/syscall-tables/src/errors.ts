/**
 * What can go wrong in this package.
 *
 * @module
 */

/** Stable code of a {@link SyscallTablesError}. */
export type SyscallTablesErrorCode = 'TABLES_UNKNOWN_ARCHITECTURE';

/** A name that no table answers to. */
export class SyscallTablesError extends Error {
  override readonly name: string = 'SyscallTablesError';
  /** Stable code. */
  readonly code: SyscallTablesErrorCode;
  /** What was asked for. */
  readonly input: string;
  /** Names close to it, closest first; can be empty. */
  readonly suggestions: readonly string[];

  /**
   * @param code - stable code
   * @param message - what was expected, what came
   * @param input - what was asked for
   * @param suggestions - names close to it, closest first
   */
  constructor(code: SyscallTablesErrorCode, message: string, input: string, suggestions: readonly string[]) {
    super(message);
    this.code = code;
    this.input = input;
    this.suggestions = suggestions;
  }
}
