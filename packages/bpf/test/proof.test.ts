import { type Architecture, architectures, errnoName, x86 } from '@qseccomp/syscall-tables';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x32 } from '@qseccomp/syscall-tables/x32';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  ActionValue,
  BpfError,
  compilePolicy,
  dataWords,
  emulateStack,
  type Instruction,
  kernelValue,
  Opcode,
  type Policy,
  type Program,
  type Rule,
  run,
} from '../src/index.ts';
import {
  type Comparable,
  compareFilters,
  describeDifferences,
  type FieldCondition,
  filterComparer,
} from '../src/proof/index.ts';
import { OPTION_MIXES, qemuPolicy } from './qemu-policy.ts';

const { ALLOW, KILL_PROCESS, KILL_THREAD, LOG, TRAP } = ActionValue;
const TOKEN = x86_64.auditArch;

const op = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const load = (byte: number): Instruction => op(Opcode.LD_ABS, byte);
const ret = (k: number): Instruction => op(Opcode.RET_K, k);
const returnA = op(Opcode.RET_A);
/** Low words of arguments 0 and 1. */
const [FIRST, SECOND] = [16, 24];
/** Puts argument 1 into X and argument 0 into A. */
const both = [load(SECOND), op(Opcode.TAX), load(FIRST)];
/** Allows where a jump is taken, else kills. */
const when = (...program: Instruction[]): Program => [...program, ret(ALLOW), ret(KILL_THREAD)];

const policyOf = (rules: readonly Rule[], more: Partial<Policy> = {}): Policy => ({
  defaultAction: 'ALLOW',
  architectures: [{ architecture: x86_64, rules }],
  ...more,
});

/** What is thrown, as a {@link BpfError}. */
const errorOf = (a: Comparable, b: Comparable, nodeLimit?: number): BpfError => {
  try {
    compareFilters(a, b, nodeLimit === undefined ? {} : { nodeLimit });
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('two programs are equal', () => {
  const cases: Readonly<Record<string, readonly [Program, Program]>> = {
    'a + x - x is a': [
      [...both, op(Opcode.ADD_X), op(Opcode.SUB_X), returnA],
      [load(FIRST), returnA],
    ],
    'a ^ x ^ x is a': [
      [...both, op(Opcode.XOR_X), op(Opcode.XOR_X), returnA],
      [load(FIRST), returnA],
    ],
    '~(a & x) is ~a | ~x': [
      [...both, op(Opcode.AND_X), op(Opcode.XOR_K, 0xffffffff), returnA],
      [
        load(SECOND),
        op(Opcode.XOR_K, 0xffffffff),
        op(Opcode.TAX),
        load(FIRST),
        op(Opcode.XOR_K, 0xffffffff),
        op(Opcode.OR_X),
        returnA,
      ],
    ],
    '-a is 0 - a': [
      [load(FIRST), op(Opcode.NEG), returnA],
      [load(FIRST), op(Opcode.TAX), op(Opcode.LD_IMM), op(Opcode.SUB_X), returnA],
    ],
    'a * 3 is a + a + a, through scratch memory': [
      [load(FIRST), op(Opcode.MUL_K, 3), returnA],
      [load(FIRST), op(Opcode.ST, 5), op(Opcode.LDX_MEM, 5), op(Opcode.ADD_X), op(Opcode.ADD_X), returnA],
    ],
    'a * 8 is a << 3': [
      [load(FIRST), op(Opcode.MUL_K, 8), returnA],
      [load(FIRST), op(Opcode.LSH_K, 3), returnA],
    ],
    'a / 64 is a >> 6, by the length': [
      [load(FIRST), op(Opcode.LDX_LEN), op(Opcode.DIV_X), returnA],
      [load(FIRST), op(Opcode.RSH_K, 6), returnA],
    ],
    'a / 10 > 9 is a >= 100': [
      when(load(FIRST), op(Opcode.DIV_K, 10), op(Opcode.JGT_K, 9, 0, 1)),
      when(load(FIRST), op(Opcode.JGE_K, 100, 0, 1)),
    ],
    'x > 31 shifts by the low five bits of x': [
      [...both, op(Opcode.RSH_X), returnA],
      [load(SECOND), op(Opcode.AND_K, 31), op(Opcode.TAX), load(FIRST), op(Opcode.RSH_X), returnA],
    ],
    'a shifted by itself': [
      [load(FIRST), op(Opcode.TAX), op(Opcode.LSH_X), returnA],
      [load(FIRST), op(Opcode.STX, 0), op(Opcode.TAX), op(Opcode.TXA), op(Opcode.LSH_X), returnA],
    ],
    'a division by an x of 0 returns 0': [
      [load(SECOND), op(Opcode.AND_K, 1), op(Opcode.TAX), load(FIRST), op(Opcode.DIV_X), ret(ALLOW)],
      [load(SECOND), op(Opcode.JSET_K, 1, 0, 1), ret(ALLOW), ret(0)],
    ],
    'what a division by 7 leaves is below 7': [
      [
        load(FIRST),
        op(Opcode.DIV_K, 7),
        op(Opcode.MUL_K, 7),
        op(Opcode.TAX),
        load(FIRST),
        op(Opcode.SUB_X),
        op(Opcode.JGE_K, 7, 0, 1),
        ret(KILL_THREAD),
        ret(ALLOW),
      ],
      [ret(ALLOW)],
    ],
    'a = x is a - x = 0': [
      when(...both, op(Opcode.JEQ_X, 0, 0, 1)),
      when(...both, op(Opcode.SUB_X), op(Opcode.JEQ_K, 0, 0, 1)),
    ],
    'a > x is not x >= a': [
      when(...both, op(Opcode.JGT_X, 0, 0, 1)),
      when(load(FIRST), op(Opcode.TAX), load(SECOND), op(Opcode.JGE_X, 0, 1, 0)),
    ],
    'a & x is tested as it is calculated': [
      when(...both, op(Opcode.JSET_X, 0, 0, 1)),
      when(...both, op(Opcode.AND_X), op(Opcode.JEQ_K, 0, 1, 0)),
    ],
    'A and X start as 0': [
      [op(Opcode.ADD_X), returnA],
      [op(Opcode.LDX_IMM, 0), op(Opcode.TXA), op(Opcode.ST, 0), op(Opcode.LD_MEM, 0), ret(0)],
    ],
    'twelve bits put together one by one, on 4096 paths, are the word': [
      [
        op(Opcode.LD_IMM, 0),
        op(Opcode.ST, 0),
        ...Array.from({ length: 12 }, (_, bit) => [
          load(FIRST),
          op(Opcode.JSET_K, 1 << bit, 0, 3),
          op(Opcode.LD_MEM, 0),
          op(Opcode.ADD_K, 1 << bit),
          op(Opcode.ST, 0),
        ]).flat(),
        op(Opcode.LD_MEM, 0),
        returnA,
      ],
      [load(FIRST), op(Opcode.AND_K, 0xfff), returnA],
    ],
  };

  it.each(Object.entries(cases))('%s', (_, [a, b]) => {
    expect(compareFilters(a, b)).toEqual({ equal: true });
    expect(compareFilters([a], b)).toEqual({ equal: true });
  });

  it.each(Object.entries(cases))('%s, but not with the last instruction another', (_, [a, b]) => {
    const other = compareFilters(a, [...b.slice(0, -1), ret(0x7fff1234)]);
    expect(other.equal).toBe(false);
    if (other.equal) return;
    const words = dataWords(other.example, other.endian);
    expect([run(a, words).value, run([...b.slice(0, -1), ret(0x7fff1234)], words).value]).toEqual(
      other.answers,
    );
  });
});

describe('two programs differ', () => {
  it('in a call and a set of calls', () => {
    const a = when(load(4), op(Opcode.JEQ_K, TOKEN, 0, 3), load(0), op(Opcode.JGE_K, 300, 1, 0));
    const b = when(load(4), op(Opcode.JEQ_K, TOKEN, 0, 3), load(0), op(Opcode.JGT_K, 309, 1, 0));
    const comparison = compareFilters(a, b);
    expect(comparison).toMatchObject({
      equal: false,
      endian: 'little',
      example: { nr: 300, arch: TOKEN, instructionPointer: 0n, args: [0n, 0n, 0n, 0n, 0n, 0n] },
      answers: [KILL_THREAD, ALLOW],
    });
    expect(comparison.equal || [...comparison.differences()]).toEqual([
      {
        conditions: [
          { field: 'architecture', mask: 0xffffffffn, ranges: [[BigInt(TOKEN), BigInt(TOKEN)]] },
          { field: 'number', mask: 0xffffffffn, ranges: [[300n, 309n]] },
        ],
        answers: [KILL_THREAD, ALLOW],
      },
    ]);
  });

  it.each([
    ['a range', op(Opcode.JGE_K, 7, 0, 1), { ranges: [[7n, 0xffffffffn]] }],
    ['a value', op(Opcode.JEQ_K, 7, 0, 1), { ranges: [[7n, 7n]] }],
    ['all but a value', op(Opcode.JEQ_K, 7, 1, 0), { mask: 0xffffffffn, value: 7n, equal: false }],
    ['a bit', op(Opcode.JSET_K, 0x10, 0, 1), { mask: 0x10n, value: 0x10n, equal: true }],
    ['one of some bits', op(Opcode.JSET_K, 0x11, 0, 1), { mask: 0x11n, value: 0n, equal: false }],
    ['none of some bits', op(Opcode.JSET_K, 0x11, 1, 0), { mask: 0x11n, value: 0n, equal: true }],
  ])('in %s of the low word of an argument', (_, jump, condition) => {
    const comparison = compareFilters(when(load(FIRST), jump), [ret(KILL_THREAD)]);
    const conditions = comparison.equal ? [] : [...comparison.differences()].map((set) => set.conditions);
    expect(conditions).toEqual([[{ field: 0, mask: 0xffffffffn, ...condition }]]);
  });

  it.each([
    ['a range', op(Opcode.JGE_K, 7, 0, 1), '7 <= args[0] <= 0xffffffff'],
    ['a value', op(Opcode.JEQ_K, 7, 0, 1), 'args[0] == 7'],
    [
      'all but a value',
      op(Opcode.JEQ_K, 7, 1, 0),
      '!(args[0] & 0xffffffff00000000) and (args[0] & 0xffffffff) != 7',
    ],
    ['a bit', op(Opcode.JSET_K, 0x10, 0, 1), '(args[0] & 0xffffffff00000010) == 0x10'],
    ['one of some bits', op(Opcode.JSET_K, 0x11, 0, 1), '!(args[0] & 0xffffffff00000000) and args[0] & 0x11'],
  ])('in %s of an argument of 64 bits', (_, jump, text) => {
    const a = when(load(FIRST + 4), op(Opcode.JEQ_K, 0, 0, 3), load(FIRST), jump);
    expect(describeDifferences(compareFilters(a, [ret(KILL_THREAD)]))).toEqual([
      `any architecture: A allows, B kills the thread: every call when ${text}`,
    ]);
  });

  it.each([
    [
      'a value of the low word, whatever the high one is',
      [op(Opcode.JEQ_K, 7, 0, 1)],
      '(args[0] & 0xffffffff) == 7 and args[0] & 0xffffffff00000000',
    ],
    [
      'a range of the low word',
      [op(Opcode.JGE_K, 7, 0, 1)],
      'args[0] & 0xffffffff00000000 and (args[0] & 0xffffffff) >= 7',
    ],
    [
      'one of some bits of the low word',
      [op(Opcode.JSET_K, 0x11, 0, 1)],
      'args[0] & 0xffffffff00000000 and args[0] & 0x11',
    ],
  ])('in %s, where one looks at half of what the other looks at', (_, jumps, text) => {
    const half = when(load(FIRST), ...jumps);
    const whole = when(load(FIRST + 4), op(Opcode.JEQ_K, 0, 0, jumps.length + 2), load(FIRST), ...jumps);
    expect(describeDifferences(compareFilters(half, whole))).toEqual([
      `any architecture: A allows, B kills the thread: every call when ${text}`,
    ]);
  });

  it('in one bit that is set where another value is asked for', () => {
    const value = when(load(FIRST), op(Opcode.JEQ_K, 0x10, 0, 1));
    const bit = when(load(FIRST), op(Opcode.JSET_K, 0x10, 0, 1));
    expect(describeDifferences(compareFilters(value, bit))).toEqual([
      'any architecture: A kills the thread, B allows: every call when args[0] & 0x10 and args[0] & 0xffffffef',
    ]);
  });

  it('where words are combined, in cubes', () => {
    const comparison = compareFilters(
      when(
        load(FIRST),
        op(Opcode.AND_K, 1),
        op(Opcode.TAX),
        load(SECOND),
        op(Opcode.AND_K, 1),
        op(Opcode.JEQ_X, 0, 0, 1),
      ),
      [ret(KILL_THREAD)],
    );
    const bit = (field: 0 | 1, value: bigint): FieldCondition => ({ field, mask: 1n, value, equal: true });
    expect(comparison.equal || [...comparison.differences()].map(({ conditions }) => conditions)).toEqual([
      [bit(0, 0n), bit(1, 0n)],
      [bit(0, 1n), bit(1, 1n)],
    ]);
  });

  it('where one returns what it calculates', () => {
    const comparison = compareFilters([load(0), returnA], [ret(5)]);
    expect(comparison).toMatchObject({ example: { nr: 0 }, answers: [0, 5] });
    expect(describeDifferences(comparison)).toEqual([
      'any architecture: A calculates its answer, B kills the thread: numbers 0 to 4, numbers 6 to 4294967295, any arguments',
    ]);
    expect(compareFilters([load(0), returnA], [load(0), op(Opcode.OR_K, 1), returnA])).toMatchObject({
      answers: [0, 1],
    });
  });

  it('in the instruction pointer, if in nothing else', () => {
    const comparison = compareFilters(when(load(12), op(Opcode.JEQ_K, 0, 0, 1)), [ret(ALLOW)]);
    expect(comparison).toMatchObject({ example: { instructionPointer: 1n << 32n } });
    expect(describeDifferences(comparison)).toEqual([
      'any architecture: A kills the thread, B allows: every call when instruction pointer >= 0x100000000',
    ]);
  });
});

describe('policies', () => {
  it.each(architectures.filter(({ lookupOnly }) => !lookupOnly))(
    'of QEMU are what is compiled from them, for every mix of options: $name',
    (architecture) => {
      for (const mix of OPTION_MIXES) {
        for (const killProcess of [true, false]) {
          const policy = qemuPolicy(mix, killProcess, architecture);
          const { program } = compilePolicy(policy);
          expect(compareFilters(program, policy), `${mix} ${killProcess}`).toEqual({ equal: true });
        }
      }
    },
  );

  it('of different options are told apart, and the one that a program implements is found', () => {
    const policies = OPTION_MIXES.map((mix) => qemuPolicy(mix, true, x86_64));
    for (const policy of policies) {
      const compare = filterComparer(compilePolicy(policy).program);
      expect(policies.filter((other) => compare(other).equal)).toEqual([policy]);
    }
  });

  it('of two ABIs that share a token are kept apart by the number', () => {
    const rules: Rule[] = [{ syscall: 'read', action: 'LOG' }];
    const policy = policyOf(rules, {
      architectures: [
        { architecture: x86_64, rules },
        { architecture: x32, rules: [] },
      ],
    });
    expect(compareFilters(compilePolicy(policy).program, policy)).toEqual({ equal: true });
    const found = compareFilters(policy, policyOf(rules));
    expect(describeDifferences(found, { architectures: [x86_64] })).toEqual([
      'x86_64: A allows, B kills the thread: numbers 1073741824 to 4294967294, any arguments',
    ]);
    expect(describeDifferences(found, { architectures: [x86_64, x32] })[0]).toMatch(
      /^x86_64 and x32: A allows, B kills the thread: read \(1073741824\), write \(1073741825\), /,
    );
  });

  it('take the narrower one of two rules with the same action', () => {
    const narrow: Rule = {
      syscall: 'read',
      action: { errno: 1 },
      comparisons: [
        { argument: 0, op: 'GE', value: 1n },
        { argument: 0, op: 'LT', value: 9n },
      ],
    };
    const broad: Rule = {
      syscall: 'read',
      action: { errno: 2 },
      comparisons: [{ argument: 0, op: 'LT', value: 9n }],
    };
    expect(compareFilters(policyOf([narrow, broad]), policyOf([broad, narrow]))).toEqual({ equal: true });
    expect(
      describeDifferences(compareFilters(policyOf([narrow, broad]), policyOf([broad])), {
        errnoName,
        architectures: [x86_64],
      }),
    ).toEqual(['x86_64: A answers EPERM, B answers ENOENT: read (0) when 1 <= args[0] <= 8']);
  });

  it('take the narrowest of many rules with the same action, in whatever order they come', () => {
    const rules = Array.from(
      { length: 300 },
      (_, i): Rule => ({
        syscall: 'ioctl',
        action: { errno: i + 1 },
        comparisons: [{ argument: 1, op: 'LT', value: BigInt(i + 1) * 9n }],
      }),
    );
    const ranges = rules.map(
      ({ action }, i): Rule => ({
        syscall: 'ioctl',
        action,
        comparisons: [
          { argument: 1, op: 'GE', value: BigInt(i) * 9n },
          { argument: 1, op: 'LT', value: BigInt(i + 1) * 9n },
        ],
      }),
    );
    expect(compareFilters(policyOf(rules), policyOf(ranges))).toEqual({ equal: true });
    expect(compareFilters(policyOf(rules.toReversed()), policyOf(ranges))).toEqual({ equal: true });
    expect(compareFilters(compilePolicy(policyOf(rules)).program, policyOf(rules))).toEqual({ equal: true });
  });

  it('of big-endian machines have the high word of an argument first', () => {
    const rules: Rule[] = [
      { syscall: 'read', action: 'LOG', comparisons: [{ argument: 2, op: 'GT', value: 5n }] },
    ];
    const policy: Policy = { defaultAction: 'ALLOW', architectures: [{ architecture: s390x, rules }] };
    const { program } = compilePolicy(policy);
    const open: Policy = { ...policy, architectures: [{ architecture: s390x, rules: [] }] };
    for (const comparison of [
      compareFilters(program, compilePolicy(open).program),
      compareFilters(open, policy),
    ]) {
      expect(comparison).toMatchObject({ endian: 'big', example: { args: [0n, 0n, 6n, 0n, 0n, 0n] } });
    }
    const little = compilePolicy(policyOf([])).program;
    expect(compareFilters(little, policy)).toMatchObject({ endian: 'big' });
    expect(compareFilters(policy, little)).toMatchObject({ endian: 'big' });
  });
});

describe('sentences', () => {
  const describeMixes = (a: string, b: string): string[] =>
    describeDifferences(
      compareFilters(qemuPolicy(`on,${a}`, true, x86_64), qemuPolicy(`on,${b}`, true, x86_64)),
      { architectures: [x86_64], errnoName },
    );

  it('say what an option adds', () => {
    expect(describeMixes('spawn=deny', 'spawn=allow')).toEqual([
      'x86_64: A kills the process, B allows: clone (56) when (args[0] & 0xfebfff00) != 0x3d0f00; fork (57), vfork (58), execve (59), any arguments',
      'x86_64: A kills the thread, B allows: unshare (272), setns (308), execveat (322), any arguments',
      'x86_64: A answers ENOSYS, B allows: clone3 (435), any arguments',
    ]);
    expect(describeMixes('resourcecontrol=deny', 'resourcecontrol=allow')).toEqual([
      'x86_64: A answers EPERM, B allows: setpriority (141), sched_setparam (142), sched_setaffinity (203), any arguments; sched_setscheduler (144) when args[1] != 5',
    ]);
  });

  it('take the low word for the register where registers have no more', () => {
    const rules: Rule[] = [
      { syscall: 'kill', action: 'LOG', comparisons: [{ argument: 1, op: 'GT', value: 5n }] },
    ];
    const text = (architecture: Architecture): string[] => {
      const [a, b] = [rules, []].map((own) => ({
        ...policyOf([]),
        architectures: [{ architecture, rules: own }],
      }));
      return describeDifferences(compareFilters(a as Policy, b as Policy), { architectures: [architecture] });
    };
    expect(text(x86)).toEqual(['x86: A logs, B allows: kill (37) when args[1] >= 6']);
    expect(text(x86_64)).toEqual(['x86_64: A logs, B allows: kill (62) when args[1] >= 6']);
  });

  it('say nothing where nothing differs', () => {
    expect(describeMixes('spawn=deny', 'spawn=deny')).toEqual([]);
  });

  it('name both filters, other architectures, and conditions in other words', () => {
    const rules: Rule[] = [
      {
        syscall: 'clone',
        action: { trace: 3 },
        comparisons: [{ argument: 0, op: 'MASKED_EQ', mask: 0x10000000n, value: 0x10000000n }],
      },
    ];
    const comparison = compareFilters(policyOf(rules), policyOf([], { badArchitectureAction: 'LOG' }));
    const options = { architectures: [x86_64], names: ['old', 'new'] } as const;
    expect(describeDifferences(comparison, options)).toEqual([
      'any other architecture: old kills the thread, new logs: every call, any arguments',
      'x86_64: old asks the tracer (3), new allows: clone (56) when args[0] & 0x10000000',
      'x86_64: old kills the thread, new logs: numbers 1073741824 to 4294967294, any arguments',
    ]);
    expect(
      describeDifferences(comparison, { ...options, conditionText: () => 'flags & CLONE_NEWUSER' }),
    ).toContain('x86_64: old asks the tracer (3), new allows: clone (56) when flags & CLONE_NEWUSER');
  });

  it('stop at a limit and say so', () => {
    const comparison = compareFilters(when(load(FIRST), op(Opcode.MUL_K, 5), op(Opcode.JSET_K, 0x80, 0, 1)), [
      ret(KILL_THREAD),
    ]);
    expect(describeDifferences(comparison, { limit: 3 }).at(-1)).toBe(
      'more differences than the 3 that were read',
    );
  });
});

describe('answers', () => {
  it('of a stack are those of the most restrictive filter', () => {
    const rules = (syscall: string, action: Rule['action']): Policy => policyOf([{ syscall, action }]);
    const stack = [
      rules('read', 'LOG'),
      rules('read', { errno: 7 }),
      rules('write', 'TRAP'),
      rules('write', { trap: 4 }),
    ].map((policy) => compilePolicy(policy).program);
    const together = policyOf([
      { syscall: 'read', action: { errno: 7 } },
      { syscall: 'write', action: { trap: 4 } },
    ]);
    expect(compareFilters(stack, together)).toEqual({ equal: true });
    const other = compareFilters(stack, [stack[0] as Program, stack[2] as Program]);
    expect(other.equal || emulateStack(stack, other.example).value).toBe(other.equal || other.answers[0]);
    const calculated = compareFilters([[load(0), returnA], [ret(LOG)]], [[ret(LOG)], [load(0), returnA]]);
    expect(calculated).toMatchObject({ example: { nr: LOG + 1 }, answers: [LOG, LOG + 1] });
  });

  it('count as words, or as what the kernel makes of them', () => {
    const pairs: [number, number, boolean][] = [
      [0x0005ffff, 0x00050fff, true],
      [0x00050001, 0x00050002, false],
      [0x12345678, KILL_PROCESS, true],
      [ALLOW, ALLOW + 1, true],
      [TRAP, TRAP + 1, false],
      [KILL_THREAD, KILL_THREAD + 9, true],
    ];
    for (const [a, b, same] of pairs) expect(kernelValue(a) === kernelValue(b), `${a} ${b}`).toBe(same);
    for (const [a, b, same] of pairs) {
      expect(compareFilters([ret(a)], [ret(b)]).equal).toBe(false);
      expect(compareFilters([ret(a)], [ret(b)], { answers: 'kernel' }).equal, `${a} ${b}`).toBe(same);
    }
    expect(describeDifferences(compareFilters([ret(0x0005ffff)], [ret(0x00050fff)]))).toEqual([
      'any architecture: A answers errno 4095 (0x5ffff), B answers errno 4095 (0x50fff): every call, any arguments',
    ]);
    const number = [load(0), returnA];
    const limited = [
      load(0),
      op(Opcode.JGT_K, 0x50fff, 0, 2),
      op(Opcode.JGT_K, 0x5ffff, 1, 0),
      ret(0x50fff),
      returnA,
    ];
    expect(compareFilters(number, limited).equal).toBe(false);
    expect(compareFilters(number, limited, { answers: 'kernel' })).toEqual({ equal: true });
  });
});

describe('what cannot be compared', () => {
  it('is a program that the kernel does not take, with its place', () => {
    expect(errorOf([ret(ALLOW)], [ret(ALLOW), load(0)])).toMatchObject({
      code: 'BPF_NO_RETURN',
      path: 'second',
      pc: 1,
    });
    expect(errorOf([[ret(ALLOW)], []], [ret(ALLOW)])).toMatchObject({
      code: 'BPF_PROGRAM_LENGTH',
      path: 'first[1]',
      limit: 4096,
    });
    expect(errorOf(new Array(10).fill(new Array(4096).fill(ret(0))), [ret(0)])).toMatchObject({
      code: 'BPF_STACK_LENGTH',
      path: 'first',
    });
    expect(errorOf([ret(-1)], [ret(0)])).toMatchObject({ code: 'BPF_FIELD_RANGE', path: 'first', pc: 0 });
    expect(errorOf([], policyOf([])).code).toBe('BPF_PROGRAM_LENGTH');
    expect(errorOf(policyOf([]), { ...policyOf([]), architectures: [] }).code).toBe('BPF_ARCHITECTURE');
  });

  it('is a product of two words: that is said, with the limit', () => {
    const product = when(...both, op(Opcode.MUL_X), op(Opcode.JEQ_K, 12, 0, 1));
    const error = errorOf(product, [ret(ALLOW)], 1 << 14);
    expect(error).toMatchObject({ code: 'BPF_PROOF_LIMIT', limit: 1 << 14 });
    expect(error.message).toBe('the proof takes a diagram of more than 16384 nodes or 262144 steps');
    expect(compareFilters(product, [...product])).toEqual({ equal: true });
  });

  it('is anything under a limit that is none', () => {
    for (const nodeLimit of [0, 1.5, 2 ** 26 + 1]) {
      expect(() => compareFilters([ret(0)], [ret(1)], { nodeLimit })).toThrow(RangeError);
    }
  });
});
