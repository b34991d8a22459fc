import { architectures as everyArchitecture, findArchitecture } from '@qseccomp/syscall-tables';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { alpha } from '@qseccomp/syscall-tables/alpha';
import { arm } from '@qseccomp/syscall-tables/arm';
import { mips } from '@qseccomp/syscall-tables/mips';
import { ppc64 } from '@qseccomp/syscall-tables/ppc64';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x32 } from '@qseccomp/syscall-tables/x32';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  type Comparison,
  compilePolicy,
  type Policy,
  policyEvaluator,
  policyProfile,
  profileArchitectures,
  profilePolicy,
  type Rule,
  range,
  readProfile,
  writeProfile,
} from '../src/index.ts';
import { compare, type Difference } from './compare.ts';
import { questionsOf } from './generate.ts';
import { OPTION_MIXES, qemuPolicy } from './qemu-policy.ts';

const TOP = 2n ** 64n - 1n;

const policyOf = (rules: readonly Rule[], ...architectures: (typeof x86_64)[]): Policy => ({
  defaultAction: 'ALLOW',
  architectures: (architectures.length > 0 ? architectures : [x86_64]).map((architecture) => ({
    architecture,
    rules,
  })),
});

const readBack = (policy: Policy): Policy => {
  const profile = readProfile(writeProfile(policyProfile(policy).profile));
  return profilePolicy(profile, { architectures: profileArchitectures(profile, { find: findArchitecture }) })
    .policy;
};

/** Where a policy and what is read back after writing it differ. */
function lossOf(policy: Policy): Difference | undefined {
  const programs = [policy, readBack(policy)].map((each) => compilePolicy(each).program);
  return compare(programs, questionsOf(policy)).difference;
}

/** The `args` of each rule that some comparisons become. */
const argsOf = (comparisons: readonly Comparison[], architecture = x86_64): string[] =>
  (
    policyProfile(policyOf([{ syscall: 'read', action: 'LOG', comparisons }], architecture)).profile
      .syscalls ?? []
  ).map(({ args = [] }) =>
    args
      .map(({ index, value, valueTwo, op }) =>
        [index, op.slice('SCMP_CMP_'.length), value, ...(valueTwo === undefined ? [] : [valueTwo])].join(' '),
      )
      .join(', '),
  );

describe('comparisons', () => {
  const one = (op: Comparison['op'], value: bigint, more: Partial<Comparison> = {}): Comparison => ({
    argument: 0,
    op,
    value,
    ...more,
  });

  it.each([
    ['one of each argument as it is', [one('LT', 9n), one('NE', 4n, { argument: 5 })], ['0 LT 9, 5 NE 4']],
    [
      'a mask first, and of the value what it keeps',
      [one('MASKED_EQ', 0xffn, { mask: 0xf0n })],
      ['0 MASKED_EQ 240 240'],
    ],
    ['the largest value exactly', [one('EQ', TOP)], [`0 EQ ${TOP}`]],
    ['a negative value as the register has it', [one('EQ', -1n, { signed: true })], [`0 EQ ${TOP}`]],
    ['a range by blocks', range(0, 2n, 4n), ['0 MASKED_EQ 18446744073709551614 2', '0 EQ 4']],
    ['a range from 0 on', range(0, 0n, 4n), ['0 LE 4']],
    ['a range to the end', range(0, 4n, TOP), ['0 GE 4']],
    ['two values that are left out', [one('NE', 3n), one('NE', 5n)], ['0 LE 2', '0 EQ 4', '0 GE 6']],
    ['one value that is left out twice', [one('NE', 3n), one('NE', 3n)], ['0 NE 3']],
    ['what always holds', [one('GE', 0n), one('LE', TOP)], ['0 GE 0']],
    [
      'a mask and a range',
      [one('MASKED_EQ', 1n, { mask: 1n }), ...range(0, 0n, 3n)],
      ['0 MASKED_EQ 18446744073709551613 1'],
    ],
    ['an int', [one('EQ', 7n, { width: 32 })], ['0 MASKED_EQ 4294967295 7']],
    ['a small int', [one('LT', 8n, { width: 32 })], ['0 MASKED_EQ 4294967288 0']],
    ['a negative number', [one('LT', 0n, { signed: true })], ['0 GE 9223372036854775808']],
    ['a signed number up to 3', [one('LE', 3n, { signed: true })], ['0 LE 3', '0 GE 9223372036854775808']],
    [
      'each choice with each other',
      [...range(0, 2n, 4n), ...range(1, 1n, 2n)],
      [
        '0 MASKED_EQ 18446744073709551614 2, 1 EQ 1',
        '0 MASKED_EQ 18446744073709551614 2, 1 EQ 2',
        '0 EQ 4, 1 EQ 1',
        '0 EQ 4, 1 EQ 2',
      ],
    ],
  ] as [string, Comparison[], string[]][])('say %s', (_what, comparisons, expected) => {
    expect(argsOf(comparisons)).toEqual(expected);
  });

  it('say an int that is not some value in 32 rules', () => {
    expect(argsOf([one('NE', 5n, { width: 32 })])).toHaveLength(32);
  });

  it('say the widest range in 126 rules, and half of it in words of 32 bits', () => {
    expect(argsOf(range(0, 1n, TOP - 1n))).toHaveLength(126);
    expect(argsOf(range(0, 1n, 0xfffffffen), x86)).toHaveLength(62);
  });

  it('that no call can meet leave the rule out', () => {
    const { profile, findings } = policyProfile(
      policyOf([{ syscall: 'read', action: 'LOG', comparisons: range(0, 5n, 4n) }]),
    );
    expect(profile.syscalls).toEqual([]);
    expect(findings).toEqual([
      {
        kind: 'left-out',
        ineffective: false,
        path: 'architectures[0].rules[0]',
        message: 'left out, since no call can meet its comparisons',
      },
    ]);
  });

  it('that take too many rules are refused', () => {
    const comparisons = [0, 1, 2].flatMap((argument) => range(argument, 1n, TOP - 1n));
    expect(() => policyProfile(policyOf([{ syscall: 'read', action: 'LOG', comparisons }]))).toThrow(
      expect.objectContaining({ code: 'BPF_INEXPRESSIBLE', path: 'architectures[0].rules[0]', limit: 4096 }),
    );
  });

  it('keep a call through socketcall out, also when they always hold', () => {
    const policy = policyOf([{ syscall: 'socket', action: 'LOG', comparisons: [one('GE', 0n)] }], x86);
    const call = { nr: 102, arch: x86.auditArch, instructionPointer: 0n, args: [1n] };
    expect(policyEvaluator(policy)(call).action).toBe('ALLOW');
    expect(policyEvaluator(readBack(policy))(call).action).toBe('ALLOW');
  });
});

describe('actions', () => {
  it.each([
    ['KILL_PROCESS', { action: 'SCMP_ACT_KILL_PROCESS' }],
    ['KILL_THREAD', { action: 'SCMP_ACT_KILL' }],
    ['TRAP', { action: 'SCMP_ACT_TRAP' }],
    [{ trap: 0 }, { action: 'SCMP_ACT_TRAP' }],
    ['USER_NOTIF', { action: 'SCMP_ACT_NOTIFY' }],
    ['LOG', { action: 'SCMP_ACT_LOG' }],
    [{ errno: 0 }, { action: 'SCMP_ACT_ERRNO', errnoRet: 0 }],
    [{ errno: 'ENOSYS' }, { action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
    [{ errno: 5000 }, { action: 'SCMP_ACT_ERRNO', errnoRet: 4095 }],
    [{ trace: 65535 }, { action: 'SCMP_ACT_TRACE', errnoRet: 65535 }],
  ] as [Action, object][])('%j', (action, expected) => {
    expect(policyProfile(policyOf([{ syscall: 'read', action }])).profile.syscalls).toEqual([
      { names: ['read'], ...expected },
    ]);
    const { defaultAction, defaultErrnoRet } = policyProfile({
      ...policyOf([]),
      defaultAction: action,
    }).profile;
    const { action: name, errnoRet } = expected as { action: string; errnoRet?: number };
    expect([defaultAction, defaultErrnoRet]).toEqual([name, errnoRet]);
  });

  it('keep the name of an errno that has several numbers', () => {
    const policy = {
      ...policyOf([{ syscall: 'read', action: { errno: 'ENOSYS' } }], mips, s390x),
      defaultAction: { errno: 'ENOSYS' },
    };
    const { profile, findings } = policyProfile(policy);
    expect(profile).toMatchObject({
      defaultErrnoRet: 89,
      defaultErrno: 'ENOSYS',
      syscalls: [{ errnoRet: 89, errno: 'ENOSYS' }],
    });
    expect(findings.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'runtime-differs $.defaultErrno',
      'runtime-differs $.syscalls[0].errno',
    ]);
    expect(compilePolicy(readBack(policy)).program).toEqual(compilePolicy(policy).program);
  });

  it.each([
    [{ ...policyOf([]), badArchitectureAction: 'KILL_PROCESS' }, 'badArchitectureAction'],
    [{ ...policyOf([]), defaultAction: { trap: 1 } }, 'defaultAction'],
    [policyOf([{ syscall: 'read', action: { trap: 7 } }]), 'architectures[0].rules[0].action'],
  ] as [Policy, string][])('that no profile has are refused (%#)', (policy, path) => {
    expect(() => policyProfile(policy)).toThrow(expect.objectContaining({ code: 'BPF_INEXPRESSIBLE', path }));
  });
});

describe('calls', () => {
  it('of one shape stand together', () => {
    const rules: Rule[] = [
      { syscall: 'read', action: 'LOG' },
      { syscall: 'write', action: 'LOG' },
      { syscall: 'close', action: { errno: 1 } },
      { syscall: 'open', action: { errno: 'EPERM' } },
      { syscall: 'nosuchcall', action: 'LOG' },
    ];
    expect(policyProfile(policyOf(rules)).profile.syscalls?.map(({ names }) => names)).toEqual([
      ['read', 'write'],
      ['close', 'open'],
      ['nosuchcall'],
    ]);
  });

  it('by number get their name where it means the same', () => {
    const comparisons = [{ argument: 0, op: 'EQ', value: 2n }] as const;
    const rules: Rule[] = [
      { syscall: 3, action: 'LOG' },
      { syscall: 359, action: 'LOG' },
      { syscall: 359, action: 'TRAP', comparisons },
      { syscall: 9999, action: 'LOG' },
    ];
    const { profile, findings } = policyProfile(policyOf(rules, x86));
    expect(profile.syscalls?.flatMap(({ names }) => names)).toEqual(['read', '359', 'socket', '9999']);
    expect(findings.map(({ kind, path }) => `${kind} ${path}`)).toEqual(
      expect.arrayContaining([
        'runtime-differs $.syscalls[0].names[1]',
        'runtime-differs $.syscalls[2].names[0]',
      ]),
    );
  });

  it('whose name looks like a number are left out: no call has that name', () => {
    const { profile, findings } = policyProfile(policyOf([{ syscall: '0', action: 'LOG' }]));
    expect(profile.syscalls).toEqual([]);
    expect(findings[0]?.message).toBe("left out, since the name '0' would be taken as a number");
  });

  it('that libseccomp takes otherwise are reported', () => {
    const { findings } = policyProfile(
      policyOf([
        { syscall: 'read', action: 'LOG' },
        { syscall: 'read', action: 'TRAP' },
      ]),
    );
    expect(findings).toEqual([
      {
        kind: 'runtime-differs',
        ineffective: false,
        path: '$.syscalls[1].names[0]',
        message: 'libseccomp would answer LOG, since $.syscalls[0].names[0] has no comparisons',
      },
    ]);
  });

  it('that ask a supervisor need its socket, which is written with what else is said to the loader', () => {
    const policy = policyOf([{ syscall: 'mount', action: 'USER_NOTIF' }]);
    expect(policyProfile(policy).findings.map(({ message }) => message)).toEqual([
      'runtimes refuse SCMP_ACT_NOTIFY without listenerPath',
    ]);
    const loading = { flags: ['SECCOMP_FILTER_FLAG_LOG'], listenerPath: '/run/agent', listenerMetadata: 'm' };
    const { profile, findings } = policyProfile(policy, loading);
    expect(findings).toEqual([]);
    expect(readProfile(writeProfile(profile))).toMatchObject(loading);
  });
});

describe('several architectures', () => {
  it('with the same rules have one list', () => {
    const policy = policyOf([{ syscall: 'read', action: 'LOG' }], x86_64, x86, x32);
    expect(policyProfile(policy).profile).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG' }],
    });
  });

  it('can have rules for calls that only one has', () => {
    const policy: Policy = {
      defaultAction: 'ALLOW',
      architectures: [
        {
          architecture: aarch64,
          rules: [
            { syscall: 'renameat', action: 'LOG' },
            { syscall: 'read', action: 'LOG' },
          ],
        },
        {
          architecture: arm,
          rules: [
            { syscall: 'read', action: 'LOG' },
            { syscall: 'open', action: 'TRAP' },
            { syscall: 'renameat', action: 'LOG' },
          ],
        },
      ],
    };
    expect(policyProfile(policy).profile.syscalls?.map(({ names }) => names)).toEqual([
      ['renameat', 'read'],
      ['open'],
    ]);
    expect(compilePolicy(readBack(policy)).program).toEqual(compilePolicy(policy).program);
  });

  it('of other widths share a range of small values', () => {
    const policy = policyOf(
      [{ syscall: 'write', action: 'LOG', comparisons: range(2, 1n, 6n) }],
      x86_64,
      x86,
    );
    expect(lossOf(policy)).toBeUndefined();
  });

  it('can have rules for the same numbers', () => {
    const policy = policyOf(
      [
        { syscall: 5, action: 'LOG' },
        { syscall: 6, action: 'TRAP' },
      ],
      x86_64,
      aarch64,
    );
    expect(policyProfile(policy).profile.syscalls?.map(({ names }) => names)).toEqual([['5'], ['6']]);
    expect(compilePolicy(readBack(policy)).program).toEqual(compilePolicy(policy).program);
  });

  it.each([
    ['another action', [{ syscall: 'read', action: 'LOG' }], [{ syscall: 'read', action: 'TRAP' }], 0],
    [
      'a rule that the other lacks',
      [{ syscall: 'write', action: 'LOG' }],
      [
        { syscall: 'write', action: 'LOG' },
        { syscall: 'read', action: 'LOG' },
      ],
      1,
    ],
    [
      'another comparison',
      [{ syscall: 'read', action: 'LOG', comparisons: range(0, 1n, 2n) }],
      [{ syscall: 'read', action: 'LOG', comparisons: range(0, 1n, 3n) }],
      0,
    ],
    [
      'a comparison where the other has none',
      [{ syscall: 'read', action: 'LOG', comparisons: range(0, 0n, TOP) }],
      [{ syscall: 'read', action: 'LOG' }],
      0,
    ],
  ] as [string, Rule[], Rule[], number][])('with %s are refused', (_what, first, second, at) => {
    const policy: Policy = {
      defaultAction: 'ALLOW',
      architectures: [
        { architecture: x86_64, rules: first },
        { architecture: aarch64, rules: second },
      ],
    };
    expect(() => policyProfile(policy)).toThrow(
      expect.objectContaining({
        code: 'BPF_INEXPRESSIBLE',
        path: expect.stringMatching(`^architectures\\[${at}\\]`),
      }),
    );
  });

  it('refuse a rule that would open socketcall on another one', () => {
    const policy: Policy = {
      defaultAction: 'ALLOW',
      architectures: [
        { architecture: x86_64, rules: [{ syscall: 'accept', action: 'LOG' }] },
        { architecture: x86, rules: [] },
      ],
    };
    expect(() => policyProfile(policy)).toThrow(/expected the same rules for accept on x86/);
  });

  it("refuse QEMU's clone rules where the flags are in another argument", () => {
    const architectures = [ppc64, s390x].map((architecture) => ({
      architecture,
      rules: qemuPolicy('on,spawn=deny', true, architecture).architectures[0]?.rules ?? [],
    }));
    expect(() => policyProfile({ defaultAction: 'ALLOW', architectures })).toThrow(
      /^architectures\[0\]\.rules\[\d+\]: expected the same rules for clone on s390x, .*; write a profile for each$/,
    );
  });
});

it('refuses what only the order of rules decides, where it would be cut into pieces', () => {
  const rules: Rule[] = [
    { syscall: 'read', action: { errno: 1 }, comparisons: range(0, 1n, 6n) },
    { syscall: 'read', action: { errno: 2 }, comparisons: range(0, 2n, 5n) },
  ];
  expect(() => policyProfile(policyOf(rules))).toThrow(
    'architectures[0].rules[0]: expected one answer to a call whose comparisons no profile can say together, ' +
      'got ERRNO(1) and, by rule 1, ERRNO(2)',
  );
  const apart = policyOf([rules[0] as Rule, { ...(rules[1] as Rule), comparisons: range(0, 7n, 9n) }]);
  expect(lossOf(apart)).toBeUndefined();
});

describe("QEMU's policies", () => {
  const filtered = everyArchitecture.filter(({ lookupOnly }) => !lookupOnly);

  it.each(filtered.map((architecture) => ({ name: architecture.name, architecture })))(
    'can be written for $name',
    ({ architecture }) => {
      for (const mix of OPTION_MIXES) {
        const policy = qemuPolicy(mix, true, architecture);
        expect(compilePolicy(readBack(policy)).program).toEqual(compilePolicy(policy).program);
      }
      const { profile, findings } = policyProfile(qemuPolicy(OPTION_MIXES[15] as string, true, architecture));
      expect(profile.syscalls?.some(({ errno }) => errno !== undefined)).toBe(false);
      expect(findings.map(({ message }) => message)).toEqual(
        architecture.scmpName === undefined
          ? [`libseccomp does not know ${architecture.name}, and runtimes refuse the profile`]
          : [],
      );
    },
  );

  it('have the errno of the architecture', () => {
    const errnos = [x86_64, alpha, mips].map(
      (architecture) =>
        policyProfile(qemuPolicy('on,spawn=deny', true, architecture)).profile.syscalls?.find(({ names }) =>
          names?.includes('clone3'),
        )?.errnoRet,
    );
    expect(errnos).toEqual([38, 78, 89]);
  });
});
