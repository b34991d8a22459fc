/** `qseccomp explain`: every call that a sandbox denies, in words. @module */
import { ARCH_OPTION, filterArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION } from '../arguments.ts';
import { ExitStatus } from '../errors.ts';
import { explain } from '../explanation.ts';
import { explanationText } from '../format/explanation.ts';
import { print, printJson } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, policyOptions } from '../policy-options.ts';
import { sandboxEntries } from '../sandbox-arguments.ts';

export const spec: CommandSpec = {
  name: 'explain',
  usage: '[-sandbox OPTS]... [--arch NAME]...',
  sandbox: true,
  options: [ARCH_OPTION, ...POLICY_OPTIONS, KILL_PROCESS_OPTION, JSON_OPTION],
  operands: 'none',
  details:
    'Without -sandbox, -sandbox on. For each filter and architecture: the denied calls, set by set, with what\n' +
    'happens, under which condition, and which option allows them; then what the policy says in vain there.\n' +
    'No kernel is asked: --kill-process is yes where it is absent.',
  examples: [
    'qseccomp explain -sandbox on,spawn=deny',
    'qseccomp explain --edition 2.10 --arch x86',
    'qseccomp explain --json',
  ],
};

export async function run(args: Arguments): Promise<number> {
  const architectures = await filterArchitectures(args);
  const options = policyOptions(args);
  const entries = (await sandboxEntries(args)).filter(({ enabled }) => enabled);
  const explanations = entries.flatMap((entry) =>
    architectures.map((architecture) => explain(entry, architecture, options)),
  );
  if (args.has('json')) {
    printJson(explanations);
    return ExitStatus.OK;
  }
  const covered = architectures.map(({ name }) => name);
  const texts = explanations.map((explanation) => explanationText(explanation, covered));
  if (entries.length === 0) texts.push('The sandbox is off: nothing is denied.\n');
  if (entries.length > 1)
    texts.push(`${entries.length} filters: the kernel runs each, and the most restrictive answer counts.\n`);
  print(texts.join('\n'));
  return ExitStatus.OK;
}
