/**
 * The filter of a sandbox entry, and what is known of a filter.
 *
 * @module
 */
import { formatSandbox, type SandboxEntry } from '@qseccomp/options/sandbox';
import { compileEntry, entryPolicy } from '@qseccomp/runtime/program';
import type { Architecture } from '@qseccomp/syscall-tables';
import type { ExplanationOptions } from './explanation.ts';
import type { CompiledFilter } from './format/filter.ts';

/** A filter that was asked for, with the sandbox entry behind it if there is one. */
export interface RequestedFilter extends CompiledFilter {
  readonly entry?: SandboxEntry;
}

/**
 * Compiles the filter of an entry.
 *
 * @param entry - one that is on
 * @param architectures - of one byte order
 * @param options - edition and kill action
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION
 * @throws {BpfError} when the architectures do not go together
 */
export function sandboxFilter(
  entry: SandboxEntry,
  architectures: readonly Architecture[],
  options: ExplanationOptions,
): RequestedFilter {
  const policies = architectures.map((architecture) => entryPolicy(entry, architecture, options));
  const { defaultAction, badArchitectureAction } = policies[0] as (typeof policies)[number];
  const sandbox = formatSandbox(entry);
  return {
    entry,
    source: { sandbox, edition: options.edition },
    title: `-sandbox ${sandbox}, edition ${options.edition}`,
    architectures,
    policy: {
      defaultAction,
      badArchitectureAction,
      architectures: architectures.map((architecture, at) => ({
        architecture,
        rules: policies[at]?.rules ?? [],
      })),
    },
    ...compileEntry(entry, architectures, options),
  };
}
