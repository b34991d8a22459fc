/** `qseccomp compile`: the filter of a sandbox or a container profile, for any architecture. @module */
import type { CallWeights } from '@qseccomp/bpf';
import { compilePolicy } from '@qseccomp/bpf/compile';
import { ARCH_OPTION } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { requestedFilters } from '../filters.ts';
import { type CompiledFilter, FORMATS, type FormatName } from '../format/filter.ts';
import { complain, output } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, PROFILE_OPTIONS } from '../policy-options.ts';
import { proveFilter } from '../proof.ts';
import { warningText } from '../warnings.ts';
import { requestedWeights, WEIGHTS_OPTION } from '../weights.ts';

export const spec: CommandSpec = {
  name: 'compile',
  usage:
    '[-sandbox OPTS | --profile FILE] [--arch NAME]... [--weights FILE] [--format FORMAT] [--output FILE]',
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
    ...PROFILE_OPTIONS,
    WEIGHTS_OPTION,
    { name: 'strict', help: 'what has no effect in the profile is an error' },
    { ...JSON_OPTION, help: 'the same as --format json' },
  ],
  operands: 'none',
  details:
    'Without -sandbox, -sandbox on. Formats:\n' +
    "  raw   an array of struct sock_filter, in the target's byte order\n" +
    '  hex   the same bytes in hexadecimal, one instruction a line\n' +
    '  c     C source: a struct sock_fprog named qseccomp_program\n' +
    '  asm   assembler text with notes, which qseccomp asm reads\n' +
    '  pfc   pseudo code: what each call gets, architecture by architecture\n' +
    '  json  the instructions as numbers, with what they were made from\n' +
    '  oci   the policy as a container profile, for runc, crun and their kin\n' +
    '  k8s   the same as a SeccompProfile object of the Kubernetes Security Profiles Operator\n' +
    '  systemd  SystemCallFilter= lines of a unit, with a warning for each rule that they cannot say\n' +
    '  dot   the tree of its questions for Graphviz; the wider a line, the more calls go there\n' +
    '  svg   the same as a picture\n' +
    'Each entry that is on is a filter of its own, which the kernel stacks: json holds all, the others hold one.\n' +
    'No kernel is asked: --kill-process is yes where it is absent. Before anything is written, the filter is proved\n' +
    'to answer every call as the policy does.\n' +
    "A profile: without --arch, the architectures that it names; for an engine's profile with archMap, this\n" +
    "machine's entry with its sub-architectures; else this machine. With --arch exactly those, and the first\n" +
    'decides includes.arches. What does not do what one may think is a warning; json holds all of it.',
  examples: [
    'qseccomp compile -sandbox on,spawn=deny --format c --output filter.h',
    'qseccomp compile -sandbox on --arch aarch64 --format raw --output filter.bpf',
    'qseccomp compile --profile default.json --cap CAP_SYS_ADMIN --kernel 5.10 --format pfc',
  ],
};

export async function run(args: Arguments): Promise<number> {
  const format = (args.value('format') ?? (args.has('json') ? 'json' : 'hex')) as FormatName;
  if (args.has('json') && format !== 'json')
    throw usageError(spec, `--json and --format ${format} exclude each other`);
  const weights = await requestedWeights(args);
  const requested = await requestedFilters(args, spec);
  const filters = weights === undefined ? requested : requested.map((filter) => laidOut(filter, weights));
  if (filters.length === 0)
    throw new CliError('compile: expected a sandbox that is on, got off: there is no filter');
  if (filters.length > 1 && format !== 'json') {
    throw new CliError(
      `compile: format ${format} holds one filter, but ${filters.length} entries are on; use --format json`,
    );
  }
  const [first] = filters as [CompiledFilter];
  // Findings about rules of -sandbox are QEMU's doing, and `explain` tells them; those about an architecture are news.
  const news = first.findings.filter((finding) => args.has('profile') || !('rule' in finding));
  complain(warningText(news));
  for (const filter of filters) {
    const unproved = proveFilter(filter);
    if (unproved !== undefined) complain(`qseccomp: warning: ${unproved}\n`);
  }
  await output(args.value('output'), await FORMATS[format](filters));
  return ExitStatus.OK;
}

/** A filter whose program is made for other calls than those of a QEMU guest. */
function laidOut(filter: CompiledFilter, weights: CallWeights): CompiledFilter {
  return { ...filter, program: compilePolicy(filter.policy, { weights }).program };
}
