/** A program that uses all five packages as ES modules; it prints what it got. */
import { compilePolicy, emulate } from '@qseccomp/bpf';
import { main } from '@qseccomp/cli';
import { parseSandbox, sandboxPolicy } from '@qseccomp/options';
import { isSupported } from '@qseccomp/runtime';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';

const policy = sandboxPolicy(parseSandbox('on,spawn=deny'), { killProcess: true, cloneFlagsArgument: 0 });
const { program } = compilePolicy({
  defaultAction: policy.defaultAction,
  architectures: [{ architecture: x86_64, rules: policy.rules }],
});
const call = { arch: x86_64.auditArch, instructionPointer: 0n, args: [] };
const answer = (name) => emulate(program, { ...call, nr: syscallNumber(x86_64, name) }).action;
console.log(answer('read'), answer('execve'), typeof isSupported, await main(['--version']));
