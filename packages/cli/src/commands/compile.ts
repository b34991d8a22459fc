/** `qseccomp compile`: the filter of a sandbox, for any architecture. @module */
import { formatSandbox } from '@qseccomp/options/sandbox';
import { compileEntry } from '@qseccomp/runtime/program';
import { ARCH_OPTION, filterArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { type CompiledFilter, FORMATS, type FormatName } from '../format/filter.ts';
import { complain, output } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, policyOptions } from '../policy-options.ts';
import { sandboxEntries } from '../sandbox-arguments.ts';

export const spec: CommandSpec = {
  name: 'compile',
  usage: '[-sandbox OPTS] [--arch NAME]... [--format FORMAT] [--output FILE]',
  sandbox: true,
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      choices: Object.keys(FORMATS),
      help: `${Object.keys(FORMATS).join(', ')} (default: hex)`,
    },
    { name: 'output', value: 'FILE', help: 'write there instead of to standard output' },
    ARCH_OPTION,
    ...POLICY_OPTIONS,
    KILL_PROCESS_OPTION,
    { ...JSON_OPTION, help: 'the same as --format json' },
  ],
  operands: 'none',
  details:
    'Without -sandbox, -sandbox on. Formats:\n' +
    "  raw   an array of struct sock_filter, in the target's byte order\n" +
    '  hex   the same bytes in hexadecimal, one instruction a line\n' +
    '  c     C source: a struct sock_fprog named qseccomp_program\n' +
    '  json  the instructions as numbers, with what they were made from\n' +
    'Each entry that is on is a filter of its own, which the kernel stacks: json holds all, the others hold one.\n' +
    'No kernel is asked: --kill-process is yes where it is absent.',
  examples: [
    'qseccomp compile -sandbox on,spawn=deny --format c --output filter.h',
    'qseccomp compile -sandbox on --arch aarch64 --format raw --output filter.bpf',
  ],
};

export async function run(args: Arguments): Promise<number> {
  const entries = (await sandboxEntries(args)).filter(({ enabled }) => enabled);
  const architectures = await filterArchitectures(args);
  const format = (args.value('format') ?? (args.has('json') ? 'json' : 'hex')) as FormatName;
  if (args.has('json') && format !== 'json')
    throw usageError(spec, `--json and --format ${format} exclude each other`);
  if (entries.length === 0)
    throw new CliError('compile: expected a sandbox that is on, got off: there is no filter');
  if (entries.length > 1 && format !== 'json') {
    throw new CliError(
      `compile: format ${format} holds one filter, but ${entries.length} entries are on; use --format json`,
    );
  }
  const options = policyOptions(args);
  const filters = entries.map(
    (entry): CompiledFilter => ({
      sandbox: formatSandbox(entry),
      edition: options.edition,
      architectures: architectures.map(({ name }) => name),
      ...compileEntry(entry, architectures, options),
    }),
  );
  // Findings about rules are QEMU's doing, and `explain` tells them; those about an architecture are news.
  const news = (filters[0]?.findings ?? []).filter(({ rule }) => rule === undefined);
  complain(news.map(({ message }) => `qseccomp: warning: ${message}\n`).join(''));
  await output(args.value('output'), FORMATS[format](filters));
  return ExitStatus.OK;
}
