/**
 * `includes` and `excludes`: which rules of an engine's profile are there on a machine.
 *
 * Sources: setupSeccomp in profiles/seccomp/seccomp_linux.go of moby/moby 28, whose order of questions this
 * keeps, and in pkg/seccomp of containers/common 0.58.
 *
 * @module
 */

import { BpfError } from '../errors.ts';
import type { ProfileSyscall } from './profile.ts';

/** Kernel release: version and patch level, the 5 and 10 of 5.10. */
export type Release = readonly [version: number, patchLevel: number];

/** What rules are asked about. */
export interface Surroundings {
  /** The engines' name of the machine. */
  readonly machine: string;
  readonly caps: readonly string[];
  /** Undefined for one newer than any that is named. */
  readonly release: Release | undefined;
}

/**
 * Why an engine would leave a rule out.
 *
 * @param syscall - the rule
 * @param surroundings - machine, capabilities, kernel
 * @returns part of a sentence, or undefined for a rule that stays
 */
export function reasonToLeaveOut(
  { includes = {}, excludes = {} }: ProfileSyscall,
  { machine, caps, release }: Surroundings,
): string | undefined {
  if (excludes.arches?.includes(machine)) return `excludes.arches has ${machine}`;
  const unwanted = excludes.caps?.find((cap) => caps.includes(cap));
  if (unwanted !== undefined) return `excludes.caps has ${unwanted}`;
  if (excludes.minKernel !== undefined && isFrom(release, excludes.minKernel)) {
    return `excludes.minKernel is ${excludes.minKernel}`;
  }
  const { arches = [], caps: wanted = [], minKernel } = includes;
  if (arches.length > 0 && !arches.includes(machine)) return `includes.arches has no ${machine}`;
  const missing = wanted.find((cap) => !caps.includes(cap));
  if (missing !== undefined) return `includes.caps has ${missing}`;
  if (minKernel !== undefined && !isFrom(release, minKernel)) return `includes.minKernel is ${minKernel}`;
  return undefined;
}

/**
 * Reads a kernel release.
 *
 * @param text - such as `5.10` or `6.1.0-18-amd64`
 * @returns its first two numbers
 * @throws {BpfError} BPF_PROFILE when it does not begin with two numbers
 */
export function releaseOf(text: string): Release {
  const match = /^(\d+)\.(\d+)(?!\d)/.exec(text);
  if (match === null) {
    throw new BpfError('BPF_PROFILE', `kernel: expected a release such as '5.10', got '${text}'`);
  }
  return [Number(match[1]), Number(match[2])];
}

function isFrom(release: Release | undefined, minimum: string): boolean {
  if (release === undefined) return true;
  const [version, patchLevel] = releaseOf(minimum);
  return release[0] > version || (release[0] === version && release[1] >= patchLevel);
}
