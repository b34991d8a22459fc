/**
 * The `-sandbox` option under which what was seen would not have been killed.
 *
 * @module
 */
import { emulateStack } from '@qseccomp/bpf/emulate';
import { formatSandbox, type SandboxEntry } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import type { ExplanationOptions } from '../explanation.ts';
import { reasonOf } from '../reason.ts';
import { sandboxFilter } from '../sandbox-filter.ts';
import type { DeniedKind } from './records.ts';

/**
 * Lifts sets from entries until none of them kills what was seen: tried on the calls, not guessed.
 *
 * @param entries - those that were traced
 * @param kinds - what was seen and would be denied
 * @param architectures - those of the filters
 * @param options - edition and kill action
 * @returns a text for each entry; undefined where no option helps
 */
export function neededSandbox(
  entries: readonly SandboxEntry[],
  kinds: readonly DeniedKind[],
  architectures: readonly Architecture[],
  options: ExplanationOptions,
): readonly string[] | undefined {
  const calls = kinds.filter(({ action }) => action !== 'ERRNO');
  let tried = entries;
  for (;;) {
    const filters = tried.map((entry) => sandboxFilter(entry, architectures, options));
    const programs = filters.map(({ program }) => program);
    const lifts = calls.flatMap(({ call, architecture }) => {
      const { action, filter } = emulateStack(programs, call);
      if (action === 'ALLOW' || action === 'LOG' || action === 'ERRNO') return [];
      const { policy } = filters[filter] as (typeof filters)[number];
      const set = architecture && reasonOf({ policy, isSandbox: true }, call, architecture).set;
      return [{ filter, set }];
    });
    if (lifts.length === 0) return tried.map((entry) => formatSandbox(entry));
    // `default` has no option, and a call of an allow-list or of another architecture no set.
    if (lifts.some(({ set }) => set === undefined || set === 'default' || set === 'allowlist'))
      return undefined;
    tried = tried.map((entry, at) => {
      const lifted = lifts.filter(({ filter }) => filter === at).map(({ set }) => set);
      return { ...entry, sets: entry.sets.filter((set) => !lifted.includes(set)) };
    });
  }
}
