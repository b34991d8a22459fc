/**
 * What every option of `-sandbox` denies on many architectures, as one table.
 *
 * @module
 */
import { editions, type SandboxAction, sandboxSets } from '@qseccomp/options/policy';
import { parseSandbox, type SandboxSet } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { type Explanation, type ExplanationOptions, explain } from './explanation.ts';

/** A call that some option denies, or that an allow-list allows. */
export interface PolicyRow {
  readonly name: string;
  readonly action: SandboxAction;
  /** Absent on an allow-list. */
  readonly set?: SandboxSet;
  /** Absent: always. Otherwise one is enough. */
  readonly when?: readonly string[];
  readonly does?: string;
  /** By name of the architecture; none where it has no such call. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** An edition's policy on some architectures. */
export interface PolicyTable extends ExplanationOptions {
  readonly architectures: readonly Architecture[];
  readonly rows: readonly PolicyRow[];
  /** What all other calls get. */
  readonly otherCalls: SandboxAction;
  /** Calls that stay allowed although they are close by name to denied ones, by architecture. */
  readonly stillAllowed: ReadonlyMap<string, readonly string[]>;
}

/** Denies all that can be denied. */
const EVERYTHING = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

/**
 * Makes the table.
 *
 * @param architectures - at least one, that filters can be made for; of any byte order
 * @param options - edition and kill action
 */
export function policyTable(
  architectures: readonly Architecture[],
  options: ExplanationOptions,
): PolicyTable {
  const isAllowList = editions[options.edition].kind === 'allow-list';
  const entry = parseSandbox(isAllowList ? 'on' : EVERYTHING);
  const explanations = architectures.map((architecture) => explain(entry, architecture, options));
  const rows = new Map<string, PolicyRow & { numbers: Map<string, number> }>();
  for (const { architecture, denied, allowed } of explanations) {
    for (const call of allowed?.map((one) => ({ ...one, action: 'ALLOW' as const })) ?? denied) {
      const { number, ...facts } = call;
      const row = rows.get(call.name) ?? { ...facts, numbers: new Map() };
      row.numbers.set(architecture, number);
      rows.set(call.name, row);
    }
  }
  const order = Object.keys(sandboxSets);
  const [{ otherCalls }] = explanations as [Explanation];
  return {
    ...options,
    architectures,
    otherCalls,
    rows: [...rows.values()].sort((a, b) => order.indexOf(a.set ?? '') - order.indexOf(b.set ?? '')),
    stillAllowed: new Map(
      explanations.map(({ architecture, stillAllowed }) => [
        architecture,
        stillAllowed.map(({ name, number }) => `${name} (${number})`),
      ]),
    ),
  };
}
