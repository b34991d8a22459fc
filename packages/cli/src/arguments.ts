/**
 * The command line: QEMU's options are collected word by word, for the parser that knows them, and this
 * command's own by their description.
 *
 * @module
 */
import { CliError, didYouMean } from './errors.ts';

/** One option of a command. */
export interface OptionSpec {
  /** Name without dashes. */
  readonly name: string;
  /** What its value is called in the help; absent: it takes none. */
  readonly value?: string;
  /** The values that it takes, where they are few. */
  readonly choices?: readonly string[];
  /** The question after a value that is none of them, where there is a better one than what is spelled like it. */
  readonly meant?: (value: string) => string | undefined;
  readonly repeatable?: boolean;
  readonly help: string;
}

/** What a command takes. */
export interface CommandSpec {
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** Whether it takes `-sandbox`, `-readconfig` and `-set`. */
  readonly sandbox: boolean;
  readonly options: readonly OptionSpec[];
  /** Words that are no options: how many, a system call with arguments, or a command that takes all that follows. */
  readonly operands: 'none' | 'one' | 'optional' | 'two' | 'call' | 'command';
  /** Unknown options go to QEMU's parser, which has its own words for them. */
  readonly qemuChecks?: boolean;
  /** Paragraphs for the help. */
  readonly details?: string;
  readonly examples: readonly string[];
}

/** A command line that fits its description. */
export interface Arguments {
  /** QEMU's words, as typed. */
  readonly qemu: readonly string[];
  readonly operands: readonly string[];
  has(name: string): boolean;
  /** The value of an option that was given once. */
  value(name: string): string | undefined;
  /** The values of a repeatable option. */
  values(name: string): readonly string[];
}

/** Options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: 'debug', help: 'on an error, print the stack too' },
  { name: 'help', help: 'print this help' },
];

/** Of the commands that print. */
export const JSON_OPTION: OptionSpec = { name: 'json', help: 'print JSON' };

/** The options that QEMU's parser reads. */
export const QEMU_OPTIONS: readonly OptionSpec[] = [
  { name: 'sandbox', value: 'OPTS', help: "QEMU's option; -sandbox works too; repeated: a filter each" },
  { name: 'readconfig', value: 'FILE', help: 'read [sandbox] sections of a QEMU config file' },
  { name: 'set', value: 'sandbox.ID.NAME=VALUE', help: 'add an option to an entry that has an id' },
];

/**
 * Reads a command line.
 *
 * @param words - what follows the command's name
 * @param spec - what the command takes
 * @throws {CliError} for an unknown option, a missing or unknown value, an option given twice, a wrong
 *   number of operands
 */
export function parseArguments(words: readonly string[], spec: CommandSpec): Arguments {
  const known = new Map([...spec.options, ...COMMON_OPTIONS].map((option) => [option.name, option]));
  const given = new Map<string, string[]>();
  const qemu: string[] = [];
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--' && !spec.qemuChecks) {
      operands.push(...words.slice(at + 1));
      break;
    }
    const isNegative = spec.operands === 'call' && /^-\d/.test(word);
    const isOption = word.startsWith('-') && word !== '-' && !isNegative;
    if (isOption && spec.sandbox && QEMU_OPTIONS.some(({ name }) => name === word.replace(/^--?/, ''))) {
      qemu.push(...words.slice(at, at + 2));
      at += 1;
      continue;
    }
    const [, ownName = '', , joined] =
      /^--([a-z-]+)(=([\s\S]*))?$/.exec(word === '-h' ? '--help' : word) ?? [];
    const option = known.get(ownName);
    if (isOption && option !== undefined) {
      const value = option.value === undefined ? undefined : (joined ?? words[++at]);
      keep(given, spec, option, joined, value);
    } else if (spec.qemuChecks) {
      qemu.push(word);
    } else if (isOption) {
      throw usageError(spec, unknownOption(word, ownName, spec, known));
    } else if (spec.operands === 'command') {
      operands.push(...words.slice(at));
      break;
    } else {
      operands.push(word);
    }
  }
  if (!given.has('help')) checkOperands(spec, operands);
  return {
    qemu,
    operands,
    has: (name) => given.has(name),
    value: (name) => given.get(name)?.[0],
    values: (name) => given.get(name) ?? [],
  };
}

/**
 * An error in how a command was called.
 *
 * @param spec - the command
 * @param message - what is wrong
 */
export function usageError(spec: CommandSpec, message: string): CliError {
  return new CliError(`${spec.name}: ${message} (see qseccomp ${spec.name} --help)`);
}

/** So many choices are listed in an error. */
const FEW = 20;

function keep(
  given: Map<string, string[]>,
  spec: CommandSpec,
  option: OptionSpec,
  joined: string | undefined,
  value: string | undefined,
): void {
  const { name, choices } = option;
  if (option.value === undefined) {
    if (joined !== undefined) throw usageError(spec, `--${name} takes no value, got '${joined}'`);
    given.set(name, []);
    return;
  }
  if (value === undefined) throw usageError(spec, `--${name} expects ${option.value}, got nothing`);
  if (choices && !choices.includes(value)) {
    const hint = option.meant?.(value) ?? didYouMean(value, choices);
    const listed = choices.length > FEW ? [...choices.slice(0, 2), '…'] : choices;
    throw usageError(spec, `--${name} expects one of ${listed.join(', ')}; got '${value}'${hint}`);
  }
  const before = given.get(name) ?? [];
  if (before.length > 0 && !option.repeatable) throw usageError(spec, `--${name} was given twice`);
  given.set(name, [...before, value]);
}

/** QEMU's options have one dash and a separate value, this command's two dashes: mixing them up is the usual slip. */
function unknownOption(
  word: string,
  name: string,
  spec: CommandSpec,
  known: ReadonlyMap<string, OptionSpec>,
): string {
  if (spec.sandbox && QEMU_OPTIONS.some((option) => option.name === name)) {
    return `expected the value of --${name} as a word of its own, got '${word}'`;
  }
  const [typed = ''] = word.replace(/^-+/, '').split('=');
  const qemus = spec.sandbox ? QEMU_OPTIONS.map((option) => option.name) : [];
  const spell = (option: string): string => `${qemus.includes(option) ? '-' : '--'}${option}`;
  return `unknown option ${word}${didYouMean(typed, [...qemus, ...known.keys()], spell)}`;
}

function checkOperands(spec: CommandSpec, operands: readonly string[]): void {
  const [least, most, what] = {
    none: [0, 0, 'no operand'],
    one: [1, 1, 'one operand'],
    optional: [0, 1, 'at most one operand'],
    two: [2, 2, 'two operands'],
    call: [0, 7, 'a system call and at most six arguments'],
    command: [1, Number.POSITIVE_INFINITY, 'a command to run'],
  }[spec.operands] as [number, number, string];
  const few = operands.length === 0 ? 'none' : `'${operands.join(' ')}' alone`;
  if (operands.length < least) throw usageError(spec, `expected ${what}, got ${few}`);
  if (operands.length > most)
    throw usageError(spec, `expected ${what}, got '${operands.slice(least).join(' ')}'`);
}
