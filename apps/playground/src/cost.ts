/**
 * What a filter costs: instructions that calls execute.
 *
 * @module
 */
import type { Program } from '@qseccomp/bpf';
import { DEFAULT_WEIGHTS } from '@qseccomp/bpf';
import { emulate } from '@qseccomp/bpf/emulate';
import type { Architecture } from '@qseccomp/syscall-tables';

/** A call and what it costs, with arguments of 0. */
interface CallCost {
  readonly name: string;
  readonly number: number;
  /** Instructions executed. */
  readonly steps: number;
  /** Part of all calls of the trace, 0..1. */
  readonly share: number;
}

/** What the calls of an architecture cost. */
export interface Cost {
  /** Dearest first. */
  readonly calls: readonly CallCost[];
  /** Steps of an average call of the trace. */
  readonly mean: number;
  /** Steps of the dearest call. */
  readonly worst: number;
}

/**
 * Runs every call of a table once.
 *
 * @param program - a filter
 * @param architecture - whose calls
 */
export function filterCost(program: Program, architecture: Architecture): Cost {
  const { auditArch: arch, endian, syscalls } = architecture;
  const weightOf = (name: string): number => DEFAULT_WEIGHTS[name] ?? 0;
  const total = syscalls.reduce((sum, [name]) => sum + weightOf(name), 0);
  const calls = syscalls
    .map(([name, number]) => {
      const { steps } = emulate(program, { nr: number, arch, instructionPointer: 0n, args: [] }, { endian });
      return { name, number, steps, share: weightOf(name) / total };
    })
    .sort((a, b) => b.steps - a.steps || a.number - b.number);
  const mean = calls.reduce((sum, { steps, share }) => sum + steps * share, 0);
  return { calls, mean, worst: calls[0]?.steps ?? 0 };
}
