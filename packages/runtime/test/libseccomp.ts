/** libseccomp.so.2 through koffi: builds filters and hands them out as bytes. Installs nothing. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A comparison as libseccomp has it. */
export interface ScmpComparison {
  readonly arg: number;
  /** 1 to 7: NE LT LE EQ GE GT MASKED_EQ. */
  readonly op: number;
  readonly datum_a: bigint;
  readonly datum_b: bigint;
}

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
   * @returns the program in the target's byte order, or what libseccomp answers to the first rule that it refuses
   */
  build(defaultAction: number, tokens: readonly number[], rules: readonly ScmpRule[]): Uint8Array | number;
}

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
  const exportBpf = bind<[unknown, number], number>('int seccomp_export_bpf(void *filter, int fd)');
  const { major, minor, micro } = koffi.decode(version(), 'scmp_version');
  const here = native();

  return {
    version: `${major}.${minor}.${micro}`,
    token: archToken,
    number: resolve,
    build(defaultAction, tokens, rules) {
      const filter = init(defaultAction);
      const directory = mkdtempSync(join(tmpdir(), 'libseccomp-'));
      try {
        // Removed first: with this machine's architecture gone, the first one added chooses the byte order.
        check('seccomp_arch_remove', archRemove(filter, here));
        for (const token of tokens) check('seccomp_arch_add', archAdd(filter, token));
        for (const { action, syscall, comparisons } of rules) {
          const number = typeof syscall === 'number' ? syscall : resolve(here, syscall);
          const answer = add(filter, action, number, comparisons.length, comparisons);
          if (answer < 0) return answer;
        }
        const path = join(directory, 'filter');
        const fd = openSync(path, 'w');
        check('seccomp_export_bpf', exportBpf(filter, fd));
        closeSync(fd);
        return readFileSync(path);
      } finally {
        release(filter);
        rmSync(directory, { recursive: true });
      }
    },
  };
}

function check(call: string, answer: number): void {
  if (answer < 0) throw new Error(`${call} answered ${answer}`);
}
