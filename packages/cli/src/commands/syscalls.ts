/** `qseccomp syscalls`: look-up in the tables, across architectures. @module */
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNames, syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION } from '../arguments.ts';
import { CliError, didYouMean, ExitStatus } from '../errors.ts';
import { styleOf } from '../format/style.ts';
import { table } from '../format/table.ts';
import { print, printJson } from '../io.ts';

export const spec: CommandSpec = {
  name: 'syscalls',
  usage: '[NAME|NUMBER] [--arch NAME]...',
  sandbox: false,
  options: [
    {
      name: 'arch',
      value: 'NAME',
      repeatable: true,
      help: 'only this architecture (all for a call, this machine for the whole table)',
    },
    JSON_OPTION,
  ],
  operands: 'optional',
  details:
    'Without a call, prints a whole table. A number is decimal, or hexadecimal with 0x. Some architectures make\n' +
    'calls through another (socketcall, ipc): its number is given, with the argument that chooses the call.',
  examples: [
    'qseccomp syscalls clone3',
    'qseccomp syscalls 59 --arch x86_64 --arch aarch64',
    'qseccomp syscalls --arch s390x',
  ],
};

/** A call of one architecture. */
interface Row {
  readonly architecture: string;
  readonly number: number;
  readonly name: string;
  /** For a call that goes through another: the first argument of that one. */
  readonly argument?: number;
}

export async function run(args: Arguments): Promise<number> {
  const [call] = args.operands;
  const all = call !== undefined && args.values('arch').length === 0;
  const wanted = all
    ? (await import('@qseccomp/syscall-tables')).architectures
    : await namedArchitectures(args);
  const rows = call === undefined ? wanted.flatMap(wholeTable) : await lookUp(call, wanted);
  if (args.has('json')) printJson(rows);
  else
    print(
      table(
        ['architecture', 'number', 'call'].map(styleOf(1).heading),
        rows.map((row) => [row.architecture, row.number, words(row)]),
      ),
    );
  return ExitStatus.OK;
}

function wholeTable({ name: architecture, syscalls }: Architecture): Row[] {
  return syscalls.map(([name, number]) => ({ architecture, number, name }));
}

async function lookUp(call: string, wanted: readonly Architecture[]): Promise<readonly Row[]> {
  const number = /^(?:\d+|0x[0-9a-f]+)$/i.test(call) ? Number(call) : undefined;
  const rows = wanted.flatMap((architecture) =>
    number === undefined ? byName(architecture, call) : byNumber(architecture, number),
  );
  if (rows.length > 0) return rows;
  const where = wanted.length === 1 ? `on ${wanted[0]?.name}` : 'on any architecture';
  if (number !== undefined)
    throw new CliError(`syscalls: expected the number of a call ${where}, got ${call}`);
  const hint = didYouMean(
    call,
    wanted.flatMap(wholeTable).map(({ name }) => name),
  );
  throw new CliError(`syscalls: expected the name of a call ${where}, got '${call}'${hint}`);
}

function byNumber(architecture: Architecture, number: number): Row[] {
  return syscallNames(architecture, number).map((name) => ({
    architecture: architecture.name,
    number,
    name,
  }));
}

/** By its own number, by that of a multiplexer and its argument, or by both. */
function byName(architecture: Architecture, name: string): Row[] {
  const own = syscallNumber(architecture, name);
  const rows: Row[] = own === undefined ? [] : [{ architecture: architecture.name, number: own, name }];
  for (const multiplexer of architecture.multiplexers) {
    const number = syscallNumber(architecture, multiplexer.name);
    const argument = multiplexer.calls.find(([called]) => called === name)?.[1];
    if (number !== undefined && argument !== undefined)
      rows.push({ architecture: architecture.name, number, name, argument });
  }
  return rows;
}

function words({ name, argument }: Row): string {
  return argument === undefined ? name : `${name}, when argument 0 is ${argument}`;
}
