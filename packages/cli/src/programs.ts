/**
 * Programs that a command line names: files in any form, and the architectures that their names come from.
 *
 * @module
 */
import type { BpfError, Program, ProgramInput, ReadProgramOptions } from '@qseccomp/bpf';
import { cacheVerdict } from '@qseccomp/bpf/cache-report';
import { comparedTokens } from '@qseccomp/bpf/compared-tokens';
import { readProgram } from '@qseccomp/bpf/program-input';
import {
  type Architecture,
  architectures as allArchitectures,
  type Endian,
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
  programIndex(args, spec);
  const read = await programOf(path, await input(path), args, spec);
  if (read.architectures.length > 0) return read;
  const machine = await namedArchitectures(args);
  const fits = read.endian === undefined || read.endian === machine[0]?.endian;
  return { ...read, architectures: fits ? machine : [] };
}

/**
 * The program that a file holds.
 *
 * @param path - file; `-` or none is standard input
 * @param bytes - what it holds
 * @param args - the command line, with `--arch` and `--index`
 * @param spec - the command
 * @returns the program, without architectures where neither `--arch` nor a token in it says them, and its names
 * need none
 * @throws {CliError} when it holds no program
 */
export async function programOf(
  path: string | undefined,
  bytes: Uint8Array,
  args: Arguments,
  spec: CommandSpec,
): Promise<NamedProgram> {
  const index = programIndex(args, spec);
  const named = args.has('arch') ? await namedArchitectures(args) : [];
  const options: ReadProgramOptions = {
    ...(named[0] && { architecture: named[0] }),
    architectures: allArchitectures,
    ...(index !== undefined && { index }),
  };
  let known = named;
  let read: ProgramInput;
  try {
    read = readProgram(bytes, options);
  } catch (error) {
    const meant = named.length === 0 && lacksArchitecture(error) ? await meantArchitecture(bytes, args) : [];
    read = about(path, () => {
      if (meant[0] === undefined) throw error;
      return readProgram(bytes, { ...options, architecture: meant[0] });
    });
    known = meant;
  }
  const foreign = known.find(({ endian }) => read.endian !== undefined && endian !== read.endian);
  if (foreign !== undefined) {
    throw new CliError(
      `${fileTitle(path)}: expected a program for a ${foreign.endian}-endian machine (${foreign.name}), got a ${read.endian}-endian one`,
    );
  }
  const compared = named.length > 0 ? [] : comparedArchitectures(read.program, read.endian);
  const architectures = compared.length > 0 ? compared : known;
  return { ...read, endian: read.endian ?? architectures[0]?.endian, architectures };
}

/** Whether a text has names that mean something on an architecture only, and says none. */
function lacksArchitecture(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'BpfError') return false;
  const { code, line } = error as BpfError;
  return line !== undefined && (code === 'BPF_NAME' || code === 'BPF_BYTE_ORDER');
}

/** What the names of a text that says no architecture are for: this machine, unless it asks for other tokens only. */
async function meantArchitecture(bytes: Uint8Array, args: Arguments): Promise<readonly Architecture[]> {
  const tokens = new Set(
    Buffer.from(bytes)
      .toString()
      .match(/\bAUDIT_ARCH_\w+/g),
  );
  const asked = allArchitectures.find(({ auditArchName }) => tokens.has(auditArchName));
  const machine = await namedArchitectures(args);
  const isAsked = machine.some(({ auditArchName }) => tokens.has(auditArchName));
  return isAsked || asked === undefined ? machine : findByAuditArch(asked.auditArch).slice(0, 1);
}

/** What `--index` says, undefined where it is absent. */
function programIndex(args: Arguments, spec: CommandSpec): number | undefined {
  const index = args.value('index');
  if (index !== undefined && !/^\d{1,9}$/.test(index))
    throw usageError(spec, `--index expects a number from 0, got '${index}'`);
  return index === undefined ? undefined : Number(index);
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
    if (!(error instanceof Error) || !/^(BpfError|RangeError|SyscallTablesError)$/.test(error.name))
      throw error;
    throw new CliError(`${fileTitle(path)}: ${error.message}`, undefined, error);
  }
}

/**
 * Architectures whose token a program compares something with; of those that share a token, the ones whose
 * calls it tells apart.
 *
 * @param program - any program
 * @param endian - its byte order, where it is known
 * @returns architectures of one byte order, none where the program does not ask for the token
 */
export function comparedArchitectures(program: Program, endian: Endian | undefined): readonly Architecture[] {
  const found = comparedTokens(program).flatMap((token) => {
    const sharing = findByAuditArch(token).filter(({ lookupOnly }) => !lookupOnly);
    const apart = sharing.filter((architecture) => tellsApart(program, architecture));
    return apart.length > 0 ? apart : sharing.slice(0, 1);
  });
  const order = endian ?? found[0]?.endian;
  return found.filter((architecture) => architecture.endian === order);
}

/** Whether the program goes different ways for an architecture's calls, by their numbers. */
function tellsApart(program: Program, { auditArch, syscalls }: Architecture): boolean {
  const ends = new Set(syscalls.map(([, number]) => cacheVerdict(program, auditArch, number).pc));
  return ends.size > 1;
}
