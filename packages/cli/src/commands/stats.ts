/** `qseccomp stats`: what a filter costs, and which calls the kernel need not run it for. @module */
import {
  type CallCostEntry,
  type CallWeights,
  decodeAction,
  type FilterCost,
  filterCost,
  listProgram,
  type Program,
  validateProgram,
} from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNames } from '@qseccomp/syscall-tables/lookup';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { requestedFilters } from '../filters.ts';
import { styleOf } from '../format/style.ts';
import { table, wrap } from '../format/table.ts';
import { fileTitle, print, printJson } from '../io.ts';
import { type Naming, nameProgram, namingText } from '../naming.ts';
import { compiledOperand, OPERAND_HELP, OPERAND_OPTIONS, type Operand, readOperands } from '../operands.ts';
import { PROFILE_OPTIONS } from '../policy-options.ts';
import { about, INDEX_OPTION } from '../programs.ts';
import { requestedWeights, WEIGHTS_OPTION } from '../weights.ts';

export const spec: CommandSpec = {
  name: 'stats',
  usage: '[FILTER | -sandbox OPTS | --profile FILE] [--arch NAME]...',
  sandbox: true,
  options: [
    ...OPERAND_OPTIONS,
    ...PROFILE_OPTIONS.filter(({ name }) => name === 'profile'),
    WEIGHTS_OPTION,
    INDEX_OPTION,
    JSON_OPTION,
  ],
  operands: 'optional',
  details:
    'Without a filter, -sandbox on. Length and steps are instructions, held or executed. The kernel (5.11 and later)\n' +
    'remembers which calls are always allowed and does not run the filter for them; for each other call, the\n' +
    `instruction at which it gives up is shown.\n${OPERAND_HELP}`,
  examples: [
    'qseccomp stats on,spawn=deny',
    'qseccomp stats filter.bpf --weights strace.txt',
    'qseccomp stats --profile default.json --arch aarch64 --json',
  ],
};

/** One filter on one architecture. */
interface Statistics {
  readonly title: string;
  readonly isSandbox: boolean;
  readonly program: Program;
  readonly architecture: Architecture;
  readonly naming: Naming;
  readonly cost: FilterCost;
}

export async function run(args: Arguments): Promise<number> {
  const file = args.value('weights');
  const weights = await requestedWeights(args);
  const statistics = (await operands(args)).flatMap((operand) => statisticsOf(operand, weights));
  if (args.has('json')) {
    printJson(statistics.map((each) => plain(each, file)));
    return ExitStatus.OK;
  }
  const texts = statistics.map((each) => text(each, file));
  const filters = new Set(statistics.map(({ program }) => program)).size;
  if (filters > 1)
    texts.push(`${filters} filters: the kernel runs each, unless all of them always allow the call.\n`);
  print(texts.join('\n'));
  return ExitStatus.OK;
}

async function operands(args: Arguments): Promise<readonly Operand[]> {
  const [word] = args.operands;
  const other = args.has('profile') ? '--profile' : args.qemu[0];
  if (word !== undefined && other !== undefined)
    throw usageError(spec, `'${word}' and ${other} exclude each other`);
  if (word !== undefined) return readOperands([word], args, spec);
  if (args.has('index')) throw usageError(spec, '--index goes with a program, and there is none');
  const requested = await requestedFilters(args, spec);
  if (requested.length === 0)
    throw new CliError('stats: expected a sandbox that is on, got off: there is no filter');
  return requested.map((filter) =>
    compiledOperand(filter.title, filter.entry ? 'sandbox' : 'profile', filter),
  );
}

function statisticsOf(
  { text, kind, title, programs, architectures }: Operand,
  weights?: CallWeights,
): Statistics[] {
  if (architectures.length === 0)
    throw new CliError(`stats: expected an architecture, got ${title}, which names none; --arch says which`);
  return programs.flatMap((program, at) => {
    about(text, () => validateProgram(program));
    const naming = nameProgram(program, architectures);
    return architectures.map((architecture) => ({
      title: programs.length > 1 ? `${title}, filter ${at + 1}` : title,
      isSandbox: kind === 'sandbox',
      program,
      architecture,
      naming,
      cost: filterCost(program, architecture, weights),
    }));
  });
}

function text(
  { title, isSandbox, program, architecture, naming, cost }: Statistics,
  file: string | undefined,
): string {
  const { calls, mean, worst, cachedShare } = cost;
  const names = syscallNames(architecture, worst.number).join(' or ') || `number ${worst.number}`;
  const of = file === undefined ? "a QEMU guest's calls" : `the calls of ${fileTitle(file)}`;
  const cached = calls.filter((call) => call.cached).length;
  const share = `${(100 * cachedShare).toFixed(cachedShare === 1 ? 0 : 1)} %`;
  return [
    `${styleOf(1).heading(`${title}, on ${architecture.name}`)}${isSandbox ? '' : `; ${namingText(naming)}`}\n\n`,
    table(
      ['length', `${program.length} instruction${program.length === 1 ? '' : 's'}`],
      [
        ['steps', mean ? `${span(mean, 2)} per call, over ${of}` : `none of ${of} is there`],
        ['at worst', `${worst.most}, for ${names}`],
        ['cached', `${cached} of ${calls.length} calls${mean ? `, ${share} of ${of}` : ''}`],
      ],
    ),
    spoiled(program, architecture, calls),
  ].join('');
}

/** The calls that are not cached, by the instruction at which the kernel gives up; last those that it never looks at. */
function spoiled(program: Program, architecture: Architecture, calls: readonly CallCostEntry[]): string {
  const lines = listProgram(program, { architectures: [architecture] }).split('\n');
  const groups = new Map<number, CallCostEntry[]>();
  for (const call of calls) {
    if (call.cached) continue;
    const key = call.reason === 'number' ? program.length : call.pc;
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  if (groups.size === 0) return '';
  const texts = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([pc, same]) => {
      const names = same.map((call) => `${call.name} (${call.number}): ${span(call, 0)}`);
      // A call stays on one line.
      const list = wrap(names.map((name) => name.replaceAll(' ', '\u00a0')).join(', '), '        ');
      const head =
        pc < program.length ? lines[pc]?.trimEnd() : '      numbers of which the kernel remembers nothing';
      return `${head}\n${list.replaceAll('\u00a0', ' ')}`;
    });
  return `\nNot cached, each with its steps, by the instruction that spoils it:\n${texts.join('')}`;
}

function span({ least, most }: { readonly least: number; readonly most: number }, digits: number): string {
  const [from, to] = [least.toFixed(digits), most.toFixed(digits)];
  return from === to ? from : `${from} to ${to}`;
}

function plain({ title, program, architecture, naming, cost }: Statistics, file: string | undefined): object {
  const { calls, mean, worst, cachedShare } = cost;
  const lines = listProgram(program, { architectures: [architecture] }).split('\n');
  return {
    filter: title,
    architecture: architecture.name,
    ...naming,
    length: program.length,
    weights: file ?? null,
    steps: mean ?? null,
    worst: { ...worst, names: syscallNames(architecture, worst.number) },
    cached: calls.filter((call) => call.cached).length,
    cachedShare,
    calls: calls.map(({ values, pc, ...call }) => ({
      ...call,
      answers: values.map((value) => ({ value, ...decodeAction(value) })),
      pc,
      instruction: lines[pc]?.trim().replace(/ +/g, ' '),
    })),
  };
}
