/** `qseccomp explain`: every call that a sandbox denies, in words. @module */
import { describeSyscall } from '@qseccomp/options/describe';
import { sandboxSets } from '@qseccomp/options/policy';
import { formatSandbox, type SandboxEntry } from '@qseccomp/options/sandbox';
import { compileEntry, entryPolicy } from '@qseccomp/runtime/program';
import { type Architecture, syscallNumber } from '@qseccomp/syscall-tables';
import { ARCH_OPTION, filterArchitectures } from '../architectures.ts';
import type { Arguments, CommandSpec } from '../arguments.ts';
import { ExitStatus } from '../errors.ts';
import { table } from '../format/table.ts';
import { actionWords, conditionWords } from '../format/words.ts';
import { print, printJson } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS } from '../policy-options.ts';
import { edition, killProcess, sandboxEntries } from '../sandbox-arguments.ts';

export const spec: CommandSpec = {
  name: 'explain',
  summary: 'list every call that a sandbox denies: number, action, condition, set',
  usage: '[-sandbox OPTS]... [--arch NAME]...',
  sandbox: true,
  options: [ARCH_OPTION, ...POLICY_OPTIONS, KILL_PROCESS_OPTION],
  operands: 'none',
  details:
    'Without -sandbox, -sandbox on. The last column is the option that allows the call. What the architecture\n' +
    'does not have is listed below the table.',
  examples: ['qseccomp explain -sandbox on,spawn=deny', 'qseccomp explain --edition 2.10 --arch x86', 'qseccomp explain --json'],
};

/** One call of one filter. */
interface Row {
  readonly number: number;
  readonly syscall: string;
  readonly does?: string;
  readonly action: string;
  readonly condition: string;
  readonly set: string;
  readonly allowedBy?: string;
}

interface Explanation {
  readonly sandbox: string;
  readonly architecture: string;
  readonly defaultAction: string;
  readonly calls: readonly Row[];
  /** Names and rules of the policy that change nothing here. */
  readonly noEffect: readonly { readonly syscall?: string | number; readonly reason: string }[];
}

export async function run(args: Arguments): Promise<number> {
  const architectures = filterArchitectures(args);
  const explanations = (await sandboxEntries(args))
    .filter(({ enabled }) => enabled)
    .flatMap((entry) => architectures.map((architecture) => explain(entry, architecture, args)));
  if (args.has('json')) printJson(explanations);
  else if (explanations.length === 0) print('The sandbox is off: nothing is denied.\n');
  else print(explanations.map(text).join('\n'));
  return ExitStatus.OK;
}

function explain(entry: SandboxEntry, architecture: Architecture, args: Arguments): Explanation {
  const options = { ...edition(args), killProcess: killProcess(args) ?? true };
  const { defaultAction, rules } = entryPolicy(entry, architecture, options);
  const { findings } = compileEntry(entry, [architecture], options);
  const calls = new Map(rules.map(({ syscall }) => [syscall, rules.filter((rule) => rule.syscall === syscall)]));
  return {
    sandbox: formatSandbox(entry),
    architecture: architecture.name,
    defaultAction: actionWords(defaultAction),
    calls: [...calls].flatMap(([syscall, group]): Row[] => {
      const number = syscallNumber(architecture, syscall);
      const [rule] = group;
      if (number === undefined || rule === undefined) return [];
      const does = describeSyscall(syscall);
      return [
        {
          number,
          syscall,
          ...(does !== undefined && { does }),
          action: actionWords(rule.action),
          condition: conditionWords(group),
          set: rule.set,
          ...(rule.set !== 'allowlist' && { allowedBy: sandboxSets[rule.set].liftedBy }),
        },
      ];
    }),
    noEffect: findings
      .filter(({ ineffective }) => ineffective)
      .map(({ syscall, message }) => ({ ...(syscall !== undefined && { syscall }), reason: message })),
  };
}

function text({ sandbox, architecture, defaultAction, calls, noEffect }: Explanation): string {
  const rows = calls.map(({ number, syscall, action, condition, set, allowedBy = '', does = '' }) => [
    number, syscall, `${action}${condition && ` ${condition}`}`, set, allowedBy, does,
  ]);
  const missing = noEffect.map(({ syscall, reason }) => syscall ?? reason);
  return [
    `-sandbox ${sandbox} on ${architecture}: ${calls.length} calls; every other call: ${defaultAction}; calls of another architecture: kill the thread\n\n`,
    table(['number', 'call', 'action', 'set', 'allowed by', 'what it does'], rows),
    ...(missing.length > 0 ? [`\nNo effect on ${architecture}: ${missing.join(', ')}\n`] : []),
  ].join('');
}
