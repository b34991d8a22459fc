/** `qseccomp diff`: the calls to which two filters answer differently. @module */
import type { Arguments, CommandSpec } from '../arguments.ts';
import {
  compareOperands,
  comparisonSpec,
  differenceSentences,
  operandLines,
  printComparison,
} from '../comparison.ts';
import { ExitStatus } from '../errors.ts';
import { styleOf } from '../format/style.ts';
import { print } from '../io.ts';

export const spec: CommandSpec = comparisonSpec({
  name: 'diff',
  details:
    'Says which calls the filters A and B answer differently, all of them and no others, and which -sandbox each\n' +
    'implements; nothing where they answer every call alike.',
  examples: [
    'qseccomp diff on,spawn=deny on',
    'qseccomp diff on,spawn=deny filter.bpf --edition 6.0',
    'qseccomp diff default.json custom.json --arch x86_64 --json',
  ],
});

export async function run(args: Arguments): Promise<number> {
  const compared = await compareOperands(args, spec);
  const isSame = compared.comparison.equal;
  if (args.has('json')) printComparison(compared);
  else if (!isSame) {
    const sentences = differenceSentences(compared).map((sentence) => `${sentence}\n`);
    print(operandLines(compared, styleOf(1)) + sentences.join(''));
  }
  return isSame ? ExitStatus.OK : ExitStatus.DIFFERENT;
}
