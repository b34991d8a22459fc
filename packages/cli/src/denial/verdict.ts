/**
 * What filters answer to a call that is known in part, and why.
 *
 * @module
 */
import {
  actionRank,
  callCost,
  decodeAction,
  EXEC_TICKET_NAME,
  emulateStack,
  findExecTicket,
  Opcode,
  type Policy,
  type Program,
  type Rule,
  type StackVerdict,
} from '@qseccomp/bpf';
import { type SandboxRule, sandboxSets } from '@qseccomp/options/policy';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import { type Architecture, errnoName } from '@qseccomp/syscall-tables';
import { isOpen } from '../audit/subject.ts';
import { answerWords, comparisonWords, conditionWords, liftWords } from '../format/words.ts';
import { type Reason, reasonOf } from '../reason.ts';
import { type AskedCall, isUnknown } from './asked-call.ts';
import { type Change, profileChange, sandboxChange } from './change.ts';

/** A filter, as far as it is known. */
export interface AskedFilter {
  readonly program: Program;
  readonly policy?: Policy;
  /** Of a filter that is a sandbox's. */
  readonly entry?: SandboxEntry;
}

/** What filters say to a call. */
export interface Verdict {
  readonly call: AskedCall;
  /** In words: `kill the process`; or what it can be, where that depends on what is not known. */
  readonly text: string;
  /** The answer, where it is known. */
  readonly answer?: StackVerdict;
  /** The errno's name, where the answer is one. */
  readonly errno?: string | undefined;
  /** Answers that are possible, where it is not known; indices of the arguments that decide. */
  readonly depends?: { readonly arguments: readonly number[]; readonly answers: readonly string[] };
  readonly reason?: Reason;
  readonly change?: Change;
  /** What else should be known: that the record is of another filter, that there is no such call. */
  readonly notes: readonly string[];
}

const FIRST_ARGUMENT = 16;
const ARGUMENT_BYTES = 8;

/**
 * Judges a call.
 *
 * @param filters - in order of installation, at least one
 * @param call - the call; of what is not known of it, the answer may depend
 * @param endian - byte order of the machine
 * @throws {BpfError} on a fault of a program that the kernel would not take
 */
export function judge(
  filters: readonly AskedFilter[],
  call: AskedCall,
  endian: Architecture['endian'],
): Verdict {
  const args = call.args.map((value) => value ?? 0n);
  const data = { nr: call.number, arch: call.arch, args, instructionPointer: 0n };
  const programs = filters.map(({ program }) => program);
  const answer = emulateStack(programs, data, { endian, path: true, strict: true });
  const unknown = unknownLooks(programs, answer, call);
  const possible = possibleValues(programs, answer, unknown, call);
  if (possible.length > 1) {
    const deciding = [...new Set(unknown.flat())].sort();
    const answers = [...new Set(possible.map((value) => valueText(value, call)))];
    return {
      call,
      text: `depends on ${deciding.length === 1 ? 'argument' : 'arguments'} ${deciding.join(' and ')}: ${answers.join(', or ')}`,
      depends: { arguments: deciding, answers },
      notes: [...conditionNotes(filters, call), ...notes(call, possible)],
    };
  }
  const errno =
    answer.action === 'ERRNO' && call.architecture ? errnoName(call.architecture, answer.data) : undefined;
  const decided = filters[answer.filter] as AskedFilter;
  // Where arguments are unknown and make no difference, no single rule is the reason.
  const isSure = unknown[answer.filter]?.length === 0;
  const reason = isSure ? reasonFor(decided, call, data) : undefined;
  const change = isOpen(answer.action) ? undefined : changeFor(decided, call, reason);
  return {
    call,
    text: answerWords(answer.action, answer.data, errno),
    answer,
    errno,
    ...(reason && { reason }),
    ...(change && { change }),
    notes: notes(call, [answer.value]),
  };
}

/** For each filter, the arguments that are not known and that it looks at on its way. */
function unknownLooks(programs: readonly Program[], { filters }: StackVerdict, call: AskedCall): number[][] {
  return programs.map((program, at) => {
    const looked = new Set<number>();
    for (const pc of filters[at]?.path ?? []) {
      const { code, k } = program[pc] as Program[number];
      const argument = Math.floor((k - FIRST_ARGUMENT) / ARGUMENT_BYTES);
      if (code === Opcode.LD_ABS && argument >= 0 && isUnknown(call, argument)) looked.add(argument);
    }
    return [...looked];
  });
}

/** What the filters can answer together: of what those answer for sure, nothing less restrictive counts. */
function possibleValues(
  programs: readonly Program[],
  { filters, value }: StackVerdict,
  unknown: readonly (readonly number[])[],
  { arch, number }: AskedCall,
): number[] {
  if (unknown.every((looked) => looked.length === 0)) return [value];
  const sure = filters.filter((_filter, at) => unknown[at]?.length === 0).map((each) => each.value);
  const lists = programs.map((program) => callCost(program, arch, number).values);
  const unsure = lists.filter((_values, at) => unknown[at]?.length !== 0);
  // What is answered at the most leniently: by the sure ones, or by each of the others.
  const lenient = [...sure, ...unsure.map((values) => values.reduce(lessRestrictive))].reduce(
    moreRestrictive,
  );
  const all = [...new Set([lenient, ...unsure.flat()])];
  return all.filter((each) => actionRank(each) <= actionRank(lenient));
}

const moreRestrictive = (a: number, b: number): number => (actionRank(b) < actionRank(a) ? b : a);
const lessRestrictive = (a: number, b: number): number => (actionRank(b) > actionRank(a) ? b : a);

function valueText(value: number, { architecture }: AskedCall): string {
  const { action, data } = decodeAction(value);
  return answerWords(action, data, architecture && errnoName(architecture, data));
}

/** The rules of the call that have conditions. */
function conditionNotes(filters: readonly AskedFilter[], call: AskedCall): string[] {
  return filters.flatMap(({ policy, entry }) => {
    const rules = rulesOf(policy, call).filter(({ comparisons = [] }) => comparisons.length > 0);
    const [first] = rules;
    if (first === undefined) return [];
    if (entry === undefined) {
      return rules.map(({ action, comparisons = [], ...rule }) => {
        const { path } = rule as { readonly path?: string };
        const when = comparisons.map(comparisonWords).join(' and ');
        return `${path === undefined ? '' : `${path}: `}${actionText(action)} when ${when}`;
      });
    }
    const { set } = first as unknown as SandboxRule;
    if (set === 'allowlist') return [];
    const conditions = (rules as unknown as readonly SandboxRule[]).flatMap(
      ({ condition }) => condition ?? [],
    );
    return [
      `denied by the set ${set} (${sandboxSets[set].title}) ${conditionWords(conditions)}; ${liftWords(set)}`,
    ];
  });
}

function actionText(action: Rule['action']): string {
  if (typeof action === 'string') return answerWords(action, 0, undefined);
  if ('errno' in action) return `fail with ${action.errno}`;
  return 'trace' in action
    ? answerWords('TRACE', action.trace, undefined)
    : answerWords('TRAP', action.trap, undefined);
}

function rulesOf(policy: Policy | undefined, { architecture, number, names }: AskedCall): readonly Rule[] {
  const table = policy?.architectures.find((each) => each.architecture.name === architecture?.name);
  return (table?.rules ?? []).filter(({ syscall }) => syscall === number || names.includes(String(syscall)));
}

function reasonFor(
  { program, policy, entry }: AskedFilter,
  { architecture, names }: AskedCall,
  data: Parameters<typeof reasonOf>[1],
): Reason | undefined {
  if (policy !== undefined && architecture !== undefined)
    return reasonOf({ policy, isSandbox: entry !== undefined }, data, architecture);
  if (policy !== undefined)
    return { text: 'the filter is not for this architecture, and answers so to every call of it' };
  if (names.includes('execveat') && findExecTicket(program) !== undefined)
    return { text: `the filter lets one execveat pass, with ${EXEC_TICKET_NAME}, and no other` };
  return undefined;
}

function changeFor(
  { policy, entry }: AskedFilter,
  call: AskedCall,
  reason: Reason | undefined,
): Change | undefined {
  if (entry !== undefined)
    return reason?.set === undefined ? undefined : sandboxChange(entry, reason.set as SandboxRule['set']);
  if (policy === undefined || call.architecture === undefined) return undefined;
  return profileChange(policy, call.architecture, call);
}

function notes(
  { architecture, names, arch, number, answered }: AskedCall,
  possible: readonly number[],
): string[] {
  const found: string[] = [];
  if (architecture === undefined) {
    found.push(`no architecture has the token 0x${arch.toString(16)}: the name of the call is not known`);
  } else if (names.length === 0) {
    found.push(
      `${architecture.name} has no call ${number}: it would fail with ENOSYS if it were allowed, or is newer than these tables`,
    );
  }
  if (answered === undefined) return found;
  const { action: told, data } = decodeAction(answered);
  if (possible.some((value) => decodeAction(value).action === told)) return found;
  const errno = architecture && told === 'ERRNO' ? errnoName(architecture, data) : undefined;
  found.push(
    `the kernel's answer was another: ${answerWords(told, data, errno)}; the process had another filter than these, or more of them`,
  );
  return found;
}
