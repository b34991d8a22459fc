import { architectures as everyArchitecture, findArchitecture } from '@qseccomp/syscall-tables';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { alpha } from '@qseccomp/syscall-tables/alpha';
import { arm } from '@qseccomp/syscall-tables/arm';
import { mips } from '@qseccomp/syscall-tables/mips';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x32 } from '@qseccomp/syscall-tables/x32';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  compilePolicy,
  emulate,
  type Profile,
  type ProfileConditions,
  type ProfilePolicyOptions,
  type ProfileSyscall,
  profileArchitectures,
  profilePolicy,
} from '../src/index.ts';
import { ENGINE_NAMES, engineName, profileName } from '../src/oci/names.ts';

const ALLOW: Profile = { defaultAction: 'SCMP_ACT_ALLOW' };
const LOG_READ: ProfileSyscall = { names: ['read'], action: 'SCMP_ACT_LOG' };

const rulesOf = (syscalls: readonly ProfileSyscall[], options: Partial<ProfilePolicyOptions> = {}) =>
  profilePolicy({ ...ALLOW, syscalls }, { architectures: [x86_64], ...options }).policy.architectures[0]
    ?.rules;

const findingsOf = (profile: Partial<Profile>, options: Partial<ProfilePolicyOptions> = {}) =>
  profilePolicy({ ...ALLOW, ...profile }, { architectures: [x86_64], ...options }).findings.map(
    ({ kind, path, message }) => `${kind} ${path}: ${message}`,
  );

describe('actions', () => {
  it.each([
    ['SCMP_ACT_KILL', {}, 'KILL_THREAD', 0],
    ['SCMP_ACT_KILL_THREAD', {}, 'KILL_THREAD', 0],
    ['SCMP_ACT_KILL_PROCESS', {}, 'KILL_PROCESS', 0x80000000],
    ['SCMP_ACT_TRAP', {}, 'TRAP', 0x30000],
    ['SCMP_ACT_ERRNO', {}, { errno: 1 }, 0x50001],
    ['SCMP_ACT_ERRNO', { errnoRet: 0 }, { errno: 0 }, 0x50000],
    ['SCMP_ACT_ERRNO', { errnoRet: 5000 }, { errno: 5000 }, 0x50fff],
    ['SCMP_ACT_ERRNO', { errno: 'ENOSYS', errnoRet: 38 }, { errno: 'ENOSYS' }, 0x50026],
    ['SCMP_ACT_ERRNO', { errno: '38' }, { errno: 38 }, 0x50026],
    ['SCMP_ACT_TRACE', {}, { trace: 1 }, 0x7ff00001],
    ['SCMP_ACT_TRACE', { errnoRet: 65535 }, { trace: 65535 }, 0x7ff0ffff],
    ['SCMP_ACT_TRACE', { errno: 'ENOSYS' }, { trace: 38 }, 0x7ff00026],
    ['SCMP_ACT_NOTIFY', {}, 'USER_NOTIF', 0x7fc00000],
    ['SCMP_ACT_LOG', {}, 'LOG', 0x7ffc0000],
    ['SCMP_ACT_ALLOW', {}, 'ALLOW', 0x7fff0000],
  ])('%s with %j', (action, errno, expected, value) => {
    expect(rulesOf([{ names: ['read'], action, ...errno }])?.[0]?.action).toEqual(expected);
    const { errnoRet: defaultErrnoRet, errno: defaultErrno } = errno as ProfileSyscall;
    const profile = {
      defaultAction: action,
      ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
      ...(defaultErrno === undefined ? {} : { defaultErrno }),
    };
    const { program } = compilePolicy(profilePolicy(profile, { architectures: [x86_64] }).policy);
    expect(emulate(program, { nr: 0, arch: x86_64.auditArch, instructionPointer: 0n, args: [] }).value).toBe(
      value,
    );
  });

  it('take an errno by name in the numbers of each architecture', () => {
    const syscalls = [
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS', errnoRet: 38 },
      { names: ['read'], action: 'SCMP_ACT_TRACE', errno: 'ENOSYS', errnoRet: 38 },
    ];
    const { policy, findings } = profilePolicy({ ...ALLOW, syscalls }, { architectures: [mips, s390x] });
    expect(policy.architectures.map(({ rules }) => rules[1]?.action)).toEqual([{ trace: 89 }, { trace: 38 }]);
    const { program } = compilePolicy(policy);
    const answers = [mips, s390x].map(({ auditArch, syscalls: calls }) => {
      const nr = calls.find(([name]) => name === 'clone3')?.[1] as number;
      return emulate(program, { nr, arch: auditArch, instructionPointer: 0n, args: [] }).data;
    });
    expect(answers).toEqual([89, 38]);
    expect(findings.map(({ path }) => path)).toEqual(['$.syscalls[0].errno', '$.syscalls[1].errno']);
    expect(findings[0]?.message).toBe('ENOSYS is 89 on mips; only Podman reads this field, others take 38');
  });

  it.each(
    [
      [{ syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', errno: 'EWRONG' }] }, '$.syscalls[0].errno'],
      [{ syscalls: [{ names: ['read'], action: 'SCMP_ACT_TRACE', errno: '70000' }] }, '$.syscalls[0].errno'],
      [{ defaultAction: 'SCMP_ACT_ERRNO', defaultErrno: 'EWRONG' }, '$.defaultErrno'],
      [{ defaultAction: 'SCMP_ACT_OOPS' }, '$.defaultAction'],
      [
        { syscalls: [{ ...LOG_READ, args: [{ index: 0, value: 0n, op: 'EQ' }] }] },
        '$.syscalls[0].args[0].op',
      ],
    ].map(([profile, path]) => ({ profile, path })),
  )('refuse a wrong $path', ({ profile, path }) => {
    const make = () =>
      profilePolicy({ ...ALLOW, ...(profile as Partial<Profile>) }, { architectures: [x86_64] });
    expect(make).toThrow(expect.objectContaining({ code: 'BPF_PROFILE', path }));
  });
});

describe('rules', () => {
  it('are one for each name, with their place', () => {
    const args = [{ index: 1, value: 0xf0n, valueTwo: 0x10n, op: 'SCMP_CMP_MASKED_EQ' }];
    expect(
      rulesOf([
        { names: ['read', '1000', '007'], action: 'SCMP_ACT_LOG', args },
        { name: 'write', action: 'SCMP_ACT_KILL' },
      ]),
    ).toEqual(
      [
        { syscall: 'read', path: '$.syscalls[0].names[0]' },
        { syscall: 1000, path: '$.syscalls[0].names[1]' },
        { syscall: '007', path: '$.syscalls[0].names[2]' },
      ]
        .map((rule): unknown => ({
          ...rule,
          action: 'LOG',
          comparisons: [{ argument: 1, op: 'MASKED_EQ', value: 0x10n, mask: 0xf0n }],
        }))
        .concat({ syscall: 'write', action: 'KILL_THREAD', comparisons: [], path: '$.syscalls[1].name' }),
    );
  });

  it('with an index twice hold together, or each alone as with runc', () => {
    const between = [
      { index: 0, value: 5n, op: 'SCMP_CMP_GE' },
      { index: 0, value: 7n, op: 'SCMP_CMP_LE' },
    ];
    const syscalls = [{ ...LOG_READ, args: between }];
    expect(rulesOf(syscalls)?.map(({ comparisons }) => comparisons?.length)).toEqual([2]);
    expect(
      rulesOf(syscalls, { repeatedArguments: 'any' })?.map(({ comparisons }) => comparisons?.length),
    ).toEqual([1, 1]);
    expect(findingsOf({ syscalls })).toEqual([
      'runtime-differs $.syscalls[0].args: an index occurs twice: here all entries have to hold, to runc and crun one is enough',
    ]);
    expect(findingsOf({ syscalls }, { repeatedArguments: 'any' })).toEqual([]);
    const apart = [{ ...LOG_READ, args: [between[0], { ...between[1], index: 1 }] as typeof between }];
    expect(
      rulesOf(apart, { repeatedArguments: 'any' })?.map(({ comparisons }) => comparisons?.length),
    ).toEqual([2]);
  });

  it('with the action of the default count, although runtimes skip them', () => {
    const syscalls = [
      LOG_READ,
      {
        names: ['write', 'read'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 1n, op: 'SCMP_CMP_EQ' }],
      },
    ];
    expect(rulesOf(syscalls)).toHaveLength(3);
    expect(findingsOf({ syscalls })).toEqual([
      "runtime-differs $.syscalls[1].names[1]: runtimes skip a rule with the default's action, ALLOW; here it counts",
    ]);
  });
});

describe('includes and excludes', () => {
  const kept = (conditions: Partial<ProfileSyscall>, options: Partial<ProfilePolicyOptions> = {}): boolean =>
    rulesOf([{ ...LOG_READ, ...conditions }], options)?.length === 1;

  it.each([
    [{}, true, true, true],
    [{ arches: [] }, true, true, true],
    [{ arches: ['amd64', 'x32'] }, true, true, false],
    [{ arches: ['x86_64'] }, false, false, false],
    [{ caps: ['CAP_BPF'] }, false, true, true],
    [{ caps: ['CAP_BPF', 'CAP_SYS_TIME'] }, false, false, false],
    [{ minKernel: '4.8' }, true, true, false],
    [{ minKernel: '5.9' }, true, true, false],
    [{ minKernel: '5.11' }, true, false, false],
    [{ minKernel: '6.0' }, true, false, false],
  ])('includes %j', (includes: ProfileConditions, bare, equipped, old) => {
    expect(kept({ includes })).toBe(bare);
    expect(
      kept({ includes }, { architectures: [x86_64, x86], caps: ['CAP_BPF'], kernel: '5.10.0-18-amd64' }),
    ).toBe(equipped);
    expect(kept({ includes }, { architectures: [x86, x86_64], caps: ['CAP_BPF'], kernel: '3.10' })).toBe(old);
  });

  it.each([
    [{}, true, true],
    [{ arches: ['amd64'] }, false, false],
    [{ arches: ['arm64'] }, true, true],
    [{ caps: ['CAP_SYS_TIME', 'CAP_BPF'] }, true, false],
    [{ minKernel: '5.10' }, false, false],
    [{ minKernel: '5.11' }, false, true],
  ])('excludes %j', (excludes: ProfileConditions, bare, equipped) => {
    expect(kept({ excludes })).toBe(bare);
    expect(kept({ excludes }, { caps: ['CAP_BPF'], kernel: '5.10' })).toBe(equipped);
  });

  it('say why a rule is left out', () => {
    const reason = (conditions: Partial<ProfileSyscall>): string[] =>
      findingsOf({ syscalls: [{ ...LOG_READ, ...conditions }] }, { kernel: '4.4', caps: ['CAP_BPF'] });
    const caps = ['CAP_BPF'];
    expect([
      reason({ includes: { arches: ['arm64'] }, excludes: { caps: ['CAP_SYS_TIME', 'CAP_BPF'] } }),
      reason({ includes: { arches: ['arm64'], caps } }),
      reason({ includes: { caps: ['CAP_BPF', 'CAP_SYS_TIME'] } }),
      reason({ includes: { minKernel: '4.8', caps } }),
      reason({ excludes: { minKernel: '4.0' }, includes: { caps } }),
      reason({ excludes: { arches: ['amd64'] }, includes: { caps } }),
    ]).toEqual([
      ['left-out $.syscalls[0]: left out, since excludes.caps has CAP_BPF'],
      ['left-out $.syscalls[0]: left out, since includes.arches has no amd64'],
      ['left-out $.syscalls[0]: left out, since includes.caps has CAP_SYS_TIME'],
      ['left-out $.syscalls[0]: left out, since includes.minKernel is 4.8'],
      ['left-out $.syscalls[0]: left out, since excludes.minKernel is 4.0'],
      ['left-out $.syscalls[0]: left out, since excludes.arches has amd64'],
    ]);
  });

  it.each(['', '5', 'v5.10', '5.x', 'latest'])('refuse the kernel %j', (kernel) => {
    expect(() => rulesOf([LOG_READ], { kernel })).toThrow(
      expect.objectContaining({
        code: 'BPF_PROFILE',
        message: `kernel: expected a release such as '5.10', got '${kernel}'`,
      }),
    );
  });
});

describe('findings', () => {
  it.each(
    [
      [
        { syscalls: [{ ...LOG_READ, names: [] }] },
        'no-effect $.syscalls[0].names: the rule names no system call',
      ],
      [
        { syscalls: [{ ...LOG_READ, names: ['1000'] }] },
        "runtime-differs $.syscalls[0].names[0]: runtimes skip '1000': they look up names only",
      ],
      [
        { syscalls: [{ ...LOG_READ, errnoRet: 1 }] },
        'no-effect $.syscalls[0].errnoRet: SCMP_ACT_LOG takes no errno; runc ignores it, crun refuses the profile',
      ],
      [
        { syscalls: [{ ...LOG_READ, errno: 'EIO' }] },
        'no-effect $.syscalls[0].errno: SCMP_ACT_LOG takes no errno',
      ],
      [
        { defaultErrnoRet: 1 },
        'no-effect $.defaultErrnoRet: SCMP_ACT_ALLOW takes no errno; runc ignores it, crun refuses the profile',
      ],
      [
        { syscalls: [{ ...LOG_READ, args: [{ index: 0, value: 1n, valueTwo: 2n, op: 'SCMP_CMP_EQ' }] }] },
        'no-effect $.syscalls[0].args[0].valueTwo: SCMP_CMP_EQ takes one value',
      ],
      [
        { syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', errno: 'EIO' }] },
        'runtime-differs $.syscalls[0].errno: EIO is 5 on x86_64; only Podman reads this field, others take 1',
      ],
      [
        { syscalls: [{ names: ['read'], action: 'SCMP_ACT_NOTIFY' }] },
        'runtime-differs $.syscalls[0].action: runtimes refuse SCMP_ACT_NOTIFY without listenerPath',
      ],
      [
        { listenerPath: '/a', syscalls: [{ name: 'write', action: 'SCMP_ACT_NOTIFY' }] },
        'runtime-differs $.syscalls[0].name: runc refuses SCMP_ACT_NOTIFY for write',
      ],
      [
        { defaultAction: 'SCMP_ACT_NOTIFY' },
        'runtime-differs $.defaultAction: runc refuses SCMP_ACT_NOTIFY as the default action',
      ],
      [
        { listenerMetadata: 'm' },
        'no-effect $.listenerMetadata: without listenerPath there is nobody to send it to',
      ],
      [
        { flags: ['SECCOMP_FILTER_FLAG_LOG', 'LOG'] },
        "runtime-differs $.flags[1]: runtimes refuse the unknown flag 'LOG'",
      ],
      [
        { syscalls: [{ ...LOG_READ, excludes: { arches: ['aarch64'] } }] },
        "no-effect $.syscalls[0].excludes.arches[0]: engines call no architecture 'aarch64'",
      ],
      [
        { Syscalls: [] },
        "unknown-field $.Syscalls: no profile has a field 'Syscalls' here (some engines take it as 'syscalls')",
      ],
      [
        { archMap: [{ architecture: 'SCMP_ARCH_X86', subArches: [] }] },
        "unknown-field $.archMap[0].subArches: no profile has a field 'subArches' here",
      ],
      [
        { syscalls: [{ ...LOG_READ, priority: 3 }] },
        "unknown-field $.syscalls[0].priority: no profile has a field 'priority' here",
      ],
      [
        { syscalls: [{ ...LOG_READ, excludes: { cap: [] } }] },
        "unknown-field $.syscalls[0].excludes.cap: no profile has a field 'cap' here",
      ],
      [
        { syscalls: [{ ...LOG_READ, args: [{ index: 0, value: 0n, op: 'SCMP_CMP_EQ', value2: 1n }] }] },
        "unknown-field $.syscalls[0].args[0].value2: no profile has a field 'value2' here",
      ],
    ].map(([profile, finding]) => ({ profile, finding })),
  )('$finding', ({ profile, finding }) => {
    expect(findingsOf(profile as Partial<Profile>)).toEqual([finding]);
  });

  it('name a capability that the profile never asks for', () => {
    const syscalls = [{ ...LOG_READ, includes: { caps: ['CAP_SYS_TIME'] } }];
    expect(findingsOf({ syscalls }, { caps: ['CAP_SYS_TIME', 'SYS_TIME'] })).toEqual([
      "no-effect $: no rule asks for the capability 'SYS_TIME'",
    ]);
  });

  it.each(['includes', 'excludes'] as const)(
    'name capabilities in %s that the kernel does not have',
    (field) => {
      const caps = ['CAP_SYS_TIME', 'CAP_TIME', 'SYS_TIME', 'cap_bpf', 'CAP_CHECKPOINT_RESTORE'];
      const syscalls = [LOG_READ, { ...LOG_READ, [field]: { caps } }];
      const place = `no-effect $.syscalls[1].${field}.caps`;
      const unknown = (given: Partial<ProfilePolicyOptions>) =>
        findingsOf({ syscalls }, given).filter((finding) => finding.startsWith(place));
      const others = [
        `${place}[1]: the kernel has no capability 'CAP_TIME'`,
        `${place}[3]: the kernel has no capability 'cap_bpf'; engines call it CAP_BPF`,
      ];
      expect(unknown({})).toEqual([
        others[0],
        `${place}[2]: the kernel has no capability 'SYS_TIME'; engines call it CAP_SYS_TIME`,
        others[1],
      ]);
      expect(unknown({ caps: ['SYS_TIME'] })).toEqual(others);
    },
  );

  it('are none for a plain profile', () => {
    expect(findingsOf({ flags: ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'], syscalls: [LOG_READ] })).toEqual([]);
  });
});

describe('profileArchitectures', () => {
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_S390X' },
  ];
  const named = { ...ALLOW, architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] };

  it.each([
    [
      'those asked for, each once',
      { ...ALLOW, archMap },
      { requested: [arm, mips, arm], machine: x86_64 },
      [arm, mips],
    ],
    ["those named, the machine's first", named, { machine: x86_64 }, [x86_64, x86]],
    ['those named, in their order', named, { machine: aarch64 }, [x86, x86_64]],
    ['those named, on an unknown machine', named, {}, [x86, x86_64]],
    [
      "the machine's entry with its sub-architectures",
      { ...ALLOW, archMap },
      { machine: x86_64 },
      [x86_64, x86, x32],
    ],
    ["the machine's entry without any", { ...ALLOW, archMap }, { machine: s390x }, [s390x]],
    ['the machine where archMap has no entry for it', { ...ALLOW, archMap }, { machine: arm }, [arm]],
    ['the machine where nothing is named', ALLOW, { requested: [], machine: mips }, [mips]],
    [
      'the machine for SCMP_ARCH_NATIVE',
      { ...ALLOW, architectures: ['SCMP_ARCH_NATIVE', 'SCMP_ARCH_X86'] },
      { machine: x86_64 },
      [x86_64, x86],
    ],
    ['one that libseccomp does not know', { ...ALLOW, architectures: ['SCMP_ARCH_ALPHA'] }, {}, [alpha]],
  ])('gives %s', (_what, profile: Profile, options, expected) => {
    expect(profileArchitectures(profile, { ...options, find: findArchitecture })).toEqual(expected);
  });

  it.each([
    [
      { ...ALLOW, architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X8664'] },
      '$.architectures[1]',
      'did you mean SCMP_ARCH_X86',
    ],
    [
      { ...ALLOW, archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_I386X'] }] },
      '$.archMap[0].subArchitectures[0]',
      'SCMP_ARCH_I386X',
    ],
  ])('refuses %j', (profile, path, message) => {
    const choose = () => profileArchitectures(profile, { machine: x86_64, find: findArchitecture });
    expect(choose).toThrow(
      expect.objectContaining({ code: 'BPF_PROFILE', path, message: expect.stringContaining(message) }),
    );
  });

  it('needs the machine where the profile leaves it open', () => {
    expect(() => profileArchitectures(ALLOW, { find: findArchitecture })).toThrow(/which is not known/);
  });

  it('and profiles have a name for every architecture', () => {
    for (const architecture of everyArchitecture) {
      const names = [profileName(architecture)];
      expect(profileArchitectures({ ...ALLOW, architectures: names }, { find: findArchitecture })).toEqual([
        architecture,
      ]);
      if (architecture.scmpName !== undefined) expect(ENGINE_NAMES.has(engineName(architecture))).toBe(true);
    }
  });
});
