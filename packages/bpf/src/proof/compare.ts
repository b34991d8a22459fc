/**
 * Whether filters answer the same to every call: decided, not sampled.
 *
 * A filter has no loops and sees sixteen 32-bit words, so it is a function of 512 bits. Both filters become
 * decision diagrams in one store, where equal functions are one node; where they differ, the diagram of their
 * difference says for which calls.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { comparedTokens } from '../compared-tokens.ts';
import { compilePolicy } from '../compile.ts';
import { encodeProgram } from '../encoding.ts';
import { BpfError } from '../errors.ts';
import { findExecTicket, withoutExecTicket } from '../exec-ticket.ts';
import type { Policy } from '../filter/policy.ts';
import { type ResolvedPolicy, resolvePolicy } from '../filter/resolve.ts';
import type { Program } from '../instruction.ts';
import { AUDIT_ARCH_LITTLE } from '../opcode.ts';
import { validateProgram, validateStack } from '../validate.ts';
import {
  type AnswerDifference,
  compareAnswers,
  kernelAnswer,
  type SameAnswers,
  stackAnswer,
} from './answer.ts';
import { DEFAULT_NODE_LIMIT, Diagrams, MAX_NODES } from './diagram.ts';
import { joinRelations, orderBits, type Relations, relationsOf } from './order.ts';
import { policyAnswer } from './policy.ts';
import { programAnswer } from './program.ts';
import { type Answer, Words } from './words.ts';

/**
 * What can be compared: a program; the filters that a thread carries together, in order of installation; what
 * a policy says.
 */
export type Comparable = Program | readonly Program[] | Policy;

/** Which of two filters let an exec ticket of the launcher pass; `same`: both, and it is the same one. */
export type TicketHolders = 'none' | 'first' | 'second' | 'same' | 'different';

/** The filters differ. */
export interface DifferentAnswers extends AnswerDifference {
  readonly tickets: TicketHolders;
  /**
   * The same question about the filters as if their tickets were worth nothing: what it finds can be shown,
   * while `example` and `differences` have the words of a ticket, which are a secret.
   */
  withoutTickets(): FilterComparison;
}

/** What {@link compareFilters} finds. */
export type FilterComparison = SameAnswers | DifferentAnswers;

/** How to compare. */
export interface CompareOptions {
  /**
   * Byte order of the machine, which says which half of an argument comes first in a call. Without it, that of
   * a policy, else that of the first architecture token that a program asks for.
   */
  readonly endian?: Endian;
  /** Size of the decision diagrams above which the comparison gives up, in nodes, 1..2^26; without it 2^20. */
  readonly nodeLimit?: number;
  /**
   * `exact` (without it) tells returned words apart, `kernel` only what the kernel does: there an unknown
   * action kills the process, an errno is at most 4095, and data of most actions do not count.
   */
  readonly answers?: 'exact' | 'kernel';
}

/** The register of a ticket that no call reads. */
const LAST_ARGUMENT = 5;

/**
 * Decides whether two filters answer the same for every architecture, number, instruction pointer and
 * argument.
 *
 * @param a - a program, a stack of programs, or a policy
 * @param b - another
 * @param options - byte order, bound, and what counts as the same answer
 * @returns that they are equal, or a call that they treat differently and the set of all such calls
 * @throws {BpfError} as {@link encodeProgram}, {@link validateProgram} and {@link validateStack} for a program
 * that the kernel does not take, with `first` or `second` in `path`; as {@link compilePolicy} for a policy that
 * means nothing; BPF_PROOF_LIMIT when the diagrams become too large: then nothing is known
 * @throws RangeError when the limit is no integer from 1 to 2^26
 * @example
 * ```ts
 * import { compareFilters } from '@qseccomp/bpf';
 *
 * const load = { code: 0x20, jt: 0, jf: 0, k: 0 };
 * const allow = { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 };
 * const kill = { code: 0x06, jt: 0, jf: 0, k: 0 };
 * const only39 = [load, { code: 0x15, jt: 0, jf: 1, k: 39 }, allow, kill];
 * const above38 = [load, { code: 0x25, jt: 0, jf: 1, k: 38 }, allow, kill];
 * const comparison = compareFilters(only39, above38);
 * comparison.equal; // false
 * comparison.equal || comparison.example.nr; // 40
 * comparison.equal || comparison.answers; // [0, 0x7fff0000]
 * ```
 */
export function compareFilters(a: Comparable, b: Comparable, options: CompareOptions = {}): FilterComparison {
  return filterComparer(a, options)(b);
}

/**
 * Prepares a filter to be compared with many others: what it computes is worked out once.
 *
 * @param a - as for {@link compareFilters}
 * @param options - as for {@link compareFilters}
 * @returns a function from the other filter to what {@link compareFilters} finds; it throws the same errors
 * @throws {BpfError} as {@link compareFilters} for the first filter
 * @throws RangeError as {@link compareFilters}
 * @example
 * ```ts
 * import { filterComparer } from '@qseccomp/bpf';
 *
 * const kill = [{ code: 0x06, jt: 0, jf: 0, k: 0 }];
 * const allow = [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }];
 * const compare = filterComparer(kill);
 * compare(kill).equal; // true
 * compare(allow).equal; // false
 * ```
 */
export function filterComparer(
  a: Comparable,
  options: CompareOptions = {},
): (b: Comparable) => FilterComparison {
  const { nodeLimit = DEFAULT_NODE_LIMIT, answers = 'exact' } = options;
  if (!Number.isInteger(nodeLimit) || nodeLimit < 1 || nodeLimit > MAX_NODES) {
    throw new RangeError(`expected a node limit from 1 to ${MAX_NODES}, got ${nodeLimit}`);
  }
  const first = prepare(a, 'first');
  let session: Session | undefined;
  return (b) => {
    const second = prepare(b, 'second');
    if (isSameText(first, second)) return { equal: true };
    const policy = [first, second].find(({ filter }) => 'tables' in filter);
    const endian = options.endian ?? policy?.endian ?? first.endian ?? second.endian ?? 'little';
    const relations = joinRelations(first.relations, second.relations);
    const key = JSON.stringify([endian, relations]);
    if (session?.key === key && session.words.diagrams.count < nodeLimit) {
      session.words.diagrams.renew();
    } else {
      const words = new Words(new Diagrams(nodeLimit), orderBits(relations, endian));
      session = { key, words, answer: answerOf(first, words, answers) };
    }
    const found = compareAnswers(session.answer, answerOf(second, session.words, answers), session.words);
    return found.equal ? found : withTickets(found, first, second, { ...options, endian });
  };
}

/** Adds which of the filters have an exec ticket. */
function withTickets(
  found: AnswerDifference,
  first: Prepared,
  second: Prepared,
  options: CompareOptions,
): DifferentAnswers {
  const [a, b] = [first, second].map((side) => ticketText(programsOf(side)));
  const different: DifferentAnswers = {
    ...found,
    tickets: a === b ? (a ? 'same' : 'none') : a && b ? 'different' : a ? 'first' : 'second',
    withoutTickets: () => {
      if (different.tickets === 'none') return different;
      const [p, q] = [first, second].map((side) => {
        const programs = programsOf(side);
        return ticketText(programs) ? programs.map(withoutExecTicket) : side.operand;
      }) as [Comparable, Comparable];
      return compareFilters(p, q, options);
    },
  };
  return different;
}

/** Programs in which a ticket can be found; those of a policy are compiled for that. */
function programsOf({ operand, filter }: Prepared): readonly Program[] {
  if (!('tables' in filter)) return filter;
  const asks = (operand as Policy).architectures.some(({ rules }) =>
    rules.some(({ comparisons }) => comparisons?.some(({ argument }) => argument === LAST_ARGUMENT)),
  );
  return asks ? [compilePolicy(operand as Policy).program] : [];
}

/** The secret words of a stack's tickets; empty where there is none. */
function ticketText(programs: readonly Program[]): string {
  return programs
    .flatMap((program) => findExecTicket(program)?.secrets.map((pc) => program[pc]?.k) ?? [])
    .sort()
    .join();
}

/** A store with the first filter in it. */
interface Session {
  readonly key: string;
  readonly words: Words;
  readonly answer: Answer;
}

/** A filter that has passed all checks. */
interface Prepared {
  readonly operand: Comparable;
  readonly filter: readonly Program[] | ResolvedPolicy;
  readonly endian: Endian | undefined;
  readonly relations: Relations;
}

function prepare(operand: Comparable, path: string): Prepared {
  if (!isPrograms(operand)) {
    const policy = resolvePolicy(operand);
    return { operand, filter: policy, endian: policy.endian, relations: relationsOf([]) };
  }
  const isStack = Array.isArray(operand[0]);
  const programs = (isStack ? operand : [operand]) as readonly Program[];
  for (const [index, program] of programs.entries())
    checked(isStack ? `${path}[${index}]` : path, () => validateProgram(program));
  checked(path, () => validateStack(programs));
  return { operand, filter: programs, endian: endianOf(programs), relations: relationsOf(programs) };
}

function isPrograms(operand: Comparable): operand is Program | readonly Program[] {
  return Array.isArray(operand);
}

function checked(path: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    const { code, message, pc, limit } = error;
    throw new BpfError(code, `${path}: ${message}`, {
      path,
      ...(pc === undefined ? {} : { pc }),
      ...(limit === undefined ? {} : { limit }),
    });
  }
}

/** Whether both are the same instructions: known to be equal even where a diagram would be too large. */
function isSameText({ filter: a }: Prepared, { filter: b }: Prepared): boolean {
  return !('tables' in a) && !('tables' in b) && JSON.stringify(a) === JSON.stringify(b);
}

/** Byte order of the first architecture that a program asks for. */
function endianOf(programs: readonly Program[]): Endian | undefined {
  const [token] = programs.flatMap(comparedTokens);
  return token === undefined ? undefined : token & AUDIT_ARCH_LITTLE ? 'little' : 'big';
}

function answerOf({ filter }: Prepared, words: Words, answers: 'exact' | 'kernel'): Answer {
  const exact =
    'tables' in filter
      ? { node: policyAnswer(filter, words), wide: undefined }
      : filter
          .map((program) => programAnswer(program, words))
          .reduce((before, last) => stackAnswer(before, last, words));
  return answers === 'exact' ? exact : kernelAnswer(exact, words);
}
