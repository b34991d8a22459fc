/** `qseccomp parse`: what QEMU would make of `-sandbox`. @module */
import { loadSandboxArgv } from '@qseccomp/options/argv-lazy';
import { type Arguments, type CommandSpec, JSON_OPTION } from '../arguments.ts';
import { complain, exactBytes, fileReader, print, printJson } from '../io.ts';

export const spec: CommandSpec = {
  name: 'parse',
  usage: '[-sandbox OPTS]... [-readconfig FILE]... [-set sandbox.ID.NAME=VALUE]...',
  sandbox: true,
  options: [JSON_OPTION],
  operands: 'none',
  qemuChecks: true,
  details:
    'Prints {"entries": [...]}: for each entry whether it is enabled, the sets that it denies, and how often\n' +
    'QEMU calls prctl(PR_SET_NO_NEW_PRIVS) for it. The output is JSON with or without --json. An error is\n' +
    "QEMU's sentence on stderr, and exit status 1.",
  examples: [
    'qseccomp parse -sandbox on,spawn=deny',
    'qseccomp parse -readconfig vm.cfg -sandbox on,elevateprivileges=children',
  ],
};

export async function run({ qemu }: Arguments): Promise<number> {
  const { stdout, stderr, exitCode, entries } = await loadSandboxArgv(qemu, {
    readFile: await fileReader(qemu),
  });
  print(stdout);
  complain(await exactBytes(stderr));
  if (exitCode === 0) printJson({ entries });
  return exitCode;
}
