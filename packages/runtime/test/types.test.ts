/** `options` and `bpf` do not know each other: that the rules of one fit the other is held here. */
import type { Action, Comparison, Policy, Rule } from '@qseccomp/bpf';
import type { SandboxPolicy, SandboxRule } from '@qseccomp/options/policy';
import { expectTypeOf, test } from 'vitest';

test('a rule of the options package is a rule of the compiler', () => {
  expectTypeOf<SandboxRule>().toExtend<Rule>();
  expectTypeOf<SandboxPolicy['rules']>().toExtend<Policy['architectures'][number]['rules']>();
  expectTypeOf<SandboxPolicy['defaultAction']>().toExtend<Action>();
  expectTypeOf<SandboxPolicy['badArchitectureAction']>().toExtend<Policy['badArchitectureAction']>();
  expectTypeOf<NonNullable<SandboxRule['comparisons']>[number]>().toExtend<Comparison>();
});
