import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  actionValue,
  type Comparison,
  comparisonHolds,
  compilePolicy,
  dataWords,
  decodeAction,
  decodeProgram,
  encodeProgram,
  policyCalls,
  policyEvaluator,
  run,
  type SeccompData,
  validateProgram,
} from '../src/index.ts';
import { compare } from './compare.ts';
import { dataOf, directedCalls, questionsOf, SEED, tamePolicies, wildPolicies } from './generate.ts';

console.log(`seed ${SEED}`);

describe('a compiled policy', () => {
  it('is asked on both sides of every rule, masked ones too', () => {
    const reached = { masked: [0, 0], other: [0, 0] };
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const calls = [...directedCalls(policy)];
        for (const { architecture, rules } of policy.architectures) {
          for (const { comparisons = [] } of rules) {
            if (comparisons.length !== 1) continue;
            const [comparison] = comparisons as [Comparison];
            const holds = ({ args }: SeccompData): boolean =>
              comparisonHolds(comparison, args[comparison.argument] as bigint, architecture.registerBits);
            const count = comparison.op === 'MASKED_EQ' ? reached.masked : reached.other;
            count[0] = (count[0] ?? 0) + 1;
            // Comparisons that hold always or never have one side.
            const { findings } = compilePolicy({
              defaultAction: 'ALLOW',
              architectures: [{ architecture, rules: [{ syscall: 'read', action: 'TRAP', comparisons }] }],
            });
            const both = !findings.some(({ kind }) => kind === 'always-holds' || kind === 'never-matches');
            if (!both || (calls.some(holds) && !calls.every(holds))) count[1] = (count[1] ?? 0) + 1;
          }
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(reached.masked[0]).toBeGreaterThan(20);
    expect(reached.masked[1]).toBe(reached.masked[0]);
    expect(reached.other[1]).toBe(reached.other[0]);
  });

  it('answers as the policy does, for calls made from its rules', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const { program, endian } = compilePolicy(policy);
        const ask = policyEvaluator(policy);
        for (const call of directedCalls(policy)) {
          const { value } = run(program, dataWords(call, endian));
          if (value !== ask(call).value) expect({ call, value }).toEqual({ call, value: ask(call).value });
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('answers as the policy does on every path of its program', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const { program, endian } = compilePolicy(policy);
        const ask = policyEvaluator(policy);
        const oracle = (words: Uint32Array): number => ask(dataOf(words, endian)).value;
        expect(compare([program], questionsOf(policy), oracle).difference).toBeUndefined();
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('has no instruction that is never executed', () => {
    fc.assert(
      fc.property(tamePolicies, (policy) => {
        const { program } = compilePolicy(policy);
        expect(compare([program], questionsOf(policy)).unreached).toEqual([]);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('says call by call what it answers', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const ask = policyEvaluator(policy);
        const tables = policyCalls(policy);
        for (const call of directedCalls(policy)) {
          const { architecture: name, action, data } = ask(call);
          const table = tables.find(({ architecture }) => architecture.name === name);
          if (table === undefined) continue;
          const { registerBits } = table.architecture;
          const rules = table.calls.find(({ number }) => number === call.nr >>> 0)?.rules ?? [];
          const first = rules.find(({ comparisons }) =>
            comparisons.every((one) => comparisonHolds(one, call.args[one.argument] as bigint, registerBits)),
          );
          const said = first ?? decodeAction(actionValue(policy.defaultAction, table.architecture));
          expect({ action: said.action, data: said.data }).toEqual({ action, data });
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('is valid, the same each time, and the same after encoding and decoding', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const { program, endian } = compilePolicy(policy);
        validateProgram(program);
        expect(compilePolicy(policy).program).toEqual(program);
        expect(decodeProgram(encodeProgram(program, endian), endian)).toEqual(program);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('means the same without the rules that it reports to have no effect', () => {
    const reasons = ['shadowed', 'same-as-default', 'never-matches', 'unreachable-number', 'unknown-syscall'];
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const idle = compilePolicy(policy).findings.filter(({ kind }) => reasons.includes(kind));
        const ask = policyEvaluator(policy);
        for (const dropped of [idle, idle.slice(0, 1), idle.slice(-1)]) {
          const architectures = policy.architectures.map(({ architecture, rules }) => {
            const isDropped = (rule: number): boolean =>
              dropped.some((finding) => finding.architecture === architecture.name && finding.rule === rule);
            return { architecture, rules: rules.filter((_, rule) => !isDropped(rule)) };
          });
          const askWithout = policyEvaluator({ ...policy, architectures });
          for (const call of directedCalls(policy)) {
            if (askWithout(call).value !== ask(call).value) expect({ call, dropped }).toBeUndefined();
          }
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});
