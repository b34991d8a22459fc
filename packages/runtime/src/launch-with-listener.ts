/**
 * Starts a program whose calls are answered here.
 *
 * @module
 */
import type { Program, SeccompData } from '@qseccomp/bpf';
import { emulate } from '@qseccomp/bpf/emulate';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import { validateProgram } from '@qseccomp/bpf/validate';
import { RuntimeError } from './errors.ts';
import { type ProgramOptions, startProgram } from './launch.ts';
import type { Listener } from './notifications.ts';
import { loadHost } from './platform.ts';
import type { Launched } from './supervisor.ts';

/** How to launch a program whose calls are answered here. */
export interface ListenerLaunchOptions extends ProgramOptions {
  /** The filter: what it answers USER_NOTIF to comes here. 1..4096 instructions. */
  readonly filter: Program;
  /**
   * Whether a signal that the caller handles interrupts a call that waits here; it is announced again then. False
   * where absent, and on kernels before 5.19 always true.
   */
  readonly interruptible?: boolean;
}

/** A program whose calls are announced. */
export interface SupervisedLaunch extends Omit<Launched, 'kills'> {
  /** What announces them; to be iterated until it ends, since every call waits for its answer. */
  readonly listener: Listener;
}

/** What the launcher does with the filter installed. */
const LAUNCHER_CALLS = [
  ['read', 'read'],
  ['execveat', 'execute the program'],
] as const;
const PASSING: ReadonlySet<string> = new Set(['ALLOW', 'LOG', 'USER_NOTIF']);

/**
 * Starts a program under a filter whose USER_NOTIF calls are announced to this process (Linux 5.7; to let calls go
 * on it answers since 5.5).
 *
 * The filter must let read(2) and execveat(2) through, or announce them: the launcher starts the program with
 * them. The launcher's own calls are not announced. What the launcher's filter forbids, the program cannot get
 * back; what is decided here is only as strong as the decision: see {@link SyscallNotification.continue}.
 *
 * When this process ends, the program is killed; processes that it has started go on, and get ENOSYS for every
 * call that would have been announced.
 *
 * @param command - the program: a path, or a name that is looked up in PATH
 * @param args - its arguments
 * @param options - filter, working directory, environment, descriptors
 * @returns the child and its listener, before the program makes its first call
 * @throws {BpfError} when the kernel would not take the filter
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT, RUNTIME_UNSUPPORTED_PLATFORM, RUNTIME_UNSUPPORTED_KERNEL,
 *   RUNTIME_INSTALL (EBUSY where an outer filter has a listener), RUNTIME_LAUNCH, RUNTIME_LISTENER
 * @example
 * ```ts
 * import { compilePolicy } from '@qseccomp/bpf';
 * import { launchWithListener } from '@qseccomp/runtime';
 * import { findArchitecture } from '@qseccomp/syscall-tables';
 *
 * const architecture = findArchitecture(process.arch === 'arm64' ? 'aarch64' : 'x86_64');
 * const rules = [{ syscall: 'uname', action: 'USER_NOTIF' }];
 * const { program } = compilePolicy({ defaultAction: 'ALLOW', architectures: [{ architecture, rules }] });
 * const { listener, ended } = await launchWithListener('uname', [], { filter: program, stdio: 'ignore' });
 * for await (const call of listener) call.fail('EPERM');
 * (await ended).exitCode; // => 1
 * ```
 */
export async function launchWithListener(
  command: string,
  args: readonly string[],
  { filter, interruptible = false, ...options }: ListenerLaunchOptions,
): Promise<SupervisedLaunch> {
  validateProgram(filter);
  const host = await loadHost();
  const { architecture } = host;
  for (const [name, verb] of LAUNCHER_CALLS) {
    const { action } = emulate(filter, callWithoutArguments(architecture.auditArch, host.number(name)));
    if (PASSING.has(action)) continue;
    throw new RuntimeError(
      'RUNTIME_BAD_ARGUMENT',
      `expected a filter that lets the launcher ${verb}, or announces that; its answer to ${name} is ${action}`,
    );
  }
  const announcing = {
    filter: Buffer.from(encodeProgram(filter, architecture.endian)).toString('base64'),
    killable: !interruptible,
  };
  return new Promise((resolve, reject) => {
    const launched = startProgram(command, args, options, { entries: [], announcing }, (listener) => {
      const { child, started, ended } = launched;
      resolve({ child, started, ended, listener });
    });
    launched.started.catch(reject);
  });
}

function callWithoutArguments(arch: number, nr: number): SeccompData {
  return { nr, arch, instructionPointer: 0n, args: [] };
}
