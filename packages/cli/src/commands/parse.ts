/** `qseccomp parse`: what QEMU would make of `-sandbox`. @module */
import { readFileSync } from 'node:fs';
import { runSandboxArgv } from '@qseccomp/options/argv';
import type { Arguments, CommandSpec } from '../arguments.ts';
import { complain, print, printJson } from '../io.ts';

export const spec: CommandSpec = {
  name: 'parse',
  summary: "read -sandbox as QEMU does: its messages, its exit code, the entries as JSON",
  usage: '[-sandbox OPTS]... [-readconfig FILE]... [-set sandbox.ID.NAME=VALUE]...',
  sandbox: true,
  options: [],
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

export function run(args: Arguments): number {
  const { stdout, stderr, exitCode, entries } = runSandboxArgv(args.qemu, { readFile: readFileSync });
  print(stdout);
  complain(stderr);
  if (exitCode === 0) printJson({ entries });
  return exitCode;
}
