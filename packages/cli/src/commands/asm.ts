/** `qseccomp asm`: assembler text to a program. @module */
import { assemble } from '@qseccomp/bpf/assembler';
import { architectures, findArchitecture } from '@qseccomp/syscall-tables';
import { namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { commentText } from '../format/comment.ts';
import { PROGRAM_FORMATS } from '../format/filter.ts';
import { fileTitle, input, output } from '../io.ts';
import { about } from '../programs.ts';

export const spec: CommandSpec = {
  name: 'asm',
  usage: '[FILE] [--arch NAME] [--format FORMAT] [--output FILE]',
  sandbox: false,
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      choices: Object.keys(PROGRAM_FORMATS),
      help: `${Object.keys(PROGRAM_FORMATS).join(', ')} (default: hex)`,
    },
    { name: 'output', value: 'FILE', help: 'write there instead of to standard output' },
    {
      name: 'arch',
      value: 'NAME',
      help: 'whose system calls, error numbers and byte order count (this machine where absent)',
    },
    { ...JSON_OPTION, help: 'the same as --format json' },
  ],
  operands: 'optional',
  details:
    "Without FILE, or with -, standard input. The syntax is that of the kernel's bpf_asm; names of system calls,\n" +
    'architectures, errors and actions are numbers as well, and .arch NAME changes the architecture from there on.\n' +
    'What the kernel would not load is an error.',
  examples: [
    'qseccomp asm filter.asm --arch aarch64 --format raw --output filter.bpf',
    'qseccomp disasm filter.bpf | qseccomp asm --format c',
  ],
};

/** Comments of bpf_asm, of which the first to begin counts. */
const COMMENTS = /\/\*.*?\*\/|;[^\n]*|^#[^\n]*/gms;

export async function run(args: Arguments): Promise<number> {
  const format = (args.value('format') ??
    (args.has('json') ? 'json' : 'hex')) as keyof typeof PROGRAM_FORMATS;
  if (args.has('json') && format !== 'json')
    throw usageError(spec, `--json and --format ${format} exclude each other`);
  const [path] = args.operands;
  const text = decode(path, await input(path));
  const [named] = await namedArchitectures(args);
  // A text that says its architecture is not for this machine, unless --arch says so.
  const [, directive] = /\.arch\s+(\w+)/i.exec(text.replace(COMMENTS, ' ')) ?? [];
  const architecture = args.has('arch') || directive === undefined ? named : undefined;
  const { program, endian = 'little' } = about(path, () =>
    assemble(text, { ...(architecture && { architecture }), architectures }),
  );
  const name = architecture?.name ?? directive;
  const filter = {
    source: { file: path ?? '-' },
    title: path === undefined || path === '-' ? 'standard input' : commentText(path),
    architectures: name === undefined ? [] : [findArchitecture(name)],
    endian,
    program,
    findings: [],
  };
  await output(args.value('output'), await PROGRAM_FORMATS[format]([filter]));
  return ExitStatus.OK;
}

function decode(path: string | undefined, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CliError(`${fileTitle(path)}: expected text in UTF-8, got other bytes`, undefined, cause);
  }
}
