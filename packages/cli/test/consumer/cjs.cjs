/** A program that uses all five packages as CommonJS does, by require(); it prints what it got. */
const { compilePolicy, emulate } = require('@qseccomp/bpf');
const { main } = require('@qseccomp/cli');
const { parseSandbox, sandboxPolicy } = require('@qseccomp/options');
const { isSupported } = require('@qseccomp/runtime');
const { syscallNumber } = require('@qseccomp/syscall-tables/lookup');
const { x86_64 } = require('@qseccomp/syscall-tables/x86_64');

const policy = sandboxPolicy(parseSandbox('on,spawn=deny'), { killProcess: true, cloneFlagsArgument: 0 });
const { program } = compilePolicy({
  defaultAction: policy.defaultAction,
  architectures: [{ architecture: x86_64, rules: policy.rules }],
});
const call = { arch: x86_64.auditArch, instructionPointer: 0n, args: [] };
const answer = (name) => emulate(program, { ...call, nr: syscallNumber(x86_64, name) }).action;
main(['--version']).then((status) =>
  console.log(answer('read'), answer('execve'), typeof isSupported, status),
);
