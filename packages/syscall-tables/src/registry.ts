/**
 * Every architecture, one line each: the only file that names them all.
 *
 * @module
 */
export { aarch64 } from './arch/aarch64.ts';
export { alpha } from './arch/alpha.ts';
export { arc } from './arch/arc.ts';
export { arm } from './arch/arm.ts';
export { armoabi } from './arch/armoabi.ts';
export { csky } from './arch/csky.ts';
export { hexagon } from './arch/hexagon.ts';
export { loongarch32 } from './arch/loongarch32.ts';
export { loongarch64 } from './arch/loongarch64.ts';
export { m68k } from './arch/m68k.ts';
export { microblaze } from './arch/microblaze.ts';
export { mips } from './arch/mips.ts';
export { mips64 } from './arch/mips64.ts';
export { mips64n32 } from './arch/mips64n32.ts';
export { mipsel } from './arch/mipsel.ts';
export { mipsel64 } from './arch/mipsel64.ts';
export { mipsel64n32 } from './arch/mipsel64n32.ts';
export { nios2 } from './arch/nios2.ts';
export { openrisc } from './arch/openrisc.ts';
export { parisc } from './arch/parisc.ts';
export { parisc64 } from './arch/parisc64.ts';
export { ppc } from './arch/ppc.ts';
export { ppc64 } from './arch/ppc64.ts';
export { ppc64le } from './arch/ppc64le.ts';
export { riscv32 } from './arch/riscv32.ts';
export { riscv64 } from './arch/riscv64.ts';
export { s390 } from './arch/s390.ts';
export { s390x } from './arch/s390x.ts';
export { sh } from './arch/sh.ts';
export { sheb } from './arch/sheb.ts';
export { sparc } from './arch/sparc.ts';
export { sparc64 } from './arch/sparc64.ts';
export { x32 } from './arch/x32.ts';
export { x86 } from './arch/x86.ts';
export { x86_64 } from './arch/x86_64.ts';
export { xtensa } from './arch/xtensa.ts';
