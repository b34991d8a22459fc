/** `qseccomp inspect`: the filters of a running process. @module */

import { EXEC_TICKET_NAME, filterCost, type Program, withoutExecTicket } from '@qseccomp/bpf';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { type FilterStack, type InspectedProcess, inspectProcess } from '@qseccomp/runtime/inspect';
import type { Architecture } from '@qseccomp/syscall-tables';
import { filterArchitectures, namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import type { CompiledFilter, Filter } from '../format/filter.ts';
import { styleOf } from '../format/style.ts';
import { complain, output, print, printJson } from '../io.ts';
import { type Naming, nameProgram, namingText } from '../naming.ts';
import { comparedArchitectures } from '../programs.ts';
import { sandboxFilter } from '../sandbox-filter.ts';

/** Forms of one filter; `oci` takes all filters of a thread too. */
const FORMATS = ['asm', 'raw', 'hex', 'c', 'json', 'oci'] as const;

export const spec: CommandSpec = {
  name: 'inspect',
  usage: 'PID [--format FORMAT] [--index N] [--thread TID] [--output FILE]',
  sandbox: false,
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      choices: FORMATS,
      help: `write a filter instead: ${FORMATS.join(', ')}`,
    },
    { name: 'index', value: 'N', help: 'which filter of the thread, 0 for the one installed first' },
    { name: 'thread', value: 'TID', help: 'whose filters (the main thread where absent)' },
    { name: 'output', value: 'FILE', help: 'write there instead of to standard output' },
    {
      name: 'arch',
      value: 'NAME',
      repeatable: true,
      help: 'architectures of the filters (those whose tokens they compare with, else this machine)',
    },
    JSON_OPTION,
  ],
  operands: 'one',
  details:
    'Reads every filter of every thread, says which -sandbox each one is, if one, and lets the process go on as if\n' +
    'nobody had looked. Needs root: CAP_SYS_ADMIN and no filter on the command itself (a container has one).\n' +
    "Formats are compile's; asm is a listing with notes. oci says what the filters do as a container profile:\n" +
    'it is worked out from the program and proved to say the same, whatever made the program; without --index\n' +
    "it is that of all filters of the thread. A launcher's exec ticket is left out of every form.",
  examples: ['qseccomp inspect 4711', 'qseccomp inspect 4711 --format oci --output profile.json'],
};

/** A filter of a process, and what is known of it. */
interface KnownFilter {
  readonly program: Program;
  readonly log: boolean | undefined;
  readonly architectures: readonly Architecture[];
  readonly naming: Naming;
}

export async function run(args: Arguments): Promise<number> {
  const [word = ''] = args.operands;
  const pid = wholeNumber(word.replace(/^pid:/, ''), 'the id of a process');
  const given = args.has('arch') ? await filterArchitectures(args) : [];
  const [machine] = (await namedArchitectures({ ...args, values: () => [] })) as [Architecture];
  const format = args.value('format') as (typeof FORMATS)[number] | undefined;
  if (format !== undefined && args.has('json'))
    throw usageError(spec, '--json and --format exclude each other');
  if (format === undefined) {
    const other = ['index', 'thread', 'output'].find((name) => args.has(name));
    if (other !== undefined) throw usageError(spec, `--${other} goes with --format`);
  }
  const inspected = await inspectProcess(pid);
  const know = ({ filters }: FilterStack): KnownFilter[] =>
    filters.map(({ program, log }) => knownFilter(program, log, given, machine));
  if (format !== undefined) {
    await output(args.value('output'), await formatted(inspected, know(chosenStack(inspected, args)), args));
  } else if (args.has('json')) {
    printJson(plain(inspected, know));
  } else {
    print(summary(inspected, know));
  }
  return ExitStatus.OK;
}

function knownFilter(
  whole: Program,
  log: boolean | undefined,
  given: readonly Architecture[],
  machine: Architecture,
): KnownFilter {
  const found = given.length > 0 ? given : comparedArchitectures(whole, machine.endian);
  const architectures = found.length > 0 ? found : [machine];
  // The ticket is a secret of whoever launches: nothing of this command shows it.
  return { program: withoutExecTicket(whole), log, architectures, naming: nameProgram(whole, architectures) };
}

function summary(inspected: InspectedProcess, know: (stack: FilterStack) => KnownFilter[]): string {
  const { pid, name, threads, noNewPrivs, stacks } = inspected;
  const counted = threads.length === 1 ? '1 thread' : `${threads.length} threads`;
  const privileges = noNewPrivs ? 'NO_NEW_PRIVS' : 'without NO_NEW_PRIVS';
  const lines = [`${styleOf(1).heading(`process ${pid} (${name})`)}, ${counted}, ${privileges}`];
  for (const stack of stacks) {
    if (stacks.length > 1) lines.push('', threadsLine(inspected, stack));
    const known = know(stack);
    known.forEach((filter, at) => {
      const number = known.length > 1 ? `filter ${at + 1}` : 'filter';
      lines.push(`${number}: ${filterWords(filter)}`, ...costLines(filter));
    });
  }
  return `${lines.join('\n')}\n`;
}

function threadsLine({ threads }: InspectedProcess, { threads: tids, mode, filters }: FilterStack): string {
  const names = threads.filter(({ tid }) => tids.includes(tid)).map(({ tid, name }) => `${tid} (${name})`);
  const what =
    mode === 'filter' ? `${filters.length} ${filters.length === 1 ? 'filter' : 'filters'}` : MODE_WORDS[mode];
  return `${tids.length === 1 ? 'thread' : 'threads'} ${names.join(', ')}: ${what}`;
}

const MODE_WORDS = {
  none: 'no filter',
  strict: 'strict mode: may read, write, exit and return from signals',
} as const;

function filterWords({ program, log, architectures, naming }: KnownFilter): string {
  const names = architectures.map(({ name }) => name).join(', ');
  const logged = log ? ', logs what it denies' : '';
  return `${program.length} instructions, for ${names}${logged}; ${namingText(naming)}`;
}

/** A line for each architecture. */
function costLines({ program, architectures }: KnownFilter): string[] {
  return architectures.map((architecture) => {
    const { architecture: name, mean, worst, cached, calls } = costOf(program, architecture);
    const steps =
      mean === undefined
        ? ''
        : `${[...new Set([mean.least, mean.most].map((count) => count.toFixed(2)))].join(' to ')} steps per call, `;
    return `  ${name}: ${steps}${worst} at most; the kernel caches ${cached} of ${calls} calls as always allowed`;
  });
}

function costOf(program: Program, architecture: Architecture) {
  const { calls, mean, worst } = filterCost(program, architecture);
  return {
    architecture: architecture.name,
    ...(mean && { mean }),
    worst: worst.most,
    cached: calls.filter((call) => call.cached).length,
    calls: calls.length,
  };
}

function architecturesOf(known: readonly KnownFilter[]): Architecture[] {
  return [...new Set(known.flatMap(({ architectures }) => architectures))];
}

function plain(inspected: InspectedProcess, know: (stack: FilterStack) => KnownFilter[]): object {
  const { capabilities, stacks, threads, ...process } = inspected;
  return {
    ...process,
    capabilities: Object.fromEntries(
      Object.entries(capabilities).map(([set, bits]) => [set, bits.toString(16).padStart(16, '0')]),
    ),
    threads: threads.map(({ tid, name, mode, noNewPrivs }) => ({ tid, name, mode, noNewPrivs })),
    stacks: stacks.map((stack) => {
      const known = know(stack);
      return {
        threads: stack.threads,
        mode: stack.mode,
        filters: known.map(({ program, log, architectures, naming }) => ({
          ...(log !== undefined && { log }),
          architectures: architectures.map(({ name }) => name),
          implements: naming.sandboxes,
          execTicket: naming.execTicket,
          announced: naming.announced,
          length: program.length,
          cost: architectures.map((architecture) => costOf(program, architecture)),
          instructions: program,
        })),
      };
    }),
  };
}

function chosenStack({ pid, threads, stacks }: InspectedProcess, args: Arguments): FilterStack {
  const tid = args.has('thread')
    ? wholeNumber(args.value('thread') ?? '', 'the id of a thread')
    : threads[0]?.tid;
  const stack = stacks.find((each) => each.threads.includes(tid as number));
  if (stack === undefined) throw new CliError(`inspect: process ${pid} has no thread ${tid}`);
  if (stack.filters.length === 0) {
    throw new CliError(`inspect: thread ${tid} of process ${pid} has no filter; --thread chooses another`);
  }
  return stack;
}

/** One filter in a form, or all of them together as a profile. */
async function formatted(
  { pid, name }: InspectedProcess,
  known: readonly KnownFilter[],
  args: Arguments,
): Promise<string | Uint8Array> {
  const format = args.value('format') as (typeof FORMATS)[number];
  const index = args.has('index')
    ? wholeNumber(args.value('index') ?? '', 'the number of a filter')
    : undefined;
  const chosen = index === undefined ? known : known.slice(index, index + 1);
  const [first] = chosen;
  if (first === undefined) {
    throw new CliError(`inspect: expected --index from 0 to ${known.length - 1}, got ${index}`);
  }
  if (chosen.length > 1 && format !== 'oci') {
    throw new CliError(
      `inspect: format ${format} holds one filter, but the thread has ${known.length}; --index chooses one`,
    );
  }
  if (chosen.some(({ naming }) => naming.execTicket))
    complain(
      `qseccomp: warning: ${EXEC_TICKET_NAME} is left out: every execveat that it allowed is denied\n`,
    );
  if (format === 'oci') {
    const sandbox = chosen.length === 1 ? namedFilter(first) : undefined;
    if (sandbox !== undefined) return (await import('../format/oci.ts')).ociProfile(sandbox);
    const { decompiledProfile } = await import('../format/decompiled.ts');
    return decompiledProfile(
      chosen.map(({ program }) => program),
      architecturesOf(chosen),
    );
  }
  const [{ endian }] = first.architectures as [Architecture];
  const filter: Filter = {
    source: { process: pid },
    title: `process ${pid} (${name.replace(/\p{Cc}|\*\//gu, '?')})`,
    architectures: first.architectures,
    endian,
    program: first.program,
    findings: [],
  };
  if (format === 'asm') return (await import('../format/assembly.ts')).assemblyText(filter);
  return (await import('../format/filter.ts')).PROGRAM_FORMATS[format]([filter]);
}

/** The filter of the sandbox that a filter was proved to be, which is the shorter profile. */
function namedFilter({ architectures, naming }: KnownFilter): CompiledFilter | undefined {
  const [found] = naming.sandboxes;
  if (found === undefined || naming.execTicket || naming.announced) return undefined;
  const { sandbox, edition, killProcess } = found;
  return sandboxFilter(parseSandbox(sandbox), architectures, { edition, killProcess: killProcess !== 'no' });
}

function wholeNumber(word: string, what: string): number {
  if (/^\d{1,10}$/.test(word) && Number(word) < 2 ** 31) return Number(word);
  throw new CliError(`inspect: expected ${what}, got '${word}'`);
}
