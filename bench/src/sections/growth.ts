/**
 * How time, length and steps grow with the number of rules.
 *
 * @module
 */
import {
  compilePolicy,
  dataWords,
  decodeProgram,
  encodeProgram,
  type Policy,
  type Program,
  type Rule,
  range,
  run,
} from '@qseccomp/bpf';
import type { Effort } from '../effort.ts';
import { cBuilder, PATIENCE, scmpPolicy } from '../peers.ts';
import { host } from '../policies.ts';
import { measure, microsecondsPerCall } from '../sample.ts';
import type { Row, Section } from '../table.ts';

/** What policies are made of: 100,000 rules fit into a filter only where they form ranges. */
interface Kind {
  readonly kind: string;
  readonly sizes: readonly number[];
  readonly rule: (i: number) => Rule;
  /** Whether libseccomp refuses it. */
  readonly refused?: boolean;
}

const IN_RANGES = [100, 1000, 10_000, 100_000];
const KINDS: readonly Kind[] = [
  { kind: 'rules of an allow-list', sizes: [10, 100, 350], rule: allowListRule },
  { kind: 'values in a row', sizes: IN_RANGES, rule: (i) => valueRule(i) },
  { kind: 'calls in a row', sizes: IN_RANGES, rule: (i) => ({ syscall: i, action: 'ALLOW' }) },
  { kind: 'pairs of values', sizes: IN_RANGES, rule: pairRule },
  { kind: 'ranges of 7 errnos', sizes: IN_RANGES, rule: rangeRule, refused: true },
  { kind: 'values apart', sizes: [100, 1000], rule: (i) => valueRule(3 * i) },
];

/** As container engines have it: most calls outright, every tenth for some arguments. */
function allowListRule(i: number): Rule {
  const [syscall] = host.syscalls[i] as readonly [string, number];
  if (i % 10 !== 9) return { syscall, action: 'ALLOW' };
  const comparison = { argument: i % 3, op: 'MASKED_EQ', mask: 0xffn, value: BigInt(i % 5) } as const;
  return { syscall, action: 'ALLOW', comparisons: [comparison] };
}

function valueRule(value: number): Rule {
  return {
    syscall: 'ioctl',
    action: 'ALLOW',
    comparisons: [{ argument: 1, op: 'EQ', value: BigInt(value) }],
  };
}

/** A hundred values of one argument, each with values of another one in a row. */
function pairRule(i: number): Rule {
  return {
    syscall: 'ioctl',
    action: 'ALLOW',
    comparisons: [
      { argument: 0, op: 'EQ', value: BigInt(i % 100) },
      { argument: 1, op: 'EQ', value: BigInt(Math.floor(i / 100)) },
    ],
  };
}

/**
 * Ranges of a few numbers that overlap and contain each other, so that it matters which is narrower and which came
 * later. libseccomp takes one comparison of an argument.
 */
function rangeRule(i: number): Rule {
  const from = (37 * i) % 61;
  return {
    syscall: 'ioctl',
    action: { errno: 2 + (i % 7) },
    comparisons: range(1, BigInt(from), BigInt(from + ((53 * i) % 67))),
  };
}

/** Instead of what libseccomp takes. */
export const REFUSED = 'refused';

/** Policies of more rules take seconds: ours are built a few times, libseccomp's once. */
const MANY = 1000;
const FEW = { warmUps: 1, rounds: 3 };

/** Rules of a policy whose calls are tried for their steps. */
const CALLS_TRIED = 50;

/** Measures every kind and size. */
export function growth(effort: Effort): Section {
  const inC = cBuilder();
  const rows: Row[] = [];
  for (const { kind, sizes, rule, refused } of KINDS) {
    const peer = refused ? undefined : inC;
    for (const size of sizes.filter((size) => size <= effort.rules)) {
      const rules = Array.from({ length: size }, (_, i) => rule(i));
      const policy: Policy = {
        defaultAction: { errno: 'EPERM' },
        architectures: [{ architecture: host, rules }],
      };
      const scmp = scmpPolicy(policy);
      const built = peer?.(scmp, 1, 0);
      const { ours, c } = measure(size > MANY ? FEW : effort, {
        ours: () => microsecondsPerCall(effort.batch, () => encoded(policy)) / size,
        c: peer && size <= MANY ? () => (peer(scmp, 1, effort.batch)?.warm ?? Number.NaN) / size : undefined,
      });
      const { program } = compilePolicy(policy);
      const theirs = built && decodeProgram(built.filter, host.endian);
      const missing = refused ? REFUSED : undefined;
      const gaveUp = missing ?? (peer && `> ${PATIENCE / 1000} s`);
      const what = `${size} ${kind}`;
      rows.push(
        {
          what,
          unit: 'µs per rule',
          ours,
          theirs: [c ?? (built ? built.first / size : gaveUp)],
          headline: kind === 'rules of an allow-list' && size === 350,
        },
        { what, unit: 'instructions', ours: program.length, theirs: [theirs?.length ?? missing] },
        {
          what,
          unit: 'steps at worst',
          ours: mostSteps(program, rules),
          theirs: [theirs ? mostSteps(theirs, rules) : missing],
        },
      );
    }
  }
  return {
    title: 'Growth with rules',
    peers: ['libseccomp in C'],
    rows,
    note: 'The kernel takes at most 4096 instructions, and libseccomp one comparison of each argument of a rule.',
  };
}

function encoded(policy: Policy): Uint8Array {
  const { program, endian } = compilePolicy(policy);
  return encodeProgram(program, endian);
}

/** Most steps of some calls that the rules are about, the last one's neighbour among them. */
function mostSteps(program: Program, rules: readonly Rule[]): number {
  const stride = Math.ceil(rules.length / CALLS_TRIED);
  const tried = rules.filter((_, i) => i % stride === 0 || i === rules.length - 1);
  const steps = tried.flatMap(({ syscall, comparisons: [comparison] = [] }) => {
    const nr = typeof syscall === 'number' ? syscall : numbers.get(syscall);
    const { argument = 0, value = 0n } = comparison ?? {};
    return [value, value + 1n].map((given) => {
      const args = [0n, 0n, 0n, 0n, 0n, 0n].with(argument, given);
      const call = { nr: nr as number, arch: host.auditArch, instructionPointer: 0n, args };
      return run(program, dataWords(call, host.endian)).steps;
    });
  });
  return Math.max(...steps);
}

const numbers: ReadonlyMap<string | number, number> = new Map(host.syscalls);
