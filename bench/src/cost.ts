/**
 * What a filter costs in numbers that do not depend on the machine: instructions, and steps (instructions
 * executed) of calls that it allows.
 *
 * @module
 */
import { ActionValue, dataWords, filterCost, type Program, run } from '@qseccomp/bpf';
import { type Architecture, syscallNumber } from '@qseccomp/syscall-tables';

/** Counts of one program. */
export interface Cost {
  readonly instructions: number;
  /** Mean steps of the calls of a QEMU guest: DEFAULT_WEIGHTS of the bpf package. */
  readonly weighted: number;
  /** Most steps of a call that is allowed whatever its arguments are. */
  readonly worst: number;
  /** Steps of clone(2) as libc makes a thread. */
  readonly thread: number;
}

/** What glibc's pthread_create gives to clone(2). */
const THREAD_FLAGS = 0x3d0f00n;

/**
 * Counts instructions and steps.
 *
 * @param program - a filter
 * @param architecture - whose calls
 * @returns the counts; NaN for steps of calls that are not there or not allowed
 */
export function countCost(program: Program, architecture: Architecture): Cost {
  const { calls, mean } = filterCost(program, architecture);
  const allowed = calls.filter(({ values }) => values.every((value) => value === ActionValue.ALLOW));
  return {
    instructions: program.length,
    weighted: mean?.most ?? Number.NaN,
    worst: Math.max(...allowed.map(({ most }) => most)),
    thread: stepsOfThread(program, architecture),
  };
}

function stepsOfThread(program: Program, architecture: Architecture): number {
  const { auditArch: arch, cloneFlagsArgument, endian } = architecture;
  const nr = syscallNumber(architecture, 'clone');
  if (nr === undefined) return Number.NaN;
  const args = [0n, 0n, 0n, 0n, 0n, 0n].with(cloneFlagsArgument, THREAD_FLAGS);
  const { value, steps } = run(program, dataWords({ nr, arch, instructionPointer: 0n, args }, endian));
  return value === ActionValue.ALLOW ? steps : Number.NaN;
}
