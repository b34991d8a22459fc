/**
 * Policies: what a filter is to do, and what can be said about one.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { Action } from './action.ts';
import type { Rule } from './rule.ts';

/** One architecture's rules, in order of addition. */
export interface ArchitectureRules {
  readonly architecture: Architecture;
  readonly rules: readonly Rule[];
}

/** What a filter is to do. */
export interface Policy {
  /** For calls that no rule matches. */
  readonly defaultAction: Action;
  /** For calls of other architectures; KILL_THREAD without it. */
  readonly badArchitectureAction?: Action;
  /** At least one; all of one byte order. */
  readonly architectures: readonly ArchitectureRules[];
}

/** What a {@link Finding} is about; the README says what each means. */
export type FindingKind =
  | 'unknown-syscall'
  | 'unreachable-number'
  | 'never-matches'
  | 'always-holds'
  | 'same-as-default'
  | 'shadowed'
  | 'multiplexed'
  | 'multiplexer-open'
  | 'truncated'
  | 'errno-clamped'
  | 'no-kernel-support'
  | 'libseccomp-differs';

/** Something in a policy that does not do what one may think. */
export interface Finding {
  readonly kind: FindingKind;
  /** Whether something that the policy says has no effect; such findings are errors under `strict`. */
  readonly ineffective: boolean;
  /** Name of the architecture. */
  readonly architecture: string;
  /** Index in the architecture's rules, where it is about a rule. */
  readonly rule?: number;
  /** The rule's call, as the rule has it. */
  readonly syscall?: string | number;
  /** Index of the other rule, where there is one. */
  readonly by?: number;
  /** One sentence. */
  readonly message: string;
}
