/**
 * Filters in the JSON that `compile`, `asm` and `inspect` write.
 *
 * @module
 */
import type { Instruction, Program } from '@qseccomp/bpf';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import { type Architecture, findArchitecture } from '@qseccomp/syscall-tables';
import { CliError } from './errors.ts';

/** Filters that were read. */
export interface WrittenFilters {
  readonly programs: readonly [Program, ...Program[]];
  /** What the first is for. */
  readonly architectures: readonly Architecture[];
}

const FIELDS = ['code', 'jt', 'jf', 'k'] as const;

/**
 * Reads filters.
 *
 * @param value - parsed JSON
 * @param title - what it is called in messages
 * @returns undefined for JSON without `filters`, such as a profile
 * @throws {CliError} when one of them is no filter
 * @throws {BpfError} BPF_FIELD_RANGE
 * @throws {SyscallTablesError} for an unknown architecture
 */
export function readFilters(value: unknown, title: string): WrittenFilters | undefined {
  if (typeof value !== 'object' || value === null || !('filters' in value)) return undefined;
  const filters = Array.isArray(value.filters) ? (value.filters as readonly unknown[]) : [];
  const programs = filters.map((filter, at) => programOf(filter, `${title}: filter ${at}`));
  const [first, ...others] = programs;
  if (first === undefined) throw new CliError(`${title}: expected a list of filters, got none`);
  return { programs: [first, ...others], architectures: architecturesOf(filters[0], `${title}: filter 0`) };
}

function architecturesOf(filter: unknown, where: string): Architecture[] {
  const { architectures = [] } = filter as { readonly architectures?: unknown };
  const isName = (one: unknown): one is string => typeof one === 'string';
  if (!Array.isArray(architectures) || !architectures.every(isName))
    throw new CliError(`${where}: expected architectures as a list of names`);
  return architectures.map(findArchitecture);
}

function programOf(filter: unknown, where: string): Program {
  const { instructions } = (filter ?? {}) as { readonly instructions?: unknown };
  const isInstruction = (one: unknown): one is Instruction =>
    typeof one === 'object' &&
    one !== null &&
    FIELDS.every((name) => typeof (one as Record<string, unknown>)[name] === 'number');
  if (!Array.isArray(instructions) || !instructions.every(isInstruction))
    throw new CliError(`${where}: expected instructions with the numbers ${FIELDS.join(', ')}`);
  encodeProgram(instructions, 'little'); // checks the fields
  return instructions;
}
