/** Which `-sandbox` a program implements: the reference filters, every policy, launched filters, near misses. */
import { readFileSync } from 'node:fs';
import { compareFilters, compilePolicy, decodeProgram, type Program } from '@qseccomp/bpf';
import { type Edition, editions, sandboxPolicy } from '@qseccomp/options/policy';
import { formatSandbox, parseSandbox } from '@qseccomp/options/sandbox';
import {
  type Architecture,
  aarch64,
  architectures,
  arm,
  type Endian,
  findArchitecture,
  s390x,
  x32,
  x86,
  x86_64,
} from '@qseccomp/syscall-tables';
import { describe, expect, it, test } from 'vitest';
import { nameProgram, namingText } from '../src/naming.ts';
import { launchedFilter } from './launched.ts';

const references: Readonly<
  Record<string, { endian: Endian; cases: { sandbox: string; killProcess: boolean; bpf: string }[] }>
> = JSON.parse(readFileSync(new URL('../../bpf/test/vectors/qemu-filters.json', import.meta.url), 'utf8'));

function compiled(
  sandbox: string,
  edition: Edition,
  killProcess: boolean,
  covered: readonly Architecture[],
): Program {
  const policies = covered.map(({ cloneFlagsArgument }) =>
    sandboxPolicy(parseSandbox(sandbox), { edition, killProcess, cloneFlagsArgument }),
  );
  const { defaultAction = 'ALLOW', badArchitectureAction = 'KILL_THREAD' } = policies[0] ?? {};
  return compilePolicy({
    defaultAction,
    badArchitectureAction,
    architectures: covered.map((architecture, at) => ({ architecture, rules: policies[at]?.rules ?? [] })),
  }).program;
}

describe('the reference filters are named', () => {
  it.each(Object.entries(references))('%s', (name, { endian, cases }) => {
    const architecture = findArchitecture(name);
    for (const { sandbox, killProcess, bpf } of cases) {
      const program = decodeProgram(Buffer.from(bpf, 'base64'), endian);
      const { sandboxes, execTicket } = nameProgram(program, [architecture]);
      const found = sandboxes.find(
        (one) => one.edition === '7.0' && one.sandbox === formatSandbox(parseSandbox(sandbox)),
      );
      expect(found?.killProcess, sandbox).toMatch(killProcess ? /yes|any/ : /no|any/);
      expect(execTicket).toBe(false);
    }
  });
});

describe('every sandbox is named, with all that have the same filter', () => {
  it.each(Object.keys(editions) as Edition[])('edition %s', (edition) => {
    const strings =
      edition === '2.10'
        ? ['on']
        : ['on', 'on,obsolete=allow,spawn=deny', 'on,elevateprivileges=deny,resourcecontrol=deny'];
    for (const covered of [[x86_64], [s390x], [arm], [x86_64, x32, x86]]) {
      for (const sandbox of strings) {
        for (const killProcess of [true, false]) {
          const { sandboxes } = nameProgram(compiled(sandbox, edition, killProcess, covered), covered);
          const names = new Set(sandboxes.map((one) => one.sandbox));
          expect(names, `${covered[0]?.name} ${sandbox}`).toEqual(new Set([sandbox]));
          expect(sandboxes.map((one) => one.edition)).toContain(edition);
        }
      }
    }
  });

  test('the shortest string comes first where options make no difference', () => {
    const { sandboxes } = nameProgram(compiled('on,obsolete=allow,spawn=deny', '7.0', true, [aarch64]), [
      aarch64,
    ]);
    expect(sandboxes).toEqual([
      { sandbox: 'on,spawn=deny', edition: '7.0', killProcess: 'yes' },
      { sandbox: 'on,obsolete=allow,spawn=deny', edition: '7.0', killProcess: 'yes' },
    ]);
    expect(namingText({ sandboxes, execTicket: false, announced: false })).toBe(
      'implements -sandbox on,spawn=deny (edition 7.0), which is -sandbox on,obsolete=allow,spawn=deny (edition 7.0) too',
    );
  });

  test('the words tell editions and kill actions apart', () => {
    const words = (edition: Edition, killProcess: boolean): string =>
      namingText(nameProgram(compiled('on', edition, killProcess, [x86_64]), [x86_64]));
    expect(words('6.0', true)).toBe('implements -sandbox on (editions 3.1, 5.2, 6.0, 7.0, 10.0)');
    expect(words('4.0', true)).toBe(
      'implements -sandbox on (edition 4.0, editions 3.1, 5.2, 6.0, 7.0, 10.0 with --kill-process no)',
    );
    expect(words('2.11', true)).toBe('implements -sandbox on (editions 2.11, 3.0)');
    expect(words('2.10', true)).toBe('implements -sandbox on (edition 2.10)');
  });
});

describe('launched filters', () => {
  const machines = architectures.filter(
    ({ lookupOnly, seccompFilterSince }) => !lookupOnly && seccompFilterSince !== undefined,
  );

  it.each(machines.map((machine) => [machine.name, machine] as const))(
    'are named on %s',
    (_name, machine) => {
      for (const killProcess of [true, false]) {
        const naming = nameProgram(launchedFilter('on,spawn=deny', machine, { killProcess }), [machine]);
        expect(naming).toMatchObject({
          sandboxes: [
            { sandbox: 'on,spawn=deny', edition: '7.0', killProcess: killProcess ? 'yes' : 'no' },
            ...naming.sandboxes.slice(1),
          ],
          execTicket: true,
        });
      }
    },
  );

  test('of other editions', () => {
    for (const [sandbox, edition] of [
      ['on', '2.10'],
      ['on,spawn=deny', '10.0'],
    ] as const) {
      const naming = nameProgram(launchedFilter(sandbox, x86_64, { edition }), [x86_64]);
      expect(naming.sandboxes).toContainEqual(expect.objectContaining({ sandbox, edition }));
      expect(namingText(naming)).toMatch(/, with the launcher's one-shot exec ticket$/);
    }
  });
});

test('filters that ask a supervisor where the sandbox kills are named', () => {
  for (const [sandbox, edition] of [
    ['on,spawn=deny', '7.0'],
    ['on,spawn=deny,resourcecontrol=deny', '10.0'],
    ['on', '2.10'],
  ] as const) {
    const naming = nameProgram(launchedFilter(sandbox, x86_64, { edition, announced: true }), [x86_64]);
    expect(naming).toMatchObject({ execTicket: true, announced: true });
    expect(naming.sandboxes).toContainEqual({ sandbox, edition, killProcess: 'any' });
    expect(namingText(naming)).toMatch(
      /^implements -sandbox on.*, with the launcher's one-shot exec ticket, whose kills a supervisor is asked about$/,
    );
  }
});

describe('no name', () => {
  const program = compiled('on,spawn=deny', '7.0', true, [x86_64]);

  test('has a filter that answers some call otherwise, for one changed constant', () => {
    for (const [pc, instruction] of program.entries()) {
      for (const k of [instruction.k ^ 1, instruction.k ^ 0x10000000].map((word) => word >>> 0)) {
        const changed = program.with(pc, { ...instruction, k });
        let naming: ReturnType<typeof nameProgram>;
        try {
          naming = nameProgram(changed, [x86_64]);
        } catch (error) {
          expect(error).toHaveProperty('name', 'BpfError');
          continue;
        }
        const names = naming.sandboxes.map(({ sandbox, edition }) => `${sandbox} ${edition}`);
        // A mask that lets calls through early can let through fewer: the search finds the others.
        const isSame = compareFilters(changed, program, { answers: 'kernel' }).equal;
        expect(names.includes('on,spawn=deny 7.0'), `${pc} ${k}`).toBe(isSame);
      }
    }
  });

  test('has a program without architecture, or what no sandbox does', () => {
    expect(nameProgram(program, [])).toEqual({ sandboxes: [], execTicket: false, announced: false });
    expect(namingText(nameProgram([{ code: 6, jt: 0, jf: 0, k: 0x7fff0000 }], [x86_64]))).toBe(
      'implements no -sandbox string',
    );
  });
});
