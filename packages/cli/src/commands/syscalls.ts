/** `qseccomp syscalls`: look-up in the tables, across architectures. @module */
import {
  type Architecture,
  architectures,
  findArchitecture,
  suggestSyscalls,
  syscallNames,
  syscallNumber,
} from '@qseccomp/syscall-tables';
import { machine } from '../architectures.ts';
import type { Arguments, CommandSpec } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { table } from '../format/table.ts';
import { print, printJson } from '../io.ts';

export const spec: CommandSpec = {
  name: 'syscalls',
  summary: 'look a system call up, by name or number, on every architecture',
  usage: '[NAME|NUMBER] [--arch NAME]...',
  sandbox: false,
  options: [
    {
      name: 'arch',
      value: 'NAME',
      repeatable: true,
      help: 'only this architecture (all for a call, this machine for the whole table)',
    },
  ],
  operands: 'optional',
  details: 'Without a call, prints a whole table. A number is decimal, or hexadecimal with 0x.',
  examples: ['qseccomp syscalls clone3', 'qseccomp syscalls 59 --arch x86_64 --arch aarch64', 'qseccomp syscalls --arch s390x'],
};

interface Row {
  readonly architecture: string;
  readonly number: number;
  readonly name: string;
}

export function run(args: Arguments): number {
  const named = args.values('arch').map(findArchitecture);
  const [call] = args.operands;
  const rows =
    call === undefined
      ? (named.length > 0 ? named : [findArchitecture(machine())]).flatMap(wholeTable)
      : lookUp(call, named.length > 0 ? named : architectures);
  if (args.has('json')) printJson(rows);
  else print(table(['architecture', 'number', 'call'], rows.map((row) => [row.architecture, row.number, row.name])));
  return ExitStatus.OK;
}

function wholeTable({ name: architecture, syscalls }: Architecture): Row[] {
  return syscalls.map(([name, number]) => ({ architecture, number, name }));
}

function lookUp(call: string, wanted: readonly Architecture[]): Row[] {
  const number = /^(?:\d+|0x[0-9a-f]+)$/i.test(call) ? Number(call) : undefined;
  const rows = wanted.flatMap((architecture): Row[] => {
    if (number !== undefined) {
      return syscallNames(architecture, number).map((name) => ({ architecture: architecture.name, number, name }));
    }
    const found = syscallNumber(architecture, call);
    return found === undefined ? [] : [{ architecture: architecture.name, number: found, name: call }];
  });
  if (rows.length > 0) return rows;
  const where = wanted.length === 1 ? `on ${wanted[0]?.name}` : 'on any architecture';
  if (number !== undefined) throw new CliError(`syscalls: expected the number of a call ${where}, got ${call}`);
  const similar = [...new Set(wanted.flatMap((architecture) => suggestSyscalls(architecture, call)))].slice(0, 3);
  const hint = similar.length > 0 ? `; did you mean ${similar.join(', ')}?` : '';
  throw new CliError(`syscalls: expected the name of a call ${where}, got '${call}'${hint}`);
}
