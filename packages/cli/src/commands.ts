/**
 * The list of commands: a new one is its file and an entry here.
 *
 * @module
 */
import type { Arguments, CommandSpec } from './arguments.ts';

/** A command as its file exports it. */
export interface Command {
  readonly spec: CommandSpec;
  /** @returns the exit status */
  readonly run: (args: Arguments) => number | Promise<number>;
}

/** Each command is loaded when it is called, and only then. */
export const COMMANDS: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
> = {
  run: {
    summary: 'run a program in the sandbox',
    load: () => import('./commands/run.ts'),
  },
  trace: {
    summary: 'run a program without the sandbox, and tell what it would have denied',
    load: () => import('./commands/trace.ts'),
  },
  parse: {
    summary: 'read -sandbox as QEMU does: its messages, its exit code, the entries as JSON',
    load: () => import('./commands/parse.ts'),
  },
  compile: {
    summary: 'compile the filter of a sandbox, for any architecture',
    load: () => import('./commands/compile.ts'),
  },
  explain: {
    summary: 'list every call that a sandbox denies, or what a profile gives each call',
    load: () => import('./commands/explain.ts'),
  },
  why: {
    summary: 'say what a filter answers to one call, and which rule decides',
    load: () => import('./commands/why.ts'),
  },
  verify: {
    summary: 'decide whether two filters answer every call alike',
    load: () => import('./commands/verify.ts'),
  },
  diff: {
    summary: 'list the calls that two filters answer differently',
    load: () => import('./commands/diff.ts'),
  },
  stats: {
    summary: 'count what a filter costs, and show which calls the kernel need not run it for',
    load: () => import('./commands/stats.ts'),
  },
  audit: {
    summary: 'say what a policy or a process leaves open, with severity and proof',
    load: () => import('./commands/audit.ts'),
  },
  asm: {
    summary: 'assemble text into a program',
    load: () => import('./commands/asm.ts'),
  },
  disasm: {
    summary: 'disassemble a program in any form, with notes',
    load: () => import('./commands/disasm.ts'),
  },
  syscalls: {
    summary: 'look a system call up, by name or number, on every architecture',
    load: () => import('./commands/syscalls.ts'),
  },
  inspect: {
    summary: 'show the filters of a running process, and which -sandbox they implement',
    load: () => import('./commands/inspect.ts'),
  },
  probe: {
    summary: 'report every action and flag of seccomp(2) that this kernel offers',
    load: () => import('./commands/probe.ts'),
  },
  completion: {
    summary: 'print the completions of bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
};
