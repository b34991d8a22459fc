/**
 * Starts a program in the sandbox from a Node program.
 *
 * @module
 */
import { parseSandbox } from '@qseccomp/options/sandbox';
import type { Inheritance } from './inheritance.ts';
import type { SandboxOptions } from './install.ts';
import { type Launched, startLauncher } from './supervisor.ts';

/** How to launch. */
export interface LaunchOptions extends SandboxOptions {
  /** `-sandbox` text, or several, each its own filter. */
  readonly sandbox: string | readonly string[];
  /** Working directory of the program; this process's where absent. */
  readonly cwd?: string;
  /** Environment of the program; this process's where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** As for child_process.spawn; `inherit` where absent. */
  readonly stdio?: 'inherit' | 'pipe' | 'ignore' | readonly ('inherit' | 'pipe' | 'ignore' | number)[];
}

/**
 * Starts a program in the sandbox.
 *
 * This process becomes not dumpable before the program runs (no core dumps, no ptrace by processes of the
 * same user without CAP_SYS_PTRACE), and the program is killed when this process ends.
 *
 * @param command - the program: a path, or a name that is looked up in PATH
 * @param args - its arguments
 * @param options - sandbox, working directory, environment, descriptors
 * @returns the child at once; `started` and `ended` settle later
 * @throws {OptionsError} when a text is not a valid `-sandbox` argument; nothing is started then
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT for a NUL byte in the command
 * @example
 * ```ts
 * import { launch } from '@qseccomp/runtime';
 * const { started, ended } = launch('/bin/echo', ['hello'], { sandbox: 'on,spawn=deny' });
 * await started;
 * const { exitCode } = await ended;
 * ```
 */
export function launch(command: string, args: readonly string[], options: LaunchOptions): Launched {
  const texts = typeof options.sandbox === 'string' ? [options.sandbox] : options.sandbox;
  const entries = texts.map((text) => parseSandbox(text));
  const { stdio = 'inherit' } = options;
  const streams = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio];
  const state: Inheritance = {
    descriptors: streams.flatMap((stream, fd) => (fd < 3 || stream !== 'ignore' ? [fd] : [])),
    nonBlocking: [],
    ignored: 0n,
    blocked: 0n,
    openFiles: undefined,
  };
  const launcher = startLauncher([command, ...args], state, streams, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...(options.env ?? process.env) },
  });
  return launcher.go({ entries, edition: options.edition, killProcess: options.killProcess });
}
