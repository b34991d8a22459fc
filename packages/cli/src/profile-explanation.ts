/**
 * What a container profile does on one architecture, as data: each call that a rule is about, and what the rest gets.
 *
 * @module
 */
import {
  type ActionName,
  ActionValue,
  actionRank,
  actionValue,
  type CallRule,
  type CallRules,
  decodeAction,
  policyCalls,
} from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { errnoName, syscallNames } from '@qseccomp/syscall-tables/lookup';
import type { Call } from './explanation.ts';
import { answerWords, comparisonWords } from './format/words.ts';
import type { RequestedFilter } from './sandbox-filter.ts';

/** What a call gets. */
export interface Answer {
  readonly action: ActionName;
  /** Low 16 bits of what the filter returns. */
  readonly data: number;
  /** Name of the error, where it is one. */
  readonly errno?: string;
}

/** A call that the profile names. */
export interface RuledCall extends Call {
  /** The first one whose condition holds counts; the last one holds always. */
  readonly answers: readonly (Answer & {
    /** Conditions of which one is enough; absent: always. */
    readonly when?: readonly string[];
  })[];
}

/** A rule of the profile that is not for this machine or container. */
interface LeftOut {
  readonly path: string;
  readonly why: string;
  readonly names: readonly string[];
}

/** What a profile does on one architecture. */
export interface ProfileExplanation {
  /** The file. */
  readonly profile: string;
  readonly architecture: string;
  /** What a call gets that no rule names. */
  readonly otherCalls: Answer;
  /** What a call gets that is made for an architecture which the filter does not cover. */
  readonly otherArchitectures: Answer;
  /** By number. */
  readonly calls: readonly RuledCall[];
  /** Calls of the architecture that no rule names. */
  readonly unnamed: readonly Call[];
  readonly leftOut: readonly LeftOut[];
  /** Names that no call of the architecture has. */
  readonly unknown: readonly string[];
  /** First kernel release with filters on this architecture; null where none has them. */
  readonly filtersSince: string | null;
}

/**
 * Explains a profile, architecture by architecture.
 *
 * @param filter - made from a profile
 * @returns an explanation for each architecture
 */
export function explainProfile({ policy, profile, findings, source }: RequestedFilter): ProfileExplanation[] {
  const leftOut = findings.flatMap((finding): LeftOut[] => {
    if (finding.kind !== 'left-out') return [];
    const { path, message } = finding;
    const syscall = profile?.syscalls?.[Number(/\d+/.exec(path)?.[0])];
    const names = syscall?.names ?? (syscall?.name === undefined ? [] : [syscall.name]);
    return [{ path, why: message.replace(/^left out, since /, ''), names }];
  });
  return policyCalls(policy).map(({ architecture, calls }): ProfileExplanation => {
    const other = answer(decodeAction(actionValue(policy.defaultAction, architecture)), architecture);
    const named = new Set(calls.map(({ number }) => number));
    const bad = actionValue(policy.badArchitectureAction ?? 'KILL_THREAD', architecture);
    const unknown = findings.flatMap((finding) =>
      finding.kind === 'unknown-syscall' && finding.architecture === architecture.name
        ? [String(finding.syscall)]
        : [],
    );
    return {
      profile: String(source['profile']),
      architecture: architecture.name,
      otherCalls: other,
      otherArchitectures: answer(decodeAction(bad), architecture),
      calls: calls.map((call) => ruledCall(call, architecture, other)),
      unnamed: architecture.syscalls
        .filter(([, number]) => !named.has(number))
        .map(([name, number]) => ({ number, name })),
      leftOut,
      unknown: [...new Set(unknown)],
      filtersSince: architecture.seccompFilterSince ?? null,
    };
  });
}

/** Where an answer stands among others, most restrictive first. */
export function restriction({ action }: Answer): number {
  return actionRank(ActionValue[action]);
}

function ruledCall({ number, rules }: CallRules, architecture: Architecture, other: Answer): RuledCall {
  const answers: (Answer & { when?: string[] })[] = [];
  const always = rules.at(-1)?.comparisons.length === 0;
  for (const { comparisons, ...rule } of always ? rules : [...rules, { ...other, comparisons: [] }]) {
    const last = answers.at(-1);
    const given = answer(rule, architecture);
    const when = comparisons.length === 0 ? undefined : condition(comparisons, number, architecture);
    if (when === undefined) answers.push(given);
    else if (last?.action !== given.action || last.data !== given.data)
      answers.push({ ...given, when: [when] });
    else if (!last.when?.includes(when)) last.when?.push(when);
  }
  const name = syscallNames(architecture, number).join(' or ') || 'no call';
  return { number, name, answers: withoutVain(answers) };
}

/** Conditions of the last answers say nothing where all others get the same. */
function withoutVain<A extends Answer>(answers: readonly A[]): readonly A[] {
  const [last, before] = [answers.at(-1), answers.at(-2)];
  if (last === undefined || before?.action !== last.action || before.data !== last.data) return answers;
  return withoutVain([...answers.slice(0, -2), last]);
}

function condition(comparisons: CallRule['comparisons'], number: number, architecture: Architecture): string {
  const seen = (value: bigint): bigint => BigInt.asUintN(architecture.registerBits, value);
  const text = comparisons
    .map((one) =>
      comparisonWords({
        ...one,
        value: seen(one.value),
        ...(one.mask !== undefined && { mask: seen(one.mask) }),
      }),
    )
    .join(' and ');
  const [only] = comparisons;
  if (comparisons.length > 1 || only?.argument !== 0 || only.op !== 'EQ') return text;
  const names = syscallNames(architecture, number);
  const multiplexer = architecture.multiplexers.find(({ name }) => names.includes(name));
  const called = multiplexer?.calls.find(([, value]) => BigInt(value) === only.value)?.[0];
  return called === undefined ? text : `${text} (${called})`;
}

function answer({ action, data }: Pick<Answer, 'action' | 'data'>, architecture: Architecture): Answer {
  const errno = action === 'ERRNO' ? errnoName(architecture, data) : undefined;
  return { action, data, ...(errno !== undefined && { errno }) };
}

/** An answer as {@link answerWords} has it. */
export function wordsOf({ action, data, errno }: Answer): string {
  return answerWords(action, data, errno);
}
