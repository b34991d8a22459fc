import { architectures } from '@qseccomp/syscall-tables';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  ActionValue,
  assemble,
  compareFilters,
  compilePolicy,
  dataWords,
  describeDifferences,
  disassemble,
  findExecTicket,
  listProgram,
  type Policy,
  type Program,
  type Rule,
  run,
  withoutExecTicket,
} from '../src/index.ts';
import { qemuPolicy } from './qemu-policy.ts';

type Registers = Readonly<Record<0 | 4 | 5, bigint>>;

const TICKET: Registers = { 0: 0xa5b6c7d8_00000011n, 4: 0x91e2d3f4_00001000n, 5: 0xb8a79685_c0ffee11n };
const OTHER: Registers = { 0: 0x1b6c7d85_00000011n, 4: 0x1e2d3f49_00001000n, 5: 0x1a79685b_1ffee11cn };
const SECRET = /a5b6c7d8|91e2d3f4|b8a79685|c0ffee11|2780219352|2447561716|3097990789|3237998097/i;
const machines = architectures.filter(
  ({ lookupOnly, seccompFilterSince }) => !lookupOnly && seccompFilterSince !== undefined,
);

/** What the launcher makes of a policy that allows no execveat. */
function launched(architecture = x86_64, ticket = TICKET, sandbox = 'on,spawn=deny'): Policy {
  const policy = qemuPolicy(sandbox, true, architecture);
  const rules = policy.architectures[0]?.rules ?? [];
  const width = (value: bigint): bigint => BigInt.asUintN(architecture.registerBits, value);
  return {
    ...policy,
    architectures: [
      {
        architecture,
        rules: [
          ...rules.filter(({ syscall }) => syscall !== 'execveat'),
          { syscall: 'execveat', action: 'ALLOW' },
          ...([0, 4, 5] as const).map(
            (argument): Rule => ({
              syscall: 'execveat',
              action: 'KILL_PROCESS',
              comparisons: [{ argument, op: 'NE', value: width(ticket[argument]) }],
            }),
          ),
        ],
      },
    ],
  };
}

const programOf = (policy: Policy): Program => compilePolicy(policy).program;

describe('a ticket', () => {
  it.each(machines.map((machine) => [machine.name, machine] as const))('is found on %s', (_name, machine) => {
    for (const sandbox of [
      'on,spawn=deny',
      'on,obsolete=allow,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    ]) {
      const program = programOf(launched(machine, TICKET, sandbox));
      const ticket = findExecTicket(program);
      expect(ticket?.otherwise).toBe(ActionValue.KILL_PROCESS);
      const words = ticket?.secrets.map((pc) => program[pc]?.k as number).sort((a, b) => a - b);
      const secrets =
        machine.registerBits === 64 ? [0x91e2d3f4, 0xa5b6c7d8, 0xb8a79685, 0xc0ffee11] : [0xc0ffee11];
      expect(words).toEqual(secrets);
    }
  });

  it.each(machines.map((machine) => [machine.name, machine] as const))(
    'is worth nothing once taken out on %s',
    (_name, machine) => {
      const program = programOf(launched(machine));
      const bare = withoutExecTicket(program);
      expect(findExecTicket(bare)).toBeUndefined();
      const policy = launched(machine);
      const rules = policy.architectures[0]?.rules.filter(({ action }) => action !== 'ALLOW') ?? [];
      const killed: Policy = {
        ...policy,
        architectures: [
          { architecture: machine, rules: [...rules, { syscall: 'execveat', action: 'KILL_PROCESS' }] },
        ],
      };
      expect(compareFilters(bare, killed)).toEqual({ equal: true });
      expect(compareFilters(program, killed)).toMatchObject({ equal: false, tickets: 'first' });
    },
  );

  it('is no set of rules that only looks like one', () => {
    const policy = launched();
    const change = (rule: (rule: Rule) => Rule): Program =>
      programOf({
        ...policy,
        architectures: policy.architectures.map(({ architecture, rules }) => ({
          architecture,
          rules: rules.map(rule),
        })),
      });
    const forArgument = (argument: number, more: Partial<Rule>) =>
      change((rule) => (rule.comparisons?.[0]?.argument === argument ? { ...rule, ...more } : rule));
    const changed: Readonly<Record<string, Program>> = {
      'other flags': forArgument(4, { comparisons: [{ argument: 4, op: 'NE', value: 0x1001n }] }),
      'a negative descriptor': forArgument(0, {
        comparisons: [{ argument: 0, op: 'NE', value: 0xffffff9cn }],
      }),
      'another argument': forArgument(5, { comparisons: [{ argument: 3, op: 'NE', value: 7n }] }),
      'a range': forArgument(5, { comparisons: [{ argument: 5, op: 'GT', value: 7n }] }),
      'two answers': forArgument(5, { action: 'KILL_THREAD' }),
      'a log': change((rule) => (rule.action === 'ALLOW' ? { ...rule, action: 'LOG' } : rule)),
      'no random bits': programOf(launched(x86_64, { 0: 17n, 4: 0x1000n, 5: 7n })),
      'no ticket': programOf(qemuPolicy('on,spawn=deny', true, x86_64)),
    };
    for (const [name, program] of Object.entries(changed)) {
      expect(findExecTicket(program), name).toBeUndefined();
      expect(withoutExecTicket(program), name).toBe(program);
    }
  });
});

describe('nobody sees a ticket', () => {
  const program = programOf(launched());

  it('in a listing', () => {
    const text = listProgram(program, { architectures: [x86_64] });
    expect(text).not.toMatch(SECRET);
    expect(text.match(/jeq {2}#exec_ticket, .* the launcher's one-shot exec ticket\n/g)).toHaveLength(4);
  });

  it('in assembler text, which does not assemble', () => {
    const text = disassemble(program, { architectures: [x86_64], annotate: true });
    expect(text).not.toMatch(SECRET);
    expect(text.match(/#exec_ticket/g)).toHaveLength(4);
    expect(() => assemble(text, { architecture: x86_64 })).toThrow(/exec_ticket/);
    expect(disassemble(program)).not.toMatch(SECRET);
  });

  it('in a description of differences', () => {
    const another = programOf(launched(x86_64, OTHER));
    const open = programOf(qemuPolicy('on', true, x86_64));
    const options = { architectures: [x86_64] };
    const describe = (a: Program | Program[], b: Program | Program[]): string[] =>
      describeDifferences(compareFilters(a, b), options);
    expect(describe(program, another)).toEqual([
      "A and B let one execveat pass, each with another ticket: the launcher's one-shot exec ticket",
    ]);
    const withoutTicket = [
      'x86_64: A kills the process, B kills the thread: execveat (322), any arguments',
      "A lets one execveat pass, with the launcher's one-shot exec ticket",
    ];
    expect(describe(program, programOf(qemuPolicy('on,spawn=deny', true, x86_64)))).toEqual(withoutTicket);
    expect(describe([open, program], programOf(qemuPolicy('on,spawn=deny', true, x86_64)))).toEqual(
      withoutTicket,
    );
    expect(describe(open, program).at(-1)).toBe(
      "B lets one execveat pass, with the launcher's one-shot exec ticket",
    );
    const same = describe(program, programOf(launched(x86_64, TICKET, 'on,spawn=deny,resourcecontrol=deny')));
    expect(same).toHaveLength(1);
    expect(same[0]).toMatch(/^x86_64: A allows, B answers/);
    expect([...describe(program, another), ...same].join()).not.toMatch(SECRET);
  });
});

describe('filters with tickets', () => {
  const program = programOf(launched());

  it('are the same with the same ticket only', () => {
    expect(compareFilters(program, programOf(launched()))).toEqual({ equal: true });
    const found = compareFilters(program, programOf(launched(x86_64, OTHER)));
    expect(found).toMatchObject({ equal: false, tickets: 'different' });
    expect(found.equal || found.withoutTickets()).toEqual({ equal: true });
    const words = found.equal ? new Uint32Array(16) : dataWords(found.example, 'little');
    expect([run(program, words).value, run(programOf(launched(x86_64, OTHER)), words).value]).toEqual(
      found.equal || found.answers,
    );
  });

  it('are policies too', () => {
    const found = compareFilters(launched(), qemuPolicy('on,spawn=deny', true, x86_64));
    expect(found).toMatchObject({ equal: false, tickets: 'first' });
    const texts = describeDifferences(found, { architectures: [x86_64] });
    expect(texts).toHaveLength(2);
    expect(texts.join()).not.toMatch(SECRET);
    expect(compareFilters(launched(), program)).toEqual({ equal: true });
    expect(compareFilters(launched(x86_64, OTHER), program)).toMatchObject({ tickets: 'different' });
  });

  it('are told from each other where more than the ticket differs', () => {
    const found = compareFilters(
      program,
      programOf(launched(x86_64, TICKET, 'on,obsolete=allow,spawn=deny')),
    );
    expect(found).toMatchObject({ equal: false, tickets: 'same' });
    expect(found.equal || found.withoutTickets().equal).toBe(false);
  });

  it('without a ticket are compared as they are', () => {
    const found = compareFilters(qemuPolicy('on', true, x86_64), qemuPolicy('on,spawn=deny', true, x86_64));
    expect(found).toMatchObject({ equal: false, tickets: 'none' });
    expect(found.equal || found.withoutTickets()).toBe(found);
  });
});
