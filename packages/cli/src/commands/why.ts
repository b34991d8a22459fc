/** `qseccomp why`: what a filter answers to one call, and what decides. @module */
import {
  EXEC_TICKET_NAME,
  emulateStack,
  findExecTicket,
  type Policy,
  type Program,
  type SeccompData,
} from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { errnoName, syscallNames } from '@qseccomp/syscall-tables/lookup';
import { ARCH_OPTION, namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { readCall } from '../call.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { requestedFilters } from '../filters.ts';
import { answerWords } from '../format/words.ts';
import { print, printJson } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, PROFILE_OPTIONS } from '../policy-options.ts';
import { about, INDEX_OPTION, namedProgram } from '../programs.ts';
import { type Reason, reasonOf } from '../reason.ts';

export const spec: CommandSpec = {
  name: 'why',
  usage: '[-sandbox OPTS | --profile FILE | --program FILE] [--arch NAME]... CALL [ARG]...',
  sandbox: true,
  options: [
    {
      ...ARCH_OPTION,
      help: 'architecture of the call and of the filter (this machine where absent); more: the filter covers these too',
    },
    ...POLICY_OPTIONS,
    KILL_PROCESS_OPTION,
    ...PROFILE_OPTIONS,
    { name: 'program', value: 'FILE', help: 'a filter in any form that disasm reads' },
    INDEX_OPTION,
    { name: 'path', help: 'list the instructions that are executed' },
    JSON_OPTION,
  ],
  operands: 'call',
  details:
    'Without a filter, -sandbox on. CALL is a name or a number; arguments are decimal, negative, or hexadecimal\n' +
    'with 0x, and 0 where absent. Of several filters the most restrictive answer counts, as in the kernel.\n' +
    'The exit status is 0 whatever the answer is.',
  examples: [
    'qseccomp why -sandbox on,spawn=deny clone 0x3d0f00',
    'qseccomp why --profile default.json --arch aarch64 socket 16 3 9',
    'qseccomp why --program filter.bpf --path getpid',
  ],
};

/** A filter, as far as it is known. */
interface Asked {
  readonly program: Program;
  readonly policy?: Policy;
  /** Whether the policy is that of a sandbox entry. */
  readonly isSandbox: boolean;
}

export async function run(args: Arguments): Promise<number> {
  const { architecture, filters } = args.has('program')
    ? await programFilter(args)
    : await policyFilters(args);
  const data = namedCall(args.operands, architecture);
  const programs = filters.map(({ program }) => program);
  const { endian } = architecture;
  const answer = about(args.value('program'), () =>
    emulateStack(programs, data, { endian, path: true, strict: true }),
  );
  const decided = filters[answer.filter] as Asked;
  const errno = answer.action === 'ERRNO' ? errnoName(architecture, answer.data) : undefined;
  const names = syscallNames(architecture, data.nr);
  const hasTicket = names.includes('execveat') && findExecTicket(decided.program) !== undefined;
  const reason: Reason | undefined = decided.policy
    ? reasonOf(decided as Asked & { policy: Policy }, data, architecture)
    : hasTicket
      ? { text: `the filter lets one execveat pass, with ${EXEC_TICKET_NAME}, and no other` }
      : undefined;
  if (args.has('json')) {
    printJson({
      architecture: architecture.name,
      number: data.nr,
      names,
      arguments: data.args.map(String),
      action: answer.action,
      data: answer.data,
      ...(errno !== undefined && { errno }),
      steps: answer.steps,
      filter: answer.filter,
      ...(reason && { reason }),
      filters: answer.filters.map(({ action, data: value, steps, path }) => ({
        action,
        data: value,
        steps,
        ...(args.has('path') && { path }),
      })),
    });
    return ExitStatus.OK;
  }
  const call = `${names.join(' or ') || 'no call'}(${data.args.map(hexadecimal).join(', ')})`;
  print(
    [
      `${call}, ${data.nr} on ${architecture.name}: ${answerWords(answer.action, answer.data, errno)}\n`,
      ...(reason ? [`${reason.text}\n`] : []),
      ...(filters.length > 1 ? [`filter ${answer.filter + 1} of ${filters.length} decides\n`] : []),
      `${answer.steps} instructions executed\n`,
    ].join(''),
  );
  if (args.has('path')) {
    const { listProgram } = await import('@qseccomp/bpf/listing');
    for (const [at, program] of programs.entries()) {
      const lines = listProgram(program, { architectures: [architecture], endian }).split('\n');
      const title = programs.length > 1 ? `filter ${at + 1}` : 'path';
      print(`\n${title}\n${answer.filters[at]?.path?.map((pc) => `${lines[pc]}\n`).join('')}`);
    }
  }
  return ExitStatus.OK;
}

function namedCall(words: readonly string[], architecture: Architecture): SeccompData {
  try {
    return readCall(words, architecture);
  } catch (error) {
    throw error instanceof CliError ? new CliError(`why: ${error.message}`) : error;
  }
}

async function policyFilters(
  args: Arguments,
): Promise<{ architecture: Architecture; filters: readonly Asked[] }> {
  if (args.has('index')) throw usageError(spec, '--index goes with --program');
  const requested = await requestedFilters(args, spec);
  const [first] = requested;
  if (first === undefined)
    throw new CliError('why: expected a sandbox that is on, got off: every call is allowed');
  const named = await namedArchitectures(args);
  const architecture = args.has('arch') || !args.has('profile') ? named[0] : first.architectures[0];
  return {
    architecture: architecture as Architecture,
    filters: requested.map(({ program, policy, entry }) => ({
      program,
      policy,
      isSandbox: entry !== undefined,
    })),
  };
}

async function programFilter(
  args: Arguments,
): Promise<{ architecture: Architecture; filters: readonly Asked[] }> {
  const others = [...POLICY_OPTIONS, KILL_PROCESS_OPTION, ...PROFILE_OPTIONS].map((option) => option.name);
  const other = args.qemu[0] ?? others.filter((name) => args.has(name)).map((name) => `--${name}`)[0];
  if (other !== undefined) throw usageError(spec, `--program and ${other} exclude each other`);
  const { program, endian, architectures } = await namedProgram(args.value('program'), args, spec);
  const machine = (await namedArchitectures(args))[0] as Architecture;
  const architecture = architectures.includes(machine) ? machine : (architectures[0] ?? machine);
  if (endian !== undefined && endian !== architecture.endian) {
    throw new CliError(
      `why: expected a program for a ${architecture.endian}-endian machine (${architecture.name}), got a ${endian}-endian one; --arch says which`,
    );
  }
  return { architecture, filters: [{ program, isSandbox: false }] };
}

function hexadecimal(value: bigint): string {
  return `0x${value.toString(16)}`;
}
