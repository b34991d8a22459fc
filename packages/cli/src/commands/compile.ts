/** `qseccomp compile`: the filter of a sandbox, for any architecture. @module */
import { formatSandbox } from '@qseccomp/options/sandbox';
import { compileEntry } from '@qseccomp/runtime/program';
import { ARCH_OPTION, filterArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { type CompiledFilter, FORMATS, type FormatName } from '../format/filter.ts';
import { complain, output } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS } from '../policy-options.ts';
import { edition, killProcess, sandboxEntries } from '../sandbox-arguments.ts';

export const spec: CommandSpec = {
  name: 'compile',
  summary: 'compile the filter of a sandbox, for any architecture',
  usage: '[-sandbox OPTS] [--arch NAME]... [--format FORMAT] [--output FILE]',
  sandbox: true,
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      choices: Object.keys(FORMATS),
      help: "raw: struct sock_filter array in the target's byte order; hex: the same, one instruction a line; c: C source; json (default: hex)",
    },
    { name: 'output', value: 'FILE', help: 'write there instead of to standard output' },
    ARCH_OPTION,
    ...POLICY_OPTIONS,
    KILL_PROCESS_OPTION,
  ],
  operands: 'none',
  details:
    'Without -sandbox, -sandbox on. Each enabled entry is a filter of its own, which the kernel stacks; raw, hex\n' +
    'and c hold one filter, json holds all. --kill-process defaults to yes: no kernel is asked.',
  examples: [
    'qseccomp compile -sandbox on,spawn=deny --format c --output filter.h',
    'qseccomp compile -sandbox on --arch aarch64 --format raw --output filter.bpf',
  ],
};

export async function run(args: Arguments): Promise<number> {
  const entries = (await sandboxEntries(args)).filter(({ enabled }) => enabled);
  const architectures = filterArchitectures(args);
  const format = (args.value('format') ?? (args.has('json') ? 'json' : 'hex')) as FormatName;
  if (args.has('json') && format !== 'json') throw usageError(spec, `--json and --format ${format} exclude each other`);
  if (entries.length === 0) throw new CliError('compile: expected a sandbox that is on, got off: there is no filter');
  if (entries.length > 1 && format !== 'json') {
    throw new CliError(`compile: format ${format} holds one filter, but ${entries.length} entries are on; use --format json`);
  }
  const filters = entries.map((entry): CompiledFilter => {
    const { program, endian, findings } = compileEntry(entry, architectures, {
      ...edition(args),
      killProcess: killProcess(args) ?? true,
    });
    const { sandbox, names } = { sandbox: formatSandbox(entry), names: architectures.map(({ name }) => name) };
    return { sandbox, edition: args.value('edition') ?? '7.0', architectures: names, endian, program, findings };
  });
  for (const { findings } of filters) {
    // Names that an architecture lacks are part of every policy: `explain` lists them.
    const notable = findings.filter(({ kind }) => kind !== 'unknown-syscall');
    complain(notable.map(({ architecture, message }) => `qseccomp: warning: ${architecture}: ${message}\n`).join(''));
  }
  output(args.value('output'), FORMATS[format](filters));
  return ExitStatus.OK;
}
