/**
 * What an audit finds.
 *
 * @module
 */
import type { ActionName } from '@qseccomp/bpf';

/** How bad a finding is, worst first. */
export const SEVERITIES = ['high', 'medium', 'low', 'info'] as const;

/**
 * `high`: what the policy forbids can be done all the same, or it forbids nothing; `medium`: what containers
 * and browsers forbid because it breaks out or reaches much of the kernel; `low`: what makes an attack easier;
 * `info`: what one should know.
 */
export type Severity = (typeof SEVERITIES)[number];

/** A call that shows that a finding is true. */
export interface CallProof {
  /** Architecture of the call. */
  readonly architecture: string;
  /** As the filter sees it. */
  readonly number: number;
  /** Name of the call, where the architecture has one of that number. */
  readonly name?: string;
  /** The six registers. */
  readonly arguments: readonly bigint[];
  /** What the filters answer to it, run by the emulator. */
  readonly action: ActionName;
  readonly data: number;
}

/** One thing that a policy or a process leaves open. */
export interface Finding {
  /** Name of the check: stays the same between releases. */
  readonly check: string;
  readonly severity: Severity;
  /** Names of the architectures whose calls it is about; none: it is about no call. */
  readonly architectures: readonly string[];
  /** In a few words. */
  readonly title: string;
  /** Why that matters: one sentence. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The calls that it is about. */
  readonly calls?: readonly string[];
  /** A call, and what the filters answer to it; or what the kernel says of the process. */
  readonly proof: CallProof | string;
}

/**
 * Whether a finding is as bad as a level, or worse.
 *
 * @param finding - the finding
 * @param level - a severity, or `none`, which nothing reaches
 */
export function reaches({ severity }: Finding, level: Severity | 'none'): boolean {
  return level !== 'none' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(level);
}
