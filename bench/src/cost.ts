/**
 * What a filter costs in numbers that do not depend on the machine: instructions, and steps (instructions
 * executed) of calls that it allows.
 *
 * @module
 */
import { ActionValue, DEFAULT_WEIGHTS, dataWords, type Policy, type Program, run } from '@qseccomp/bpf';

/** Counts of one program. */
export interface Cost {
  readonly instructions: number;
  /** Mean steps of the calls of a QEMU guest: DEFAULT_WEIGHTS of the bpf package. */
  readonly weighted: number;
  /** Most steps of an allowed call that the policy decides by its number alone. */
  readonly worst: number;
  /** Steps of clone(2) as libc makes a thread. */
  readonly thread: number;
}

/** What glibc's pthread_create gives to clone(2). */
const THREAD_FLAGS = 0x3d0f00n;

/**
 * Counts instructions and steps.
 *
 * @param program - a filter of the policy
 * @param policy - of one architecture
 * @returns the counts; NaN for steps of calls that are not there or not allowed
 */
export function countCost(program: Program, policy: Policy): Cost {
  const { architecture, rules } = policy.architectures[0] as Policy['architectures'][number];
  const conditional = new Set(
    rules.filter(({ comparisons = [] }) => comparisons.length > 0).map(({ syscall }) => syscall),
  );
  const args = [0n, 0n, 0n, 0n, 0n, 0n].with(architecture.cloneFlagsArgument, THREAD_FLAGS);
  let [steps, weight, worst, thread] = [0, 0, 0, Number.NaN];
  for (const [name, nr] of architecture.syscalls) {
    const call = { nr, arch: architecture.auditArch, instructionPointer: 0n, args };
    const result = run(program, dataWords(call, architecture.endian));
    if (result.value !== ActionValue.ALLOW) continue;
    if (name === 'clone') thread = result.steps;
    if (conditional.has(name)) continue;
    const seen = DEFAULT_WEIGHTS[name] ?? 0;
    worst = Math.max(worst, result.steps);
    steps += result.steps * seen;
    weight += seen;
  }
  return { instructions: program.length, weighted: steps / weight, worst, thread };
}
