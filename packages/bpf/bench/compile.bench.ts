/**
 * Time to compile: QEMU's policy, and profiles of 10 to 100,000 rules, of which the instruction counts are
 * printed. Times are shown, never asserted.
 */
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { bench, describe } from 'vitest';
import { type BpfError, type Comparison, compilePolicy, type Policy, type Rule } from '../src/index.ts';
import { qemuPolicy } from '../test/qemu-policy.ts';

const of = (rules: readonly Rule[]): Policy => ({
  defaultAction: { errno: 'EPERM' },
  architectures: [{ architecture: x86_64, rules }],
});

/** An allow-list as container engines have: most calls outright, every tenth for some arguments. */
function profile(size: number): Policy {
  return of(
    Array.from({ length: size }, (_, i): Rule => {
      const { [i % x86_64.syscalls.length]: call } = x86_64.syscalls;
      const comparisons: Comparison[] =
        i % 10 === 9 ? [{ argument: i % 3, op: 'MASKED_EQ', mask: 0xffn, value: BigInt(i % 5) }] : [];
      return { syscall: call?.[0] as string, action: 'ALLOW', comparisons };
    }),
  );
}

/** Values of one argument of one call, next to each other: many rules, few instructions. */
const values = (size: number): Policy =>
  of(
    Array.from({ length: size }, (_, i): Rule => {
      return {
        syscall: 'ioctl',
        action: 'ALLOW',
        comparisons: [{ argument: 1, op: 'EQ', value: BigInt(i) }],
      };
    }),
  );

/** Numbers next to each other, without conditions. */
const numbers = (size: number): Policy =>
  of(Array.from({ length: size }, (_, i): Rule => ({ syscall: i, action: 'ALLOW' })));

function describeLength(policy: Policy): string {
  try {
    return `${compilePolicy(policy).program.length} instructions`;
  } catch (error) {
    return (error as BpfError).message;
  }
}

const everything = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

describe('compile', () => {
  const qemu = qemuPolicy(everything, true, x86_64);
  const policies: [string, Policy][] = [
    [`QEMU, ${everything}`, qemu],
    ...[10, 100, 350].map((size): [string, Policy] => [`allow-list, ${size} rules`, profile(size)]),
    ...[100, 1000, 10_000, 100_000].flatMap((size): [string, Policy][] => [
      [`allow-list, ${size} rules`, profile(size)],
      [`values, ${size} rules`, values(size)],
      [`numbers, ${size} rules`, numbers(size)],
    ]),
  ];
  for (const [name, policy] of policies) {
    const { rules } = policy.architectures[0] as Policy['architectures'][number];
    bench(`${name}: ${describeLength(policy)}`, () => void compilePolicy(policy), {
      time: 200,
      iterations: rules.length > 10_000 ? 2 : 10,
      warmupTime: 50,
      warmupIterations: 1,
    });
  }
});
