/** `qseccomp verify`: whether two filters answer every call alike. @module */
import type { Arguments, CommandSpec } from '../arguments.ts';
import {
  compareOperands,
  comparisonSpec,
  differenceSentences,
  exampleLine,
  operandLines,
  printComparison,
} from '../comparison.ts';
import { ExitStatus } from '../errors.ts';
import { styleOf } from '../format/style.ts';
import { print } from '../io.ts';

export const spec: CommandSpec = comparisonSpec({
  name: 'verify',
  details:
    'Decides, for every architecture, number, instruction pointer and argument, whether the filters A and B answer\n' +
    'alike, and says which -sandbox each implements. Nothing is sampled.',
  examples: [
    'qseccomp verify on,spawn=deny filter.bpf',
    'qseccomp verify profile.json filter.bpf --cap CAP_SYS_ADMIN',
    'qseccomp verify on,spawn=deny on,spawn=deny,resourcecontrol=allow --arch aarch64 --json',
  ],
});

export async function run(args: Arguments): Promise<number> {
  const compared = await compareOperands(args, spec);
  const isSame = compared.comparison.equal;
  if (args.has('json')) printComparison(compared);
  else {
    const style = styleOf(1);
    print(operandLines(compared, style));
    print(
      isSame
        ? `${style.good('same')}: both answer every call alike\n`
        : `${style.bad('different')}: ${exampleLine(compared)}\n${differenceSentences(compared)
            .map((sentence) => `${sentence}\n`)
            .join('')}`,
    );
  }
  return isSame ? ExitStatus.OK : ExitStatus.DIFFERENT;
}
