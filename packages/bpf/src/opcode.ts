/**
 * The kernel's numbers: opcodes of classic BPF, limits on programs, places in struct seccomp_data.
 *
 * | bits | meaning |
 * |---|---|
 * | 0-2 | class: 0 LD, 1 LDX, 2 ST, 3 STX, 4 ALU, 5 JMP, 6 RET, 7 MISC |
 * | 3 | ALU, JMP: operand is k (0) or X (1) |
 * | 3-4 | LD: size, always 0 (32 bits) for seccomp; RET: k (0) or A (2) |
 * | 5-7 | LD: mode, 0 IMM, 1 ABS, 3 MEM, 4 LEN |
 * | 4-7 | ALU, JMP: operation; MISC: 0 TAX, 8 TXA |
 *
 * Terms: A is the accumulator, X the index register, `M[0..15]` the scratch cells, `k` an instruction's
 * constant. Only the opcodes that seccomp takes have a name here.
 *
 * Source: linux/bpf_common.h, linux/filter.h, kernel/seccomp.c (seccomp_check_filter), v6.12.
 *
 * @module
 */

/** Opcodes that a seccomp filter may use; the comment gives the effect. `_X` is `_K` with X in place of k. */
export const Opcode = {
  LD_ABS: 0x20, // A = 32-bit word of struct seccomp_data at byte k
  LD_LEN: 0x80, // A = 64, the size of struct seccomp_data
  LD_IMM: 0x00, // A = k
  LD_MEM: 0x60, // A = M[k]
  LDX_LEN: 0x81, // X = 64
  LDX_IMM: 0x01, // X = k
  LDX_MEM: 0x61, // X = M[k]
  ST: 0x02, // M[k] = A
  STX: 0x03, // M[k] = X
  ADD_K: 0x04, // A += k
  ADD_X: 0x0c,
  SUB_K: 0x14, // A -= k
  SUB_X: 0x1c,
  MUL_K: 0x24, // A *= k
  MUL_X: 0x2c,
  DIV_K: 0x34, // A /= k, unsigned
  DIV_X: 0x3c, // X = 0 ends the program with the value 0
  OR_K: 0x44, // A |= k
  OR_X: 0x4c,
  AND_K: 0x54, // A &= k
  AND_X: 0x5c,
  LSH_K: 0x64, // A <<= k
  LSH_X: 0x6c, // only the low five bits of X count
  RSH_K: 0x74, // A >>= k, unsigned
  RSH_X: 0x7c,
  NEG: 0x84, // A = -A
  XOR_K: 0xa4, // A ^= k
  XOR_X: 0xac,
  JA: 0x05, // pc += k
  JEQ_K: 0x15, // pc += A == k ? jt : jf
  JEQ_X: 0x1d,
  JGT_K: 0x25, // A > k, unsigned
  JGT_X: 0x2d,
  JGE_K: 0x35, // A >= k, unsigned
  JGE_X: 0x3d,
  JSET_K: 0x45, // A & k
  JSET_X: 0x4d,
  RET_K: 0x06, // end with the value k
  RET_A: 0x16, // end with the value A
  TAX: 0x07, // X = A
  TXA: 0x87, // A = X
} as const;

/** The number of an opcode that seccomp takes. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Most instructions in one program: BPF_MAXINSNS, linux/bpf_common.h. */
export const MAX_INSTRUCTIONS = 4096;

/** Most instructions over all filters of a thread: MAX_INSNS_PER_PATH, kernel/seccomp.c. */
export const MAX_STACK_INSTRUCTIONS = 32768;

/** What each filter already installed costs beyond its length: seccomp_attach_filter, kernel/seccomp.c. */
export const STACKED_FILTER_COST = 4;

/** Scratch cells: BPF_MEMWORDS, linux/filter.h. */
export const SCRATCH_CELLS = 16;

/** Size of struct seccomp_data, in bytes. */
export const SECCOMP_DATA_BYTES = 64;

/** Byte of the system call number. */
export const NUMBER_OFFSET = 0;

/** Byte of the architecture token. */
export const ARCHITECTURE_OFFSET = 4;

/** Byte of argument 0. */
export const ARGUMENTS_OFFSET = 16;

/** Bit of an AUDIT_ARCH_* token that says little-endian: __AUDIT_ARCH_LE, linux/audit.h. */
export const AUDIT_ARCH_LITTLE = 0x40000000;
