/**
 * The filters under audit, and what they answer.
 *
 * @module
 */
import {
  type Action,
  type ActionName,
  ActionValue,
  BpfError,
  type Comparison,
  compareFilters,
  compilePolicy,
  emulateStack,
  type FilterComparison,
  filterComparer,
  Opcode,
  type Program,
  type Rule,
} from '@qseccomp/bpf';
import type { Edition } from '@qseccomp/options/policy';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNames, syscallNumber } from '@qseccomp/syscall-tables/lookup';
import type { CallProof } from './finding.ts';

/** What is audited. */
export interface Audited {
  /** In order of installation. */
  readonly programs: readonly Program[];
  /** Those that the filters are for, of one byte order. */
  readonly architectures: readonly Architecture[];
  /** The QEMU release whose policy it is, where that is known. */
  readonly edition?: Edition | undefined;
  /** Whether it is a `-sandbox` string, whose options can close what is open. */
  readonly isSandbox: boolean;
}

/** Calls of one name, or those of them that matter. */
export interface CallPattern {
  readonly syscall: string;
  /** All must hold; none: every call of that name. */
  readonly comparisons?: readonly Comparison[];
}

/** Filters that can be asked. */
export interface Subject extends Audited {
  /** What the filters answer to one call; registers that are missing are 0. */
  ask(architecture: Architecture, number: number, args?: readonly bigint[]): CallProof;
  /** What they answer to a call that no table has, as they will to new ones. */
  askUnknown(architecture: Architecture): CallProof;
  /**
   * A call of a pattern that they let happen: decided, not sampled. Undefined where there is none, or no such
   * call.
   */
  openCall(architecture: Architecture, pattern: CallPattern): CallProof | undefined;
  /** A call that they let happen, of any name of an architecture; undefined where there is none. */
  anyOpenCall(architecture: Architecture): CallProof | undefined;
  /** A call of an architecture that gets an answer of some kind; undefined where none does. */
  answered(architecture: Architecture, kind: (value: number) => boolean): CallProof | undefined;
  /** What could not be decided, since the proof became too large. */
  readonly undecided: ReadonlySet<string>;
}

/** No architecture has a call of this number, which is below x32's bit. */
const UNUSED_NUMBER = 0x0fff_ffff;
const REGISTERS = 6;
/**
 * What a filter answers that is put below the others to see where they answer ALLOW or LOG: it is more
 * restrictive than these alone, and of two that are alike the one of the upper filter counts.
 */
const DISTURBANCE: Action = { trace: 0 };

/**
 * Whether an answer lets the call happen.
 *
 * @param action - the answer's
 */
export function isOpen(action: ActionName): boolean {
  return action === 'ALLOW' || action === 'LOG';
}

/**
 * Prepares filters to be asked.
 *
 * @param audited - the filters; valid ones
 */
export function subjectOf(audited: Audited): Subject {
  const { programs, architectures } = audited;
  const endian = architectures[0]?.endian ?? 'little';
  const undecided = new Set<string>();
  let compare: ((others: readonly Program[]) => FilterComparison) | undefined;

  const ask: Subject['ask'] = (architecture, number, args = []) => {
    const registers = Array.from({ length: REGISTERS }, (_, at) => args[at] ?? 0n);
    const call = { nr: number, arch: architecture.auditArch, instructionPointer: 0n, args: registers };
    const { action, data } = emulateStack(programs, call, { endian });
    const name = syscallNames(architecture, number).join(' or ');
    const named = name === '' ? {} : { name };
    return { architecture: architecture.name, number, ...named, arguments: registers, action, data };
  };
  /** Undefined where there is no such call, or that could not be decided. */
  const example = (architecture: Architecture, about: string, compared: () => FilterComparison) => {
    try {
      const comparison = compared();
      if (comparison.equal) return undefined;
      return ask(architecture, comparison.example.nr, comparison.example.args);
    } catch (error) {
      if (!(error instanceof BpfError) || error.code !== 'BPF_PROOF_LIMIT') throw error;
      undecided.add(about);
      return undefined;
    }
  };
  const watched = (architecture: Architecture, about: string, watcher: Program) => {
    compare ??= filterComparer(programs, { endian });
    const comparer = compare;
    return example(architecture, about, () => comparer([watcher, ...programs]));
  };
  return {
    ...audited,
    undecided,
    ask,
    askUnknown: (architecture) => ask(architecture, architecture.numberOffset + UNUSED_NUMBER),
    openCall: (architecture, { syscall, comparisons = [] }) => {
      const number = syscallNumber(architecture, syscall);
      if (number === undefined) return undefined;
      const likely = ask(architecture, number, likelyArguments(comparisons));
      if (isOpen(likely.action)) return likely;
      const rules = [{ syscall: number, action: DISTURBANCE, comparisons }];
      return watched(architecture, syscall, filterFor(architecture, 'ALLOW', 'ALLOW', rules));
    },
    anyOpenCall: (architecture) => {
      const rules = architecture.syscalls.map(([, syscall]) => ({ syscall, action: DISTURBANCE }));
      return watched(
        architecture,
        `calls of ${architecture.name}`,
        filterFor(architecture, 'ALLOW', 'ALLOW', rules),
      );
    },
    answered: (architecture, kind) => {
      // The same filters with that answer changed: they differ where it is the one that counts.
      const changed = programs.map((program) =>
        program.map((instruction) =>
          instruction.code === Opcode.RET_K && kind(instruction.k)
            ? { ...instruction, k: ActionValue.KILL_PROCESS }
            : instruction,
        ),
      );
      const scope = filterFor(architecture, 'ALLOW', 'KILL_PROCESS');
      return example(architecture, 'some answers', () =>
        compareFilters([scope, ...programs], [scope, ...changed], { endian }),
      );
    },
  };
}

/** Registers that meet comparisons of the usual kinds. */
function likelyArguments(comparisons: readonly Comparison[]): bigint[] {
  const args: bigint[] = [];
  for (const { argument, op, value } of comparisons) {
    if (op === 'EQ' || op === 'MASKED_EQ') args[argument] = (args[argument] ?? 0n) | value;
  }
  return args;
}

/** A filter that treats one architecture and the others each in one way, but for some calls. */
function filterFor(
  architecture: Architecture,
  defaultAction: Action,
  badArchitectureAction: Action,
  rules: readonly Rule[] = [],
): Program {
  return compilePolicy({ defaultAction, badArchitectureAction, architectures: [{ architecture, rules }] })
    .program;
}
