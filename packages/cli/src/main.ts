/**
 * The `qseccomp` command: finds the command, runs it, turns errors into one line and an exit status.
 *
 * @module
 */
import { parseArguments } from './arguments.ts';
import { COMMANDS, type Command } from './commands.ts';
import { CliError, didYouMean, ExitStatus } from './errors.ts';
import { complain, exactBytes, print } from './io.ts';

/**
 * Runs the command.
 *
 * @param argv - the words after the program's name
 * @returns the exit status
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = '--help', ...words] = argv;
  if (name === '__complete') return complete(words);
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

/** For the scripts of `completion`, which say what the lines mean. */
async function complete(typed: readonly string[]): Promise<number> {
  const { candidates } = await import('./completion/candidates.ts');
  const { words, shell, open } = await candidates(typed);
  const lines = words.map(({ word, help }) => (help === undefined ? word : `${word}\t${help}`));
  print(
    [...lines, ...(shell ? [`:${shell}`] : []), ...(open ? [':open'] : [])]
      .map((line) => `${line}\n`)
      .join(''),
  );
  return ExitStatus.OK;
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
    const summaries = Object.entries(COMMANDS).map(([command, { summary }]) => [command, summary] as const);
    const text = overview(summaries, words === 0 ? 2 : 1);
    // Called without a word: the help is the error.
    if (words === 0) complain(text);
    else print(text);
    return words === 0 ? ExitStatus.TROUBLE : ExitStatus.OK;
  }
  const names = Object.keys(COMMANDS);
  const hint = didYouMean(name, names);
  throw new CliError(`expected one of ${names.join(', ')}; got '${name}'${hint} (see qseccomp --help)`);
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
