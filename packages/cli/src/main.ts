/**
 * The `qseccomp` command: finds the command, runs it, turns errors into one line and an exit status.
 *
 * @module
 */
import type { Arguments, CommandSpec } from './arguments.ts';
import { parseArguments } from './arguments.ts';
import { CliError, ExitStatus } from './errors.ts';
import { complain, exactBytes, print } from './io.ts';

/** A command as its file exports it. */
export interface Command {
  readonly spec: CommandSpec;
  /** @returns the exit status */
  readonly run: (args: Arguments) => number | Promise<number>;
}

/** Each command is loaded when it is called, and only then. */
const COMMANDS: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
> = {
  run: {
    summary: 'run a program in the sandbox',
    load: () => import('./commands/run.ts'),
  },
  trace: {
    summary: 'run a program without the sandbox, and tell what it would have denied',
    load: () => import('./commands/trace.ts'),
  },
  parse: {
    summary: 'read -sandbox as QEMU does: its messages, its exit code, the entries as JSON',
    load: () => import('./commands/parse.ts'),
  },
  compile: {
    summary: 'compile the filter of a sandbox, for any architecture',
    load: () => import('./commands/compile.ts'),
  },
  explain: {
    summary: 'list every call that a sandbox denies, or what a profile gives each call',
    load: () => import('./commands/explain.ts'),
  },
  why: {
    summary: 'say what a filter answers to one call, and which rule decides',
    load: () => import('./commands/why.ts'),
  },
  verify: {
    summary: 'decide whether two filters answer every call alike',
    load: () => import('./commands/verify.ts'),
  },
  diff: {
    summary: 'list the calls that two filters answer differently',
    load: () => import('./commands/diff.ts'),
  },
  stats: {
    summary: 'count what a filter costs, and show which calls the kernel need not run it for',
    load: () => import('./commands/stats.ts'),
  },
  audit: {
    summary: 'say what a policy or a process leaves open, with severity and proof',
    load: () => import('./commands/audit.ts'),
  },
  asm: {
    summary: 'assemble text into a program',
    load: () => import('./commands/asm.ts'),
  },
  disasm: {
    summary: 'disassemble a program in any form, with notes',
    load: () => import('./commands/disasm.ts'),
  },
  syscalls: {
    summary: 'look a system call up, by name or number, on every architecture',
    load: () => import('./commands/syscalls.ts'),
  },
  inspect: {
    summary: 'show the filters of a running process, and which -sandbox they implement',
    load: () => import('./commands/inspect.ts'),
  },
  probe: {
    summary: 'report every action and flag of seccomp(2) that this kernel offers',
    load: () => import('./commands/probe.ts'),
  },
};

/**
 * Runs the command.
 *
 * @param argv - the words after the program's name
 * @returns the exit status
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...words] = argv;
  // `help COMMAND` is `COMMAND --help`.
  const [topic] = words;
  if (name === 'help' && topic !== undefined) return main([topic, '--help']);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return execute(name, words, async () =>
    command === undefined ? topLevel(name, argv.length) : command.load(),
  );
}

/**
 * Runs one command.
 *
 * @param name - its name
 * @param typed - the words that follow it
 * @param load - gives the command, or the exit status where there is nothing left to do
 * @returns the exit status
 */
export async function execute(
  name: string,
  typed: readonly string[],
  load: () => Promise<Command | number>,
): Promise<number> {
  let debug = typed.includes('--debug');
  try {
    const command = await load();
    if (typeof command === 'number') return command;
    const { spec, run } = command;
    const args = parseArguments(await exactly(typed), spec);
    debug = args.has('debug');
    if (args.has('help')) {
      const { helpPage } = await import('./help.ts');
      print(helpPage(spec, COMMANDS[name]?.summary ?? ''));
      return ExitStatus.OK;
    }
    return await run(args);
  } catch (error) {
    return report(
      error,
      debug,
      name === 'run' || name === 'trace' ? ExitStatus.SETUP_FAILED : ExitStatus.TROUBLE,
    );
  }
}

/** Words as they are on the command line, which need not be UTF-8. */
async function exactly(words: readonly string[]): Promise<readonly string[]> {
  if (!words.some((word) => word.includes('\ufffd'))) return words;
  const { exactWords } = await import('./exact-words.ts');
  return exactWords(words);
}

async function topLevel(name: string, words: number): Promise<number> {
  const { overview, version } = await import('./help.ts');
  if (name === '--version' || name === 'version') {
    print(version());
    return ExitStatus.OK;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const text = overview(Object.entries(COMMANDS).map(([command, { summary }]) => [command, summary]));
    // Called without a word: the help is the error.
    if (words === 0) complain(text);
    else print(text);
    return words === 0 ? ExitStatus.TROUBLE : ExitStatus.OK;
  }
  throw new CliError(
    `expected one of ${Object.keys(COMMANDS).join(', ')}; got '${name}' (see qseccomp --help)`,
  );
}

/** Errors of the packages have a code; anything else is a fault of this program and shows its stack. */
async function report(error: unknown, debug: boolean, trouble: number): Promise<number> {
  if (!(error instanceof Error)) throw error;
  // By name: what `run` loads from outside of its bundle has classes of its own.
  const expected = /^(Bpf|Cli|Options|Runtime|SyscallTables)Error$/.test(error.name);
  complain(await exactBytes(reportText(error.message)));
  if (debug || !expected) complain(`${error.stack}\n`);
  const status = error.name === 'CliError' ? (error as CliError).status : ExitStatus.TROUBLE;
  return status === ExitStatus.TROUBLE ? trouble : status;
}

/** A report of QEMU's stays as it is, and is empty after its help; an own message is one line. */
function reportText(message: string): string {
  if (message === '') return '';
  if (message.startsWith('qseccomp:')) return message.replace(/\n*$/, '\n');
  const visible = (control: string): string => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `qseccomp: ${message.replace(/\p{Cc}/gu, visible)}\n`;
}
