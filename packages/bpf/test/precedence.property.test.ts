/** Rules of one action with different data: which of those that match answers. */

import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  type ArchitectureCalls,
  type Comparison,
  compilePolicy,
  dataWords,
  type Policy,
  policyCalls,
  policyEvaluator,
  type Rule,
  run,
  type SeccompData,
} from '../src/index.ts';
import { SEED } from './generate.ts';

console.log(`seed ${SEED}`);

/** Values of two arguments: all calls with these are asked. */
const SIZE = 4;
const value = fc.integer({ min: 0, max: SIZE - 1 }).map(BigInt);
const argument = fc.integer({ min: 0, max: 1 });
const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({ argument, op: fc.constantFrom('NE', 'LT', 'LE', 'EQ', 'GE', 'GT'), value }),
  fc.record({ argument, op: fc.constant('MASKED_EQ'), value, mask: value }),
);

/** With few errnos among many rules, some have the same condition and the same answer. */
const rule: fc.Arbitrary<Rule> = fc.record<Rule>({
  syscall: fc.constant('ioctl'),
  action: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 30 }).map((errno) => ({ errno })) },
    { weight: 1, arbitrary: fc.constantFrom<Action>('LOG', { trace: 1 }, { trace: 2 }) },
  ),
  comparisons: fc.array(comparison, { maxLength: 4 }),
});
const rules = fc.oneof(fc.array(rule, { maxLength: 5 }), fc.array(rule, { maxLength: 40 }));

function policyOf(given: readonly Rule[]): Policy {
  return { defaultAction: 'ALLOW', architectures: [{ architecture: x86_64, rules: given }] };
}

/** A call of ioctl with three arguments. */
function call(a: bigint, b: bigint, c = 0n): SeccompData {
  return { nr: 16, arch: x86_64.auditArch, instructionPointer: 0n, args: [a, b, c, 0n, 0n, 0n] };
}

function expectAsEvaluated(policy: Policy, values: readonly (readonly [bigint, bigint])[]): void {
  const { program, endian } = compilePolicy(policy);
  const ask = policyEvaluator(policy);
  for (const [a, b] of values) {
    const data = call(a, b);
    expect(run(program, dataWords(data, endian)).value, `${a}, ${b}`).toBe(ask(data).value);
  }
}

/** Kinds of findings about rules that can go. */
const IDLE: ReadonlySet<string> = new Set(['shadowed', 'same-as-default', 'never-matches']);

describe('of rules with the same action', () => {
  const all = Array.from(
    { length: SIZE * SIZE },
    (_, i) => [BigInt(i % SIZE), BigInt(Math.floor(i / SIZE))] as const,
  );

  it('the one that the definition names answers', () => {
    fc.assert(
      fc.property(rules, (given) => expectAsEvaluated(policyOf(given), all)),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it('those without effect can go, at once and alone', () => {
    let gone = 0;
    fc.assert(
      fc.property(rules, (given) => {
        const { findings } = compilePolicy(policyOf(given));
        const idle = new Set(findings.filter(({ kind }) => IDLE.has(kind)).map(({ rule }) => rule));
        gone += idle.size;
        const before = policyEvaluator(policyOf(given));
        for (const gone of [idle, new Set([...idle].slice(0, 1)), new Set([...idle].slice(-1))]) {
          const after = policyEvaluator(policyOf(given.filter((_, i) => !gone.has(i))));
          for (const [a, b] of all)
            expect(after(call(a, b)).value, `${a}, ${b}`).toBe(before(call(a, b)).value);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
    expect(gone).toBeGreaterThan(1000);
  });

  it('one that was added later with the same condition is listed in its place', () => {
    const given = [1, 2, 3, 1].map(
      (errno, i): Rule => ({
        syscall: 'ioctl',
        action: { errno },
        comparisons: [{ argument: 0, op: 'EQ', value: BigInt(i % 2) }],
      }),
    );
    const [{ calls }] = policyCalls(policyOf(given)) as [ArchitectureCalls];
    expect(calls.map(({ number, rules }) => [number, rules.map(({ rule }) => rule)])).toEqual([[16, [3, 2]]]);
    const shadowed = compilePolicy(policyOf(given)).findings.filter(({ kind }) => kind === 'shadowed');
    expect(shadowed).toMatchObject([
      { rule: 0, by: 2 },
      { rule: 1, by: 3 },
    ]);
  });

  it('one that never answers has an effect where it decides between two others', () => {
    const [zero, one] = [0, 1].map((argument): Comparison => ({ argument, op: 'EQ', value: 1n }));
    const given = [
      [zero, one],
      [zero, { ...one, op: 'NE' }],
      [{ argument: 2, op: 'EQ', value: 1n }],
      [zero],
    ].map((comparisons, i) => ({ syscall: 'ioctl', action: { errno: i + 1 }, comparisons }) as Rule);
    // Without the last one, the third would answer where the first one matches, too.
    expect(policyEvaluator(policyOf(given))(call(1n, 1n, 1n)).data).toBe(1);
    expect(policyEvaluator(policyOf(given.slice(0, 3)))(call(1n, 1n, 1n)).data).toBe(3);
    expect(compilePolicy(policyOf(given), { strict: true }).findings.map(({ kind }) => kind)).not.toContain(
      'shadowed',
    );
  });

  it('a broader one is not the reason why one has no effect', () => {
    const given = [
      [0n, 9n],
      [2n, 5n],
      [2n, 3n],
      [4n, 5n],
    ].map(
      ([from, to], i) =>
        ({
          syscall: 'ioctl',
          action: { errno: i + 1 },
          comparisons: [
            { argument: 1, op: 'GE', value: from },
            { argument: 1, op: 'LE', value: to },
          ],
        }) as Rule,
    );
    const shadowed = compilePolicy(policyOf(given)).findings.filter(({ kind }) => kind === 'shadowed');
    expect(shadowed).toMatchObject([{ rule: 1, message: 'other rules answer whenever this one matches' }]);
    expect(shadowed[0]).not.toHaveProperty('by');
  });

  it('one that is the same in other words goes by when it was added', () => {
    const given: Rule[] = [
      [
        { argument: 1, op: 'LE', value: 2n },
        { argument: 1, op: 'MASKED_EQ', mask: 2n, value: 0n },
      ],
      [{ argument: 1, op: 'LE', value: 1n }],
      [{ argument: 0, op: 'EQ', value: 3n }],
    ].map((comparisons, i) => ({ syscall: 'ioctl', action: { errno: i + 1 }, comparisons }) as Rule);
    expectAsEvaluated(policyOf(given), all);
    const { findings } = compilePolicy(policyOf(given));
    expect(findings.filter(({ kind }) => kind === 'shadowed').map(({ rule }) => rule)).toEqual([0]);
  });

  it.each<[string, (i: number) => [from: number, to: number]]>([
    ['nested, the narrowest last', (i) => [i, 700 - i]],
    ['nested, the broadest last', (i) => [300 - i, 400 + i]],
    ['from the start, ever longer', (i) => [0, i]],
    ['from the start, ever shorter', (i) => [0, 300 - i]],
    ['sliding', (i) => [i, i + 50]],
    ['side by side', (i) => [2 * i, 2 * i + 1]],
    ['here and there', (i) => [(i * 37) % 211, ((i * 37) % 211) + ((i * 53) % 97)]],
    ['of few places, many times', (i) => [i % 7, 7 + (i % 5)]],
  ])('many ranges, %s', (_, rangeOf) => {
    const given = Array.from({ length: 300 }, (_, i): Rule => {
      const [from, to] = rangeOf(i).map(BigInt) as [bigint, bigint];
      return {
        syscall: 'ioctl',
        action: { errno: 1 + (i % 11) },
        comparisons: [
          { argument: 1, op: 'GE', value: from },
          { argument: 1, op: 'LE', value: to },
        ],
      };
    });
    expectAsEvaluated(
      policyOf(given),
      Array.from({ length: 720 }, (_, word) => [0n, BigInt(word)] as const),
    );
  });
});
