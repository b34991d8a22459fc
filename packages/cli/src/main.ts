/**
 * The `qseccomp` command: finds the command, runs it, turns errors into one line and an exit status.
 *
 * @module
 */
import type { Arguments, CommandSpec } from './arguments.ts';
import { parseArguments } from './arguments.ts';
import { CliError, ExitStatus } from './errors.ts';
import { complain, print } from './io.ts';

/** A command as its file exports it. */
export interface Command {
  readonly spec: CommandSpec;
  /** @returns the exit status */
  readonly run: (args: Arguments) => number | Promise<number>;
}

/** Each command is loaded when it is called, and only then. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: () => import('./commands/run.ts'),
  parse: () => import('./commands/parse.ts'),
  compile: () => import('./commands/compile.ts'),
  explain: () => import('./commands/explain.ts'),
  syscalls: () => import('./commands/syscalls.ts'),
  probe: () => import('./commands/probe.ts'),
};

/**
 * Runs the command.
 *
 * @param argv - the words after the program's name
 * @returns the exit status
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...words] = argv;
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return execute(name, words, async () => (load === undefined ? topLevel(name, argv.length) : load()));
}

/**
 * Runs one command.
 *
 * @param name - its name
 * @param words - what follows it
 * @param load - gives the command, or the exit status where there is nothing left to do
 * @returns the exit status
 */
export async function execute(
  name: string,
  words: readonly string[],
  load: () => Promise<Command | number>,
): Promise<number> {
  try {
    const command = await load();
    if (typeof command === 'number') return command;
    const { spec, run } = command;
    const args = parseArguments(words, spec);
    if (args.has('help')) {
      const { helpPage } = await import('./help.ts');
      print(helpPage(spec));
      return ExitStatus.OK;
    }
    return await run(args);
  } catch (error) {
    return report(error, words.includes('--debug'), name === 'run' ? ExitStatus.SETUP_FAILED : ExitStatus.TROUBLE);
  }
}

async function topLevel(name: string, words: number): Promise<number> {
  const { overview, version } = await import('./help.ts');
  if (name === '--version' || name === 'version') {
    print(await version());
    return ExitStatus.OK;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    const text = await overview(Object.values(COMMANDS));
    // Called without a word: the help is the error.
    if (words === 0) complain(text);
    else print(text);
    return words === 0 ? ExitStatus.TROUBLE : ExitStatus.OK;
  }
  throw new CliError(`expected one of ${Object.keys(COMMANDS).join(', ')}; got '${name}'`);
}

/** Errors of the packages have a code; anything else is a fault of this program and shows its stack. */
function report(error: unknown, debug: boolean, trouble: number): number {
  if (!(error instanceof Error)) throw error;
  const { message } = error;
  const expected = error instanceof CliError || /^(Bpf|Options|Runtime|SyscallTables)Error$/.test(error.name);
  complain(message.startsWith('qseccomp:') ? message.replace(/\n*$/, '\n') : `qseccomp: ${message}\n`);
  if (debug || !expected) complain(`${error.stack}\n`);
  const status = error instanceof CliError ? error.status : ExitStatus.TROUBLE;
  return status === ExitStatus.TROUBLE ? trouble : status;
}
