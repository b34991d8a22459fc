/**
 * libseccomp in two ways: from a C program, as its users have it, and through koffi, in this process.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionValue, type Policy } from '@qseccomp/bpf';
import { type Architecture, syscallNumber } from '@qseccomp/syscall-tables';
import {
  type Libseccomp,
  loadLibseccomp,
  type OptimizationLevel,
  type ScmpRule,
  scmpRules,
} from '../../packages/runtime/test/libseccomp.ts';
import { BENCH } from './paths.ts';

/** libseccomp.so.2 through koffi, or why it cannot be loaded. */
export const libseccomp: Libseccomp | string = loadLibseccomp();

/** A policy as libseccomp takes it. */
export interface ScmpPolicy {
  readonly defaultAction: number;
  /** libseccomp's token, which is the kernel's. */
  readonly token: number;
  readonly rules: readonly ScmpRule[];
}

/**
 * What libseccomp is asked to build for a policy: rules by number, without those whose call does not exist.
 *
 * @param policy - of one architecture
 * @returns the same in libseccomp's terms
 */
export function scmpPolicy({ defaultAction, architectures: [only] }: Policy): ScmpPolicy {
  const { architecture, rules } = only as Policy['architectures'][number];
  return {
    defaultAction: actionValue(defaultAction),
    token: architecture.auditArch,
    rules: scmpRules(rules).flatMap((rule) => {
      const number = numberOf(architecture, rule.syscall);
      return number === undefined ? [] : [{ ...rule, syscall: number }];
    }),
  };
}

function numberOf(architecture: Architecture, syscall: string | number): number | undefined {
  return typeof syscall === 'number' ? syscall : syscallNumber(architecture, syscall);
}

/** A folder that is gone when this process is. */
const folder = mkdtempSync(join(tmpdir(), 'qseccomp-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/**
 * Compiles a C program of this package.
 *
 * @param name - of a file in programs/, without `.c`
 * @param flags - more for gcc
 * @returns its path, or undefined where there is no gcc, or none that can do it
 */
export function compiled(name: string, ...flags: readonly string[]): string | undefined {
  const path = join(folder, name);
  const { status } = spawnSync('gcc', ['-O2', '-o', path, join(BENCH, 'programs', `${name}.c`), ...flags]);
  return status === 0 ? path : undefined;
}

/** What programs/build.c measured. */
interface CBuild {
  /** Microseconds of the first build in a new process, without what loading the library takes. */
  readonly first: number;
  /** Median of all, microseconds. */
  readonly warm: number;
  readonly filter: Uint8Array;
}

/**
 * Builds a policy in a C program of its own, for so many milliseconds.
 *
 * @returns what was measured, or undefined when the first build takes longer than anyone waits
 * @throws Error when libseccomp refuses the policy
 */
export type CBuilder = (
  policy: ScmpPolicy,
  level: OptimizationLevel,
  milliseconds: number,
) => CBuild | undefined;

/** Milliseconds after which a build is given up. */
export const PATIENCE = 10_000;

/** The builder in C, where gcc and libseccomp.so.2 are. */
export function cBuilder(): CBuilder | undefined {
  const program = compiled('build', '-l:libseccomp.so.2');
  if (program === undefined) return undefined;
  const file = join(folder, 'policy');
  return (policy, level, milliseconds) => {
    writeFileSync(file, policyText(policy, level));
    const { status, signal, stdout, stderr } = spawnSync(program, [file, String(milliseconds)], {
      timeout: PATIENCE + milliseconds,
      maxBuffer: 1 << 26,
    });
    if (signal !== null) return undefined;
    if (status !== 0) throw new Error(`libseccomp refuses the policy: ${stderr}`);
    const [first = 0, warm = 0] = String(stderr).split(' ').map(Number);
    return { first: first / 1000, warm: warm / 1000, filter: stdout };
  };
}

function policyText({ defaultAction, rules }: ScmpPolicy, level: OptimizationLevel): string {
  const lines = rules.map(({ action, syscall, comparisons }) =>
    [
      action,
      syscall,
      comparisons.length,
      ...comparisons.flatMap(({ arg, op, datum_a, datum_b }) => [arg, op, datum_a, datum_b]),
    ].join(' '),
  );
  return `${defaultAction} ${level}\n${lines.join('\n')}\n`;
}
