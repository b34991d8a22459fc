/**
 * Which machine this is, and its system call numbers.
 *
 * @module
 */
import { endianness } from 'node:os';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { RuntimeError } from './errors.ts';

/** What Node calls an architecture (process.arch, and byte order for ppc64), and what loads its table. */
const TABLES: Readonly<Record<string, () => Promise<Architecture>>> = {
  x64: async () => (await import('@qseccomp/syscall-tables/x86_64')).x86_64,
  arm64: async () => (await import('@qseccomp/syscall-tables/aarch64')).aarch64,
  ia32: async () => (await import('@qseccomp/syscall-tables/x86')).x86,
  arm: async () => (await import('@qseccomp/syscall-tables/arm')).arm,
  riscv64: async () => (await import('@qseccomp/syscall-tables/riscv64')).riscv64,
  loong64: async () => (await import('@qseccomp/syscall-tables/loongarch64')).loongarch64,
  ppc64: async () => (await import('@qseccomp/syscall-tables/ppc64')).ppc64,
  ppc64le: async () => (await import('@qseccomp/syscall-tables/ppc64le')).ppc64le,
  s390x: async () => (await import('@qseccomp/syscall-tables/s390x')).s390x,
  mips: async () => (await import('@qseccomp/syscall-tables/mips')).mips,
  mipsel: async () => (await import('@qseccomp/syscall-tables/mipsel')).mipsel,
};

/** This machine: its architecture, and its numbers. */
export interface Host {
  readonly architecture: Architecture;
  /** Number of a call by its name. */
  readonly number: (name: string) => number;
}

let host: Host | undefined;

/**
 * Tells whether this is Linux on an architecture with a table: the only soft answer of this package.
 * Whether the kernel offers filters, {@link probe} says.
 *
 * @returns true where install and launch can be tried
 */
export function isSupported(): boolean {
  return process.platform === 'linux' && nodeArchitecture() in TABLES;
}

/**
 * The architecture that this Node was built for.
 *
 * @returns its descriptor, and a look-up of call numbers
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM elsewhere than on Linux, or without a table
 */
export async function loadHost(): Promise<Host> {
  if (host) return host;
  const load = TABLES[nodeArchitecture()];
  if (process.platform !== 'linux' || load === undefined) {
    throw new RuntimeError(
      'RUNTIME_UNSUPPORTED_PLATFORM',
      `seccomp filters need Linux on one of ${Object.keys(TABLES).join(', ')}; this is ${process.platform} on ${nodeArchitecture()}`,
    );
  }
  const architecture = await load();
  host = { architecture, number: (name) => requiredNumber(architecture, name) };
  return host;
}

function nodeArchitecture(): string {
  return process.arch === 'ppc64' && endianness() === 'LE' ? 'ppc64le' : process.arch;
}

function requiredNumber(architecture: Architecture, name: string): number {
  const number = syscallNumber(architecture, name);
  if (number === undefined) {
    throw new RuntimeError('RUNTIME_UNSUPPORTED_PLATFORM', `${architecture.name} has no ${name} call`);
  }
  return number;
}
