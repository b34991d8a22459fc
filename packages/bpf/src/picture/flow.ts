/**
 * Which calls come to which instruction of a program, and what share of all calls they are.
 *
 * Each call is followed with its number and architecture known and its arguments unknown. Where an argument
 * decides, it goes both ways, with half its weight each.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { MAX_WORD } from '../filter/intervals.ts';
import type { Instruction, Program } from '../instruction.ts';
import { type CallWeights, NEXT_ARCHITECTURE_SHARE } from '../layout/dispatch.ts';
import { compares } from '../listing.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET, Opcode } from '../opcode.ts';
import { A, effectOf, isJump, takesX } from '../proof/effect.ts';

/** A call that can come, or one that stands for all numbers between two that the program asks for. */
export interface FlowCall {
  /** Undefined for architectures other than those given. */
  readonly architecture: Architecture | undefined;
  readonly number: number;
  /** Undefined where the architecture has no call of that number. */
  readonly name: string | undefined;
}

/** Some calls, and what share of all calls they are. */
export interface Stream {
  /** In the order of architectures and numbers. */
  readonly calls: readonly FlowCall[];
  /** 0..1 */
  readonly share: number;
}

/** What comes to one instruction. */
export interface Flow extends Stream {
  /** What of it goes on at `jt`; nothing where it is no conditional jump. */
  readonly yes: Stream;
  /** What of it goes on at `jf`. */
  readonly no: Stream;
}

interface WeightedCall extends FlowCall {
  readonly token: number;
  readonly weight: number;
}

/**
 * Follows every call through a program.
 *
 * @param program - a valid program
 * @param architectures - whose calls; the first is met most often
 * @param weights - how often calls occur, by name
 * @returns what comes to each instruction
 */
export function followCalls(
  program: Program,
  architectures: readonly Architecture[],
  weights: CallWeights,
): Flow[] {
  const calls = population(program, architectures, weights);
  const total = calls.reduce((sum, { weight }) => sum + weight, 0) || 1;
  const flows = program.map(() => ({ ...empty(), yes: empty(), no: empty() }));
  for (const call of calls) {
    for (const { pc, weight, yes } of visits(program, call)) {
      const flow = flows[pc] as (typeof flows)[number];
      add(flow, call, weight / total);
      if (yes === undefined) continue;
      if (yes > 0) add(flow.yes, call, (yes * weight) / total);
      if (yes < 1) add(flow.no, call, ((1 - yes) * weight) / total);
    }
  }
  return flows;
}

function empty(): { calls: FlowCall[]; share: number } {
  return { calls: [], share: 0 };
}

function add(stream: ReturnType<typeof empty>, call: FlowCall, share: number): void {
  stream.calls.push(call);
  stream.share += share;
}

/** The calls of the tables, one for each other range of numbers that the program can tell apart, and a foreign one. */
function population(
  program: Program,
  architectures: readonly Architecture[],
  weights: CallWeights,
): WeightedCall[] {
  const constants = program.filter(({ code }) => isJump(code)).map(({ k }) => k);
  const calls = architectures.flatMap((architecture, place) => {
    const { auditArch: token, syscalls } = architecture;
    const share = NEXT_ARCHITECTURE_SHARE ** place;
    const named = syscalls.map(([name, number]) => {
      const weight = (Object.hasOwn(weights, name) ? (weights[name] as number) : 0) * share;
      return { architecture, token, number, name, weight };
    });
    const taken = architectures
      .filter(({ auditArch }) => auditArch === token)
      .flatMap((same) => same.syscalls.map(([, number]) => number));
    const unnamed = unnamedNumbers(constants, taken).map((number) => {
      return { architecture, token, number, name: undefined, weight: 0 };
    });
    return [...named, ...unnamed].sort((a, b) => a.number - b.number);
  });
  let token = 0;
  while (constants.includes(token) || architectures.some(({ auditArch }) => auditArch === token)) token++;
  return [...calls, { architecture: undefined, token, number: 0, name: undefined, weight: 0 }];
}

/** The first number without a call of each range that comparisons with some constants can tell apart. */
function unnamedNumbers(constants: readonly number[], taken: readonly number[]): number[] {
  const names = new Set(taken);
  const starts = [...new Set([0, ...constants, ...constants.map((k) => k + 1)])].sort((a, b) => a - b);
  return starts.flatMap((start, at) => {
    const end = starts[at + 1] ?? MAX_WORD + 1;
    let number = start;
    while (number < end && names.has(number)) number++;
    return number < end && number <= MAX_WORD ? [number] : [];
  });
}

/** Where one call can come to, in order: jumps go forward only. `yes` is the part that a jump sends to `jt`. */
function* visits(
  program: Program,
  { token, number, weight }: WeightedCall,
): Generator<{ pc: number; weight: number; yes: number | undefined }> {
  const arrivals = new Map([[0, { weight, a: 0 as number | undefined }]]);
  for (let pc = 0; pc < program.length; pc++) {
    const here = arrivals.get(pc);
    if (here === undefined) continue;
    const instruction = program[pc] as Instruction;
    const { code, jt, jf, k } = instruction;
    const reach = (target: number, more: number, a: number | undefined): void => {
      const before = arrivals.get(target);
      if (before === undefined) arrivals.set(target, { weight: more, a });
      else arrivals.set(target, { weight: before.weight + more, a: before.a === a ? a : undefined });
    };
    const { a } = here;
    let yes: number | undefined;
    if (code === Opcode.JA) {
      reach(pc + 1 + k, here.weight, a);
    } else if (isJump(code)) {
      const isKnown = a !== undefined && !takesX(code);
      yes = isKnown ? Number(compares(code, a, k)) : 1 / 2;
      if (yes > 0) reach(pc + 1 + jt, here.weight * yes, a);
      if (yes < 1) reach(pc + 1 + jf, here.weight * (1 - yes), a);
    } else if (code !== Opcode.RET_K && code !== Opcode.RET_A) {
      reach(pc + 1, here.weight, next(instruction, a, token, number));
    }
    yield { pc, weight: here.weight, yes };
  }
}

/** What A is after an instruction, as far as number and architecture say. */
function next(
  instruction: Instruction,
  a: number | undefined,
  token: number,
  number: number,
): number | undefined {
  const { code, k } = instruction;
  if (code === Opcode.LD_ABS) {
    if (k === NUMBER_OFFSET) return number;
    return k === ARCHITECTURE_OFFSET ? token : undefined;
  }
  if (code === Opcode.LD_IMM) return k;
  if (code === Opcode.AND_K) return a === undefined ? undefined : (a & k) >>> 0;
  return effectOf(instruction).writes & A ? undefined : a;
}
