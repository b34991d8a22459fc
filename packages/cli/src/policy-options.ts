/** Options of the commands that make a policy. @module */
import type { OptionSpec } from './arguments.ts';

/** Options that choose the policy beside QEMU's own. */
export const POLICY_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'edition',
    value: 'RELEASE',
    choices: ['2.10', '2.11', '3.0', '3.1', '4.0', '5.2', '6.0', '7.0', '10.0'],
    help: "QEMU release whose policy it is: 2.10, 2.11, 3.0, 3.1, 4.0, 5.2, 6.0, 7.0 (default), 10.0",
  },
];

/** What "kill" is; `compile` takes `yes` where it is absent, `run` asks the kernel. */
export const KILL_PROCESS_OPTION: OptionSpec = {
  name: 'kill-process',
  value: 'YES|NO',
  choices: ['yes', 'no'],
  help: 'yes: a denied call kills the process; no: it is trapped (kernels before 4.14)',
};
