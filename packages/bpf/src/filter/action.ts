/**
 * What a filter can answer: names, the 32-bit values that stand for them, and which one is more restrictive.
 *
 * Terms: a value has the action in its high 16 bits and data (an errno, a message for the tracer) in its low
 * 16 bits. Rank orders actions as the kernel does: as signed numbers, lowest is most restrictive.
 *
 * Source: linux/seccomp.h, v6.12.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { BpfError } from '../errors.ts';
import { type Path, pathText } from './path.ts';

/** An action's name in linux/seccomp.h without its prefix. */
export type ActionName = keyof typeof ActionValue;

/** What a rule or a default does with a call. An errno by name has the architecture's number. */
export type Action =
  | 'KILL_PROCESS'
  | 'KILL_THREAD'
  | 'TRAP'
  | 'USER_NOTIF'
  | 'LOG'
  | 'ALLOW'
  | { readonly errno: number | string }
  | { readonly trace: number }
  | { readonly trap: number };

/** SECCOMP_RET_*, most restrictive first. */
export const ActionValue = {
  KILL_PROCESS: 0x80000000,
  KILL_THREAD: 0x00000000,
  TRAP: 0x00030000,
  ERRNO: 0x00050000,
  USER_NOTIF: 0x7fc00000,
  TRACE: 0x7ff00000,
  LOG: 0x7ffc0000,
  ALLOW: 0x7fff0000,
} as const;

const NAME_OF_VALUE: ReadonlyMap<number, ActionName> = new Map(
  Object.entries(ActionValue).map(([name, value]) => [value, name as ActionName]),
);

/** Actions whose data reach the process or its tracer. */
export const PASS_DATA_ON: ReadonlySet<ActionName> = new Set(['ERRNO', 'TRAP', 'TRACE']);

/** MAX_ERRNO, linux/err.h: the kernel takes larger ERRNO data as this. */
export const MAX_ERRNO = 4095;

/**
 * The value that a filter returns for an action.
 *
 * @param action - what to do; data 0..65535, where an errno above 4095 becomes 4095 as in the kernel
 * @param architecture - whose error numbers count; only needed for an errno by name
 * @param path - where the action stands, for the message; a function is asked only if there is one
 * @returns unsigned 32 bits
 * @throws {BpfError} BPF_ACTION when it is no action, its data is out of range, or the errno has no number
 * @example
 * ```ts
 * import { actionValue } from '@qseccomp/bpf';
 *
 * actionValue({ errno: 'EPERM' }); // 0x00050001
 * ```
 */
export function actionValue(action: Action, architecture?: Architecture, path: Path = 'action'): number {
  if (typeof action === 'string') {
    if (
      Object.hasOwn(ActionValue, action) &&
      (action as ActionName) !== 'ERRNO' &&
      (action as ActionName) !== 'TRACE'
    ) {
      return ActionValue[action];
    }
  } else if (typeof action === 'object' && action !== null) {
    if ('errno' in action) {
      const { errno } = action;
      const number =
        typeof errno === 'string' ? errnoNumber(errno, architecture, path) : dataOf(errno, path, 'errno');
      return ActionValue.ERRNO | Math.min(number, MAX_ERRNO);
    }
    if ('trace' in action) return ActionValue.TRACE | dataOf(action.trace, path, 'trace');
    if ('trap' in action) return ActionValue.TRAP | dataOf(action.trap, path, 'trap');
  }
  const at = pathText(path);
  throw new BpfError(
    'BPF_ACTION',
    `${at}: expected KILL_PROCESS, KILL_THREAD, TRAP, USER_NOTIF, LOG, ALLOW, { errno }, { trace } or { trap }, ` +
      `got ${typeof action === 'string' ? `'${action}'` : JSON.stringify(action)}`,
    { path: at },
  );
}

/**
 * What the kernel makes of a filter's value.
 *
 * @param value - unsigned 32 bits
 * @returns the action (KILL_PROCESS for one that the kernel does not know) and its data
 * @example
 * ```ts
 * import { decodeAction } from '@qseccomp/bpf';
 *
 * decodeAction(0x00050026); // { action: 'ERRNO', data: 38 }
 * ```
 */
export function decodeAction(value: number): { readonly action: ActionName; readonly data: number } {
  const action = NAME_OF_VALUE.get((value & 0xffff0000) >>> 0) ?? 'KILL_PROCESS';
  const data = value & 0xffff;
  return { action, data: action === 'ERRNO' ? Math.min(data, MAX_ERRNO) : data };
}

/**
 * One value for all with which the kernel does the same.
 *
 * @param value - unsigned 32 bits
 * @returns the value without data that the kernel does not pass on, with an errno of at most 4095, and KILL_PROCESS
 * for an action that the kernel does not know
 * @example
 * ```ts
 * import { kernelValue } from '@qseccomp/bpf';
 *
 * kernelValue(0x0005ffff); // 0x00050fff
 * kernelValue(0x7fff0001); // 0x7fff0000
 * ```
 */
export function kernelValue(value: number): number {
  const { action, data } = decodeAction(value);
  return (ActionValue[action] | (PASS_DATA_ON.has(action) ? data : 0)) >>> 0;
}

/**
 * Where an answer stands in the kernel's order.
 *
 * @param value - unsigned 32 bits
 * @returns a signed number; the lower, the more restrictive; data do not count
 * @example
 * ```ts
 * import { actionRank } from '@qseccomp/bpf';
 *
 * actionRank(0x80000000) < actionRank(0x00000000); // true
 * ```
 */
export function actionRank(value: number): number {
  return (value & 0xffff0000) | 0;
}

/**
 * An answer as a person reads it.
 *
 * @param value - unsigned 32 bits
 * @returns the action's name, with data in parentheses where they mean something; the number if unknown
 * @example
 * ```ts
 * import { actionText } from '@qseccomp/bpf';
 *
 * actionText(0x00050026); // 'ERRNO(38)'
 * ```
 */
export function actionText(value: number): string {
  if (!NAME_OF_VALUE.has((value & 0xffff0000) >>> 0)) return `0x${value.toString(16).padStart(8, '0')}`;
  const { action, data } = decodeAction(value);
  return data !== 0 || action === 'ERRNO' || action === 'TRACE' ? `${action}(${data})` : action;
}

function dataOf(data: unknown, action: Path, name: string): number {
  if (!Number.isInteger(data) || (data as number) < 0 || (data as number) > 0xffff) {
    const path = `${pathText(action)}.${name}`;
    throw new BpfError('BPF_ACTION', `${path}: expected an integer from 0 to 65535, got ${String(data)}`, {
      path,
    });
  }
  return data as number;
}

function errnoNumber(name: string, architecture: Architecture | undefined, path: Path): number {
  genericErrno ??= new Map(GENERIC_ERRNO.split(' ').map((generic, index) => [generic, index + 1]));
  const first = GENERIC_ERRNO_ALIASES.get(name) ?? name;
  const own = architecture?.errno ?? {};
  const of = [name, first].find((each) => Object.hasOwn(own, each));
  const number = of === undefined ? genericErrno.get(first) : own[of];
  if (number === undefined || name === '-') {
    const at = pathText(path);
    throw new BpfError('BPF_ACTION', `${at}.errno: expected a name such as 'EPERM', got '${name}'`, {
      path: at,
    });
  }
  return number;
}

let genericErrno: ReadonlyMap<string, number> | undefined;

/** asm-generic/errno-base.h and errno.h, v6.12: number 1 first, `-` where a number has no name. */
const GENERIC_ERRNO =
  'EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY ' +
  'EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK ' +
  'EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT ' +
  'EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ' +
  'ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ ' +
  'EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK ' +
  'EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT ' +
  'EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ' +
  'ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE ' +
  'EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED ' +
  'EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON';

/** Second names of one number. */
const GENERIC_ERRNO_ALIASES: ReadonlyMap<string, string> = new Map([
  ['EWOULDBLOCK', 'EAGAIN'],
  ['EDEADLOCK', 'EDEADLK'],
  ['ENOTSUP', 'EOPNOTSUPP'],
]);
