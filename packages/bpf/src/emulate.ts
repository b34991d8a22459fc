/**
 * Runs filters as the kernel does: every instruction that seccomp takes, one filter or a stack of them.
 *
 * Terms: A and X start as 0; a step is one instruction executed; a fault is something that
 * {@link validateProgram} refuses and the kernel therefore never meets.
 *
 * On x86_64 the kernel asks no filter about two calls that its own probes make: uretprobe (6.14) and uprobe (6.18),
 * which end any other caller with SIGILL.
 *
 * Source: bpf_convert_filter (net/core/filter.c), seccomp_run_filters (kernel/seccomp.c), v6.12.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { BpfError } from './errors.ts';
import { type ActionName, actionRank, decodeAction } from './filter/action.ts';
import type { Instruction, Program } from './instruction.ts';
import { AUDIT_ARCH_LITTLE, Opcode, SCRATCH_CELLS, SECCOMP_DATA_BYTES } from './opcode.ts';
import { dataWords, type SeccompData } from './seccomp-data.ts';
import { validateProgram, validateStack } from './validate.ts';

/** How to run a filter. */
export interface EmulateOptions {
  /** Byte order of the machine; without it, the one that the call's architecture token says. */
  readonly endian?: Endian;
  /** Whether to return the indices of the instructions executed. */
  readonly path?: boolean;
  /**
   * Whether to refuse programs that the kernel would not load, also where the call meets none of what is wrong
   * with them, and shifts by an X above 31, which machines answer differently; false if absent.
   */
  readonly strict?: boolean;
}

/** What a filter answers. */
export interface Verdict {
  /** What the kernel does; a value that it does not know is KILL_PROCESS to it. */
  readonly action: ActionName;
  /** Low 16 bits of the value, at most 4095 for ERRNO. */
  readonly data: number;
  /** The value returned, unsigned 32 bits. */
  readonly value: number;
  /** Instructions executed; over all filters for a stack. */
  readonly steps: number;
  /** Indices of the instructions executed, first to last, when asked for. */
  readonly path?: readonly number[];
}

/** What a stack of filters answers. */
export interface StackVerdict extends Omit<Verdict, 'path'> {
  /** Index of the filter whose answer it is. */
  readonly filter: number;
  /** What each filter answers, in order of installation. */
  readonly filters: readonly Verdict[];
}

/**
 * Runs one filter on one call.
 *
 * @param program - a filter; unless `strict` it need not be valid, but then it can fault
 * @param data - the call
 * @param options - byte order, whether to record the path, strictness
 * @returns the answer and what it took
 * @throws {BpfError} BPF_OPCODE, BPF_LOAD_OFFSET, BPF_SCRATCH_INDEX, BPF_SCRATCH_UNSET, BPF_FIELD_RANGE,
 * BPF_DIVISION_BY_ZERO, BPF_SHIFT_RANGE or BPF_JUMP_OUTSIDE on a fault; under `strict` also as
 * {@link validateProgram}
 * @example
 * ```ts
 * import { emulate } from '@qseccomp/bpf';
 *
 * const program = [
 *   { code: 0x20, jt: 0, jf: 0, k: 0 }, // ld [0]
 *   { code: 0x15, jt: 0, jf: 1, k: 39 }, // jeq #39, next, skip one
 *   { code: 0x06, jt: 0, jf: 0, k: 0x00050001 }, // ret ERRNO(1)
 *   { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }, // ret ALLOW
 * ];
 * emulate(program, { nr: 39, arch: 0xc000003e, instructionPointer: 0n, args: [] });
 * // { action: 'ERRNO', data: 1, value: 0x50001, steps: 3 }
 * ```
 */
export function emulate(program: Program, data: SeccompData, options: EmulateOptions = {}): Verdict {
  if (options.strict) validateProgram(program);
  return verdict(program, dataWords(data, options.endian ?? endianOf(data)), options);
}

/**
 * Runs a stack of filters on one call: all of them run, and the most restrictive answer counts; of equal
 * ones, that of the filter installed last.
 *
 * @param programs - filters in order of installation, at least one
 * @param data - the call
 * @param options - byte order, whether to record paths, strictness
 * @returns the answer, the filter that gave it, the steps of all, and what each answers
 * @throws {BpfError} BPF_STACK_LENGTH when the kernel would not take that many instructions; as
 * {@link emulate}, with the filter in `path` where there are several: `filters[1]`
 * @throws RangeError when there is no filter
 * @example
 * ```ts
 * import { emulateStack } from '@qseccomp/bpf';
 *
 * const allow = [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }];
 * const log = [{ code: 0x06, jt: 0, jf: 0, k: 0x7ffc0000 }];
 * const call = { nr: 0, arch: 0xc000003e, instructionPointer: 0n, args: [] };
 * const { action, filter, filters } = emulateStack([log, allow], call, { path: true });
 * [action, filter]; // ['LOG', 0]
 * filters.map(({ path }) => path); // [[0], [0]]
 * ```
 */
export function emulateStack(
  programs: readonly Program[],
  data: SeccompData,
  options: EmulateOptions = {},
): StackVerdict {
  if (programs.length === 0) throw new RangeError('expected at least one filter, got none');
  validateStack(programs);
  const words = dataWords(data, options.endian ?? endianOf(data));
  const filters = programs.map((program, index) => {
    try {
      if (options.strict) validateProgram(program);
      return verdict(program, words, options);
    } catch (error) {
      throw error instanceof BpfError && programs.length > 1 ? inFilter(error, index) : error;
    }
  });
  // The kernel begins with the filter installed last, and goes on to another only for less.
  let filter = filters.length - 1;
  for (let index = filter - 1; index >= 0; index--) {
    if (rankIn(filters, index) < rankIn(filters, filter)) filter = index;
  }
  const { action, data: returned, value } = filters[filter] as Verdict;
  const steps = filters.reduce((sum, each) => sum + each.steps, 0);
  return { action, data: returned, value, steps, filter, filters };
}

/**
 * Runs a filter on a call that is already laid out: what loops over many calls use.
 *
 * @param program - a filter
 * @param words - the sixteen words of {@link dataWords}
 * @param path - receives the index of each instruction executed
 * @param strict - whether a shift by an X above 31 is a fault; the program is not looked through in advance
 * @returns the value returned, unsigned 32 bits, and the number of instructions executed
 * @throws {BpfError} as {@link emulate}, on a fault
 * @example
 * ```ts
 * import { dataWords, run } from '@qseccomp/bpf';
 *
 * const words = dataWords({ nr: 1, arch: 0xc000003e, instructionPointer: 0n, args: [] }, 'little');
 * run([{ code: 0x06, jt: 0, jf: 0, k: 0 }], words); // { value: 0, steps: 1 }
 * ```
 */
export function run(
  program: Program,
  words: Uint32Array,
  path?: number[],
  strict = false,
): { value: number; steps: number } {
  const scratch: (number | undefined)[] = [];
  let a = 0;
  let x = 0;
  let steps = 0;
  for (let pc = 0; ; pc++) {
    const instruction = program[pc];
    if (instruction === undefined) throw fault('BPF_JUMP_OUTSIDE', pc, 'is outside the program');
    const { code, jt, jf, k } = instruction;
    if (++steps > program.length)
      throw fault('BPF_FIELD_RANGE', pc, 'is come to a second time, by fields that no instruction can hold');
    path?.push(pc);
    switch (code) {
      case Opcode.LD_ABS:
        if (k % 4 !== 0 || k >= SECCOMP_DATA_BYTES)
          throw fault('BPF_LOAD_OFFSET', pc, `loads from byte ${k}`);
        a = words[k >>> 2] as number;
        break;
      case Opcode.LD_LEN:
        a = SECCOMP_DATA_BYTES;
        break;
      case Opcode.LDX_LEN:
        x = SECCOMP_DATA_BYTES;
        break;
      case Opcode.LD_IMM:
        a = k;
        break;
      case Opcode.LDX_IMM:
        x = k;
        break;
      case Opcode.LD_MEM:
        a = cell(scratch, k, pc);
        break;
      case Opcode.LDX_MEM:
        x = cell(scratch, k, pc);
        break;
      case Opcode.ST:
      case Opcode.STX:
        if (k >= SCRATCH_CELLS) throw fault('BPF_SCRATCH_INDEX', pc, `writes scratch cell ${k}`);
        scratch[k] = code === Opcode.ST ? a : x;
        break;
      case Opcode.TAX:
        x = a;
        break;
      case Opcode.TXA:
        a = x;
        break;
      case Opcode.JA:
        pc += k;
        break;
      case Opcode.RET_K:
        return { value: k, steps };
      case Opcode.RET_A:
        return { value: a, steps };
      case Opcode.DIV_X:
        if (x === 0) return { value: 0, steps };
        a = Math.floor(a / x);
        break;
      case Opcode.LSH_X:
      case Opcode.RSH_X:
        if (strict && x > 31) throw fault('BPF_SHIFT_RANGE', pc, `shifts by X, which is ${x}`);
        // The language, like most machines, takes the low five bits.
        a = code === Opcode.LSH_X ? (a << x) >>> 0 : a >>> x;
        break;
      default: {
        const operand = (code & 0x08) === 0 ? k : x;
        if ((code & 0x07) === 0x05) pc += holds(instruction, a, operand, pc) ? jt : jf;
        else a = calculate(instruction, a, operand, pc);
      }
    }
  }
}

function verdict(program: Program, words: Uint32Array, { path: wanted, strict }: EmulateOptions): Verdict {
  const path: number[] | undefined = wanted ? [] : undefined;
  const { value, steps } = run(program, words, path, strict);
  return { ...decodeAction(value), value, steps, ...(path && { path }) };
}

function rankIn(filters: readonly Verdict[], index: number): number {
  return actionRank((filters[index] as Verdict).value);
}

function inFilter({ code, message, pc, limit }: BpfError, index: number): BpfError {
  const path = `filters[${index}]`;
  return new BpfError(code, `${path}: ${message}`, {
    path,
    ...(pc !== undefined && { pc }),
    ...(limit !== undefined && { limit }),
  });
}

function holds({ code }: Instruction, a: number, operand: number, pc: number): boolean {
  switch (code & ~0x08) {
    case Opcode.JEQ_K:
      return a === operand;
    case Opcode.JGT_K:
      return a > operand;
    case Opcode.JGE_K:
      return a >= operand;
    case Opcode.JSET_K:
      return (a & operand) !== 0;
    default:
      throw unknown(code, pc);
  }
}

function calculate({ code }: Instruction, a: number, operand: number, pc: number): number {
  switch (code) {
    case Opcode.ADD_K:
    case Opcode.ADD_X:
      return (a + operand) >>> 0;
    case Opcode.SUB_K:
    case Opcode.SUB_X:
      return (a - operand) >>> 0;
    case Opcode.MUL_K:
    case Opcode.MUL_X:
      return Math.imul(a, operand) >>> 0;
    case Opcode.DIV_K:
      if (operand === 0) throw fault('BPF_DIVISION_BY_ZERO', pc, 'divides by the constant 0');
      return Math.floor(a / operand);
    case Opcode.OR_K:
    case Opcode.OR_X:
      return (a | operand) >>> 0;
    case Opcode.AND_K:
    case Opcode.AND_X:
      return (a & operand) >>> 0;
    case Opcode.XOR_K:
    case Opcode.XOR_X:
      return (a ^ operand) >>> 0;
    case Opcode.LSH_K:
    case Opcode.RSH_K:
      if (operand > 31) throw fault('BPF_SHIFT_RANGE', pc, `shifts by ${operand}`);
      return code === Opcode.LSH_K ? (a << operand) >>> 0 : a >>> operand;
    case Opcode.NEG:
      return -a >>> 0;
    default:
      throw unknown(code, pc);
  }
}

function cell(scratch: readonly (number | undefined)[], k: number, pc: number): number {
  if (k >= SCRATCH_CELLS) throw fault('BPF_SCRATCH_INDEX', pc, `reads scratch cell ${k}`);
  const value = scratch[k];
  if (value === undefined)
    throw fault('BPF_SCRATCH_UNSET', pc, `reads scratch cell ${k} before it is written`);
  return value;
}

function unknown(code: number, pc: number): BpfError {
  return fault(
    'BPF_OPCODE',
    pc,
    `has opcode 0x${code.toString(16).padStart(2, '0')}, which seccomp does not take`,
  );
}

function fault(code: BpfError['code'], pc: number, message: string): BpfError {
  return new BpfError(code, `instruction ${pc} ${message}`, { pc });
}

function endianOf({ arch }: SeccompData): Endian {
  return (arch & AUDIT_ARCH_LITTLE) === 0 ? 'big' : 'little';
}
