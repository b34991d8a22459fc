/** What programs of QEMU's policies cost beside libseccomp's, and the table of it in the README. */

import { readFileSync } from 'node:fs';
import { type Architecture, type Endian, findArchitecture } from '@qseccomp/syscall-tables';
import { ActionValue, compilePolicy, decodeProgram, filterCost, type Program } from '../src/index.ts';
import { qemuPolicy } from './qemu-policy.ts';

/** What a program costs the calls that it allows. */
export interface Cost {
  readonly length: number;
  /** Mean of the steps over the calls of a traced guest. */
  readonly mean: number;
  /** Most steps of a call that is allowed whatever its arguments are. */
  readonly most: number;
  /** Most steps of a call that can be allowed, with the tests of its arguments. */
  readonly mostWithArguments: number;
}

/** Programs recorded from libseccomp 2.6.1. */
export const references: readonly {
  readonly architecture: Architecture;
  readonly sandbox: string;
  readonly killProcess: boolean;
  readonly program: Program;
}[] = Object.entries(
  JSON.parse(readFileSync(new URL('vectors/qemu-filters.json', import.meta.url), 'utf8')) as Record<
    string,
    { endian: Endian; cases: { sandbox: string; killProcess: boolean; bpf: string }[] }
  >,
).flatMap(([name, { endian, cases }]) =>
  cases.map(({ sandbox, killProcess, bpf }) => ({
    architecture: findArchitecture(name),
    sandbox,
    killProcess,
    program: decodeProgram(Buffer.from(bpf, 'base64'), endian),
  })),
);

/** Measures a program by the calls of its architecture's table. */
export function costOf(program: Program, architecture: Architecture): Cost {
  const { calls, mean } = filterCost(program, architecture);
  const allowed = calls.filter(({ values }) => values.includes(ActionValue.ALLOW));
  const most = (some: typeof calls): number => Math.max(...some.map((call) => call.most));
  return {
    length: program.length,
    mean: mean?.least ?? 0,
    most: most(allowed.filter(({ values }) => values.length === 1)),
    mostWithArguments: most(allowed),
  };
}

/** The rows of the README: each recorded program that kills the process, and the one compiled here. */
export function costTable(): string {
  const head =
    '| architecture | policy | length | mean steps | most steps |\n| --- | --- | ---: | ---: | ---: |\n';
  const shown = references.filter(
    ({ architecture, killProcess }) => killProcess && SHOWN.includes(architecture.name),
  );
  const rows = shown.map(({ architecture, sandbox, program }) => {
    const before = costOf(program, architecture);
    const after = costOf(compilePolicy(qemuPolicy(sandbox, true, architecture)).program, architecture);
    const denied = sandbox.split(',').filter((option) => option.endsWith('=deny'));
    const policy = denied.map((option) => option.replace('=deny', '')).join(', ') || 'no option';
    const steps = ({ most, mostWithArguments }: Cost): string =>
      most === mostWithArguments ? `${most}` : `${most} (${mostWithArguments})`;
    return (
      `| ${architecture.name} | ${policy} | ${before.length} → ${after.length} ` +
      `| ${before.mean.toFixed(2)} → ${after.mean.toFixed(2)} | ${steps(before)} → ${steps(after)} |\n`
    );
  });
  return head + rows.join('');
}

const SHOWN = ['x86_64', 'aarch64', 'riscv64', 's390x', 'ppc64le', 'x86', 'arm', 'mips'];
