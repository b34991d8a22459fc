/**
 * What a filter adds to a system call: programs/call.c makes the call in a loop under each filter of the same
 * policy, everything denied.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { compilePolicy, encodeProgram, type Instruction, Opcode, type Policy } from '@qseccomp/bpf';
import { syscallNumber } from '@qseccomp/syscall-tables';
import type { Effort } from '../effort.ts';
import { compiled, libseccomp, scmpPolicy } from '../peers.ts';
import { containerPolicy, host, SANDBOXES, sandboxed } from '../policies.ts';
import { measure } from '../sample.ts';
import type { Row, Section } from '../table.ts';

/** linux/sched.h */
const SCHED_IDLE = 5;

/** A call that comes back at once, and a policy that decides it. */
interface TimedCall {
  readonly policy: keyof typeof POLICIES;
  readonly name: string;
  readonly args: readonly [number, number];
  /** What the answer depends on, where it is not the number alone: only then the kernel runs the filter. */
  readonly condition?: string;
}

const POLICIES = {
  'everything denied': () => sandboxed(SANDBOXES['everything denied'], host),
  'container default': () => containerPolicy(host),
} as const;

/** No such descriptor, no such process; 0xffffffff asks for the personality. */
const CALLS: readonly TimedCall[] = [
  { policy: 'everything denied', name: 'getpid', args: [0, 0] },
  { policy: 'everything denied', name: 'write', args: [-1, 0] },
  {
    policy: 'everything denied',
    name: 'sched_setscheduler',
    args: [-1, SCHED_IDLE],
    condition: 'allowed by its argument',
  },
  { policy: 'everything denied', name: 'sched_setscheduler', args: [-1, 0], condition: 'answered EPERM' },
  { policy: 'container default', name: 'getpid', args: [0, 0] },
  { policy: 'container default', name: 'write', args: [-1, 0] },
  {
    policy: 'container default',
    name: 'personality',
    args: [0xffffffff, 0],
    condition: 'allowed by its argument',
  },
];

/** Loads the first argument: in front of a filter it changes no answer, but the kernel can cache none. */
const LOAD_ARGUMENT: Instruction = { code: Opcode.LD_ABS, jt: 0, jf: 0, k: 16 };

/** Measures every call under no filter, ours and libseccomp's two. */
export function calls(effort: Effort): Section {
  const program = compiled('call');
  // A batch takes about a tenth of a millisecond.
  const batches = 10 * effort.batch;
  const rows: Row[] = [];
  for (const { policy, name, args, condition } of CALLS) {
    const built = filtersOf(POLICIES[policy]());
    for (const cached of condition === undefined ? [true, false] : [false]) {
      const time = (filter: Uint8Array | undefined) => (): number | undefined => {
        if (program === undefined || filter === undefined) return undefined;
        const words = [syscallNumber(host, name), ...args, batches].map(String);
        const hidden = !cached && condition === undefined && filter.length > 0;
        const input = hidden ? Buffer.concat([encodeProgram([LOAD_ARGUMENT], host.endian), filter]) : filter;
        const { status, stdout, stderr } = spawnSync(program, words, { input, encoding: 'utf8' });
        if (status !== 0) throw new Error(`expected status 0 of ${name} in a loop, got ${status}: ${stderr}`);
        return Number.parseFloat(stdout);
      };
      const { none, ours, theirs, tree } = measure(effort, {
        none: time(new Uint8Array()),
        ours: time(built.ours),
        theirs: time(built.theirs),
        tree: time(built.tree),
      });
      rows.push({
        what: `${policy}: ${name}, ${condition ?? (cached ? 'cached' : 'not cached')}`,
        unit: 'ns',
        ours,
        theirs: [theirs, tree, none],
        headline: policy === 'everything denied' ? name === 'write' && !cached : condition !== undefined,
      });
    }
  }
  return {
    title: 'A call under the filter',
    peers: ['libseccomp', "libseccomp's tree", 'no filter'],
    rows,
    note: 'The kernel (5.11 and later) does not run a filter for a call that it always allows: “cached”. “Not cached” is the same filter behind a load of an argument, which the kernel cannot see through: what every call costs on an older kernel.',
  };
}

interface Filters {
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array | undefined;
  readonly tree: Uint8Array | undefined;
}

function filtersOf(policy: Policy): Filters {
  const { program, endian } = compilePolicy(policy);
  const { defaultAction, token, rules } = scmpPolicy(policy);
  const built = ([1, 2] as const).map((level) => {
    if (typeof libseccomp === 'string') return undefined;
    const filter = libseccomp.build(defaultAction, [token], rules, level);
    if (typeof filter === 'number') throw new Error(`libseccomp refuses a rule: ${filter}`);
    return filter;
  });
  return { ours: encodeProgram(program, endian), theirs: built[0], tree: built[1] };
}
