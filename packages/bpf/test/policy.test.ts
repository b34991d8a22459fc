import { type Architecture, architectures, errnoNumber } from '@qseccomp/syscall-tables';
import { alpha } from '@qseccomp/syscall-tables/alpha';
import { armoabi } from '@qseccomp/syscall-tables/armoabi';
import { mips } from '@qseccomp/syscall-tables/mips';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x32 } from '@qseccomp/syscall-tables/x32';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  actionValue,
  BpfError,
  type BpfErrorCode,
  type Comparison,
  compilePolicy,
  dataWords,
  evaluatePolicy,
  type Finding,
  type Policy,
  type Rule,
  run,
} from '../src/index.ts';

const of = (
  rules: readonly Rule[],
  architecture: Architecture = x86_64,
  defaultAction: Action = 'ALLOW',
): Policy => ({
  defaultAction,
  architectures: [{ architecture, rules }],
});

/** What program and policy both answer. */
function answer(policy: Policy, nr: number, args: readonly bigint[] = [], arch?: number): number {
  const token = arch ?? (policy.architectures[0]?.architecture.auditArch as number);
  const call = { nr, arch: token, instructionPointer: 0n, args };
  const { program, endian } = compilePolicy(policy);
  const { value } = run(program, dataWords(call, endian));
  expect(evaluatePolicy(policy, call).value).toBe(value);
  return value;
}

const read = 0;
const equal = (argument: number, value: bigint): Comparison => ({ argument, op: 'EQ', value });

describe('of several rules that match', () => {
  const actions: readonly Action[] = [
    'KILL_PROCESS',
    'KILL_THREAD',
    'TRAP',
    { errno: 7 },
    'USER_NOTIF',
    { trace: 7 },
    'LOG',
    'ALLOW',
  ];
  it.each(actions.slice(1).map((action, i) => [actions[i] as Action, action] as const))(
    'the more restrictive wins, in whatever order they come: %j before %j',
    (more, less) => {
      const rules: Rule[] = [
        { syscall: 'read', action: more, comparisons: [equal(0, 1n)] },
        { syscall: 'read', action: less, comparisons: [equal(1, 1n)] },
      ];
      for (const each of [rules, [...rules].reverse()]) {
        const policy = of(each, x86_64, { trap: 9 });
        expect(answer(policy, read, [1n, 1n])).toBe(actionValue(more));
        expect(answer(policy, read, [0n, 1n])).toBe(actionValue(less));
        expect(answer(policy, read, [1n, 0n])).toBe(actionValue(more));
        expect(answer(policy, read, [0n, 0n])).toBe(actionValue({ trap: 9 }));
      }
    },
  );

  const errno = (data: number, ...comparisons: Comparison[]): Rule => ({
    syscall: 'read',
    action: { errno: data },
    comparisons,
  });

  it('the narrower wins among equal actions, whichever comes first', () => {
    const rules = [errno(1, equal(0, 1n)), errno(2), errno(3, equal(0, 1n), equal(1, 1n))];
    for (const each of [rules, [...rules].reverse()]) {
      expect(answer(of(each), read, [0n, 0n])).toBe(0x50002);
      expect(answer(of(each), read, [1n, 0n])).toBe(0x50001);
      expect(answer(of(each), read, [1n, 1n])).toBe(0x50003);
    }
  });

  it('a range within a range is narrower, and bits within a mask', () => {
    const ranges = [
      errno(1, { argument: 0, op: 'GT', value: 256n }),
      errno(2, { argument: 0, op: 'GT', value: 128n }),
    ];
    const masks = [
      errno(1, { argument: 0, op: 'MASKED_EQ', mask: 0xff0n, value: 0x320n }),
      errno(2, { argument: 0, op: 'MASKED_EQ', mask: 0xf00n, value: 0x300n }),
    ];
    for (const rules of [ranges, masks]) {
      for (const each of [rules, [...rules].reverse()]) {
        expect(answer(of(each), read, [0x325n])).toBe(0x50001);
      }
    }
    expect(answer(of(ranges), read, [200n])).toBe(0x50002);
    expect(answer(of(masks), read, [0x330n])).toBe(0x50002);
  });

  it('the one added last wins among equal actions of which none is narrower', () => {
    const rules = [errno(1, equal(0, 1n)), errno(2, equal(1, 1n))];
    expect(answer(of(rules), read, [1n, 1n])).toBe(0x50002);
    expect(answer(of([...rules].reverse()), read, [1n, 1n])).toBe(0x50001);
    expect(answer(of([errno(1), errno(2)]), read)).toBe(0x50002);
  });

  it('one goes with a broader one that is added last', () => {
    // 1 is narrower than 3, 2 has come after 1 and before 3: 3 beats 2, and 1 beats 3.
    const rules = [errno(1, equal(0, 1n), equal(1, 1n)), errno(2, equal(2, 1n)), errno(3, equal(0, 1n))];
    expect(answer(of(rules), read, [1n, 1n, 1n])).toBe(0x50001);
    expect(answer(of(rules), read, [1n, 0n, 1n])).toBe(0x50003);
    expect(answer(of(rules), read, [0n, 1n, 1n])).toBe(0x50002);
  });

  it('of two that are narrower than the one added last, the later goes first', () => {
    // 4 leaves 1 and 2, of which 2 was added last: that 1 goes before 3 does not count beside 4.
    const rules = [
      errno(1, equal(0, 1n), equal(1, 1n)),
      errno(2, equal(0, 1n), equal(2, 1n)),
      errno(3, equal(1, 1n)),
      errno(4, equal(0, 1n)),
    ];
    expect(answer(of(rules), read, [1n, 1n, 1n])).toBe(0x50002);
    expect(answer(of(rules), read, [1n, 1n, 0n])).toBe(0x50001);
    expect(answer(of(rules), read, [0n, 1n, 1n])).toBe(0x50003);
    expect(answer(of(rules), read, [1n, 0n, 0n])).toBe(0x50004);
  });
});

describe('comparisons', () => {
  it('of two rules may ask for the same highest bit', () => {
    const clear = (mask: bigint): Comparison => ({ argument: 1, op: 'MASKED_EQ', mask, value: 0n });
    const rules: Rule[] = [
      { syscall: 'read', action: 'TRAP', comparisons: [equal(0, 0n), clear(0x8000_0000n)] },
      {
        syscall: 'read',
        action: 'TRAP',
        comparisons: [{ argument: 0, op: 'LE', value: 5n }, clear(0x1_8000_0000n)],
      },
    ];
    for (const first of [0n, 5n]) {
      expect(answer(of(rules), read, [first, 0n])).toBe(0x30000);
      expect(answer(of(rules), read, [first, 0x8000_0000n])).toBe(actionValue('ALLOW'));
    }
  });

  it('take several on one argument, all of which have to hold', () => {
    const rule: Rule = {
      syscall: 'read',
      action: 'TRAP',
      comparisons: [
        { argument: 0, op: 'GE', value: 10n },
        { argument: 0, op: 'LT', value: 20n },
        { argument: 0, op: 'NE', value: 15n },
        { argument: 0, op: 'MASKED_EQ', mask: 1n, value: 1n },
      ],
    };
    const trapped = Array.from({ length: 30 }, (_, i) => i).filter(
      (i) => answer(of([rule]), read, [BigInt(i)]) === 0x30000,
    );
    expect(trapped).toEqual([11, 13, 17, 19]);
  });

  it('look at the low word alone where registers have 32 bits', () => {
    const policy = of([{ syscall: 1000, action: 'TRAP', comparisons: [equal(0, 5n)] }], x86);
    expect(answer(policy, 1000, [0x700000005n])).toBe(0x30000);
    expect(
      answer({ ...policy, architectures: [{ ...policy.architectures[0]!, architecture: x86_64 }] }, 1000, [
        0x700000005n,
      ]),
    ).toBe(0x7fff0000);
  });

  it('ignore bits of the value outside the mask, as libseccomp does', () => {
    const comparison: Comparison = { argument: 0, op: 'MASKED_EQ', mask: 0xff00n, value: 1000n };
    expect(answer(of([{ syscall: 'read', action: 'TRAP', comparisons: [comparison] }]), read, [0x3ffn])).toBe(
      0x30000,
    );
  });

  it('can be signed', () => {
    const negative: Comparison = { argument: 0, op: 'LT', value: 0n, signed: true };
    const policy = of([{ syscall: 'read', action: 'TRAP', comparisons: [negative] }]);
    expect(answer(policy, read, [0xffffffffffffffffn])).toBe(0x30000);
    expect(answer(policy, read, [0x7fffffffffffffffn])).toBe(0x7fff0000);
    const int = of([{ syscall: 'read', action: 'TRAP', comparisons: [{ ...negative, width: 32 }] }]);
    expect(answer(int, read, [0xffffffffn])).toBe(0x30000);
    expect(answer(int, read, [0xffffffff00000000n])).toBe(0x7fff0000);
  });
});

describe('architectures', () => {
  const trap: readonly Rule[] = [{ syscall: 'read', action: 'TRAP' }];
  const [trapped, allowed, killed] = [0x30000, 0x7fff0000, 0];
  const bit = 0x40000000;

  it('x86_64 alone has the numbers below the x32 bit, and -1', () => {
    const policy = of(trap);
    expect(answer(policy, read)).toBe(trapped);
    expect(answer(policy, bit - 1)).toBe(allowed);
    for (const nr of [bit, bit + 1, 0x80000000, 0xfffffffe]) expect(answer(policy, nr)).toBe(killed);
    expect(answer(policy, 0xffffffff)).toBe(allowed);
    expect(answer(policy, -1)).toBe(allowed);
  });

  it('x32 alone has all numbers from its bit on', () => {
    const policy = of(trap, x32);
    expect(answer(policy, bit)).toBe(trapped);
    for (const nr of [bit + 1, 0x80000000, 0xffffffff]) expect(answer(policy, nr)).toBe(allowed);
    for (const nr of [0, bit - 1]) expect(answer(policy, nr)).toBe(killed);
  });

  it('together the bit says which', () => {
    const policy: Policy = {
      defaultAction: 'ALLOW',
      architectures: [
        {
          architecture: x32,
          rules: [
            { syscall: 'read', action: 'LOG' },
            { syscall: 0xffffffff, action: 'LOG' },
          ],
        },
        { architecture: x86_64, rules: [...trap, { syscall: 0x80000000, action: 'TRAP' }] },
      ],
    };
    expect(answer(policy, read)).toBe(trapped);
    expect(answer(policy, bit)).toBe(0x7ffc0000);
    expect(answer(policy, 0x80000000)).toBe(trapped);
    expect(answer(policy, 0xffffffff)).toBe(0x7ffc0000);
    expect(answer(policy, 1)).toBe(allowed);
  });

  it('others get the bad-architecture action', () => {
    expect(answer(of(trap), read, [], x86.auditArch)).toBe(killed);
    expect(answer({ ...of(trap), badArchitectureAction: { errno: 'ENOSYS' } }, read, [], 0)).toBe(0x50026);
  });

  it('errno names have their numbers of each architecture', () => {
    const rules: readonly Rule[] = [{ syscall: 1, action: { errno: 'ENOSYS' } }];
    expect(answer(of(rules), 1)).toBe(0x50000 + 38);
    expect(answer(of(rules, mips), 1)).toBe(0x50000 + 89);
    const both: Policy = {
      defaultAction: { errno: 'ENOSYS' },
      architectures: [alpha, x86_64].map((architecture) => ({ architecture, rules: [] })),
    };
    expect(answer(both, 1, [], alpha.auditArch)).toBe(0x50000 + 78);
    expect(answer(both, 1, [], x86_64.auditArch)).toBe(0x50000 + 38);
  });

  it('errno names agree with the tables, on every architecture', () => {
    const names = Object.keys(alpha.errno).concat(
      'EPERM',
      'EWOULDBLOCK',
      'ENOTSUP',
      'EDEADLOCK',
      'EHWPOISON',
    );
    for (const architecture of architectures) {
      for (const errno of names) {
        expect(actionValue({ errno }, architecture) & 0xffff).toBe(errnoNumber(architecture, errno));
      }
    }
  });

  it('cover multiplexed calls through their multiplexer', () => {
    const policy = of([{ syscall: 'socket', action: 'TRAP' }], x86);
    expect(answer(policy, 359)).toBe(trapped);
    expect(answer(policy, 102, [1n])).toBe(trapped);
    expect(answer(policy, 102, [2n])).toBe(allowed);
    const wide = of([{ syscall: 'semop', action: 'TRAP' }], s390x);
    expect(answer(wide, 117, [1n])).toBe(trapped);
    expect(answer(wide, 117, [0x100000001n])).toBe(allowed);
  });
});

describe('findings', () => {
  const findings = (policy: Policy): readonly Pick<Finding, 'kind' | 'architecture'>[] =>
    compilePolicy(policy).findings.map(({ kind, rule, by, architecture }) => ({
      kind,
      rule,
      by,
      architecture,
    }));
  const found = (kind: string, rule?: number, by?: number, architecture = 'x86_64'): object => ({
    kind,
    rule,
    by,
    architecture,
  });
  const on = (syscall: string | number, action: Action, ...comparisons: Comparison[]): Rule => ({
    syscall,
    action,
    comparisons,
  });

  it.each<[string, Policy, object[]]>([
    ['nothing where there is nothing', of([on('read', 'TRAP')]), []],
    ['a call that the architecture does not have', of([on('umount', 'TRAP')]), [found('unknown-syscall', 0)]],
    ['a number that the table does not get', of([on(0x40000000, 'TRAP')]), [found('unreachable-number', 0)]],
    [
      'comparisons that exclude each other',
      of([on('read', 'TRAP', equal(0, 1n), equal(0, 2n))]),
      [found('never-matches', 0)],
    ],
    [
      'a comparison that never holds',
      of([on('read', 'TRAP', { argument: 0, op: 'LT', value: 0n })]),
      [found('never-matches', 0)],
    ],
    [
      'a comparison that always holds',
      of([on('read', 'TRAP', { argument: 0, op: 'GE', value: 0n })]),
      [found('always-holds', 0)],
    ],
    [
      'a mask of bits that the register does not have',
      of([on('read', 'TRAP', { argument: 0, op: 'MASKED_EQ', mask: 1n << 32n, value: 0n })], x86),
      [found('always-holds', 0, undefined, 'x86')],
    ],
    [
      'a value of bits that the register does not have',
      of([on('read', 'TRAP', equal(0, 1n << 32n))], x86),
      [found('truncated', 0, undefined, 'x86')],
    ],
    ['no loss in a negative int', of([on('read', 'TRAP', equal(0, 2n ** 64n - 1n))], x86), []],
    ['a rule that does what the default does', of([on('read', 'ALLOW')]), [found('same-as-default', 0)]],
    [
      'no such thing where the rule is an exception, but that libseccomp may not see it',
      of([on('read', 'KILL_THREAD', equal(0, 1n)), on('read', 'ALLOW', equal(1, 1n))], x86_64, 'KILL_THREAD'),
      [found('libseccomp-differs', 0, 1)],
    ],
    ['a rule twice', of([on('read', 'TRAP'), on('read', 'TRAP')]), [found('shadowed', 1, 0)]],
    [
      'a rule twice that is as the default',
      of([on('read', 'ALLOW'), on('read', 'ALLOW')]),
      [found('same-as-default', 0), found('same-as-default', 1)],
    ],
    [
      'a rule within a more restrictive one',
      of([on('read', 'LOG', equal(0, 1n)), on('read', 'TRAP', { argument: 0, op: 'LE', value: 9n })]),
      [found('libseccomp-differs', 1, 0), found('shadowed', 0, 1)],
    ],
    ...(
      [
        ['a value within a range', equal(0, 1n), { argument: 0, op: 'LT', value: 3n }],
        [
          'a range within a range',
          { argument: 0, op: 'GE', value: 9n },
          { argument: 0, op: 'GE', value: 3n },
        ],
        [
          'a mask within a range',
          { argument: 0, op: 'MASKED_EQ', mask: 0xffff_ffff_ffff_ffffn, value: 0n },
          { argument: 0, op: 'LT', value: 3n },
        ],
        [
          'more bits of a mask',
          { argument: 0, op: 'MASKED_EQ', mask: 3n, value: 1n },
          { argument: 0, op: 'MASKED_EQ', mask: 1n, value: 1n },
        ],
        [
          'a range that is one of 2^63 values shorter',
          { argument: 0, op: 'LT', value: 2n ** 63n },
          { argument: 0, op: 'LE', value: 2n ** 63n },
        ],
      ] as const
    ).flatMap(([name, narrow, broad]): [string, Policy, object[]][] => [
      [
        `${name}, which comes later`,
        of([on('read', 'TRAP', narrow), on('read', 'TRAP', broad)]),
        [found('shadowed', 0, 1)],
      ],
      [
        `${name}, which comes first`,
        of([on('read', 'TRAP', broad), on('read', 'TRAP', narrow)]),
        [found('shadowed', 1, 0)],
      ],
    ]),
    [
      'a range within a range with a mask',
      of([
        on('read', 'TRAP', { argument: 0, op: 'LE', value: 6n }),
        on(
          'read',
          'TRAP',
          { argument: 0, op: 'LE', value: 9n },
          { argument: 0, op: 'MASKED_EQ', mask: 8n, value: 0n },
        ),
      ]),
      [found('shadowed', 0, 1)],
    ],
    [
      'a rule that others cover together',
      of([
        on('read', 'TRAP', { argument: 0, op: 'LE', value: 5n }),
        on('read', 'KILL_PROCESS', { argument: 0, op: 'GT', value: 5n }),
        on('read', 'LOG', equal(1, 1n)),
      ]),
      [found('libseccomp-differs', 0, 2), found('libseccomp-differs', 1, 2), found('shadowed', 2)],
    ],
    [
      'a multiplexed call with comparisons',
      of([on('socket', 'TRAP', equal(0, 2n))], x86),
      [found('multiplexed', 0, undefined, 'x86')],
    ],
    [
      'a denied call that ipc still makes',
      of([on('semop', 'TRAP')], x86),
      [found('multiplexer-open', 0, undefined, 'x86')],
    ],
    [
      'a denied call that socketcall still makes where registers have 64 bits',
      of([on('socket', 'TRAP')], s390x),
      [found('multiplexer-open', 0, undefined, 's390x')],
    ],
    ['no such call where registers have 32 bits', of([on('socket', 'TRAP')], x86), []],
    ['no such call where calls are allowed one by one', of([on('semop', 'ALLOW')], x86, 'TRAP'), []],
    [
      'no such call where the multiplexer is denied',
      of([on('semop', 'TRAP'), on('ipc', 'TRAP')], x86),
      [found('shadowed', 0, 1, 'x86')],
    ],
    [
      'no such call where the multiplexer is denied under the mask that the kernel has',
      of(
        [on('shmat', 'TRAP'), on('ipc', 'TRAP', { argument: 0, op: 'MASKED_EQ', mask: 0xffffn, value: 21n })],
        x86,
      ),
      [],
    ],
    ['an errno that the kernel clamps', of([on('read', { errno: 4096 })]), [found('errno-clamped', 0)]],
    [
      'an architecture without filters',
      of([], alpha),
      alpha.seccompFilterSince ? [] : [found('no-kernel-support', undefined, undefined, 'alpha')],
    ],
    [
      'a rule without comparisons beside a more restrictive one',
      of([on('read', { errno: 1 }), on('read', 'KILL_PROCESS', equal(0, 1n))]),
      [found('libseccomp-differs', 1, 0)],
    ],
    [
      'a broad rule after a narrow one',
      of([on('read', 'KILL_PROCESS', equal(0, 1n), equal(1, 1n)), on('read', 'TRAP', equal(0, 1n))]),
      [found('libseccomp-differs', 0, 1)],
    ],
    [
      'a narrow rule after a broad one of the same action',
      of([on('read', { errno: 1 }, equal(0, 1n)), on('read', { errno: 2 }, equal(0, 1n), equal(1, 1n))]),
      [found('libseccomp-differs', 1, 0)],
    ],
    [
      'rules that overlap, and the more restrictive one answers',
      of([on('read', 'TRAP', equal(0, 1n)), on('read', { errno: 1 }, equal(1, 1n))]),
      [found('libseccomp-differs', 0, 1)],
    ],
    [
      'rules of one answer that go on to another argument from the same first one',
      of([on('read', 'TRAP', equal(0, 1n)), on('read', 'TRAP', { ...equal(0, 5n), op: 'NE' }, equal(1, 1n))]),
      [found('libseccomp-differs', 1, 0)],
    ],
    [
      'nothing of rules that no call meets together',
      of([
        on('read', 'TRAP', equal(0, 1n), equal(1, 1n)),
        on('read', { errno: 1 }, equal(0, 2n), equal(1, 1n)),
        on('read', { errno: 2 }, { argument: 0, op: 'GT', value: 2n }),
      ]),
      [],
    ],
    [
      'no difference where both would answer the same',
      of([on('read', 'TRAP'), on('read', { errno: 1 }, equal(0, 1n))]),
      [found('shadowed', 1, 0)],
    ],
  ])('report %s', (_, policy, expected) => {
    expect(findings(policy)).toEqual(expected);
  });

  it('are errors under strict if something has no effect', () => {
    const policy = of([on('umount', 'TRAP'), on('read', 'ALLOW')]);
    try {
      compilePolicy(policy, { strict: true });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BpfError);
      expect(error).toMatchObject({
        code: 'BPF_STRICT',
        message: "x86_64, rule 0 (umount): x86_64 has no system call 'umount' (and 1 more)",
        findings: [{ kind: 'unknown-syscall' }, { kind: 'same-as-default' }],
      });
    }
    expect(() => compilePolicy(of([on('read', { errno: 4096 })]), { strict: true })).not.toThrow();
  });
});

describe('a policy that means nothing', () => {
  const rule = (changes: object): Policy => of([{ syscall: 'read', action: 'TRAP', ...changes } as Rule]);
  const compared = (changes: object): Policy =>
    rule({ comparisons: [{ argument: 0, op: 'EQ', value: 1n, ...changes }] });
  const at = 'architectures[0].rules[0]';

  it.each<[string, Policy, BpfErrorCode, string]>([
    [
      'no architecture',
      { ...of([]), architectures: [] },
      'BPF_ARCHITECTURE',
      'architectures: expected at least one architecture, got none',
    ],
    [
      'one that is for look-up only',
      of([], armoabi),
      'BPF_ARCHITECTURE',
      'architectures[0]: expected an architecture that filters can be made for, got armoabi (look-up only)',
    ],
    [
      'one twice',
      { ...of([]), architectures: [x86, x86].map((architecture) => ({ architecture, rules: [] })) },
      'BPF_ARCHITECTURE',
      'architectures[1]: expected each architecture once, got AUDIT_ARCH_I386 again',
    ],
    [
      'two byte orders',
      { ...of([]), architectures: [x86, s390x].map((architecture) => ({ architecture, rules: [] })) },
      'BPF_BYTE_ORDER',
      'architectures[1]: expected the byte order of x86 (little), got s390x (big)',
    ],
    [
      'an unknown action',
      rule({ action: 'KILL' }),
      'BPF_ACTION',
      `${at}.action: expected KILL_PROCESS, KILL_THREAD, TRAP, USER_NOTIF, LOG, ALLOW, { errno }, { trace } or { trap }, got 'KILL'`,
    ],
    ['no action', rule({ action: undefined }), 'BPF_ACTION', `${at}.action: expected`],
    ['an action of a prototype', rule({ action: 'toString' }), 'BPF_ACTION', "got 'toString'"],
    [
      'no default action',
      { ...of([]), defaultAction: null } as unknown as Policy,
      'BPF_ACTION',
      'defaultAction: expected',
    ],
    [
      'an errno out of range',
      rule({ action: { errno: 65536 } }),
      'BPF_ACTION',
      `${at}.action.errno: expected an integer from 0 to 65535, got 65536`,
    ],
    [
      'an unknown errno',
      rule({ action: { errno: 'ENONSENSE' } }),
      'BPF_ACTION',
      `${at}.action.errno: expected a name such as 'EPERM', got 'ENONSENSE'`,
    ],
    [
      'a negative trace message',
      rule({ action: { trace: -1 } }),
      'BPF_ACTION',
      `${at}.action.trace: expected`,
    ],
    [
      'no call',
      rule({ syscall: '' }),
      'BPF_RULE',
      `${at}.syscall: expected a name or a number from 0 to 4294967295, got ''`,
    ],
    ['a negative number', rule({ syscall: -1 }), 'BPF_RULE', 'got -1'],
    [
      'a seventh argument',
      compared({ argument: 6 }),
      'BPF_COMPARISON',
      `${at}.comparisons[0].argument: expected an argument index from 0 to 5, got 6`,
    ],
    [
      'an unknown operator',
      compared({ op: '==' }),
      'BPF_COMPARISON',
      `${at}.comparisons[0].op: expected one of NE, LT, LE, EQ, GE, GT, MASKED_EQ, got ==`,
    ],
    [
      'a value that is no bigint',
      compared({ value: 1 }),
      'BPF_COMPARISON',
      `${at}.comparisons[0].value: expected a bigint from 0 to 2^64 - 1, got 1`,
    ],
    ['a value of 65 bits', compared({ value: 2n ** 64n }), 'BPF_COMPARISON', 'got 18446744073709551616'],
    [
      'a value too wide for its width',
      compared({ width: 32, value: 2n ** 32n }),
      'BPF_COMPARISON',
      'expected a bigint from 0 to 2^32 - 1',
    ],
    ['a negative value unsigned', compared({ value: -1n }), 'BPF_COMPARISON', 'got -1'],
    [
      'no mask',
      compared({ op: 'MASKED_EQ' }),
      'BPF_COMPARISON',
      `${at}.comparisons[0].mask: expected a bigint from 0 to 2^64 - 1, got undefined`,
    ],
    [
      'a mask out of place',
      compared({ mask: 1n }),
      'BPF_COMPARISON',
      `${at}.comparisons[0].mask: expected none with EQ, got 1`,
    ],
    [
      'a width of 16',
      compared({ width: 16 }),
      'BPF_COMPARISON',
      `${at}.comparisons[0].width: expected 32 or 64, got 16`,
    ],
  ])('is refused: %s', (_, policy, code, message) => {
    const error = expect.objectContaining({
      name: 'BpfError',
      code,
      message: expect.stringContaining(message),
    });
    expect(() => compilePolicy(policy)).toThrowError(error);
    expect(() => evaluatePolicy(policy, { nr: 0, arch: 0, instructionPointer: 0n, args: [] })).toThrowError(
      error,
    );
  });
});
