/**
 * What a policy says about one call, worked out rule by rule: the specification that compiled programs are
 * held against. Slow and plain on purpose; it shares no step with the compiler after names are resolved,
 * except for the question whether one condition implies another.
 *
 * @module
 */

import type { SeccompData } from '../seccomp-data.ts';
import { type ActionName, actionRank, decodeAction } from './action.ts';
import { type Comparison, isNarrower } from './condition.ts';
import type { Policy } from './policy.ts';
import { type ResolvedPolicy, resolvePolicy, type Table } from './resolve.ts';
import type { ResolvedRule } from './rule.ts';

/** What a policy says about one call. */
export interface PolicyAnswer {
  readonly action: ActionName;
  readonly data: number;
  /** What the filter returns, unsigned 32 bits. */
  readonly value: number;
  /** Name of the architecture whose rules were asked; undefined for a bad architecture. */
  readonly architecture: string | undefined;
  /** Index of the rule that answered; undefined for a default. */
  readonly rule: number | undefined;
}

/**
 * What a policy says about one call.
 *
 * @param policy - what the filter is to do
 * @param data - the call
 * @returns the answer and the rule that gives it
 * @throws {BpfError} as {@link compilePolicy} for a policy that means nothing
 * @example
 * ```ts
 * import { evaluatePolicy } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const policy = {
 *   defaultAction: 'ALLOW',
 *   architectures: [{ architecture: x86_64, rules: [{ syscall: 'reboot', action: { errno: 'EPERM' } }] }],
 * } as const;
 * evaluatePolicy(policy, { nr: 169, arch: 0xc000003e, instructionPointer: 0n, args: [] });
 * // { action: 'ERRNO', data: 1, value: 0x50001, architecture: 'x86_64', rule: 0 }
 * ```
 */
export function evaluatePolicy(policy: Policy, data: SeccompData): PolicyAnswer {
  return policyEvaluator(policy)(data);
}

/**
 * Resolves a policy once, to ask it about many calls.
 *
 * @param policy - what the filter is to do
 * @returns a function from call to answer
 * @throws {BpfError} as {@link evaluatePolicy}
 * @example
 * ```ts
 * import { policyEvaluator } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const ask = policyEvaluator({ defaultAction: 'LOG', architectures: [{ architecture: x86_64, rules: [] }] });
 * ask({ nr: 0, arch: 0xc000003e, instructionPointer: 0n, args: [] }).action; // 'LOG'
 * ```
 */
export function policyEvaluator(policy: Policy): (data: SeccompData) => PolicyAnswer {
  const resolved = resolvePolicy(policy);
  return (data) => {
    const table = tableFor(resolved, data);
    if (table === undefined) return answer(resolved.badArchitectureValue, undefined, undefined);
    const { registerBits, name } = table.architecture;
    const matching = table.calls
      .rulesOf(data.nr >>> 0)
      .filter(({ comparisons }) =>
        comparisons.every((comparison) =>
          comparisonHolds(comparison, data.args[comparison.argument] ?? 0n, registerBits),
        ),
      );
    const winner = pick(matching);
    return answer(winner?.value ?? table.defaultValue, name, winner?.index);
  };
}

/**
 * Whether a comparison holds for a value of its argument.
 *
 * @param comparison - a comparison in form
 * @param argument - 64 bits
 * @param registerBits - width of a register argument
 * @returns whether it holds
 * @example
 * ```ts
 * import { comparisonHolds } from '@qseccomp/bpf';
 *
 * comparisonHolds({ argument: 0, op: 'LT', value: -1n, signed: true }, 0xffff_ffff_ffff_fffen, 64); // true
 * ```
 */
export function comparisonHolds(comparison: Comparison, argument: bigint, registerBits: 32 | 64): boolean {
  const width = registerBits === 32 ? 32 : (comparison.width ?? 64);
  const take = comparison.signed ? BigInt.asIntN : BigInt.asUintN;
  const a = take(width, argument);
  const b = take(width, comparison.value);
  switch (comparison.op) {
    case 'NE':
      return a !== b;
    case 'LT':
      return a < b;
    case 'LE':
      return a <= b;
    case 'EQ':
      return a === b;
    case 'GE':
      return a >= b;
    case 'GT':
      return a > b;
    case 'MASKED_EQ':
      return BigInt.asUintN(width, (a ^ b) & (comparison.mask ?? 0n)) === 0n;
  }
}

function tableFor({ tables }: ResolvedPolicy, { arch, nr }: SeccompData): Table | undefined {
  const number = nr >>> 0;
  return tables.find(
    ({ architecture, numbers }) =>
      architecture.auditArch === arch >>> 0 && numbers.some(([from, to]) => number >= from && number <= to),
  );
}

/** The rule that wins among some that match. */
function pick(matching: readonly ResolvedRule[]): ResolvedRule | undefined {
  const rank = Math.min(...matching.map(({ value }) => actionRank(value)));
  let rules = matching.filter(({ value }) => actionRank(value) === rank);
  for (;;) {
    const last = rules.at(-1);
    if (last === undefined) return undefined;
    const narrower = rules.filter(({ condition }) => isNarrower(condition, last.condition));
    if (narrower.length === 0) return last;
    rules = narrower;
  }
}

function answer(value: number, architecture: string | undefined, rule: number | undefined): PolicyAnswer {
  return { ...decodeAction(value), value, architecture, rule };
}
