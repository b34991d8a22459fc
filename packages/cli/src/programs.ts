/**
 * Programs that a command line names: files in any form, and the architectures that their names come from.
 *
 * @module
 */
import type { Program, ProgramInput, ReadProgramOptions } from '@qseccomp/bpf';
import { readProgram } from '@qseccomp/bpf/program-input';
import {
  type Architecture,
  architectures as allArchitectures,
  findByAuditArch,
} from '@qseccomp/syscall-tables';
import { namedArchitectures } from './architectures.ts';
import type { Arguments, CommandSpec, OptionSpec } from './arguments.ts';
import { usageError } from './arguments.ts';
import { CliError } from './errors.ts';
import { fileTitle, input } from './io.ts';

/** Which program of a text that has several. */
export const INDEX_OPTION: OptionSpec = {
  name: 'index',
  value: 'N',
  help: 'which program of a text that has several, 0 for the first',
};

/** A program, its form and its architectures. */
export interface NamedProgram extends ProgramInput {
  /** Those of `--arch`, else those whose tokens the program compares with, else this machine's. */
  readonly architectures: readonly Architecture[];
}

/** BPF_JMP | BPF_JEQ | BPF_K, linux/bpf_common.h. */
const JEQ_K = 0x15;

/**
 * Reads a program.
 *
 * @param path - file; `-` or none is standard input
 * @param args - the command line, with `--arch` and `--index`
 * @param spec - the command
 * @throws {CliError} when there is no such file, or it holds no program
 */
export async function namedProgram(
  path: string | undefined,
  args: Arguments,
  spec: CommandSpec,
): Promise<NamedProgram> {
  const index = args.value('index');
  if (index !== undefined && !/^\d{1,9}$/.test(index))
    throw usageError(spec, `--index expects a number from 0, got '${index}'`);
  const named = args.has('arch') ? await namedArchitectures(args) : [];
  const options: ReadProgramOptions = {
    ...(named[0] && { architecture: named[0] }),
    architectures: allArchitectures,
    ...(index !== undefined && { index: Number(index) }),
  };
  const bytes = await input(path);
  const read = about(path, () => readProgram(bytes, options));
  if (named.length > 0) return { ...read, architectures: named };
  const found = comparedArchitectures(read);
  if (found.length > 0) return { ...read, endian: read.endian ?? found[0]?.endian, architectures: found };
  const machine = await namedArchitectures(args);
  const fits = read.endian === undefined || read.endian === machine[0]?.endian;
  return { ...read, architectures: fits ? machine : [] };
}

/**
 * Does something with a file, whose name then is in what goes wrong.
 *
 * @param path - file name; `-` or none for standard input
 * @param action - what to do
 * @throws {CliError} in place of the packages' errors
 */
export function about<T>(path: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error) || !/^(BpfError|RangeError)$/.test(error.name)) throw error;
    throw new CliError(`${fileTitle(path)}: ${error.message}`, undefined, error);
  }
}

/** Architectures whose token the program compares something with. */
function comparedArchitectures({ program, endian }: { program: Program; endian?: ProgramInput['endian'] }) {
  const tokens = new Set(program.filter(({ code }) => code === JEQ_K).map(({ k }) => k));
  const found = [...tokens]
    .flatMap((token) => findByAuditArch(token))
    .filter(({ lookupOnly }) => !lookupOnly);
  const order = endian ?? found[0]?.endian;
  return found.filter((architecture) => architecture.endian === order);
}
