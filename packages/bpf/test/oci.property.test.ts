import { type Architecture, findArchitecture } from '@qseccomp/syscall-tables';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BpfError,
  compilePolicy,
  dataWords,
  decodeAction,
  type Policy,
  type Profile,
  type ProfileArgument,
  type ProfileSyscall,
  policyEvaluator,
  policyProfile,
  profileArchitectures,
  profilePolicy,
  readProfile,
  run,
  type SeccompData,
  writeProfile,
} from '../src/index.ts';
import { ACTION_OF_NAME, engineName } from '../src/oci/names.ts';
import { directedCalls, SEED, wildPolicies } from './generate.ts';

console.log(`seed ${SEED}`);

const TOP = 2n ** 64n - 1n;

const values = fc.oneof(
  fc.constantFrom(0n, 1n, 5n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 0x100000005n, 2n ** 63n, TOP - 1n, TOP),
  fc.bigInt({ min: 0n, max: TOP }),
);

const argument: fc.Arbitrary<ProfileArgument> = fc.oneof(
  fc.record({
    index: fc.nat(2),
    value: values,
    op: fc.constantFrom('NE', 'LT', 'LE', 'EQ', 'GE', 'GT').map((op) => `SCMP_CMP_${op}`),
  }),
  fc.record({ index: fc.nat(2), value: values, valueTwo: values, op: fc.constant('SCMP_CMP_MASKED_EQ') }),
);

const conditions = fc.record(
  {
    arches: fc.array(fc.constantFrom('amd64', 'x86', 'x32', 'arm64', 's390x'), { maxLength: 2 }),
    caps: fc.array(fc.constantFrom('CAP_BPF', 'CAP_SYS_ADMIN'), { maxLength: 1 }),
    minKernel: fc.constantFrom('4.8', '5.10', '6.1'),
  },
  { requiredKeys: [] },
);

const action = fc.constantFrom(...ACTION_OF_NAME.keys());
const errno = fc.constantFrom(0, 1, 38, 4095, 4096, 65535);

const syscall: fc.Arbitrary<ProfileSyscall> = fc.record(
  {
    names: fc.array(fc.constantFrom('read', 'write', 'openat', 'nosuchcall', '0', '1000'), { maxLength: 3 }),
    action,
    errnoRet: errno,
    args: fc.array(argument, { maxLength: 3 }),
    includes: conditions,
    excludes: conditions,
  },
  { requiredKeys: ['names', 'action'] },
);

const profiles: fc.Arbitrary<Profile> = fc.record(
  { defaultAction: action, defaultErrnoRet: errno, syscalls: fc.array(syscall, { maxLength: 8 }) },
  { requiredKeys: ['defaultAction', 'syscalls'] },
);

const surroundings = fc.record({
  architectures: fc
    .constantFrom(['x86_64'], ['x86'], ['x86_64', 'x86', 'x32'], ['aarch64'], ['s390x', 's390'])
    .map((names) => names.map(findArchitecture)),
  caps: fc.subarray(['CAP_BPF', 'CAP_SYS_ADMIN']),
  kernel: fc.constantFrom('4.4', '5.10', '6.12'),
});
type Surroundings = typeof surroundings extends fc.Arbitrary<infer T> ? T : never;

/** From least to most restrictive. */
const ORDER = ['ALLOW', 'LOG', 'TRACE', 'USER_NOTIF', 'ERRNO', 'TRAP', 'KILL_THREAD', 'KILL_PROCESS'];

/** What a profile says to a call, read straight from it: the action, and the data that it may have. */
function answerOf(
  { defaultAction, defaultErrnoRet, syscalls = [] }: Profile,
  { architectures, caps, kernel }: Surroundings,
  architecture: Architecture,
  { nr, args }: SeccompData,
): { action: string; data: Set<number> } {
  const machine = engineName(architectures[0] as Architecture);
  const isFrom = (minimum: string): boolean =>
    Number.parseFloat(kernel.replace(/\.(\d)$/, '.0$1')) >=
    Number.parseFloat(minimum.replace(/\.(\d)$/, '.0$1'));
  const matching = syscalls.filter(({ names = [], args: wanted = [], includes = {}, excludes = {} }) => {
    if (includes.arches && includes.arches.length > 0 && !includes.arches.includes(machine)) return false;
    if (includes.caps?.some((cap) => !caps.includes(cap))) return false;
    if (includes.minKernel && !isFrom(includes.minKernel)) return false;
    if (excludes.arches?.includes(machine)) return false;
    if (excludes.caps?.some((cap) => caps.includes(cap))) return false;
    if (excludes.minKernel && isFrom(excludes.minKernel)) return false;
    const own = architecture.syscalls.filter(([, number]) => number === nr).map(([name]) => name);
    return (
      [...own, String(nr)].some((name) => names.includes(name)) &&
      wanted.every((each) => holds(each, args, architecture))
    );
  });
  const answers = matching.map(
    ({ action: name, errnoRet = 1 }) => [ACTION_OF_NAME.get(name) as string, errnoRet] as const,
  );
  const all =
    answers.length > 0
      ? answers
      : [[ACTION_OF_NAME.get(defaultAction) as string, defaultErrnoRet ?? 1] as const];
  const worst = ORDER.findLast((name) => all.some(([other]) => other === name)) as string;
  const data = all.filter(([name]) => name === worst).map(([, number]) => number);
  if (worst === 'ERRNO')
    return { action: worst, data: new Set(data.map((number) => Math.min(number, 4095))) };
  return { action: worst, data: new Set(worst === 'TRACE' ? data : [0]) };
}

function holds(
  { index, value, valueTwo = 0n, op }: ProfileArgument,
  args: readonly bigint[],
  { registerBits }: Architecture,
): boolean {
  const cut = (wide: bigint): bigint => (registerBits === 32 ? wide % 2n ** 32n : wide);
  const [a, v] = [cut(args[index] as bigint), cut(value)];
  const is: Record<string, boolean> = {
    SCMP_CMP_NE: a !== v,
    SCMP_CMP_LT: a < v,
    SCMP_CMP_LE: a <= v,
    SCMP_CMP_EQ: a === v,
    SCMP_CMP_GE: a >= v,
    SCMP_CMP_GT: a > v,
    SCMP_CMP_MASKED_EQ: (a & v) === (cut(valueTwo) & v),
  };
  return is[op] as boolean;
}

describe('a profile', () => {
  it('compiles to what it says', () => {
    fc.assert(
      fc.property(profiles, surroundings, (profile, around) => {
        const { policy } = profilePolicy(profile, around);
        const { program, endian } = compilePolicy(policy);
        for (const call of directedCalls(policy)) {
          const architecture = policy.architectures.find(
            ({ architecture: { auditArch, numberOffset } }) =>
              auditArch === call.arch && numberOffset === (call.nr >= 0x40000000 ? 0x40000000 : 0),
          )?.architecture;
          if (architecture === undefined) continue;
          const got = decodeAction(run(program, dataWords(call, endian)).value);
          const { action: wanted, data } = answerOf(profile, around, architecture, call);
          if (got.action !== wanted || !data.has(got.data))
            expect({ call, got }).toEqual({ call, wanted, data });
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        expect(readProfile(writeProfile(profile))).toEqual(profile);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

describe('a policy', () => {
  it('means the same after it was written as a profile and read', () => {
    const counts = { same: 0, refused: 0 };
    const sayable = fc
      .record({ policy: wildPolicies, alike: fc.boolean() })
      .map(({ policy, alike }): Policy => {
        const { badArchitectureAction: _, ...rest } = policy;
        const [{ rules }] = rest.architectures as [(typeof rest.architectures)[0]];
        return alike
          ? {
              ...rest,
              architectures: rest.architectures.map(({ architecture }) => ({ architecture, rules })),
            }
          : rest;
      });
    fc.assert(
      fc.property(sayable, (policy) => {
        let profile: Profile;
        try {
          profile = policyProfile(policy).profile;
        } catch (error) {
          if (!(error instanceof BpfError) || error.code !== 'BPF_INEXPRESSIBLE') throw error;
          counts.refused++;
          return;
        }
        counts.same++;
        const back = readProfile(writeProfile(profile));
        for (const { args = [] } of back.syscalls ?? []) {
          expect(new Set(args.map(({ index }) => index)).size).toBe(args.length);
        }
        const architectures = profileArchitectures(back, { find: findArchitecture });
        const ask = policyEvaluator(policy);
        const askBack = policyEvaluator(profilePolicy(back, { architectures }).policy);
        for (const call of directedCalls(policy)) {
          const [wanted, got] = [ask(call).value, askBack(call).value];
          if (wanted !== got) expect({ call, got }).toEqual({ call, wanted });
        }
      }),
      { seed: SEED, numRuns: 400 },
    );
    console.log(`${counts.same} written, ${counts.refused} refused`);
    expect(counts.same).toBeGreaterThan(counts.refused / 4);
  });
});
