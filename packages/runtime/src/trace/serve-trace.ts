/**
 * A dry run's supervisor: every announced call is judged by the real filters, told about, and mostly let go on.
 *
 * @module
 */
import { type ActionName, emulateStack, type Program } from '@qseccomp/bpf';
import type { Listener, SyscallNotification } from '../notifications.ts';

/** What the filters say about a call, and what the caller was given. */
export interface TracedCall {
  /** The call; still waiting while it is told about, so its caller's memory can be read. */
  readonly call: SyscallNotification;
  /** The filters' answer; ALLOW where there are none. */
  readonly action: ActionName;
  /** Low 16 bits of what the filter returns: the errno. */
  readonly data: number;
  /** Index of the filter whose answer it is. */
  readonly filter: number;
  /** Errno that the caller gets, 0 for none; undefined: the call goes on. */
  readonly errno: number | undefined;
}

/** How to trace. */
export interface TraceOptions {
  /** The filters that the program would run under, in the order in which they would be loaded. */
  readonly programs: readonly Program[];
  /** Let calls go on that the filters answer with an errno, too. */
  readonly continueAll: boolean;
  /** Told about each call before it is answered. */
  readonly onCall: (traced: TracedCall) => void;
}

/**
 * Answers all announced calls: with the errno that the filters give (without it libc would not fall back from
 * clone3 to clone, and the trace would miss what follows), otherwise the call goes on, whatever they say.
 *
 * @param listener - of the filter that announces
 * @param options - filters, and who is told
 * @returns when no process has the filter any more, or the listener was closed
 * @throws {RuntimeError} RUNTIME_LISTENER; the listener is closed then, and calls get ENOSYS
 */
export async function serveTrace(
  listener: Listener,
  { programs, continueAll, onCall }: TraceOptions,
): Promise<void> {
  for await (const call of listener) {
    const { action, data, filter } =
      programs.length === 0 ? NO_FILTER : emulateStack(programs, callData(call));
    const errno = action === 'ERRNO' && !continueAll ? data : undefined;
    onCall({ call, action, data, filter, errno });
    if (errno === undefined) call.continue();
    else if (errno === 0) call.answer(0);
    else call.fail(errno);
  }
}

const NO_FILTER = { action: 'ALLOW', data: 0, filter: 0 } as const;

function callData({ nr, arch, instructionPointer, args }: SyscallNotification) {
  return { nr, arch, instructionPointer, args };
}
