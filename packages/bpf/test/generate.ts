/** Policies for property tests, and calls that reach both sides of what their rules ask. */

import type { Architecture } from '@qseccomp/syscall-tables';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { arm } from '@qseccomp/syscall-tables/arm';
import { mips64n32 } from '@qseccomp/syscall-tables/mips64n32';
import { ppc64le } from '@qseccomp/syscall-tables/ppc64le';
import { s390 } from '@qseccomp/syscall-tables/s390';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x32 } from '@qseccomp/syscall-tables/x32';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import fc from 'fast-check';
import type { Action, Comparison, Policy, Rule, SeccompData } from '../src/index.ts';

const { QSECCOMP_SEED = Date.now() % 0x7fffffff } = process.env;
/** Printed by every property test; set QSECCOMP_SEED to run one again. */
export const SEED: number = Number(QSECCOMP_SEED);

const ARCHITECTURES: readonly (readonly Architecture[])[] = [
  [x86_64],
  [x32],
  [x86],
  [x86_64, x32],
  [x86_64, x86, x32],
  [aarch64, arm],
  [mips64n32],
  [ppc64le, x86_64, aarch64, x86, arm],
  [s390x, s390],
];

/** Calls of few names, so that rules meet; two are multiplexed, one is unknown everywhere. */
const SYSCALLS: readonly (string | number)[] = [
  'read',
  'write',
  'socket',
  'semop',
  'socketcall',
  'nosuchcall',
  1000,
];

const ACTIONS: readonly Action[] = [
  'KILL_PROCESS',
  'KILL_THREAD',
  'TRAP',
  'USER_NOTIF',
  'LOG',
  'ALLOW',
  { errno: 1 },
  { errno: 'ENOSYS' },
  { errno: 5000 },
  { trace: 7 },
  { trap: 2 },
];

/** Few values with edges of words among them, so that comparisons overlap. */
const VALUES: readonly bigint[] = [
  0n,
  1n,
  2n,
  5n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x100000005n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
];

/** Masks of one bit, of several, of both words. */
const MASKS: readonly bigint[] = [1n, 2n, 4n, 0xfn, 0xff00n, 0x80000000n, 0x100000001n, 0xffffffff00000000n];

const ordered = (argument: number): fc.Arbitrary<Comparison> =>
  fc
    .record({
      op: fc.constantFrom('NE', 'LT', 'LE', 'EQ', 'GE', 'GT'),
      value: fc.constantFrom(...VALUES),
      width: fc.constantFrom(64, 64, 32),
      signed: fc.boolean(),
    })
    .map(({ op, value, width, signed }): Comparison => {
      const fitting = signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
      return { argument, op, value: fitting, width: width as 32 | 64, signed };
    });

const masked = (argument: number, masks: readonly bigint[]): fc.Arbitrary<Comparison> =>
  fc
    .record({ mask: fc.constantFrom(...masks), value: fc.constantFrom(...VALUES, ...masks) })
    .map(({ mask, value }): Comparison => ({ argument, op: 'MASKED_EQ', mask, value }));

/** Any comparisons of any of three arguments. */
const wildComparisons: fc.Arbitrary<Comparison[]> = fc.array(
  fc.integer({ min: 0, max: 2 }).chain((argument) => fc.oneof(ordered(argument), masked(argument, MASKS))),
  { maxLength: 3 },
);

/**
 * Argument 0 by order, argument 1 by one mask, argument 2 by one bit: there the layout knows everything that
 * its tests say, so that no instruction can be out of reach.
 */
const tameComparisons: fc.Arbitrary<Comparison[]> = fc
  .tuple(
    fc.array(ordered(0), { maxLength: 2 }),
    fc.array(masked(1, [0xf0n]), { maxLength: 1 }),
    fc.array(masked(2, [1n, 2n, 4n]), { maxLength: 1 }),
  )
  .map((each) => each.flat());

const policies = (comparisons: fc.Arbitrary<Comparison[]>): fc.Arbitrary<Policy> => {
  const rule: fc.Arbitrary<Rule> = fc.record({
    syscall: fc.constantFrom(...SYSCALLS),
    action: fc.constantFrom(...ACTIONS),
    comparisons: fc.oneof({ weight: 3, arbitrary: comparisons }, { weight: 1, arbitrary: fc.constant([]) }),
  });
  return fc
    .record({
      architectures: fc.constantFrom(...ARCHITECTURES),
      defaultAction: fc.constantFrom(...ACTIONS),
      badArchitectureAction: fc.constantFrom(...ACTIONS),
      rules: fc.array(fc.array(rule, { maxLength: 8 }), { minLength: 5, maxLength: 5 }),
    })
    .map(({ architectures, rules, ...actions }) => ({
      ...actions,
      architectures: architectures.map((architecture, i) => ({ architecture, rules: rules[i] as Rule[] })),
    }));
};

/** Policies with every kind of rule. */
export const wildPolicies: fc.Arbitrary<Policy> = policies(wildComparisons);

/** Policies of which every instruction can be reached. */
export const tamePolicies: fc.Arbitrary<Policy> = policies(tameComparisons);

/** Numbers and tokens that a policy's rules are about, and a few that they are not about. */
export function questionsOf({ architectures }: Policy): { tokens: number[]; numbers: number[] } {
  const names = new Set<unknown>(SYSCALLS.concat('ipc'));
  const numbers = architectures.flatMap(({ architecture }) =>
    architecture.syscalls.filter(([name]) => names.has(name)).map(([, number]) => number),
  );
  const tokens = architectures.map(({ architecture }) => architecture.auditArch);
  return { tokens, numbers: [...numbers, 1000, 0x40000000, 0x80000000, 0xffffffff] };
}

/** Calls made from the rules alone: each one's arguments as it wants them, and next to that. */
export function* directedCalls(policy: Policy): Generator<SeccompData> {
  const { numbers } = questionsOf(policy);
  for (const { architecture, rules } of policy.architectures) {
    const { auditArch: arch, syscalls } = architecture;
    for (const { syscall, comparisons = [] } of rules) {
      const wanted = syscalls.find(([name]) => name === syscall)?.[1];
      const args = [0n, 0n, 0n, 0n, 0n, 0n];
      for (const { argument, value, mask } of comparisons) {
        const before = args[argument] as bigint;
        args[argument] = BigInt.asUintN(64, mask === undefined ? value : (before & ~mask) | (value & mask));
      }
      const near = [args, ...comparisons.flatMap((comparison) => neighbours(args, comparison))];
      for (const nr of wanted === undefined ? numbers : [wanted]) {
        for (const changed of near) yield { nr, arch, instructionPointer: 0n, args: changed };
      }
    }
  }
}

function neighbours(args: readonly bigint[], { argument, value, mask }: Comparison): bigint[][] {
  const bits = mask === undefined ? [1n, 1n << 31n, 1n << 32n, 1n << 63n] : [mask & -mask, mask, ~mask];
  const changes = [value - 1n, value, value + 1n, ...bits.map((bit) => (args[argument] as bigint) ^ bit)];
  return changes.map((change) => args.with(argument, BigInt.asUintN(64, change)));
}

/** A call from the words that a filter sees. */
export function dataOf(words: Uint32Array, endian: 'little' | 'big'): SeccompData {
  const long = (at: number): bigint => {
    const [low, high] = endian === 'little' ? [at, at + 1] : [at + 1, at];
    return (BigInt(words[high] as number) << 32n) | BigInt(words[low] as number);
  };
  return {
    nr: words[0] as number,
    arch: words[1] as number,
    instructionPointer: long(2),
    args: [4, 6, 8, 10, 12, 14].map(long),
  };
}
