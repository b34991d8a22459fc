/**
 * Words for a system call that failed: its errno, what that means here, and what helps.
 *
 * @module
 */
import { errnoName, RuntimeError, type RuntimeErrorCode } from './errors.ts';
import { errnoText } from './libc.ts';

/** Meanings by the errno's name. */
export type Meanings = Readonly<Record<string, string>>;

/** What an errno means whatever the call is. */
const COMMON: Meanings = {
  EAGAIN: "the user's processes are at RLIMIT_NPROC (`ulimit -u`), or their control group at its limit",
  EMFILE: 'this process is at its limit of open files: raise it (`ulimit -n`)',
  ENFILE: 'the system is at its limit of open files (fs.file-max)',
  ENOMEM: 'no memory',
  ENOSYS: 'this kernel does not have the call, or a filter that is already installed answers so for it',
  EPERM: 'a filter that is already installed denies the call, or a container does',
};

/**
 * An errno in words.
 *
 * @param errno - errno value, 1..4095
 * @param meanings - what some of them mean for the call in question
 * @returns such as `EMFILE (Too many open files): this process is at its limit …`
 */
export function describeErrno(errno: number, meanings: Meanings = {}): string {
  const name = errnoName(errno);
  const meaning = meanings[name] ?? COMMON[name];
  return `${name} (${errnoText(errno)})${meaning === undefined ? '' : `: ${meaning}`}`;
}

/** What else there is to say of a call that failed. */
export interface Circumstances {
  /** What has been changed by then. */
  readonly state: string;
  /** What some errnos mean for this call. */
  readonly meanings?: Meanings;
  /** Index of the sandbox entry that it was about. */
  readonly entry?: number | undefined;
}

/**
 * The error for a call that failed.
 *
 * @param code - what could not be done for it
 * @param call - the call, with what tells it apart in parentheses: `fcntl(F_SETFD)`
 * @param errno - errno value, 1..4095
 * @param circumstances - what else there is to say
 */
export function callFailure(
  code: RuntimeErrorCode,
  call: string,
  errno: number,
  { state, meanings, entry }: Circumstances,
): RuntimeError {
  const text = `${call} failed: ${describeErrno(errno, meanings)}; ${state}`;
  const name = call.replace(/\(.*/, '');
  return new RuntimeError(code, text, { call: name, errno, strerror: errnoText(errno), entry });
}
