/**
 * The proof that a compiled filter is its policy, made before the filter is written.
 *
 * @module
 */
import { compareFilters, describeDifferences, type FilterComparison } from '@qseccomp/bpf/proof';
import type { CompiledFilter } from './format/filter.ts';

/**
 * Proves a filter.
 *
 * @param filter - what was compiled, and from which policy
 * @returns why nothing can be said, where the policy is beyond the reach of the proof; else undefined
 * @throws Error when the filter is not its policy: a fault of the compiler
 */
export function proveFilter({ title, program, policy, architectures }: CompiledFilter): string | undefined {
  let comparison: FilterComparison;
  try {
    comparison = compareFilters(program, policy);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'BPF_PROOF_LIMIT') throw error;
    return `${title}: that the filter does what the policy says is not proved: ${(error as Error).message}`;
  }
  if (comparison.equal) return undefined;
  const [first] = describeDifferences(comparison, { architectures, names: ['the filter', 'the policy'] });
  throw new Error(
    `internal error: ${title} was compiled to a filter that does something else; nothing was written (${first})`,
  );
}
