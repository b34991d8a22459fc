/** The door for one execveat(2) in front of a filter: the filter's answers to everything else stay. */
import {
  compilePolicy,
  decodeProgram,
  disassemble,
  emulate,
  findExecTicket,
  type Program,
} from '@qseccomp/bpf';
import { type CallField, compareFilters, type FieldCondition } from '@qseccomp/bpf/proof';
import type { Architecture } from '@qseccomp/syscall-tables';
import { architectures, syscallNumber } from '@qseccomp/syscall-tables';
import { describe, expect, it, test } from 'vitest';
import { lettingExec } from '../src/foreign-filters.ts';

const hosts = architectures.filter(({ name }) =>
  ['x86_64', 'aarch64', 's390x', 'x86', 'ppc64le'].includes(name),
);
const ANSWERS: readonly (readonly [name: string, filter: (architecture: Architecture) => Program])[] = [
  ['errno', (architecture) => policy(architecture, { errno: 'EACCES' })],
  ['kill', (architecture) => policy(architecture, 'KILL_THREAD')],
];

function policy(architecture: Architecture, action: 'KILL_THREAD' | { readonly errno: string }): Program {
  const rules = ['execve', 'execveat', 'clone'].map((syscall) => ({ syscall, action }));
  return compilePolicy({ defaultAction: 'ALLOW', architectures: [{ architecture, rules }] }).program;
}

/** Registers of the launch: pointers that are nobody's business, a descriptor and flags with random upper halves. */
function registers({ registerBits }: Architecture): bigint[] {
  return registerBits === 64
    ? [
        0x1111_1111_0000_0009n,
        0x7f00_1234n,
        0x7f00_2345n,
        0x7f00_3456n,
        0x2222_2222_0000_1000n,
        0x3333_3333_4444_4444n,
      ]
    : [9n, 0x1234n, 0x2345n, 0x3456n, 0x1000n, 0x4444_4444n];
}

const LOW = 0xffff_ffffn;

/** Whether a condition leaves a field's low half only one value. */
function isPinned(condition: FieldCondition, value: bigint): boolean {
  if ('ranges' in condition) {
    return condition.ranges.every(([from, to]) => from === to && (from & LOW) === (value & LOW));
  }
  return condition.equal && (condition.mask & LOW) === LOW && (condition.value & LOW) === (value & LOW);
}

describe.each(hosts.map((host) => [host.name, host] as const))('on %s', (_name, host) => {
  const execveat = syscallNumber(host, 'execveat') as number;
  const args = registers(host);
  const call = { nr: execveat, arch: host.auditArch, instructionPointer: 0n, args };

  describe.each(ANSWERS)('a filter that answers %s', (_answer, filter) => {
    const before = filter(host);
    const after = decodeProgram(lettingExec(before, host, execveat, args), host.endian);

    it('lets the call through, wherever its pointers lead', () => {
      expect(emulate(after, call).action).toBe('ALLOW');
      expect(emulate(after, { ...call, args: args.with(1, 0n).with(2, 1n).with(3, 2n) }).action).toBe(
        'ALLOW',
      );
    });

    it('kills guesses: the same descriptor and flags, and any other bit', () => {
      for (const register of [0, 4, 5]) {
        for (let bit = register === 5 ? 0n : 32n; bit < BigInt(host.registerBits); bit++) {
          const guess = args.with(register, (args[register] as bigint) ^ (1n << bit));
          expect(emulate(after, { ...call, args: guess }).action).toBe('KILL_PROCESS');
        }
      }
    });

    it('is a ticket to whoever shows filters, which hides all its secret words', () => {
      const shown = disassemble(after, { annotate: true, architectures: [host], endian: host.endian });
      expect(shown).toContain('exec ticket');
      const secrets =
        host.registerBits === 64 ? [0x1111_1111, 0x2222_2222, 0x3333_3333, 0x4444_4444] : [0x4444_4444];
      const hidden = findExecTicket(after)?.secrets.map((pc) => after[pc]?.k);
      expect(hidden).toEqual(expect.arrayContaining(secrets));
      for (const secret of secrets) expect(shown).not.toContain(secret.toString(16));
    });

    it('changes nothing else, which is proved', () => {
      const comparison = compareFilters(before, after, { endian: host.endian });
      if (comparison.equal) throw new Error('expected the filters to differ');
      const differences = [...comparison.differences()];
      expect(differences.length).toBeGreaterThan(0);
      // Each set of calls lies where architecture, number, and the low halves of descriptor and flags are the call's.
      for (const { conditions } of differences) {
        const pinned = (field: CallField, value: number | bigint | undefined) =>
          conditions.some(
            (condition) => condition.field === field && isPinned(condition, BigInt(value ?? -1)),
          );
        expect([
          pinned('architecture', host.auditArch),
          pinned('number', execveat),
          pinned(0, args[0]),
          pinned(4, args[4]),
        ]).toEqual([true, true, true, true]);
      }
    });
  });

  test('stays as it is where it allows the call', () => {
    const open = compilePolicy({
      defaultAction: 'ALLOW',
      architectures: [{ architecture: host, rules: [] }],
    }).program;
    expect(decodeProgram(lettingExec(open, host, execveat, args), host.endian)).toEqual(open);
  });
});

test('a filter without room for it is refused', () => {
  const host = hosts[0] as Architecture;
  const full = Array.from({ length: 4090 }, () => ({ code: 0x20, jt: 0, jf: 0, k: 0 }));
  const program = [...full, { code: 0x06, jt: 0, jf: 0, k: 0 }];
  expect(() => lettingExec(program, host, 322, registers(host))).toThrowError(
    expect.objectContaining({ name: 'BpfError', code: 'BPF_PROGRAM_LENGTH' }),
  );
});
