/** What is asked of a prover, and what it answers. @module */
import type { Comparable } from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';

/** Two filters to compare. */
export interface ProofQuestion {
  readonly a: Comparable;
  readonly b: Comparable;
  readonly architectures: readonly Architecture[];
}

/** What was found. */
export type ProofAnswer =
  | { readonly kind: 'equal' }
  /** `example` is a call that they treat differently, as it is typed. */
  | {
      readonly kind: 'different';
      readonly sentences: readonly string[];
      readonly example: string;
      readonly architecture: string | undefined;
    }
  | { readonly kind: 'unknown'; readonly message: string };
