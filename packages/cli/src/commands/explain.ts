/** `qseccomp explain`: what a sandbox denies, or what a container profile allows and denies, in words. @module */
import { ARCH_OPTION, namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, type OptionSpec, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { explain } from '../explanation.ts';
import { requestedFilters } from '../filters.ts';
import { explanationText } from '../format/explanation.ts';
import { styleOf } from '../format/style.ts';
import { print, printJson } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, PROFILE_OPTIONS, policyOptions } from '../policy-options.ts';
import { sandboxEntries } from '../sandbox-arguments.ts';
import type { RequestedFilter } from '../sandbox-filter.ts';

const HTML_OPTION: OptionSpec = {
  name: 'html',
  help: 'a page instead: options, calls and architectures, to choose and search in; it needs nothing else',
};

export const spec: CommandSpec = {
  name: 'explain',
  usage: '[-sandbox OPTS | --profile FILE]... [--arch NAME]...',
  sandbox: true,
  options: [
    ARCH_OPTION,
    ...POLICY_OPTIONS,
    KILL_PROCESS_OPTION,
    ...PROFILE_OPTIONS,
    HTML_OPTION,
    JSON_OPTION,
  ],
  operands: 'none',
  details:
    'Without -sandbox, -sandbox on. For each filter and architecture: the denied calls, set by set, with what\n' +
    'happens, under which condition, and which option allows them; then what the policy says in vain there.\n' +
    'No kernel is asked: --kill-process is yes where it is absent.\n' +
    'A profile: what each call gets that it names, on which conditions, what all others get, and which rules are\n' +
    'left out for this machine, --cap and --kernel.',
  examples: [
    'qseccomp explain -sandbox on,spawn=deny',
    'qseccomp explain --edition 2.10 --arch x86',
    'qseccomp explain --profile default.json --cap CAP_SYS_ADMIN',
    'qseccomp explain -sandbox on,spawn=deny --html > sandbox.html',
    'qseccomp explain --json',
  ],
};

export async function run(args: Arguments): Promise<number> {
  if (args.has('html')) return printPage(args);
  const filters = await requestedFilters(args, spec);
  const [first] = filters;
  if (first?.profile !== undefined) return explainOneProfile(first, args);
  const architectures = first?.architectures ?? [];
  const options = policyOptions(args);
  const explanations = filters.flatMap(({ entry }) =>
    entry === undefined ? [] : architectures.map((architecture) => explain(entry, architecture, options)),
  );
  if (args.has('json')) {
    printJson(explanations);
    return ExitStatus.OK;
  }
  const covered = architectures.map(({ name }) => name);
  const texts = explanations.map((explanation) => explanationText(explanation, covered, styleOf(1)));
  if (filters.length === 0) texts.push('The sandbox is off: nothing is denied.\n');
  if (filters.length > 1)
    texts.push(`${filters.length} filters: the kernel runs each, and the most restrictive answer counts.\n`);
  print(texts.join('\n'));
  return ExitStatus.OK;
}

/** All architectures are in the page; those asked for, or this machine's, are shown first. */
async function printPage(args: Arguments): Promise<number> {
  for (const other of ['json', 'profile'])
    if (args.has(other)) throw usageError(spec, `--html and --${other} exclude each other`);
  const entries = (await sandboxEntries(args)).filter(({ enabled }) => enabled);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    throw new CliError(`explain: expected one sandbox that is on for --html, got ${entries.length}`);
  const shown = (await namedArchitectures(args)).map(({ name }) => name);
  const { architectures } = await import('@qseccomp/syscall-tables');
  const { policyTable } = await import('../policy-table.ts');
  const { policyPage } = await import('../format/policy-page.ts');
  const options = policyOptions(args);
  const table = policyTable(
    architectures.filter(({ lookupOnly }) => !lookupOnly),
    options,
  );
  print(policyPage(table, { sets: entry.sets, architectures: shown }));
  return ExitStatus.OK;
}

async function explainOneProfile(filter: RequestedFilter, args: Arguments): Promise<number> {
  const { explainProfile } = await import('../profile-explanation.ts');
  const explanations = explainProfile(filter);
  if (args.has('json')) {
    printJson(explanations);
    return ExitStatus.OK;
  }
  const { profileExplanationText } = await import('../format/profile-explanation.ts');
  const covered = filter.architectures.map(({ name }) => name);
  print(
    explanations.map((explanation) => profileExplanationText(explanation, covered, styleOf(1))).join('\n'),
  );
  return ExitStatus.OK;
}
