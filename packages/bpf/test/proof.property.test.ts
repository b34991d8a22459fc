import { readFileSync } from 'node:fs';
import {
  type Architecture,
  aarch64,
  arm,
  type Endian,
  mips64n32,
  ppc64le,
  s390x,
  x32,
  x86_64,
} from '@qseccomp/syscall-tables';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BpfError,
  compilePolicy,
  dataWords,
  decodeProgram,
  Opcode,
  type Program,
  run,
} from '../src/index.ts';
import {
  type CallField,
  type Comparable,
  compareFilters,
  type Difference,
  type DifferentAnswers,
  type FilterComparison,
  filterComparer,
} from '../src/proof/index.ts';
import { compare } from './compare.ts';
import { dataOf, questionsOf, SEED, wildPolicies } from './generate.ts';
import { OPTION_MIXES, qemuPolicy } from './qemu-policy.ts';
import { isValid, mutate, type Random, randomCall, randomFrom, randomProgram } from './random-program.ts';

console.log(`seed ${SEED}`);

const ENDIAN: Endian = 'little';
const CALLS = 40;

/** Whether a call is in a set of calls. */
function isIn({ conditions }: Difference, words: Uint32Array): boolean {
  const { nr, arch, instructionPointer, args } = dataOf(words, ENDIAN);
  const fields = new Map<CallField, bigint>([
    ['number', BigInt(nr)],
    ['architecture', BigInt(arch)],
    ['instructionPointer', instructionPointer],
    ...(args.entries() as IterableIterator<[CallField, bigint]>),
  ]);
  return conditions.every((condition) => {
    const value = (fields.get(condition.field) as bigint) & condition.mask;
    if ('ranges' in condition) return condition.ranges.some(([from, to]) => from <= value && value <= to);
    return (value === condition.value) === condition.equal;
  });
}

/** What is found, or undefined when it is beyond reach. */
function compareOrGiveUp(a: Comparable, b: Comparable, nodeLimit: number): FilterComparison | undefined {
  try {
    return compareFilters(a, b, { nodeLimit, endian: ENDIAN });
  } catch (error) {
    if (error instanceof BpfError && error.code === 'BPF_PROOF_LIMIT') return undefined;
    throw error;
  }
}

/** Holds what was found against the emulator. */
function check(a: Program, b: Program, found: FilterComparison, random: Random): void {
  const answers = (words: Uint32Array): number[] => [run(a, words).value, run(b, words).value];
  const calls = Array.from({ length: CALLS }, () => randomCall([a, b], random));
  if (found.equal) {
    for (const words of calls) {
      const [first, second] = answers(words);
      if (first !== second) expect({ a, b, words, first, second }).toBe('equal');
    }
    return;
  }
  const example = dataWords(found.example, found.endian);
  expect(answers(example)).toEqual(found.answers);
  expect(found.answers[0]).not.toBe(found.answers[1]);
  checkSets(found, [...calls, example], answers);
}

/** Every call lies in exactly one set if the answers differ, and these are the set's; else in none. */
function checkSets(
  found: DifferentAnswers,
  calls: readonly Uint32Array[],
  answers: (words: Uint32Array) => number[],
): void {
  const sets: Difference[] = [];
  for (const set of found.differences()) {
    if (sets.push(set) > 300) return;
  }
  for (const words of calls) {
    const [first, second] = answers(words);
    // A set whose answers are calculated does not say them.
    const said = sets
      .filter((set) => isIn(set, words))
      .map((set) => [set.answers[0] ?? first, set.answers[1] ?? second]);
    expect(said).toEqual(first === second ? [] : [[first, second]]);
  }
}

/** A program with each instruction changed in turn: constants and targets by one, a bit, the operation. */
function changesOf(program: Program, first: number, random: Random): Program[] {
  return program.map((instruction, pc) => {
    const { code, jt, jf, k } = instruction;
    const isJump = (code & 7) === 5;
    const changes = [
      { k: (k + 1) >>> 0 },
      { k: (k - 1) >>> 0 },
      { k: (k ^ (1 << random(32))) >>> 0 },
      isJump ? { jt: jt + 1 } : { k: (k ^ 4) >>> 0 },
      isJump ? { jf: jf + 1 } : { k: (k ^ 8) >>> 0 },
      isJump ? { jt: jf, jf: jt } : { code: Opcode.RET_A },
      isJump ? { code: code === Opcode.JEQ_K ? Opcode.JGE_K : Opcode.JGT_K } : { code: Opcode.LD_IMM },
    ];
    return program.with(pc, { ...instruction, ...changes[(first + pc) % changes.length] });
  });
}

const references: readonly Program[] = (() => {
  const text = readFileSync(new URL('vectors/qemu-filters.json', import.meta.url), 'utf8');
  const filters: Record<string, { endian: Endian; cases: { bpf: string }[] }> = JSON.parse(text);
  return Object.values(filters).flatMap(({ endian, cases }) =>
    cases.map(({ bpf }) => decodeProgram(Buffer.from(bpf, 'base64'), endian)),
  );
})();

describe('the comparison of programs', () => {
  it('tells those with one instruction changed apart exactly if the emulator can', () => {
    const random = randomFrom(SEED);
    const compiled = fc
      .sample(wildPolicies, { seed: SEED, numRuns: 60 })
      .map((p) => compilePolicy(p).program);
    const programs = [...compiled, ...references];
    let [equal, different, beyond] = [0, 0, 0];
    for (let round = 0; round < 3000; round++) {
      const program = programs[random(programs.length)] as Program;
      const changed = mutate(program, random);
      if (!isValid(changed)) continue;
      const found = compareOrGiveUp(program, changed, 1 << 17);
      if (found === undefined) {
        beyond++;
        continue;
      }
      check(program, changed, found, random);
      if (found.equal) {
        equal++;
        // Slow, so not for all.
        if (program.length < 60) {
          const { difference } = compare([program, changed], { tokens: [], numbers: [] });
          if (difference !== undefined) expect({ program, changed, difference }).toBe('equal');
        }
      } else different++;
    }
    console.log(`${equal} changes without effect, ${different} with, ${beyond} beyond reach`);
    expect(equal).toBeGreaterThan(100);
    expect(different).toBeGreaterThan(2000);
    expect(beyond).toBeLessThan(60);
  }, 60_000);

  it('agrees with the emulator about programs that use every instruction', () => {
    const random = randomFrom(SEED);
    let [equal, different, beyond] = [0, 0, 0];
    for (let round = 0; round < 1000; round++) {
      const program = randomProgram(random);
      const changed = mutate(program, random);
      if (!isValid(changed)) continue;
      const found = compareOrGiveUp(program, changed, 1 << 13);
      if (found === undefined) beyond++;
      else {
        check(program, changed, found, random);
        if (found.equal) equal++;
        else different++;
      }
    }
    console.log(`${equal} changes without effect, ${different} with, ${beyond} beyond reach`);
    expect(equal).toBeGreaterThan(100);
    expect(different).toBeGreaterThan(100);
    expect(beyond).toBeLessThan(300);
  }, 60_000);
});

describe("every single change of QEMU's filters", () => {
  const others = [aarch64, s390x, mips64n32, arm, ppc64le, x32];
  const filters = OPTION_MIXES.flatMap((mix, at) =>
    [true, false].flatMap((killProcess) =>
      [x86_64, others[at % others.length] as Architecture].map(
        (architecture) => [architecture, qemuPolicy(mix, killProcess, architecture)] as const,
      ),
    ),
  );

  it('is told from the filter and from its policy exactly if the emulator can tell', () => {
    const random = randomFrom(SEED);
    let [equal, different] = [0, 0];
    for (const [at, [{ endian }, policy]] of filters.entries()) {
      const { program } = compilePolicy(policy);
      const [fromProgram, fromPolicy] = [filterComparer(program, { endian }), filterComparer(policy)];
      for (const changed of changesOf(program, at, random).filter(isValid)) {
        const found = fromProgram(changed);
        const { difference } = found.equal
          ? compare([program, changed], { tokens: [], numbers: [] })
          : { difference: undefined };
        if (difference !== undefined) expect({ program, changed, difference }).toBe('equal');
        expect(fromPolicy(changed).equal).toBe(found.equal);
        if (found.equal) equal++;
        else {
          different++;
          const words = dataWords(found.example, found.endian);
          const answers = [run(program, words).value, run(changed, words).value];
          expect(answers).toEqual(found.answers);
          expect(answers[0]).not.toBe(answers[1]);
        }
      }
    }
    console.log(`${equal} changes without effect, ${different} with`);
    expect(different).toBeGreaterThan(1500);
  }, 60_000);
});

describe('the comparison of a program and a policy', () => {
  it('finds what was compiled from any policy equal to it', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        expect(compareFilters(compilePolicy(policy).program, policy)).toEqual({ equal: true });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('tells a policy from one with a rule less exactly if some call does', () => {
    fc.assert(
      fc.property(wildPolicies, fc.nat(), (policy, place) => {
        const architectures = policy.architectures.map(({ architecture, rules }) => ({
          architecture,
          rules: rules.filter((_, index) => index !== place % rules.length),
        }));
        const [before, after] = [policy, { ...policy, architectures }].map((each) => compilePolicy(each));
        const [p, q] = [before?.program as Program, after?.program as Program];
        const found = compareFilters(policy, { ...policy, architectures });
        const { difference } = compare([p, q], questionsOf(policy));
        if (difference !== undefined) expect(found.equal).toBe(false);
        if (!found.equal) {
          const words = dataWords(found.example, found.endian);
          expect([run(p, words).value, run(q, words).value]).toEqual(found.answers);
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});
