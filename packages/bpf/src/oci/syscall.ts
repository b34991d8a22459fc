/**
 * What single fields of a profile stand for.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { BpfError } from '../errors.ts';
import { type Action, actionValue } from '../filter/action.ts';
import type { Comparison, ComparisonOperator } from '../filter/condition.ts';
import { ACTION_OF_NAME, DEFAULT_ERRNO, OPERATOR_NAMES } from './names.ts';
import type { Profile, ProfileArgument, ProfileSyscall } from './profile.ts';
import { malformed } from './read.ts';

/** An entry of `syscalls` that is there on some machine. */
export interface KeptSyscall {
  readonly syscall: ProfileSyscall;
  /** Its place: `$.syscalls[3]`. */
  readonly path: string;
}

/**
 * The default action of a profile.
 *
 * @param profile - a profile in form
 * @param architecture - whose error numbers count
 * @returns the action; an errno that is a name there is one here
 * @throws {BpfError} BPF_PROFILE when the architecture has no such errno
 */
export function defaultActionOf(profile: Profile, architecture: Architecture): Action {
  const { defaultAction, defaultErrnoRet, defaultErrno } = profile;
  return actionOf(defaultAction, defaultErrnoRet, defaultErrno, architecture, [
    '$.defaultAction',
    '$.defaultErrno',
  ]);
}

/**
 * The action of a rule.
 *
 * @param syscall - the rule
 * @param architecture - whose error numbers count
 * @param path - the rule's place
 * @returns the action; an errno that is a name there is one here
 * @throws {BpfError} BPF_PROFILE when the architecture has no such errno
 */
export function syscallAction(syscall: ProfileSyscall, architecture: Architecture, path: string): Action {
  const { action, errnoRet, errno } = syscall;
  return actionOf(action, errnoRet, errno, architecture, [`${path}.action`, `${path}.errno`]);
}

/** The names of a rule, each with its place. */
export function namesOf(
  { names, name }: ProfileSyscall,
  path: string,
): (readonly [name: string, path: string])[] {
  if (names !== undefined) return names.map((text, index) => [text, `${path}.names[${index}]`]);
  return name === undefined ? [] : [[name, `${path}.name`]];
}

/**
 * The call that a name in a profile stands for.
 *
 * @param name - name of a system call, or its number in digits
 * @returns the number, or the name as it is
 */
export function syscallOf(name: string): string | number {
  return /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : name;
}

/**
 * The comparisons of a rule. SCMP_CMP_MASKED_EQ has the mask first.
 *
 * @param syscall - the rule
 * @param path - its place
 * @returns as many as it has `args`
 * @throws {BpfError} BPF_PROFILE for an unknown operator
 */
export function comparisonsOf({ args = [] }: ProfileSyscall, path: string): Comparison[] {
  return args.map(({ index, value, valueTwo = 0n, op }: ProfileArgument, at): Comparison => {
    if (!OPERATOR_NAMES.includes(op)) {
      throw malformed(`${path}.args[${at}].op`, `one of ${OPERATOR_NAMES.join(', ')}`, op);
    }
    const operator = op.slice('SCMP_CMP_'.length) as ComparisonOperator;
    return operator === 'MASKED_EQ'
      ? { argument: index, op: operator, value: valueTwo, mask: value }
      : { argument: index, op: operator, value };
  });
}

/** Whether two entries of a rule's `args` have the same index. */
export function repeatsArgument({ args = [] }: ProfileSyscall): boolean {
  return new Set(args.map(({ index }) => index)).size < args.length;
}

function actionOf(
  name: string,
  number: number | undefined,
  errno: string | undefined,
  architecture: Architecture,
  [path, errnoPath]: readonly [string, string],
): Action {
  const action = ACTION_OF_NAME.get(name);
  if (action === undefined) throw malformed(path, `one of ${[...ACTION_OF_NAME.keys()].join(', ')}`, name);
  if (action !== 'ERRNO' && action !== 'TRACE') return action;
  const data = errnoOf(number, errno);
  try {
    const value = actionValue(typeof data === 'number' ? { trace: data } : { errno: data }, architecture);
    return action === 'TRACE' ? { trace: value & 0xffff } : { errno: data };
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    const expected = `the name of an errno that ${architecture.name} has, or a number up to 65535`;
    throw malformed(errnoPath, expected, `'${errno}'`);
  }
}

/**
 * What the two fields for an errno say: the name comes first, as with Podman, and may be a number in digits.
 *
 * @param number - `errnoRet` or `defaultErrnoRet`
 * @param errno - `errno` or `defaultErrno`
 * @returns a number, or a name
 */
export function errnoOf(number: number | undefined, errno: string | undefined): number | string {
  if (errno === undefined) return number ?? DEFAULT_ERRNO;
  return /^\d+$/.test(errno) ? Number(errno) : errno;
}
