/** `qseccomp disasm`: any form of a program to annotated assembler text. @module */
import { disassemble } from '@qseccomp/bpf/disassembler';
import { EXEC_TICKET_NAME, findExecTicket } from '@qseccomp/bpf/exec-ticket';
import { validateProgram } from '@qseccomp/bpf/validate';
import { type Arguments, type CommandSpec, JSON_OPTION } from '../arguments.ts';
import { ExitStatus } from '../errors.ts';
import { complain, print, printJson } from '../io.ts';
import { INDEX_OPTION, type NamedProgram, namedProgram } from '../programs.ts';

export const spec: CommandSpec = {
  name: 'disasm',
  usage: '[FILE] [--arch NAME]... [--plain]',
  sandbox: false,
  options: [
    {
      name: 'arch',
      value: 'NAME',
      repeatable: true,
      help: 'where names come from (those whose tokens the program compares with, else this machine)',
    },
    { name: 'plain', help: 'the instructions alone' },
    INDEX_OPTION,
    JSON_OPTION,
  ],
  operands: 'optional',
  details:
    'Without FILE, or with -, standard input. Reads raw struct sock_filter of either byte order, the same bytes in\n' +
    'hexadecimal, also as xxd and hexdump -C -v print them, C source, also that of xxd -i, the output of strace -v,\n' +
    'the decimal lists of tcpdump and bpf_asm, the tables of scmp_bpf_disasm and seccomp-tools, and assembler text.\n' +
    'What it prints, qseccomp asm reads.\n' +
    "Of a filter with the launcher's exec ticket the ticket's secret words are left out.",
  examples: ['qseccomp disasm filter.bpf', 'qseccomp disasm strace.txt --index 0'],
};

export async function run(args: Arguments): Promise<number> {
  const read = await namedProgram(args.operands[0], args, spec);
  const { program, form, architectures } = read;
  const refused = refusal(read);
  if (args.has('json')) {
    printJson({
      form,
      endian: read.endian ?? null,
      architectures: architectures.map(({ name }) => name),
      length: program.length,
      ...(refused !== undefined && { refused }),
      instructions: instructions(read),
    });
    return ExitStatus.OK;
  }
  if (refused !== undefined) complain(`qseccomp: warning: the kernel would not load it: ${refused}\n`);
  print(args.has('plain') ? text(read, false) : `${headline(read)}${text(read, true)}`);
  return ExitStatus.OK;
}

function headline({ program, form, endian, architectures }: NamedProgram): string {
  const order = endian === undefined ? '' : `, ${endian}-endian`;
  const [first] = architectures;
  const names = first ? `, for ${architectures.map(({ name }) => name).join(', ')}` : '';
  const ticket = findExecTicket(program)
    ? `; with ${EXEC_TICKET_NAME}, whose words are left out: this text cannot be assembled\n`
    : '';
  return `; ${form}${order}, ${program.length} instructions${names}\n${ticket}${first ? `.arch ${first.name}\n` : ''}`;
}

function text({ program, endian, architectures }: NamedProgram, annotate: boolean): string {
  return disassemble(program, { annotate, architectures, ...(endian && { endian }) });
}

/** Each instruction with its fields, its text and its note; a secret word of an exec ticket is null. */
function instructions(read: NamedProgram): object[] {
  const plain = text(read, false).split('\n');
  const annotated = text(read, true).split('\n');
  const secrets = findExecTicket(read.program)?.secrets;
  return read.program.map((instruction, index) => {
    const [, note] = / {2}; (.*)$/.exec(annotated[index] ?? '') ?? [];
    const fields = secrets?.includes(index) ? { ...instruction, k: null } : instruction;
    return { index, ...fields, text: plain[index]?.trim(), ...(note !== undefined && { note }) };
  });
}

/** Why the kernel would not load a program, if so. */
function refusal({ program }: NamedProgram): string | undefined {
  try {
    validateProgram(program);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
