/**
 * The kernel as judge of the emulator and of what is compiled: processes under filters make generated calls, and
 * errno, signal or permission of each is the one that the emulator says.
 *
 * Most trials load a filter in front that answers an errno to every call that would be allowed: so any number with
 * any arguments can be tried. Since a kill ends the process that makes the call, most trials have TRAP with data of
 * its own in place of each kill; the kills themselves are tried with a process for each.
 */
import { readFileSync } from 'node:fs';
import {
  ActionValue,
  actionValue,
  compilePolicy,
  Opcode,
  type Policy,
  type Program,
  profileArchitectures,
  profilePolicy,
  readProfile,
} from '@qseccomp/bpf';
import type { Edition } from '@qseccomp/options/policy';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { type Architecture, findArchitecture } from '@qseccomp/syscall-tables';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { SEED, wildPolicies } from '../../bpf/test/generate.ts';
import { type Random, randomFrom, randomProgram } from '../../bpf/test/random-program.ts';
import { compileEntry } from '../src/sandbox-program.ts';
import {
  anyCalls,
  callsAnswered,
  compileJudge,
  type Finding,
  firstCalls,
  GUARD,
  harmlessCalls,
  type Judge,
  tryCalls,
} from './judge.ts';
import { linuxOnly, MIXES, need, scratch } from './support.ts';

linuxOnly();
const file = scratch();
const native = compileJudge(file, 64) as Judge;
const compat = compileJudge(file, 32) as Judge;
beforeEach((context) => need(context, native?.file, compat?.file));
console.log(`seed ${SEED}`);

/** Calls of each trial with a policy of QEMU's or of the container engines. */
const CALLS = 100_000;
const FEWER_CALLS = 25_000;
/** Each needs a process of its own. */
const KILLS = 250;
const THREADS = 4;
const EVERYTHING = 'on,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

const TRAPS: Readonly<Record<number, number>> = {
  [ActionValue.KILL_PROCESS]: actionValue({ trap: 0x4b50 }),
  [ActionValue.KILL_THREAD]: actionValue({ trap: 0x4b54 }),
};

/** A program with a trap of its own for each kind of kill. */
function withoutKills(program: Program): Program {
  return program.map((instruction) => {
    const k = TRAPS[instruction.k];
    return instruction.code === Opcode.RET_K && k !== undefined ? { ...instruction, k } : instruction;
  });
}

function sandboxProgram(text: string, architectures: readonly Architecture[], edition?: Edition): Program {
  return compileEntry(parseSandbox(text), architectures, { edition, killProcess: true }).program;
}

function containerProgram(): Program {
  const file = new URL('../../bpf/test/vectors/containers-seccomp.json', import.meta.url);
  const profile = readProfile(readFileSync(file));
  const architectures = profileArchitectures(profile, { machine: x86_64, find: findArchitecture });
  return compilePolicy(profilePolicy(profile, { architectures }).policy).program;
}

/** Any policies that are about this machine, compiled; without LOG, which would fill the kernel's log. */
function randomPolicies(count: number): Program[] {
  const here = wildPolicies.filter(({ architectures }: Policy) =>
    architectures.some(({ architecture }) => architecture === x86_64 || architecture === x86),
  );
  return fc
    .sample(here, { seed: SEED, numRuns: count })
    .map((policy) =>
      withoutKills(compilePolicy(policy).program).map((instruction) =>
        instruction.code === Opcode.RET_K && instruction.k === ActionValue.LOG
          ? { ...instruction, k: ActionValue.ALLOW }
          : instruction,
      ),
    );
}

/** A random program whose answers, small numbers or what it has calculated, are errnos below the guard's. */
function answeringErrnos(program: Program, random: Random): Program {
  const end = program.length - 4;
  const plain = program.map((instruction) =>
    instruction.code === Opcode.RET_K
      ? { ...instruction, k: ActionValue.ERRNO | (instruction.k + 1) }
      : instruction,
  );
  if (program[end]?.code !== Opcode.RET_A) return plain;
  const one = (code: number, k = 0) => ({ code, jt: 0, jf: 0, k });
  return [
    ...plain.with(end, one(Opcode.JA, 3)),
    one(Opcode.RSH_K, random(21)),
    one(Opcode.AND_K, 0x7ff),
    one(Opcode.OR_K, ActionValue.ERRNO),
    one(Opcode.RET_A),
  ];
}

function sum(counts: Finding['made']): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

describe.each([
  ['x86_64 and int 0x80', native],
  ['an i386 program', compat],
])('%s', (_title, judge) => {
  const own = judge?.width === 64 ? x86_64 : x86;
  const count = judge === native ? CALLS : FEWER_CALLS;
  let calls: Uint32Array;
  /** The same calls for all policies of QEMU's, made from the constants of all sets. */
  const common = (count = CALLS): Uint32Array => {
    calls ??= anyCalls(judge, [sandboxProgram(EVERYTHING, [x86_64, x86])], CALLS, randomFrom(SEED));
    return firstCalls(calls, count);
  };

  it.each(MIXES)('%s', (mix) => {
    const filters = [GUARD, withoutKills(sandboxProgram(mix, [own]))];
    const calls = common(count);
    const { difference, made } = tryCalls(judge, file, { filters, calls, threads: THREADS });
    expect(difference).toBeUndefined();
    expect(sum(made)).toBe(count);
    expect(Object.keys(made).sort()).toEqual(['ERRNO', 'TRAP']);
  });

  it.each(['2.10', '2.11', '3.0', '3.1', '4.0', '5.2', '6.0', '10.0'] as const)('edition %s', (edition) => {
    const text = edition === '2.10' ? 'on' : EVERYTHING;
    const filters = [GUARD, withoutKills(sandboxProgram(text, [x86_64, x86], edition))];
    const { difference } = tryCalls(judge, file, { filters, calls: common(FEWER_CALLS), threads: THREADS });
    expect(difference).toBeUndefined();
  });

  test('two entries, for one architecture and for both', () => {
    const programs = [
      sandboxProgram('on,spawn=deny', [x86_64, x86]),
      sandboxProgram('on,elevateprivileges=deny', [own]),
    ];
    const filters = [GUARD, ...programs.map(withoutKills)];
    const { difference } = tryCalls(judge, file, { filters, calls: common(FEWER_CALLS), threads: THREADS });
    expect(difference).toBeUndefined();
  });

  test("the container engines' profile", () => {
    const program = withoutKills(containerProgram());
    const calls = anyCalls(judge, [program], count, randomFrom(SEED));
    const filters = [GUARD, program];
    const { difference } = tryCalls(judge, file, { filters, calls, threads: THREADS });
    expect(difference).toBeUndefined();
  });

  test('random policies', () => {
    const random = randomFrom(SEED);
    for (const program of randomPolicies(25)) {
      const calls = anyCalls(judge, [program], 2500, random);
      const found = tryCalls(judge, file, { filters: [GUARD, program], calls, threads: 2 });
      expect(found.difference).toBeUndefined();
    }
  });

  test('stacks of random programs, with every instruction there is', () => {
    const random = randomFrom(SEED);
    const codes = new Set<number>();
    const made: Record<string, number> = {};
    const enough = (): boolean =>
      (made['ERRNO'] ?? 0) > 30_000 &&
      (made['KILL_THREAD'] ?? 0) > 0 &&
      codes.size === Object.keys(Opcode).length;
    // How many calls a random stack answers with an errno is chance: as many stacks as it takes.
    for (let round = 0; round < 60 && !(round >= 15 && enough()); round++) {
      const programs = Array.from({ length: 4 }, () => [
        // The filter in front, but for its answer: lets the next one be loaded.
        ...GUARD.slice(0, -1),
        ...answeringErrnos(randomProgram(random), random),
      ]);
      const filters = [GUARD, ...programs];
      for (const { code } of filters.flat()) codes.add(code);
      const calls = anyCalls(judge, programs, 4000, random);
      // A division by zero answers 0, which kills.
      for (const [action, count, batch] of [
        ['ERRNO', 4000, 4000],
        ['KILL_THREAD', 2, 1],
      ] as const) {
        const chosen = callsAnswered(filters, calls, action, count);
        if (chosen.length === 0) continue;
        const found = tryCalls(judge, file, { filters, calls: chosen, threads: batch > 1 ? 2 : 1, batch });
        expect(found.difference).toBeUndefined();
        made[action] = (made[action] ?? 0) + sum(found.made);
      }
    }
    expect(codes.size).toBe(Object.keys(Opcode).length);
    expect(made['ERRNO']).toBeGreaterThan(30_000);
    expect(made['KILL_THREAD']).toBeGreaterThan(0);
  });

  describe('without a filter in front', () => {
    it.each(['on', EVERYTHING])('%s lets calls through as they were before', (mix) => {
      const { difference, made } = tryCalls(judge, file, {
        filters: [withoutKills(sandboxProgram(mix, [x86_64, x86]))],
        calls: harmlessCalls(judge, FEWER_CALLS, randomFrom(SEED)),
        threads: THREADS,
        reference: true,
      });
      expect(difference).toBeUndefined();
      expect(made['ALLOW']).toBeGreaterThan(FEWER_CALLS / 2);
    });

    test('random policies, where nobody listens and nobody traces', () => {
      const random = randomFrom(SEED);
      const actions = new Set<string>();
      const EVERY = ['ALLOW', 'ERRNO', 'TRACE', 'TRAP', 'USER_NOTIF'];
      for (const [at, program] of randomPolicies(250).entries()) {
        // Some are rare: as many policies as it takes to meet each.
        if (at >= 25 && actions.size === EVERY.length) break;
        const calls = harmlessCalls(judge, 500, random);
        const found = tryCalls(judge, file, { filters: [program], calls, threads: 2, reference: true });
        expect(found.difference).toBeUndefined();
        for (const action of Object.keys(found.made)) actions.add(action);
      }
      expect([...actions].sort()).toEqual(EVERY);
    });
  });

  it.each(['KILL_PROCESS', 'KILL_THREAD'] as const)('%s ends what it says', (action) => {
    let kills = 0;
    for (const text of [EVERYTHING, 'on,spawn=deny,obsolete=allow']) {
      const filters = [GUARD, sandboxProgram(text, [own])];
      const calls = callsAnswered(filters, common(), action, KILLS);
      const { difference, made } = tryCalls(judge, file, { filters, calls, threads: 1, batch: 1 });
      expect(difference).toBeUndefined();
      kills += made[action] ?? 0;
    }
    expect(kills).toBe(2 * KILLS);
  });
});
