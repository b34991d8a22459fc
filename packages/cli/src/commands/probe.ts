/** `qseccomp probe`: what this kernel offers. @module */
import { probe } from '@qseccomp/runtime';
import { type Arguments, type CommandSpec, JSON_OPTION } from '../arguments.ts';
import { ExitStatus } from '../errors.ts';
import { styleOf } from '../format/style.ts';
import { table } from '../format/table.ts';
import { print, printJson } from '../io.ts';

export const spec: CommandSpec = {
  name: 'probe',
  usage: '',
  sandbox: false,
  options: [JSON_OPTION],
  operands: 'none',
  details:
    'Changes nothing. Exit status 0 where -sandbox can be installed (filters and TSYNC are there), else 1.',
  examples: ['qseccomp probe', 'qseccomp probe --json'],
};

export async function run(args: Arguments): Promise<number> {
  const report = await probe();
  const usable = report.filters && report.flags.TSYNC;
  if (args.has('json')) printJson({ ...report, sandbox: usable });
  else {
    const style = styleOf(1);
    const yes = (value: boolean): string => (value ? style.good('yes') : style.bad('no'));
    const { process: self, notificationSizes: sizes } = report;
    print(
      table(['feature', 'here'].map(style.heading), [
        ['architecture', report.architecture],
        ['kernel', report.kernel],
        ['filters', yes(report.filters)],
        ['-sandbox (filters and TSYNC)', yes(usable)],
        ...Object.entries(report.actions).map(([name, there]) => [`action ${name}`, yes(there)]),
        ...Object.entries(report.flags).map(([name, there]) => [`flag ${name}`, yes(there)]),
        ['notification sizes', sizes ? `${sizes.notif}, ${sizes.response}, ${sizes.data} bytes` : 'none'],
        ['actions logged', report.actionsLogged?.join(' ') ?? 'unknown'],
        ['NO_NEW_PRIVS on this process', yes(self.noNewPrivs)],
        ['filters on this process', String(self.filters ?? 'unknown')],
        ['capabilities of this process', self.capabilities.join(' ') || 'none'],
      ]),
    );
  }
  return usable ? ExitStatus.OK : 1;
}
