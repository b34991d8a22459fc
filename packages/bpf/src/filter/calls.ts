/**
 * A policy call by call: the rules of each number, in the order in which they answer.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { type ActionName, decodeAction } from './action.ts';
import type { Comparison, Condition } from './condition.ts';
import type { Policy } from './policy.ts';
import { byPrecedence } from './precedence.ts';
import { resolvePolicy } from './resolve.ts';
import type { ResolvedRule } from './rule.ts';

/** What a rule answers, and when. */
export interface CallRule {
  /** Index in the architecture's rules. */
  readonly rule: number;
  readonly action: ActionName;
  /** Low 16 bits of what the filter returns. */
  readonly data: number;
  /**
   * All of them have to hold; none: every call that comes here. A rule that covers a call through socketcall or
   * ipc compares the argument that chooses it.
   */
  readonly comparisons: readonly Comparison[];
}

/** The rules of one call. */
export interface CallRules {
  /** Number as the program sees it, unsigned 32 bits. */
  readonly number: number;
  /** The first one whose comparisons hold answers; if there is none, the default does. */
  readonly rules: readonly CallRule[];
}

/** What a policy says for one architecture. */
export interface ArchitectureCalls {
  readonly architecture: Architecture;
  /** By number, ascending; a call without rules is not there. */
  readonly calls: readonly CallRules[];
}

/**
 * Lists what a policy says, call by call.
 *
 * @param policy - what the filter is to do
 * @returns for each architecture of the policy the calls that have rules; rules that are never asked are left out:
 * behind one without comparisons, or where one with the same condition and action and other data was added later
 * @throws {BpfError} as {@link compilePolicy} for a policy that means nothing
 * @example
 * ```ts
 * import { policyCalls } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const rules = [
 *   { syscall: 'socket', action: 'ALLOW' },
 *   { syscall: 'socket', action: 'TRAP', comparisons: [{ argument: 0, op: 'EQ', value: 40n }] },
 * ] as const;
 * const [of64] = policyCalls({ defaultAction: 'LOG', architectures: [{ architecture: x86_64, rules }] });
 * const [socket] = of64.calls;
 * socket.number; // 41
 * socket.rules.map(({ action, comparisons }) => [action, comparisons.length]); // [['TRAP', 1], ['ALLOW', 0]]
 * ```
 */
export function policyCalls(policy: Policy): readonly ArchitectureCalls[] {
  return resolvePolicy(policy).tables.map(({ architecture, calls }) => ({
    architecture,
    calls: [...calls].map(([number, rules]) => ({ number, rules: asked(byPrecedence(rules)).map(callRule) })),
  }));
}

/** Rules up to the first one that every call meets. */
function asked(rules: readonly ResolvedRule[]): readonly ResolvedRule[] {
  const last = rules.findIndex(({ condition }) => isAlways(condition));
  return last < 0 ? rules : rules.slice(0, last + 1);
}

function callRule({ index, value, comparisons, condition }: ResolvedRule): CallRule {
  return { rule: index, ...decodeAction(value), comparisons: isAlways(condition) ? [] : comparisons };
}

function isAlways(condition: Condition): boolean {
  return condition.every((set) => set === undefined);
}
