import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  compareFilters,
  compilePolicy,
  dataWords,
  Opcode,
  type Policy,
  policyEvaluator,
  type Rule,
  range,
  run,
  validateProgram,
} from '../src/index.ts';
import type { Search } from '../src/layout/plan.ts';
import { searchTree } from '../src/layout/search.ts';
import type { Tree } from '../src/layout/tree.ts';
import { SEED } from './generate.ts';
import { OPTION_MIXES, qemuPolicy } from './qemu-policy.ts';

console.log(`seed ${SEED}`);

const of = (rules: readonly Rule[]): Policy => ({
  defaultAction: 'ALLOW',
  architectures: [{ architecture: x86_64, rules }],
});
const equal = (argument: number, value: number): Comparison => ({ argument, op: 'EQ', value: BigInt(value) });

function find(tree: Tree, word: number): number {
  if (typeof tree === 'number') return tree;
  const holds = { eq: word === tree.k, ge: word >= tree.k, set: (word & tree.k) !== 0 }[tree.op];
  return find(holds ? tree.yes : tree.no, word);
}

const depth = (node: Tree): number =>
  typeof node === 'number' ? 0 : 1 + Math.max(depth(node.yes), depth(node.no));

const plain = (
  starts: readonly number[],
  outcomes: readonly number[],
  weights: readonly number[],
): Search => ({
  starts,
  outcomes,
  weights,
  tails: starts.map(() => 0),
  points: [],
  room: 0,
});

describe('searchTree', () => {
  const ranges = fc
    .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0xffffffff })), {
      maxLength: 30,
    })
    .map((starts) => [0, ...starts.sort((a, b) => a - b)]);

  it('finds the outcome of every word, whatever weighs how much and has to be near', () => {
    const places = fc.infiniteStream(fc.integer({ min: 0, max: 2 }));
    const words = fc.array(fc.nat(), { maxLength: 6 });
    fc.assert(
      fc.property(ranges, places, words, fc.boolean(), (all, stream, picks, tight) => {
        const starts: number[] = [];
        const outcomes: number[] = [];
        for (const start of all) {
          const outcome = stream.next().value;
          if (outcome === outcomes.at(-1)) continue;
          starts.push(start);
          outcomes.push(outcome);
        }
        const weights = starts.map(() => stream.next().value);
        const points = picks.map((pick) => {
          const value = ((starts[pick % starts.length] as number) + (pick % 3)) >>> 0;
          const range = starts.findLastIndex((from) => from <= value);
          weights[range] = (weights[range] as number) + 10;
          return { value, range, weight: 10 };
        });
        const distinct = points.filter(({ value }, at) => points.findIndex((p) => p.value === value) === at);
        const tails = starts.map(() => stream.next().value);
        const room = tight ? -100 : 100;
        const tree = searchTree({ starts, outcomes, weights, tails, points: distinct, room });
        for (const start of [...starts, ...distinct.map(({ value }) => value)]) {
          for (const word of [start - 1, start, start + 1, start ^ 0x100].map((near) => near >>> 0)) {
            expect(outcomes[find(tree, word)]).toBe(outcomes[starts.findLastIndex((from) => from <= word)]);
          }
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('stays flat for thousands of ranges', () => {
    const starts = Array.from({ length: 3000 }, (_, i) => 3 * i);
    const tree = searchTree(
      plain(
        starts,
        [...starts.keys()],
        starts.map(() => 1),
      ),
    );
    expect(starts.every((start, i) => find(tree, start) === i)).toBe(true);
    expect(depth(tree)).toBeLessThan(15);
  });

  it('tests what is taken most often first', () => {
    const tree = searchTree(plain([0, 10, 20, 30], [0, 1, 2, 3], [1, 1, 1, 1000]));
    expect(tree).toMatchObject({ op: 'ge', k: 30, yes: 3 });
  });

  it('lets heavy words of one outcome through by a mask that no other word fits', () => {
    const starts = [0, 96, 97, 160, 161, 200, 201, 300];
    const outcomes = [0, 1, 0, 1, 0, 1, 0, 1];
    const points = [
      { value: 3, range: 0, weight: 50 },
      { value: 271, range: 6, weight: 40 },
    ];
    const search = { ...plain(starts, outcomes, [50, 0, 0, 0, 0, 0, 40, 0]), points, room: 100 };
    expect(searchTree(search)).toMatchObject({ op: 'set', k: ~(3 | 271) >>> 0, no: 0 });
  });

  it('tests single words of one outcome one after the other where that is shorter', () => {
    const starts = [0, 40, 41, 104, 105, 116, 117, 142, 143, 200, 201];
    const outcomes = starts.map((_, range) => range % 2);
    const weights = starts.map(() => 1);
    const tests = (tree: Tree): number =>
      typeof tree === 'number' ? 0 : 1 + tests(tree.yes) + tests(tree.no);
    expect(tests(searchTree({ ...plain(starts, outcomes, weights), room: 100 }))).toBeGreaterThan(5);
    expect(tests(searchTree(plain(starts, outcomes, weights)))).toBe(5);
  });

  it('finds a range that needs many levels after it in few', () => {
    const starts = Array.from({ length: 30 }, (_, i) => 10 * i);
    const search = plain(
      starts,
      [...starts.keys()],
      starts.map(() => 1),
    );
    const levelsTo = (node: Tree, word: number): number =>
      typeof node === 'number'
        ? 0
        : 1 + levelsTo((node.op === 'ge' ? word >= node.k : word === node.k) ? node.yes : node.no, word);
    const tails = starts.map((_, range) => (range === 17 ? 3 : 0));
    expect(levelsTo(searchTree({ ...search, tails }), 170)).toBe(3);
    expect(levelsTo(searchTree(search), 170)).toBe(5);
  });
});

describe('a search that was laid out before', () => {
  it('is not taken for one with other calls, answers or weights', () => {
    const mixes = OPTION_MIXES.slice(0, 4);
    const policies = mixes.flatMap((mix) => [true, false].map((kill) => qemuPolicy(mix, kill, x86_64)));
    const weights = [{ getpid: 1 }, { read: 1 }, undefined];
    const alone = new Map<string, string>();
    // More than are remembered, each several times, next to different ones.
    for (const step of [1, 5, 7]) {
      for (let turn = 0; turn < 3 * policies.length * weights.length; turn++) {
        const at = (turn * step) % (policies.length * weights.length);
        const asked = policies[at % policies.length] as Policy;
        const given = weights[Math.floor(at / policies.length)];
        const { program } = compilePolicy(asked, given && { weights: given });
        expect(compareFilters(program, asked)).toEqual({ equal: true });
        const text = JSON.stringify(program);
        expect(text).toBe(alone.get(`${at}`) ?? text);
        alone.set(`${at}`, text);
      }
    }
    expect(new Set(alone.values()).size).toBeGreaterThan(policies.length);
  });
});

describe('rules that differ in the values of one argument', () => {
  const findingsOf = (rules: readonly Rule[]): unknown[] =>
    compilePolicy(of(rules)).findings.map(({ kind, rule, by }) => [kind, rule, by]);

  it('answer for every value that one of them has, in whatever order they come', () => {
    const bound = fc.bigInt({ min: 0n, max: 40n });
    const comparison = fc.oneof(
      bound.map((value): Comparison[] => [{ argument: 1, op: 'EQ', value }]),
      fc.tuple(bound, bound).map(([from, size]) => range(1, from, from + size)),
      fc.constantFrom<Comparison[]>(
        [{ argument: 1, op: 'EQ', value: 1n << 32n }],
        [{ argument: 1, op: 'GE', value: (1n << 64n) - 2n }],
        [{ argument: 1, op: 'LE', value: 3n, width: 32 }],
      ),
    );
    fc.assert(
      fc.property(fc.array(comparison, { minLength: 2, maxLength: 12 }), (all) => {
        const policy = of(all.map((comparisons) => ({ syscall: 'ioctl', action: 'TRAP', comparisons })));
        expect(compareFilters(compilePolicy(policy).program, policy)).toEqual({ equal: true });
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('are as short as the ranges that their values make', () => {
    const rules = Array.from({ length: 500 }, (_, i): Rule => {
      return { syscall: 'ioctl', action: 'TRAP', comparisons: [equal(1, 499 - i)] };
    });
    const { program } = compilePolicy(of(rules));
    const one: Rule = {
      syscall: 'ioctl',
      action: 'TRAP',
      comparisons: [{ argument: 1, op: 'LT', value: 500n }],
    };
    expect(compareFilters(program, of([one]))).toEqual({ equal: true });
    expect(program.length).toBeLessThan(15);
  });

  it('are reported where they have no effect', () => {
    const trap = (value: number): Rule => ({
      syscall: 'ioctl',
      action: 'TRAP',
      comparisons: [equal(1, value)],
    });
    const allow = (value: number): Rule => ({ ...trap(value), action: 'ALLOW' });
    expect(findingsOf([trap(1), trap(2), trap(1)])).toEqual([['shadowed', 2, 0]]);
    expect(findingsOf([allow(1), allow(2)])).toEqual([
      ['same-as-default', 0, undefined],
      ['same-as-default', 1, undefined],
    ]);
    expect(findingsOf([trap(1), trap(2), trap(4)])).toEqual([]);
  });
});

describe('a long program', () => {
  it('reaches everything over jumps of more than 255 instructions', () => {
    const actions = Array.from({ length: 60 }, (_, errno) => ({ errno }));
    const rules = Array.from({ length: 400 }, (_, i): Rule => {
      const comparisons = [equal(i % 3, (i * 7919) % 100), equal(3 + (i % 3), i % 17)];
      return { syscall: i % 200, action: actions[i % 60] as { errno: number }, comparisons };
    });
    const policy = of(rules);
    const { program, endian } = compilePolicy(policy);
    expect(program.length).toBeGreaterThan(2000);
    validateProgram(program);
    expect(program.some(({ code }) => code === Opcode.JA)).toBe(true);
    const ask = policyEvaluator(policy);
    for (const [i, { syscall, comparisons = [] }] of rules.entries()) {
      const args = [0n, 0n, 0n, 0n, 0n, 0n];
      for (const { argument, value } of comparisons) args[argument] = value;
      for (const changed of [args, args.with(3 + (i % 3), 99n), args.with(i % 3, 1n << 32n)]) {
        const call = { nr: Number(syscall), arch: x86_64.auditArch, instructionPointer: 0n, args: changed };
        expect(run(program, dataWords(call, endian)).value).toBe(ask(call).value);
      }
    }
  });

  it('is proved to answer as its policy does, whatever its length', () => {
    const rules = Array.from({ length: 500 }, (_, i): Rule => {
      const comparisons = [
        equal(0, (i * 7919) % 5000),
        { ...equal(1, i % 97), op: i % 2 ? 'LE' : 'GT' } as const,
      ];
      return { syscall: i % 3, action: { errno: 1 + (i % 60) }, comparisons };
    });
    const policy = of(rules);
    const { program } = compilePolicy(policy);
    expect(program.length).toBeGreaterThan(2000);
    const far = program.filter(({ code, jt, jf, k }) => (code === Opcode.JA ? k : Math.max(jt, jf)) > 200);
    expect(far.length).toBeGreaterThan(10);
    expect(compareFilters(program, policy, { nodeLimit: 5_000_000 })).toEqual({ equal: true });
  });

  it('is refused with its length when it has more than 4096 instructions', () => {
    const rules = Array.from(
      { length: 5000 },
      (_, i): Rule => ({ syscall: 'read', action: 'TRAP', comparisons: [equal(0, 2 * i)] }),
    );
    const numbers = Array.from(
      { length: 5000 },
      (_, i): Rule => ({ syscall: 2 * i, action: { errno: 1 + (i % 3000) } }),
    );
    expect(() => compilePolicy(of(numbers))).toThrowError(
      /expected at most 4096; its rules are about 5000 calls$/,
    );
    expect(() => compilePolicy(of(rules))).toThrowError(
      expect.objectContaining({
        code: 'BPF_PROGRAM_LENGTH',
        limit: 4096,
        message: expect.stringMatching(
          /^the policy takes \d+ instructions, expected at most 4096; most of its comparisons, 5000, are those of read on x86_64, from rule 0 on$/,
        ),
      }),
    );
  });
});

describe('a short program', () => {
  const lengthOf = (rules: readonly Rule[]): number => compilePolicy(of(rules)).program.length;

  it('comes of many values that form ranges', () => {
    const rules = Array.from(
      { length: 1000 },
      (_, i): Rule => ({ syscall: 'read', action: 'TRAP', comparisons: [equal(0, i + 1)] }),
    );
    expect(lengthOf(rules)).toBe(
      lengthOf([
        {
          syscall: 'read',
          action: 'TRAP',
          comparisons: [
            { argument: 0, op: 'GE', value: 1n },
            { argument: 0, op: 'LE', value: 1000n },
          ],
        },
      ]),
    );
  });

  it('comes of many calls with the same conditions', () => {
    const condition = [equal(0, 5), equal(1, 6)];
    const rules = Array.from(
      { length: 200 },
      (_, i): Rule => ({ syscall: 2 * i, action: 'TRAP', comparisons: condition }),
    );
    const one = lengthOf(rules.slice(0, 1));
    expect(lengthOf(rules)).toBeLessThan(one + 2 * 200);
  });

  it('comes of conditions on single bits: one mask, one comparison', () => {
    const bits = Array.from({ length: 20 }, (_, place): Rule => {
      const mask = 1n << BigInt(place);
      return {
        syscall: 'clone',
        action: 'TRAP',
        comparisons: [{ argument: 0, op: 'MASKED_EQ', mask, value: place % 2 ? mask : 0n }],
      };
    });
    expect(lengthOf(bits)).toBe(lengthOf(bits.slice(0, 2)));
  });

  it('comes of rules that would take exponentially many nodes: tests one after the other', () => {
    const rules = Array.from({ length: 40 }, (_, i): Rule => {
      const bit = 1n << BigInt(i % 20);
      const comparisons: Comparison[] = [0, 1, 2].map((argument) => ({
        argument,
        op: 'MASKED_EQ',
        mask: bit | (1n << BigInt((i * 7 + argument * 3 + 1) % 23)),
        value: bit,
      }));
      return { syscall: 'read', action: { errno: i + 1 }, comparisons };
    });
    const policy = of(rules);
    const { program, endian } = compilePolicy(policy);
    expect(program.length).toBeLessThan(40 * 12);
    const ask = policyEvaluator(policy);
    fc.assert(
      fc.property(fc.tuple(...[0, 1, 2].map(() => fc.bigInt({ min: 0n, max: 2n ** 24n - 1n }))), (args) => {
        const call = { nr: 0, arch: x86_64.auditArch, instructionPointer: 0n, args };
        expect(run(program, dataWords(call, endian)).value).toBe(ask(call).value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('a program of many architectures', () => {
  it('looks at nothing but architecture and number before both are known', () => {
    const rules: Rule[] = [{ syscall: 'read', action: 'TRAP', comparisons: [equal(0, 5)] }];
    const { program } = compilePolicy(of(rules));
    const firstArgument = program.findIndex(({ code, k }) => code === Opcode.LD_ABS && k >= 16);
    const dispatch = program.slice(0, firstArgument);
    const walked: readonly number[] = [Opcode.LD_ABS, Opcode.JA, Opcode.JEQ_K, Opcode.JGE_K, Opcode.RET_K];
    expect(dispatch.every(({ code }) => walked.includes(code))).toBe(true);
  });
});
