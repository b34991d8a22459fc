/** libseccomp.so.2 through koffi: builds filters and hands them out as bytes. Installs nothing. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionValue, type Rule } from '@qseccomp/bpf';

/** A comparison as libseccomp has it. */
export interface ScmpComparison {
  readonly arg: number;
  /** 1 to 7: NE LT LE EQ GE GT MASKED_EQ. */
  readonly op: number;
  readonly datum_a: bigint;
  readonly datum_b: bigint;
}

/** enum scmp_compare, from 1 on. */
export const OPERATORS: readonly string[] = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];

/** One rule of a filter. */
export interface ScmpRule {
  readonly action: number;
  /** Name of the call, or its number on this machine. */
  readonly syscall: string | number;
  readonly comparisons: readonly ScmpComparison[];
}

/** What libseccomp can do here. */
export interface Libseccomp {
  readonly version: string;
  /** libseccomp's token for `x86_64`, `x32`, `arm`; 0 for an architecture that it does not know. */
  token(architecture: string): number;
  /** Number of a call; negative where the architecture has none, -1 where no architecture has it. */
  number(token: number, syscall: string): number;
  /**
   * Builds a filter as runtimes do, for exactly these architectures.
   *
   * @param level - SCMP_FLTATR_CTL_OPTIMIZE: 1 as it is without, 2 for a binary tree
   * @returns the program in the target's byte order, or what libseccomp answers to the first rule that it refuses
   */
  build(
    defaultAction: number,
    tokens: readonly number[],
    rules: readonly ScmpRule[],
    level?: OptimizationLevel,
  ): Uint8Array | number;
  /**
   * The same, written to a descriptor.
   *
   * @returns 0, or what libseccomp answers to the first rule that it refuses
   */
  buildTo(
    fd: number,
    defaultAction: number,
    tokens: readonly number[],
    rules: readonly ScmpRule[],
    level?: OptimizationLevel,
  ): number;
}

/** Values of SCMP_FLTATR_CTL_OPTIMIZE. */
export type OptimizationLevel = 1 | 2;

/** enum scmp_filter_attr. */
const SCMP_FLTATR_CTL_OPTIMIZE = 8;

type Call<Args extends unknown[], Result> = (...args: Args) => Result;

interface Koffi {
  load(path: string): { func(prototype: string): unknown };
  struct(name: string, members: Record<string, string>): unknown;
  decode(pointer: unknown, type: string): { major: number; minor: number; micro: number };
}

/** Loads the library, or says why it cannot. */
export function loadLibseccomp(): Libseccomp | string {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  let library: ReturnType<Koffi['load']>;
  try {
    library = koffi.load('libseccomp.so.2');
  } catch (error) {
    return `libseccomp.so.2 cannot be loaded: ${(error as Error).message}`;
  }
  koffi.struct('scmp_version', { major: 'unsigned int', minor: 'unsigned int', micro: 'unsigned int' });
  koffi.struct('scmp_arg_cmp', {
    arg: 'unsigned int',
    op: 'int',
    datum_a: 'uint64_t',
    datum_b: 'uint64_t',
  });
  const bind = <Args extends unknown[], Result>(prototype: string): Call<Args, Result> =>
    library.func(prototype) as Call<Args, Result>;
  const version = bind<[], unknown>('void *seccomp_version()');
  const init = bind<[number], unknown>('void *seccomp_init(uint32_t action)');
  const release = bind<[unknown], void>('void seccomp_release(void *filter)');
  const native = bind<[], number>('uint32_t seccomp_arch_native()');
  const archToken = bind<[string], number>('uint32_t seccomp_arch_resolve_name(const char *name)');
  const archAdd = bind<[unknown, number], number>('int seccomp_arch_add(void *filter, uint32_t token)');
  const archRemove = bind<[unknown, number], number>('int seccomp_arch_remove(void *filter, uint32_t token)');
  const resolve = bind<[number, string], number>(
    'int seccomp_syscall_resolve_name_arch(uint32_t token, const char *name)',
  );
  const add = bind<[unknown, number, number, number, readonly ScmpComparison[]], number>(
    'int seccomp_rule_add_array(void *filter, uint32_t action, int syscall, unsigned int count, scmp_arg_cmp *comparisons)',
  );
  const attrSet = bind<[unknown, number, number], number>(
    'int seccomp_attr_set(void *filter, int attribute, uint32_t value)',
  );
  const exportBpf = bind<[unknown, number], number>('int seccomp_export_bpf(void *filter, int fd)');
  const { major, minor, micro } = koffi.decode(version(), 'scmp_version');
  const here = native();
  const buildTo: Libseccomp['buildTo'] = (fd, defaultAction, tokens, rules, level = 1) => {
    const filter = init(defaultAction);
    try {
      check('seccomp_attr_set', attrSet(filter, SCMP_FLTATR_CTL_OPTIMIZE, level));
      if (tokens.length !== 1 || tokens[0] !== here) {
        // Removed first: with this machine's architecture gone, the first one added chooses the byte order.
        check('seccomp_arch_remove', archRemove(filter, here));
        for (const token of tokens) check('seccomp_arch_add', archAdd(filter, token));
      }
      for (const { action, syscall, comparisons } of rules) {
        const number = typeof syscall === 'number' ? syscall : resolve(here, syscall);
        const answer = add(filter, action, number, comparisons.length, comparisons);
        if (answer < 0) return answer;
      }
      check('seccomp_export_bpf', exportBpf(filter, fd));
      return 0;
    } finally {
      release(filter);
    }
  };

  return {
    version: `${major}.${minor}.${micro}`,
    token: archToken,
    number: resolve,
    build(defaultAction, tokens, rules, level) {
      const directory = mkdtempSync(join(tmpdir(), 'libseccomp-'));
      try {
        const path = join(directory, 'filter');
        const fd = openSync(path, 'w');
        const answer = buildTo(fd, defaultAction, tokens, rules, level);
        closeSync(fd);
        return answer < 0 ? answer : readFileSync(path);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    buildTo,
  };
}

/** What libseccomp is to build for a policy that names no number and no errno by name. */
export function scmpRules(rules: readonly Rule[]): ScmpRule[] {
  return rules.map(({ action, syscall, comparisons = [] }) => ({
    action: actionValue(action),
    syscall,
    comparisons: comparisons.map(({ argument, op, value, mask }) => ({
      arg: argument,
      op: OPERATORS.indexOf(op) + 1,
      datum_a: mask ?? value,
      datum_b: mask === undefined ? 0n : value,
    })),
  }));
}

function check(call: string, answer: number): void {
  if (answer < 0) throw new Error(`${call} answered ${answer}`);
}
