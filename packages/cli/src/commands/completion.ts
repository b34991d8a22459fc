/** `qseccomp completion`: what bash, zsh and fish read to complete command lines. @module */
import { type Arguments, type CommandSpec, usageError } from '../arguments.ts';
import { SCRIPTS, type Shell } from '../completion/scripts.ts';
import { didYouMean, ExitStatus } from '../errors.ts';
import { print } from '../io.ts';

export const spec: CommandSpec = {
  name: 'completion',
  usage: 'bash|zsh|fish',
  sandbox: false,
  options: [],
  operands: 'one',
  details:
    'For one shell: eval "$(qseccomp completion bash)", source <(qseccomp completion zsh), or\n' +
    'qseccomp completion fish | source. For all: write it to a file where your shell looks for completions.',
  examples: [
    'qseccomp completion bash > ~/.local/share/bash-completion/completions/qseccomp',
    'qseccomp completion fish > ~/.config/fish/completions/qseccomp.fish',
  ],
};

export function run(args: Arguments): number {
  const [shell = ''] = args.operands;
  if (!Object.hasOwn(SCRIPTS, shell)) {
    const shells = Object.keys(SCRIPTS);
    throw usageError(
      spec,
      `expected one of ${shells.join(', ')}; got '${shell}'${didYouMean(shell, shells)}`,
    );
  }
  print(SCRIPTS[shell as Shell]);
  return ExitStatus.OK;
}
