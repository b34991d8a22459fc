/**
 * What names mean in a program's text: the kernel's constants, tokens of architectures, error numbers, system
 * calls.
 *
 * Architectures are passed in. The one *in force* gives system calls and error numbers their numbers, and
 * says which half of an argument comes first; the others lend their names to comparisons of the token.
 *
 * @module
 */

import type { Architecture, Endian } from '@qseccomp/syscall-tables';
import { BpfError } from '../errors.ts';
import { ActionValue, actionValue } from '../filter/action.ts';
import { type Token, textError } from './token.ts';

/** Where names come from. */
export interface NameOptions {
  /** The architecture in force: whose system calls, error numbers and byte order count. */
  readonly architecture?: Architecture;
  /** Others that a text may name. */
  readonly architectures?: readonly Architecture[];
  /** Byte order of the target, which says which half of an argument comes first; that of the architecture if absent. */
  readonly endian?: Endian;
}

/**
 * linux/bpf_common.h and linux/filter.h, v6.12: the parts of an opcode. The last two lines are linux/bpf.h's,
 * which strace writes for opcodes that classic BPF does not have.
 */
// biome-ignore format: a table
const OPCODE_PARTS = {
  LD: 0x00, LDX: 0x01, ST: 0x02, STX: 0x03, ALU: 0x04, JMP: 0x05, RET: 0x06, MISC: 0x07,
  W: 0x00, H: 0x08, B: 0x10,
  IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, LEN: 0x80, MSH: 0xa0,
  ADD: 0x00, SUB: 0x10, MUL: 0x20, DIV: 0x30, OR: 0x40, AND: 0x50, LSH: 0x60, RSH: 0x70, NEG: 0x80, MOD: 0x90,
  XOR: 0xa0,
  JA: 0x00, JEQ: 0x10, JGT: 0x20, JGE: 0x30, JSET: 0x40,
  K: 0x00, X: 0x08, A: 0x10,
  TAX: 0x00, TXA: 0x80,
  MOV: 0xb0, ARSH: 0xc0, END: 0xd0,
  JNE: 0x50, JSGT: 0x60, JSGE: 0x70, CALL: 0x80, EXIT: 0x90, JLT: 0xa0, JLE: 0xb0, JSLT: 0xc0, JSLE: 0xd0,
} as const;

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(OPCODE_PARTS).map(([name, value]) => [`BPF_${name}`, value] as const),
  ...Object.entries(ActionValue).map(([name, value]) => [`SECCOMP_RET_${name}`, value] as const),
  ['SECCOMP_RET_KILL', ActionValue.KILL_THREAD],
  ['SECCOMP_RET_DATA', 0x0000ffff],
  ['SECCOMP_RET_ACTION', 0x7fff0000],
  ['SECCOMP_RET_ACTION_FULL', 0xffff0000],
  ['__X32_SYSCALL_BIT', 0x40000000], // asm/unistd.h of x86
]);

/** Greatest error number that all architectures share: asm-generic/errno-base.h; Alpha's EAGAIN alone is not 11. */
const LAST_COMMON_ERRNO = 34;

/**
 * The name of a system call without what C's headers put in front of it.
 *
 * @param name - as the kernel's headers write it (`__NR_read`), as sys/syscall.h does (`SYS_read`), or plain
 * @returns the name that tables have; whether there is such a call is not said
 * @example
 * ```ts
 * import { plainSyscallName } from '@qseccomp/bpf';
 *
 * plainSyscallName('__NR_read'); // 'read'
 * ```
 */
export function plainSyscallName(name: string): string {
  return name.replace(/^(?:__NR_|SYS_)/, '');
}

/** Names, and what they mean where the text stands; `.arch` moves the architecture in force. */
export class NameScope {
  readonly #architectures: readonly Architecture[];
  readonly #endian: Endian | undefined;
  #inForce: Architecture | undefined;
  #numbers: ReadonlyMap<string, number> | undefined;

  /**
   * @param options - where names come from
   * @throws {BpfError} BPF_BYTE_ORDER when the architecture has another byte order than `endian`
   */
  constructor({ architecture, architectures = [], endian }: NameOptions) {
    if (architecture !== undefined && endian !== undefined && architecture.endian !== endian) {
      throw new BpfError(
        'BPF_BYTE_ORDER',
        `expected a ${endian}-endian architecture, got ${architecture.name}, which is ${architecture.endian}-endian`,
      );
    }
    this.#architectures = architecture === undefined ? architectures : [architecture, ...architectures];
    this.#inForce = architecture;
    this.#endian = endian ?? architecture?.endian;
  }

  /** Byte order of the target, if anything says it. */
  get endian(): Endian | undefined {
    return this.#endian ?? this.#inForce?.endian;
  }

  /**
   * Puts an architecture in force.
   *
   * @param name - a word with its name, alias or SCMP_ARCH_ name
   * @throws {BpfError} BPF_NAME when none of that name was passed, BPF_BYTE_ORDER when it has the other order
   */
  enter(name: Token): void {
    const architecture = this.#find(name.text);
    if (architecture === undefined) throw this.#unknown(name, 'an architecture');
    const endian = this.endian;
    if (endian !== undefined && architecture.endian !== endian) {
      throw textError(
        'BPF_BYTE_ORDER',
        name,
        `expected a ${endian}-endian architecture, got ${architecture.name}, which is ${architecture.endian}-endian`,
      );
    }
    this.#inForce = architecture;
    this.#numbers = undefined;
  }

  /**
   * The number that a name stands for.
   *
   * @param name - a word of the text
   * @returns unsigned 32 bits
   * @throws {BpfError} BPF_NAME when it stands for none
   */
  constant(name: Token): number {
    const { text } = name;
    const constant = CONSTANTS.get(text) ?? this.#find(text)?.auditArch;
    if (constant !== undefined) return constant;
    for (const { auditArch, auditArchName } of this.#architectures)
      if (auditArchName === text) return auditArch;
    if (text.startsWith('AUDIT_ARCH_') || text.startsWith('SCMP_ARCH_'))
      throw this.#unknown(name, 'an architecture');
    const number = this.#syscall(text);
    if (number !== undefined) return number;
    if (/^E[A-Z\d]+$/.test(text)) return this.errno(name);
    throw this.#unknown(name, 'a number or its name');
  }

  /**
   * The number of an error.
   *
   * @param name - a word of the text such as EPERM
   * @returns 1 to 4095
   * @throws {BpfError} BPF_NAME when there is no such error, or its number depends on the architecture and none
   * is in force
   */
  errno(name: Token): number {
    let value: number;
    try {
      value = actionValue({ errno: name.text }, this.#inForce) - ActionValue.ERRNO;
    } catch {
      throw this.#unknown(name, 'an error number or its name');
    }
    const isCommon = value <= LAST_COMMON_ERRNO && name.text !== 'EAGAIN' && name.text !== 'EWOULDBLOCK';
    if (this.#inForce === undefined && !isCommon) {
      throw textError(
        'BPF_NAME',
        name,
        `the number of ${name.text} depends on the architecture, and none is in force`,
      );
    }
    return value;
  }

  #find(name: string): Architecture | undefined {
    return this.#architectures.find(
      (architecture) =>
        architecture.name === name || architecture.scmpName === name || architecture.aliases?.includes(name),
    );
  }

  #syscall(name: string): number | undefined {
    this.#numbers ??= new Map(this.#inForce?.syscalls);
    return this.#numbers.get(plainSyscallName(name));
  }

  #unknown(name: Token, expected: string): BpfError {
    const known = this.#architectures.map((architecture) => architecture.name);
    const listed = known.length > 8 ? [...known.slice(0, 8), '...'] : known;
    let why = this.#inForce === undefined ? 'no architecture is in force' : `in force: ${this.#inForce.name}`;
    if (expected === 'an architecture')
      why = known.length === 0 ? 'none was passed' : `known: ${listed.join(', ')}`;
    return textError('BPF_NAME', name, `expected ${expected}, got '${name.text}' (${why})`);
  }
}
