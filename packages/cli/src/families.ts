/**
 * Architectures whose programs run on one kernel: a process of one can make calls of the others.
 *
 * @module
 */
import type { Architecture } from '@qseccomp/syscall-tables';

/** The widest first, which is what the kernel itself is built for. */
const FAMILIES: readonly (readonly string[])[] = [
  ['x86_64', 'x86', 'x32'],
  ['aarch64', 'arm'],
  ['s390x', 's390'],
  ['ppc64', 'ppc'],
  ['mips64', 'mips', 'mips64n32'],
  ['mipsel64', 'mipsel', 'mipsel64n32'],
  ['sparc64', 'sparc'],
  ['parisc64', 'parisc'],
  ['riscv64', 'riscv32'],
];

/**
 * The family of an architecture.
 *
 * @param architecture - any
 * @returns names, the widest first; its own alone where it has no relatives
 */
export function familyOf({ name }: Architecture): readonly string[] {
  return FAMILIES.find((family) => family.includes(name)) ?? [name];
}
