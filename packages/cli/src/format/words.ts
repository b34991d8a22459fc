/** Actions and conditions of rules in words. @module */
import type { ActionName, Comparison } from '@qseccomp/bpf';
import { type SandboxAction, sandboxSets } from '@qseccomp/options/policy';
import type { SandboxSet } from '@qseccomp/options/sandbox';

/**
 * An action in a few words.
 *
 * @param action - of a rule or a policy
 */
export function actionWords(action: SandboxAction): string {
  if (typeof action === 'object') return `fail with ${action.errno}`;
  return ANSWER_WORDS[action];
}

/**
 * When a call is denied, in short. Several conditions are clone's: they leave one use.
 *
 * @param conditions - those of the call's rules; one is enough
 * @returns words that follow the action; empty where it applies always
 */
export function conditionWords(conditions: readonly string[]): string {
  if (conditions.length > 1) return 'unless it makes a thread';
  return conditions.map((condition) => `when ${condition}`).join('');
}

/**
 * Conditions of which one is enough, with those put together that differ in their first word.
 *
 * @param conditions - 'CLONE_VM is missing', 'CLONE_FS is missing'
 * @returns 'one of CLONE_VM, CLONE_FS is missing'
 */
export function anyOf(conditions: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const condition of conditions) {
    const [, subject = '', rest = ''] = /^(\S+) (.*)$/.exec(condition) ?? [];
    groups.set(rest, [...(groups.get(rest) ?? []), subject]);
  }
  return [...groups]
    .map(([rest, subjects]) => `${subjects.length > 1 ? 'one of ' : ''}${subjects.join(', ')} ${rest}`)
    .join(', or ');
}

/**
 * The option that allows what a set denies.
 *
 * @param set - the set
 */
export function liftWords(set: SandboxSet): string {
  const { liftedBy } = sandboxSets[set];
  return liftedBy === 'off' ? 'no option but off allows it' : `${liftedBy} allows it`;
}

const ANSWER_WORDS: Readonly<Record<ActionName, string>> = {
  KILL_PROCESS: 'kill the process',
  KILL_THREAD: 'kill the thread',
  TRAP: 'trap (SIGSYS)',
  ERRNO: 'fail',
  USER_NOTIF: 'ask the supervisor',
  TRACE: 'ask the tracer',
  LOG: 'log and allow',
  ALLOW: 'allow',
};

/**
 * A filter's answer in a few words.
 *
 * @param action - what the kernel does
 * @param data - low 16 bits of what the filter returns
 * @param errno - name of that error on the architecture, if it has one
 */
export function answerWords(action: ActionName, data: number, errno: string | undefined): string {
  if (action === 'ERRNO') return `fail with ${errno === undefined ? `error ${data}` : `${errno} (${data})`}`;
  const withData = (action === 'TRACE' || action === 'TRAP') && data !== 0;
  return `${ANSWER_WORDS[action]}${withData ? `, data ${data}` : ''}`;
}

const COMPARISON_WORDS = {
  NE: 'is not',
  LT: 'is below',
  LE: 'is at most',
  EQ: 'is',
  GE: 'is at least',
  GT: 'is above',
} as const;

/**
 * A comparison in words.
 *
 * @param comparison - as a policy has it
 */
export function comparisonWords({ argument, op, value, mask = 0n, width, signed }: Comparison): string {
  const subject = width === 32 ? `the low word of argument ${argument}` : `argument ${argument}`;
  if (op === 'MASKED_EQ') return `${subject} & ${numberWord(mask)} is ${numberWord(value & mask)}`;
  return `${subject} ${COMPARISON_WORDS[op]} ${numberWord(value)}${signed ? ' (signed)' : ''}`;
}

/** Small numbers as people count, others as their bits. */
function numberWord(value: bigint): string {
  return value < 10n ? String(value) : `0x${value.toString(16)}`;
}
