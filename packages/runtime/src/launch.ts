/**
 * Starts a program in the sandbox from a Node program.
 *
 * @module
 */
import { validateProgram } from '@qseccomp/bpf/validate';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { RuntimeError } from './errors.ts';
import type { Inheritance } from './inheritance.ts';
import type { SandboxOptions } from './install.ts';
import type { LauncherOrder, LoadableFilter } from './order.ts';
import { type Launched, type Serve, type Stream, startLauncher } from './supervisor.ts';

/** What a program is started with. */
export interface ProgramOptions {
  /** Working directory of the program; this process's where absent. */
  readonly cwd?: string;
  /** Environment of the program; this process's where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** As for child_process.spawn; `inherit` where absent, and for those of the first three that a list lacks. */
  readonly stdio?: 'inherit' | 'pipe' | 'ignore' | readonly Stream[];
}

/** How to launch. */
export interface LaunchOptions extends SandboxOptions, ProgramOptions {
  /** `-sandbox` text, or several, each its own filter. This, `filters`, or both. */
  readonly sandbox?: string | readonly string[];
  /** Filters from elsewhere, loaded after those of `sandbox`; not together with `trace`. */
  readonly filters?: readonly LoadableFilter[];
  /** Have denied calls announced to this process, which kills then: `kills` knows each, with its arguments. */
  readonly trace?: boolean | undefined;
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
 * @throws {BpfError} when the kernel would not take one of the filters
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT for a NUL byte in the command, for neither sandbox nor filters, for
 *   filters together with `trace`
 * @example
 * ```ts
 * import { launch } from '@qseccomp/runtime';
 * const { started, ended } = launch('/bin/echo', ['hello'], { sandbox: 'on,spawn=deny' });
 * await started;
 * const { exitCode } = await ended;
 * ```
 */
export function launch(command: string, args: readonly string[], options: LaunchOptions): Launched {
  const { sandbox, filters } = options;
  if (sandbox === undefined && filters === undefined) {
    throw new RuntimeError('RUNTIME_BAD_ARGUMENT', 'expected sandbox, filters or both, got neither');
  }
  if (filters !== undefined && options.trace) {
    throw new RuntimeError('RUNTIME_BAD_ARGUMENT', 'trace knows the calls of sandbox, got filters too');
  }
  for (const { program } of filters ?? []) validateProgram(program);
  const texts = typeof sandbox === 'string' ? [sandbox] : (sandbox ?? []);
  const entries = texts.map((text) => parseSandbox(text));
  const { edition, killProcess, trace = false } = options;
  return startProgram(command, args, options, {
    entries,
    ...(filters && { filters }),
    edition,
    killProcess,
    trace,
  });
}

/**
 * Starts a program by way of a launcher.
 *
 * @param command - the program: a path, or a name that is looked up in PATH
 * @param args - its arguments
 * @param options - working directory, environment, descriptors
 * @param order - what to install
 * @param serve - of an announcing filter, what takes the listener
 * @throws {RuntimeError} RUNTIME_BAD_ARGUMENT for a NUL byte in the command
 */
export function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
  order: LauncherOrder,
  serve?: Serve,
): Launched {
  const program = {
    argv: [command, ...args].map((word) => bytesOf('argument', word)),
    environment: Object.entries(options.env ?? process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [bytesOf('environment', `${name}=${value}`)],
    ),
  };
  const { stdio = 'inherit' } = options;
  const streams = typeof stdio === 'string' ? [] : [...stdio];
  while (streams.length < 3) streams.push(typeof stdio === 'string' ? stdio : 'inherit');
  const inheritance: Inheritance = {
    descriptors: streams.flatMap((stream, fd) => (fd < 3 || stream !== 'ignore' ? [fd] : [])),
    nonBlocking: [],
    ignored: 0n,
    blocked: 0n,
    openFiles: undefined,
  };
  const launcher = startLauncher(streams, options.cwd);
  const launched = launcher.go(order, { ...program, inheritance }, serve);
  launched.started.finally(launcher.close).catch(() => {});
  return launched;
}

function bytesOf(what: string, text: string): Uint8Array {
  if (!text.includes('\0')) return Buffer.from(text);
  throw new RuntimeError(
    'RUNTIME_BAD_ARGUMENT',
    `expected an ${what} without NUL bytes, got ${JSON.stringify(text)}`,
  );
}
