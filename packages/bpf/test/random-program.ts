/** Programs that no compiler would write, and calls made from their constants, from a stream of numbers. */

import { BpfError, type Instruction, Opcode, type Program, validateProgram } from '../src/index.ts';

/** Gives whole numbers from 0 up to, and without, a bound. */
export type Random = (bound: number) => number;

/** Mulberry32: small, fast, good enough to choose test cases. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** Constants where words have their edges. */
const EDGES = [
  0, 1, 2, 3, 5, 7, 8, 31, 32, 63, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

const ALU = Object.values(Opcode).filter((code) => (code & 7) === 4);
const JUMPS = Object.values(Opcode).filter((code) => (code & 7) === 5 && code !== Opcode.JA);
const MOVES = [Opcode.TAX, Opcode.TXA, Opcode.ST, Opcode.STX, Opcode.LD_MEM, Opcode.LDX_MEM];
const CONSTANTS = [Opcode.LD_IMM, Opcode.LDX_IMM, Opcode.LD_LEN, Opcode.LDX_LEN];

const IGNORES_K: readonly number[] = Object.entries(Opcode)
  .filter(([name]) => /_X$|LEN|NEG|TAX|TXA|RET_A/.test(name))
  .map(([, code]) => code);

/** An element. */
export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** A 32-bit word: an edge, next to one, or any. */
export function randomWord(random: Random): number {
  const kind = random(4);
  if (kind === 0) return random(2 ** 32);
  return (pick(random, EDGES) + (kind === 1 ? random(3) - 1 : 0)) >>> 0;
}

/** A valid program that uses everything that seccomp takes; most of what it calculates is small. */
export function randomProgram(random: Random): Program {
  for (;;) {
    const program = [
      ...randomLoad(random),
      one(Opcode.ST, 0),
      ...randomLoad(random),
      one(Opcode.ST, 1),
      one(Opcode.TAX),
    ];
    const length = program.length + 3 + random(12);
    while (program.length < length) program.push(...randomInstructions(random));
    program.push(one(pick(random, [Opcode.RET_A, Opcode.RET_A, Opcode.RET_K]), random(4)));
    for (let k = 0; k < 3; k++) program.push(one(Opcode.RET_K, k));
    if (isValid(program)) return program;
  }
}

function one(code: number, k = 0, jt = 0, jf = 0): Instruction {
  return { code, jt, jf, k };
}

function randomLoad(random: Random): Instruction[] {
  const load = one(Opcode.LD_ABS, pick(random, [0, 4, 16, 20, 24]));
  const mask = one(Opcode.AND_K, pick(random, [1, 3, 7, 0x1f, 0xff, 0xf0000000]));
  return random(4) === 0 ? [load] : [load, mask];
}

function randomInstructions(random: Random): Instruction[] {
  switch (random(12)) {
    case 0:
      return randomLoad(random);
    case 1:
      return [one(pick(random, CONSTANTS), randomWord(random))];
    case 2:
    case 3:
      return [one(pick(random, MOVES), random(2))];
    case 4:
    case 5: {
      const jump = random(8) === 0 ? Opcode.JA : pick(random, JUMPS);
      if (jump === Opcode.JA) return [one(jump, random(3))];
      return [one(jump, random(2) === 0 ? random(8) : randomWord(random), random(4), random(4))];
    }
    default:
      return [one(pick(random, ALU), 1 + random(random(4) === 0 ? 31 : 6))];
  }
}

/** Changes one field of one instruction that has a meaning; the result may be invalid. */
export function mutate(program: Program, random: Random): Program {
  const pc = random(program.length);
  const instruction = program[pc] as Instruction;
  const { code, k } = instruction;
  const changes: (() => Partial<Instruction>)[] = [() => ({ code: pick(random, Object.values(Opcode)) })];
  const isJump = JUMPS.some((jump) => jump === code);
  const skip = (): number => random(Math.min(256, program.length - pc));
  if (isJump)
    changes.push(
      () => ({ jt: skip() }),
      () => ({ jf: skip() }),
    );
  if (!IGNORES_K.includes(code)) {
    const near = [k + 1, k - 1, k ^ (1 << random(32)), randomWord(random)].map((word) => word >>> 0);
    changes.push(() => ({ k: pick(random, near) }));
  }
  return program.with(pc, { ...instruction, ...pick(random, changes)() });
}

/** Whether the kernel would take a program. */
export function isValid(program: Program): boolean {
  try {
    validateProgram(program);
    return true;
  } catch (error) {
    if (error instanceof BpfError) return false;
    throw error;
  }
}

/** Words of a call that tend to meet what programs compare them with. */
export function randomCall(programs: readonly Program[], random: Random): Uint32Array {
  const constants = programs.flatMap((program) => program.map(({ k }) => k));
  return Uint32Array.from({ length: 16 }, () => {
    const kind = random(4);
    if (kind === 0) return randomWord(random);
    const k = pick(random, constants);
    return kind === 1 ? k ^ (1 << random(32)) : k + random(3) - 1;
  });
}
