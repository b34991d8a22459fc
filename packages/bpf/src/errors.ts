/**
 * The one error class of this package; the README has the table of codes.
 *
 * @module
 */

import type { Finding } from './filter/policy.ts';

/** What went wrong, as a closed set of stable strings. */
export type BpfErrorCode =
  | 'BPF_BYTES_LENGTH'
  | 'BPF_FIELD_RANGE'
  | 'BPF_PROGRAM_LENGTH'
  | 'BPF_OPCODE'
  | 'BPF_LOAD_OFFSET'
  | 'BPF_SCRATCH_INDEX'
  | 'BPF_SCRATCH_UNSET'
  | 'BPF_DIVISION_BY_ZERO'
  | 'BPF_SHIFT_RANGE'
  | 'BPF_JUMP_OUTSIDE'
  | 'BPF_NO_RETURN'
  | 'BPF_STACK_LENGTH'
  | 'BPF_ACTION'
  | 'BPF_COMPARISON'
  | 'BPF_RULE'
  | 'BPF_ARCHITECTURE'
  | 'BPF_BYTE_ORDER'
  | 'BPF_STRICT'
  | 'BPF_PROOF_LIMIT'
  | 'BPF_JSON'
  | 'BPF_PROFILE'
  | 'BPF_INEXPRESSIBLE'
  | 'BPF_SYNTAX'
  | 'BPF_NAME'
  | 'BPF_LABEL'
  | 'BPF_JUMP_TOO_FAR'
  | 'BPF_INPUT';

/** Facts that go with a {@link BpfError}, where they apply. */
export interface BpfErrorDetails {
  /** Index of the instruction, 0 for the first. */
  readonly pc?: number;
  /** The bound that was exceeded. */
  readonly limit?: number;
  /** Where in the policy, such as `architectures[0].rules[3].comparisons[1].value`, or `$.syscalls[3]` in JSON. */
  readonly path?: string;
  /** Line of the text, 1 for the first. */
  readonly line?: number;
  /** Column in the line, in UTF-16 units, 1 for the first. */
  readonly column?: number;
  /** What `strict` found. */
  readonly findings?: readonly Finding[];
  /** The label that is in the way. */
  readonly label?: string;
}

/**
 * A program or policy that the kernel would refuse or that has no meaning.
 *
 * @example
 * ```ts
 * import { BpfError, validateProgram } from '@qseccomp/bpf';
 *
 * try {
 *   validateProgram([]);
 * } catch (error) {
 *   if (error instanceof BpfError) console.log(error.code); // BPF_PROGRAM_LENGTH
 * }
 * ```
 */
export class BpfError extends Error {
  override readonly name: string = 'BpfError';
  /** Stable code for programs to test. */
  readonly code: BpfErrorCode;
  /** Index of the instruction, where there is one. */
  readonly pc: number | undefined;
  /** The bound that was exceeded, where there is one. */
  readonly limit: number | undefined;
  /** Place in the policy, where there is one. */
  readonly path: string | undefined;
  /** Line of the text, where there is one. */
  readonly line: number | undefined;
  /** Column in the line, where there is one. */
  readonly column: number | undefined;
  /** What `strict` found, with code `BPF_STRICT`. */
  readonly findings: readonly Finding[] | undefined;
  /** The label, with codes `BPF_LABEL` and `BPF_JUMP_TOO_FAR`. */
  readonly label: string | undefined;

  /**
   * @param code - one of the codes in the README's table
   * @param message - what was expected, what came, where
   * @param details - facts for programs
   */
  constructor(code: BpfErrorCode, message: string, details: BpfErrorDetails = {}) {
    super(message);
    this.code = code;
    this.pc = details.pc;
    this.limit = details.limit;
    this.path = details.path;
    this.line = details.line;
    this.column = details.column;
    this.findings = details.findings;
    this.label = details.label;
  }
}
