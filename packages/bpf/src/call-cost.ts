/**
 * What a filter costs: the instructions that the kernel executes for a call.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { type CacheVerdict, cacheVerdict } from './cache-report.ts';
import { MAX_WORD } from './filter/intervals.ts';
import type { Instruction, Program } from './instruction.ts';
import { type CallWeights, DEFAULT_WEIGHTS } from './layout/dispatch.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET, Opcode } from './opcode.ts';
import { A, effectOf, isJump, takesX } from './proof/effect.ts';

/** What one call costs, whatever its arguments are. */
export interface CallCost {
  /** Fewest instructions executed. */
  readonly least: number;
  /** Most: no call takes more. Tests of arguments that exclude each other can keep this many from happening. */
  readonly most: number;
  /** Values that can be returned, unsigned 32 bits, ascending; without those that are calculated. */
  readonly values: readonly number[];
}

/** What a call of a table costs, and whether the kernel remembers it as always allowed. */
export interface CallCostEntry extends CallCost, CacheVerdict {
  readonly name: string;
  readonly number: number;
}

/** What a filter costs on one architecture. */
export interface FilterCost {
  /** One entry for each name, by number. */
  readonly calls: readonly CallCostEntry[];
  /** Mean over the calls of a trace; undefined where the architecture has none of them. */
  readonly mean: { readonly least: number; readonly most: number } | undefined;
  /** Share of these calls for which the kernel does not run the filter, 0..1. */
  readonly cachedShare: number;
  /** The call, of all numbers, that takes most; where numbers are tested by many masks, one that takes very many. */
  readonly worst: { readonly number: number; readonly most: number };
}

/** Masks that are looked at: filters that dispatch as compilers do have one, that of x32's bit. */
const MOST_MASKS = 8;

/**
 * Counts the instructions that a filter executes for one call.
 *
 * @param program - a valid filter
 * @param token - AUDIT_ARCH_* token, unsigned 32 bits
 * @param number - call number, unsigned 32 bits
 * @returns bounds over all arguments, and what is returned
 * @example
 * ```ts
 * import { callCost } from '@qseccomp/bpf';
 *
 * const program = [
 *   { code: 0x20, jt: 0, jf: 0, k: 16 }, // ld [16]: argument 0
 *   { code: 0x15, jt: 0, jf: 1, k: 7 },
 *   { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
 *   { code: 0x05, jt: 0, jf: 0, k: 0 },
 *   { code: 0x06, jt: 0, jf: 0, k: 0 },
 * ];
 * callCost(program, 0xc000003e, 0); // { least: 3, most: 4, values: [0, 0x7fff0000] }
 * ```
 */
export function callCost(program: Program, token: number, number: number): CallCost {
  const values = new Set<number>();
  const known = new Map<string, { least: number; most: number }>();
  const visit = (start: number, before: number | undefined): { least: number; most: number } => {
    const key = `${start} ${before}`;
    const done = known.get(key);
    if (done !== undefined) return done;
    let a = before;
    let steps = 1;
    let rest = { least: 0, most: 0 };
    for (let pc = start; ; pc++, steps++) {
      const instruction = program[pc] as Instruction;
      const { code, jt, jf, k } = instruction;
      if (code === Opcode.RET_K || code === Opcode.RET_A) {
        const value = code === Opcode.RET_K ? k : a;
        if (value !== undefined) values.add(value);
        break;
      }
      if (code === Opcode.JA) pc += k;
      else if (isJump(code)) {
        const taken = a === undefined || takesX(code) ? undefined : holds(code, a, k);
        if (taken === undefined) {
          const [yes, no] = [visit(pc + 1 + jt, a), visit(pc + 1 + jf, a)];
          rest = { least: Math.min(yes.least, no.least), most: Math.max(yes.most, no.most) };
          break;
        }
        pc += taken ? jt : jf;
      } else if (code === Opcode.LD_ABS) {
        a = k === NUMBER_OFFSET ? number : k === ARCHITECTURE_OFFSET ? token : undefined;
      } else if (code === Opcode.LD_IMM) a = k;
      else if (code === Opcode.AND_K && a !== undefined) a = (a & k) >>> 0;
      else if (effectOf(instruction).writes & A) a = undefined;
      // A division by an X that is 0 ends the program too.
      if (code === Opcode.DIV_X) {
        values.add(0);
        const after = visit(pc + 1, undefined);
        rest = { least: 0, most: after.most };
        break;
      }
    }
    const result = { least: steps + rest.least, most: steps + rest.most };
    known.set(key, result);
    return result;
  };
  const { least, most } = visit(0, 0);
  return { least, most, values: [...values].sort((p, q) => p - q) };
}

/**
 * Counts the instructions that a filter executes for the calls of an architecture.
 *
 * @param program - a valid filter
 * @param architecture - whose calls
 * @param weights - calls by name and how often each was seen; without it, those of a QEMU guest
 * @returns counts for each call, their mean over the weights, and the worst
 * @example
 * ```ts
 * import { filterCost } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const allow = [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }];
 * filterCost(allow, x86_64).mean; // { least: 1, most: 1 }
 * ```
 */
export function filterCost(
  program: Program,
  architecture: Architecture,
  weights: CallWeights = DEFAULT_WEIGHTS,
): FilterCost {
  const { auditArch, syscalls } = architecture;
  const calls = syscalls.map(([name, number]) => ({
    name,
    number,
    ...callCost(program, auditArch, number),
    ...cacheVerdict(program, auditArch, number),
  }));
  let [all, least, most, cached] = [0, 0, 0, 0];
  for (const call of calls) {
    const weight = Object.hasOwn(weights, call.name) ? (weights[call.name] as number) : 0;
    all += weight;
    least += weight * call.least;
    most += weight * call.most;
    if (call.cached) cached += weight;
  }
  let worst = { number: 0, most: 0 };
  for (const number of numbersOf(program, calls)) {
    const cost = callCost(program, auditArch, number);
    if (cost.most > worst.most) worst = { number, most: cost.most };
  }
  return {
    calls,
    mean: all > 0 ? { least: least / all, most: most / all } : undefined,
    cachedShare: all > 0 ? cached / all : 0,
    worst,
  };
}

/**
 * Those of the table, and one of each range that the program can tell apart by comparing; all of these with and
 * without the bits of each mask.
 */
function numbersOf(program: Program, calls: readonly { readonly number: number }[]): Set<number> {
  const numbers = new Set(calls.map(({ number }) => number));
  const masks = new Set<number>();
  numbers.add(0);
  for (const { code, k } of program) {
    if ((code === Opcode.JSET_K || code === Opcode.AND_K) && masks.size < MOST_MASKS) masks.add(k);
    if (!isJump(code) || takesX(code)) continue;
    numbers.add(k);
    if (k < MAX_WORD) numbers.add(k + 1);
  }
  const whole = [...numbers];
  for (const mask of masks) {
    for (const number of whole) numbers.add((number | mask) >>> 0).add((number & ~mask) >>> 0);
  }
  return numbers;
}

function holds(code: number, a: number, k: number): boolean {
  if (code === Opcode.JEQ_K) return a === k;
  if (code === Opcode.JGT_K) return a > k;
  return code === Opcode.JGE_K ? a >= k : (a & k) !== 0;
}
