/**
 * One classic BPF instruction and a program of them: struct sock_filter and struct sock_fprog of
 * linux/filter.h.
 *
 * @module
 */

/** One instruction: struct sock_filter. */
export interface Instruction {
  /** Opcode, 16 bits. */
  readonly code: number;
  /** Instructions to skip when a condition holds, 8 bits. */
  readonly jt: number;
  /** Instructions to skip when it does not, 8 bits. */
  readonly jf: number;
  /** Constant, 32 bits, unsigned. */
  readonly k: number;
}

/** A program: the first instruction runs first. */
export type Program = readonly Instruction[];
