/** `qseccomp why`: what a filter answers to a call, from whatever tells of it, and what decides. @module */
import type { Architecture } from '@qseccomp/syscall-tables';
import { ARCH_OPTION, namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { readCall } from '../call.ts';
import { type AskedCall, callOf } from '../denial/asked-call.ts';
import { callsOf } from '../denial/lines.ts';
import { type AskedFilter, judge, type Verdict } from '../denial/verdict.ts';
import { explainStatus } from '../denial/wait-status.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { familyOf } from '../families.ts';
import { requestedFilters } from '../filters.ts';
import { styleOf } from '../format/style.ts';
import { callText, plainVerdict, verdictDetails, verdictText } from '../format/verdict.ts';
import { input, print, printJson } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, PROFILE_OPTIONS } from '../policy-options.ts';
import { about, INDEX_OPTION, namedProgram } from '../programs.ts';

export const spec: CommandSpec = {
  name: 'why',
  usage:
    '[-sandbox OPTS | --profile FILE | --program FILE] [--arch NAME]... CALL [ARG]... | LINE | - | --status N',
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
    { name: 'status', value: 'N', help: 'how a process ended: status of wait(2), or $? of a shell' },
    { name: 'path', help: 'list the instructions that are executed' },
    JSON_OPTION,
  ],
  operands: 'call',
  details:
    'Without a filter, -sandbox on. CALL is a name (read, __NR_read or SYS_read) or a number; arguments are decimal,\n' +
    'negative, hexadecimal with 0x, or names of flags (CLONE_VM|CLONE_VFORK), and 0 where absent. LINE is an audit\n' +
    'record (type=1326, from dmesg, journalctl, audit.log or ausearch) or a call as strace prints it; - reads many\n' +
    'from standard input and tells of those that are denied. Records have no arguments, and strace does not show\n' +
    'all: where they decide, that is said. Of several filters the most restrictive answer counts, as in the kernel.\n' +
    'Without --arch, the filter of a line is for the machine that the line comes from. The exit status is 0 whatever\n' +
    'the answer is.',
  examples: [
    'qseccomp why -sandbox on,spawn=deny clone CLONE_VM|CLONE_VFORK|SIGCHLD',
    'qseccomp why --profile default.json --arch aarch64 socket 16 3 9',
    'qseccomp why --program filter.bpf --path getpid',
    'qseccomp why -sandbox on,spawn=deny - <kernel.log',
  ],
};

/** The filters that calls are held against, and the architecture of a call that does not say its own. */
interface Filters {
  readonly architecture: Architecture;
  readonly filters: readonly AskedFilter[];
}

export async function run(args: Arguments): Promise<number> {
  const { operands } = args;
  const [first] = operands;
  if (args.has('status')) {
    if (first !== undefined) throw usageError(spec, `--status and '${first}' exclude each other`);
    return tellStatus(args);
  }
  if (first === undefined)
    throw usageError(spec, 'expected a system call, a line of a log, - or --status, got none');
  const isText = operands.length === 1 && (first === '-' || /[\s(=]/.test(first));
  if (isText && args.has('path'))
    throw usageError(spec, '--path goes with one call, named and with its arguments');
  return isText ? tellLines(first, args) : tellCall(args);
}

function tellStatus(args: Arguments): number {
  const word = args.value('status') ?? '';
  if (!/^\d{1,5}$/.test(word) || Number(word) > 0xffff)
    throw usageError(spec, `--status expects a number from 0 to 65535, got '${word}'`);
  const meaning = explainStatus(Number(word));
  if (args.has('json')) printJson({ status: Number(word), ...meaning });
  else print(`${meaning.text.join('\n')}\n`);
  return ExitStatus.OK;
}

async function tellCall(args: Arguments): Promise<number> {
  const { architecture, filters } = await askedFilters(args);
  const verdict = judged(filters, namedCall(args.operands, architecture), architecture, args);
  const answer = verdict.answer as NonNullable<Verdict['answer']>;
  if (args.has('json')) {
    printJson({
      ...plainVerdict(verdict),
      filters: answer.filters.map(({ action, data, steps, path }) => ({
        action,
        data,
        steps,
        ...(args.has('path') && { path }),
      })),
    });
    return ExitStatus.OK;
  }
  print(
    [
      `${callText(verdict.call)}: ${verdictText(verdict, styleOf(1))}\n`,
      verdictDetails(verdict),
      ...(filters.length > 1 ? [`filter ${answer.filter + 1} of ${filters.length} decides\n`] : []),
      `${answer.steps} instructions executed\n`,
    ].join(''),
  );
  if (args.has('path')) {
    const { listProgram } = await import('@qseccomp/bpf/listing');
    const { endian } = architecture;
    for (const [at, { program }] of filters.entries()) {
      const lines = listProgram(program, { architectures: [architecture], endian }).split('\n');
      const title = filters.length > 1 ? `filter ${at + 1}` : 'path';
      print(`\n${title}\n${answer.filters[at]?.path?.map((pc) => `${lines[pc]}\n`).join('')}`);
    }
  }
  return ExitStatus.OK;
}

/** A verdict, who it was about, and how often it came. */
interface Told {
  readonly verdict: Verdict;
  readonly callers: Set<string>;
  count: number;
}

async function tellLines(operand: string, args: Arguments): Promise<number> {
  if (operand === '-' && [args.value('profile'), args.value('program')].includes('-'))
    throw usageError(spec, 'standard input can be one thing only');
  const text = operand === '-' ? (await input('-')).toString('utf8') : operand;
  const [machine] = (await namedArchitectures(args)) as [Architecture];
  const calls = callsOf(text, machine);
  if (calls.length === 0) {
    throw new CliError(
      'why: expected an audit record of seccomp (type=1326) or a call as strace prints it, got none',
    );
  }
  const found = new Map<string, Filters>();
  const told = new Map<string, Told>();
  for (const call of calls) {
    const [family = machine.name] = familyOf(call.architecture ?? machine);
    const filters = found.get(family) ?? (await askedFilters(forMachine(args, family)));
    found.set(family, filters);
    const verdict = judged(filters.filters, call, filters.architecture, args);
    const key = `${callText(call)} ${verdict.text} ${verdictDetails(verdict)}`;
    const same = told.get(key) ?? { verdict, callers: new Set(), count: 0 };
    told.set(key, same);
    same.count++;
    if (call.caller !== undefined) same.callers.add(call.caller);
  }
  printTold([...told.values()], operand === '-', args);
  return ExitStatus.OK;
}

function printTold(told: readonly Told[], denialsOnly: boolean, args: Arguments): void {
  if (args.has('json')) {
    printJson(
      told.map(({ verdict, callers, count }) => {
        const { caller: _, ...plain } = plainVerdict(verdict) as { readonly caller?: string };
        return { ...plain, callers: [...callers], count };
      }),
    );
    return;
  }
  const isShown = ({ verdict: { answer, notes } }: Told): boolean =>
    !denialsOnly || answer === undefined || answer.action !== 'ALLOW' || notes.length > 0;
  const blocks = told.filter(isShown).map(({ verdict, callers, count }) => {
    const who = [...callers].slice(0, 3).join(', ');
    const more = callers.size > 3 ? ` and ${callers.size - 3} more` : '';
    const times = count > 1 ? `${count} times` : '';
    const source = [who + more, times].filter((part) => part !== '').join(', ');
    return `${callText(verdict.call)}${source && ` (${source})`}: ${verdictText(verdict, styleOf(1))}\n${verdictDetails(verdict)}`;
  });
  const allowed = told.filter((each) => !isShown(each)).reduce((sum, { count }) => sum + count, 0);
  const rest = allowed > 0 ? [`${allowed} ${allowed === 1 ? 'call is' : 'calls are'} allowed\n`] : [];
  print([...blocks, ...rest].join('\n'));
}

function judged(
  filters: readonly AskedFilter[],
  call: AskedCall,
  { endian }: Architecture,
  args: Arguments,
): Verdict {
  return about(args.value('program'), () => judge(filters, call, endian));
}

function namedCall(words: readonly string[], architecture: Architecture): AskedCall {
  try {
    const { nr, args } = readCall(words, architecture);
    const call = callOf(architecture.auditArch, nr);
    return { ...call, args };
  } catch (error) {
    throw error instanceof CliError ? new CliError(`why: ${error.message}`) : error;
  }
}

/** The command line for another machine, where it does not say which, nor a file. */
function forMachine(args: Arguments, name: string): Arguments {
  if (['arch', 'profile', 'program'].some((option) => args.has(option))) return args;
  return {
    ...args,
    has: (option) => option === 'arch' || args.has(option),
    values: (option) => (option === 'arch' ? [name] : args.values(option)),
  };
}

async function askedFilters(args: Arguments): Promise<Filters> {
  return args.has('program') ? programFilter(args) : policyFilters(args);
}

async function policyFilters(args: Arguments): Promise<Filters> {
  if (args.has('index')) throw usageError(spec, '--index goes with --program');
  const requested = await requestedFilters(args, spec);
  const [first] = requested;
  if (first === undefined)
    throw new CliError('why: expected a sandbox that is on, got off: every call is allowed');
  const named = await namedArchitectures(args);
  const architecture = args.has('arch') || !args.has('profile') ? named[0] : first.architectures[0];
  return {
    architecture: architecture as Architecture,
    filters: requested,
  };
}

async function programFilter(args: Arguments): Promise<Filters> {
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
  return { architecture, filters: [{ program }] };
}
