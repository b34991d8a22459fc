/**
 * Filters of the same policy, ours and libseccomp's, in instructions and steps. Each pair is proved equal first.
 *
 * @module
 */
import { compareFilters, compilePolicy, decodeProgram, type Policy, type Program } from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { type Cost, countCost } from '../cost.ts';
import { libseccomp, scmpPolicy } from '../peers.ts';
import { containerPolicy, SANDBOXES, sandboxed } from '../policies.ts';
import type { Row, Section, Value } from '../table.ts';

/** Counts of a filter, as the table calls them. */
const COUNTS: readonly (readonly [label: string, unit: string, key: keyof Cost])[] = [
  ['length', 'instructions', 'instructions'],
  ["a guest's calls", 'steps', 'weighted'],
  ['worst allowed call', 'steps', 'worst'],
  ['clone of a thread', 'steps', 'thread'],
];

/** The policies, by what the table calls them. */
function filterPolicies(architecture: Architecture): ReadonlyMap<string, Policy> {
  const ofQemu = Object.entries(SANDBOXES).map(
    ([name, sandbox]) => [name, sandboxed(sandbox, architecture)] as const,
  );
  return new Map([...ofQemu, ['container default', containerPolicy(architecture)]]);
}

/**
 * Counts of every policy.
 *
 * @param architecture - what the filters are for
 * @returns a section whose figures are the same on every machine
 */
export function filters(architecture: Architecture): Section {
  const rows = [...filterPolicies(architecture)].flatMap(([name, policy]) => {
    const ours = countCost(compilePolicy(policy).program, architecture);
    const theirs = ([1, 2] as const).map((level) => theirCost(policy, architecture, level));
    return COUNTS.map(
      ([label, unit, key]): Row => ({
        what: `${name}, ${label}`,
        unit,
        ours: known(ours[key]),
        theirs: theirs.map((cost) => (typeof cost === 'string' ? cost : known(cost?.[key]))),
        headline: name === 'everything denied' && key !== 'thread',
      }),
    ).filter(({ ours }) => ours !== undefined);
  });
  return {
    title: `Filters for ${architecture.name}`,
    peers: ['libseccomp', "libseccomp's tree"],
    rows,
    note: 'Counts, the same on every machine. Each filter of libseccomp is proved to answer every call as ours does.',
  };
}

/** Counts of libseccomp's filter, why it has none, or nothing where there is no libseccomp. */
function theirCost(policy: Policy, architecture: Architecture, level: 1 | 2): Cost | string | undefined {
  if (typeof libseccomp === 'string') return undefined;
  const { defaultAction, token, rules } = scmpPolicy(policy);
  const built = libseccomp.build(defaultAction, [token], rules, level);
  if (typeof built === 'number') return `refused (${built})`;
  const program = decodeProgram(built, architecture.endian);
  requireEqual(compilePolicy(policy).program, program);
  return countCost(program, architecture);
}

function requireEqual(ours: Program, theirs: Program): void {
  const comparison = compareFilters(ours, theirs);
  if (comparison.equal) return;
  throw new Error(`expected equal filters, they differ on call ${comparison.example.nr}`);
}

function known(count: number | undefined): Value {
  return Number.isNaN(count) ? undefined : count;
}
