/**
 * What is known of one architecture: its place in a seccomp filter and its system calls.
 *
 * Terms: the *token* is the AUDIT_ARCH_* word that seccomp_data.arch holds; a *register argument* is one of the six
 * values of seccomp_data.args.
 *
 * @module
 */

/** Byte order of a program's data, and so of its filters. */
export type Endian = 'little' | 'big';

/**
 * A system call that stands for many, told apart by its first argument.
 */
export interface Multiplexer {
  /** Name of the multiplexing call, as in the table. */
  readonly name: 'socketcall' | 'ipc';
  /**
   * Low bits of argument 0 in which the kernel looks for the call; it takes the call whatever is above them. All 32 of
   * an int also on s390, which refuses more than 16.
   */
  readonly argumentBits: 16 | 32;
  /** Call name and the value of argument 0 that stands for it, by value. */
  readonly calls: readonly (readonly [name: string, call: number])[];
}

/** One architecture (or ABI of one) as a seccomp filter sees it. */
export interface Architecture {
  /** The one name of this architecture here: 'x86_64'. */
  readonly name: string;
  /** Other names that users type (uname, Debian, Go, Node), in lower case. */
  readonly aliases?: readonly string[];
  /** Token, an unsigned 32-bit word. Two ABIs can share one: x32 has x86_64's. */
  readonly auditArch: number;
  /** Name of the token in linux/audit.h: 'AUDIT_ARCH_X86_64'. */
  readonly auditArchName: string;
  /** Name in libseccomp and in OCI profiles, where they have one: 'SCMP_ARCH_X86_64'. */
  readonly scmpName?: string;
  /** Byte order. */
  readonly endian: Endian;
  /** Width of a register argument in bits; where it is 32 the upper word of seccomp_data.args means nothing. */
  readonly registerBits: 32 | 64;
  /** First number of its range: 0, or 0x40000000 (x32), 4000, 5000, 6000 (mips), 0x900000 (armoabi). */
  readonly numberOffset: number;
  /** Index of the argument of clone(2) that holds the flags. */
  readonly cloneFlagsArgument: 0 | 1;
  /** Error numbers that differ from asm-generic's, by name. */
  readonly errno: Readonly<Record<string, number>>;
  /** Calls that stand for many others. */
  readonly multiplexers: readonly Multiplexer[];
  /** First kernel release with seccomp filters here ('3.5'); absent where v7.2-rc1 has none. */
  readonly seccompFilterSince?: string;
  /** True where no filter can be made, because another architecture owns the token. */
  readonly lookupOnly: boolean;
  /** Every call by number, then name; numbers as the program sees them (offset and x32 bit included). */
  readonly syscalls: readonly (readonly [name: string, number: number])[];
}
