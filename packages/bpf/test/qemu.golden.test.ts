/**
 * Programs for QEMU's policies on x86_64: how long each is, what a call costs, and two listings to read.
 * Goldens are rewritten by `npm run golden:update`.
 */
import { architectures } from '@qseccomp/syscall-tables';
import { arm } from '@qseccomp/syscall-tables/arm';
import { s390x } from '@qseccomp/syscall-tables/s390x';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { describe, expect, it } from 'vitest';
import {
  ActionValue,
  cacheReport,
  compilePolicy,
  DEFAULT_WEIGHTS,
  dataWords,
  evaluatePolicy,
  listProgram,
  type Policy,
  run,
} from '../src/index.ts';
import { OPTION_MIXES, qemuPolicy } from './qemu-policy.ts';

/** clone(2) as libc starts a thread: the argument with which the deny-list lets it pass. */
const THREAD_FLAGS = 0x3d0f00n;

/** Steps of the calls that are allowed: by the weights of calls, and at most. */
function stepsOf(policy: Policy): { weighted: number; worst: number } {
  const { program } = compilePolicy(policy);
  let [steps, weight, worst] = [0, 0, 0];
  for (const [name, nr] of x86_64.syscalls) {
    const call = { nr, arch: x86_64.auditArch, instructionPointer: 0n, args: [THREAD_FLAGS] };
    const result = run(program, dataWords(call, 'little'));
    if (result.value !== ActionValue.ALLOW) continue;
    worst = Math.max(worst, result.steps);
    steps += result.steps * (DEFAULT_WEIGHTS[name] ?? 0);
    weight += DEFAULT_WEIGHTS[name] ?? 0;
  }
  return { weighted: steps / weight, worst };
}

describe("programs of QEMU's policies", () => {
  it('are as long as recorded, and cost what is recorded', async () => {
    const rows = OPTION_MIXES.map((mix) => {
      const policy = qemuPolicy(mix, true, x86_64);
      const { program } = compilePolicy(policy);
      expect(compilePolicy(qemuPolicy(mix, false, x86_64)).program.length).toBe(program.length);
      const { weighted, worst } = stepsOf(policy);
      return `${String(program.length).padStart(4)} ${weighted.toFixed(2).padStart(9)} ${String(worst).padStart(6)}  ${mix}\n`;
    });
    const head = 'x86_64: instructions, weighted steps of an allowed call, most steps of an allowed call\n';
    await expect(head + rows.join('')).toMatchFileSnapshot('golden/qemu-x86_64.txt');
  });

  it('read as recorded', async () => {
    const everything = OPTION_MIXES.at(-1) as string;
    for (const architecture of [x86_64, s390x]) {
      const { program } = compilePolicy(qemuPolicy(everything, true, architecture));
      await expect(listProgram(program, { architectures: [architecture] })).toMatchFileSnapshot(
        `golden/qemu-everything-${architecture.name}.txt`,
      );
    }
  });

  it('are exempt from running for every call that is always allowed, on every architecture', {
    timeout: 60_000,
  }, () => {
    for (const architecture of architectures.filter(({ lookupOnly }) => !lookupOnly)) {
      for (const mix of OPTION_MIXES) {
        const policy = qemuPolicy(mix, true, architecture);
        const conditional = new Set(
          policy.architectures[0]?.rules
            .filter(({ comparisons }) => comparisons)
            .map(({ syscall }) => syscall),
        );
        const { program } = compilePolicy(policy);
        for (const { name, number, cached, reason } of cacheReport(program, architecture)) {
          const call = { nr: number, arch: architecture.auditArch, instructionPointer: 0n, args: [] };
          if (conditional.has(name)) expect([name, cached, reason]).toEqual([name, false, 'argument']);
          else
            expect([name, cached || reason === 'number']).toEqual([
              name,
              run(program, dataWords(call, architecture.endian)).value === ActionValue.ALLOW,
            ]);
        }
      }
    }
  });
});

describe('a listing', () => {
  it('names architectures, calls, argument halves and actions', async () => {
    const policy: Policy = {
      defaultAction: { errno: 'ENOSYS' },
      badArchitectureAction: 'KILL_PROCESS',
      architectures: [
        {
          architecture: x86_64,
          rules: [
            { syscall: 'read', action: 'ALLOW' },
            {
              syscall: 'personality',
              action: 'ALLOW',
              comparisons: [{ argument: 0, op: 'EQ', value: 0xffffffffn }],
            },
            {
              syscall: 'clone',
              action: 'LOG',
              comparisons: [{ argument: 0, op: 'MASKED_EQ', mask: 0x7e020000n, value: 0n }],
            },
          ],
        },
        { architecture: x86, rules: [{ syscall: 'socket', action: { trace: 3 } }] },
        {
          architecture: arm,
          rules: [
            { syscall: 'write', action: 'ALLOW', comparisons: [{ argument: 2, op: 'LE', value: 512n }] },
          ],
        },
      ],
    };
    const { program } = compilePolicy(policy);
    const listing = listProgram(program, {
      architectures: policy.architectures.map(({ architecture }) => architecture),
    });
    await expect(listing).toMatchFileSnapshot('golden/three-architectures.txt');
    expect(
      evaluatePolicy(policy, { nr: 102, arch: x86.auditArch, instructionPointer: 0n, args: [1n] }).action,
    ).toBe('TRACE');
  });
});
