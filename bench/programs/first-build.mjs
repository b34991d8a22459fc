// @ts-check
/** The first build in a new process: `node first-build.mjs SANDBOX` prints its microseconds. */
import { compilePolicy } from '@qseccomp/bpf/compile';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import { sandboxPolicy } from '@qseccomp/options/policy';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';

const architecture = process.arch === 'arm64' ? aarch64 : x86_64;
const { cloneFlagsArgument } = architecture;
const entry = parseSandbox(process.argv[2] ?? 'on');
const { rules, ...actions } = sandboxPolicy(entry, { killProcess: true, cloneFlagsArgument });

const start = performance.now();
const { program, endian } = compilePolicy({ ...actions, architectures: [{ architecture, rules }] });
encodeProgram(program, endian);
console.log((performance.now() - start) * 1000);
