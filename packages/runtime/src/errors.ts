/**
 * The one error class of this package.
 *
 * @module
 */
import { constants } from 'node:os';

/** Why the runtime refused; README's table says what to do about each. */
export type RuntimeErrorCode =
  | 'RUNTIME_UNSUPPORTED_PLATFORM'
  | 'RUNTIME_UNSUPPORTED_KERNEL'
  | 'RUNTIME_NO_LIBC'
  | 'RUNTIME_BAD_ARGUMENT'
  | 'RUNTIME_NO_NEW_PRIVS'
  | 'RUNTIME_INSTALL'
  | 'RUNTIME_THREAD_SYNC'
  | 'RUNTIME_PROGRAM_NOT_FOUND'
  | 'RUNTIME_PROGRAM_NOT_EXECUTABLE'
  | 'RUNTIME_LAUNCH'
  | 'RUNTIME_LISTENER'
  | 'RUNTIME_NO_PROCESS'
  | 'RUNTIME_NOT_FILTERED'
  | 'RUNTIME_STRICT_MODE'
  | 'RUNTIME_NOT_PERMITTED'
  | 'RUNTIME_ALREADY_TRACED'
  | 'RUNTIME_CALLER_FILTERED'
  | 'RUNTIME_INSPECT';

/** Facts that go with a {@link RuntimeError}. */
export interface RuntimeErrorFacts {
  /** The system call that failed, such as `seccomp`. */
  readonly call?: string | undefined;
  /** Its errno value. */
  readonly errno?: number | undefined;
  /** The C library's words for it. */
  readonly strerror?: string | undefined;
  /** Index of the sandbox entry that it was about, among the enabled ones. */
  readonly entry?: number | undefined;
  /** Id of the thread that could not take the filter. */
  readonly tid?: number | undefined;
  readonly cause?: unknown;
}

/** A sandbox that could not be installed, a program that could not be launched, a system that cannot do it. */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
  readonly code: RuntimeErrorCode;
  readonly call: string | undefined;
  readonly errno: number | undefined;
  readonly strerror: string | undefined;
  readonly tid: number | undefined;
  readonly entry: number | undefined;

  /**
   * @param code - the reason, from the closed list
   * @param message - what was expected, what came, what to do
   * @param facts - the call, errno, thread and original error, where there are such
   */
  constructor(code: RuntimeErrorCode, message: string, facts: RuntimeErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.code = code;
    this.call = facts.call;
    this.errno = facts.errno;
    this.strerror = facts.strerror;
    this.tid = facts.tid;
    this.entry = facts.entry;
  }
}

/**
 * The name of an errno value on this machine.
 *
 * @param errno - errno value, 1..4095
 * @returns such as `EPERM`, or `errno 4000` for a value without a name
 */
export function errnoName(errno: number): string {
  const names = Object.entries(constants.errno).filter(
    ([name, value]) => value === errno && !SECOND_NAMES.has(name),
  );
  return names[0]?.[0] ?? `errno ${errno}`;
}

/** Names of the C library for numbers that the kernel calls otherwise. */
const SECOND_NAMES: ReadonlySet<string> = new Set(['ENOTSUP', 'EWOULDBLOCK']);
