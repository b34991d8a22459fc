/** `qseccomp audit`: what a policy or a process leaves open. @module */
import { type Program, withoutExecTicket } from '@qseccomp/bpf';
import { validateProgram } from '@qseccomp/bpf/validate';
import type { InspectedProcess, ProcessState } from '@qseccomp/runtime';
import type { Architecture } from '@qseccomp/syscall-tables';
import { namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION } from '../arguments.ts';
import { auditFilters, worstFirst } from '../audit/audit.ts';
import { checkProcess, checkStacks } from '../audit/check-process.ts';
import { type Finding, reaches, SEVERITIES, type Severity } from '../audit/finding.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { countText, findingsText, plainFindings } from '../format/findings.ts';
import { styleOf } from '../format/style.ts';
import { print, printJson } from '../io.ts';
import { nameProgram, namingText } from '../naming.ts';
import { OPERAND_HELP, OPERAND_OPTIONS, readOperands } from '../operands.ts';
import { policyOptions } from '../policy-options.ts';
import { about, comparedArchitectures } from '../programs.ts';

const LEVELS = [...SEVERITIES, 'none'] as const;

export const spec: CommandSpec = {
  name: 'audit',
  usage: 'FILTER [--fail-on LEVEL]',
  sandbox: false,
  options: [
    ...OPERAND_OPTIONS,
    {
      name: 'fail-on',
      value: 'LEVEL',
      choices: LEVELS,
      help: `exit with 1 where a finding is as bad: ${LEVELS.join(', ')} (default: high)`,
    },
    JSON_OPTION,
  ],
  operands: 'one',
  details:
    `${OPERAND_HELP}\n` +
    'Each finding has a severity, a reason, what to do, and a call that proves it with what the filter answers.\n' +
    'What is not reported is closed for all arguments: that is decided, not sampled. high: what the policy denies\n' +
    'can be done all the same, or nothing is denied; medium: what containers deny since it breaks out; low: what\n' +
    'makes an attack easier; info: what one should know. For a process, threads, NO_NEW_PRIVS and capabilities\n' +
    'count too. Exit status: 0, 1 where a finding reaches the level, 2 when something goes wrong.',
  examples: [
    'qseccomp audit on,spawn=deny',
    'qseccomp audit profile.json --fail-on medium --json',
    'qseccomp audit pid:4711',
  ],
};

/** What was audited, in words, and what was found. */
interface Report {
  readonly title: string;
  readonly architectures: readonly Architecture[];
  readonly naming?: string;
  readonly findings: readonly Finding[];
}

export async function run(args: Arguments): Promise<number> {
  const [text = ''] = args.operands;
  const id = /^pid:(\d{1,10})$/.exec(text)?.[1];
  const report = id === undefined ? await filterReport(text, args) : await processReport(Number(id), args);
  const { title, architectures, naming, findings } = report;
  const level = (args.value('fail-on') ?? 'high') as Severity | 'none';
  const failed = findings.some((finding) => reaches(finding, level));
  if (args.has('json')) {
    printJson({
      audited: title,
      architectures: architectures.map(({ name }) => name),
      failed,
      findings: plainFindings(findings),
    });
  } else {
    const where = architectures.length > 0 ? ` on ${architectures.map(({ name }) => name).join(', ')}` : '';
    print(`${title}${where}: ${countText(findings)}\n${naming === undefined ? '' : `${naming}\n`}`);
    if (findings.length > 0) print(`\n${findingsText(findings, styleOf(1))}`);
  }
  return failed ? 1 : ExitStatus.OK;
}

async function filterReport(text: string, args: Arguments): Promise<Report> {
  const [operand] = await readOperands([text], args, spec);
  if (operand === undefined) throw new CliError(`audit: expected a filter, got '${text}'`);
  const { programs, kind, title } = operand;
  about(text, () => programs.forEach(validateProgram));
  const architectures =
    operand.architectures.length > 0 ? operand.architectures : await namedArchitectures(args);
  const isSandbox = kind === 'sandbox';
  const name = isSandbox ? undefined : namingOf(programs, architectures);
  const edition = isSandbox ? policyOptions(args).edition : name?.edition;
  return {
    title,
    architectures,
    ...(name !== undefined && { naming: name.text }),
    findings: auditFilters({ programs: programs.map(withoutExecTicket), architectures, edition, isSandbox }),
  };
}

async function processReport(pid: number, args: Arguments): Promise<Report> {
  const { inspectProcess, processState } = await import('@qseccomp/runtime');
  const state = await processState(pid);
  const title = `process ${state.pid} (${state.name})`;
  if (state.threads.every(({ mode }) => mode === 'none'))
    return { title, architectures: [], findings: worstFirst(checkProcess(state)) };
  const inspected = await inspectProcess(pid);
  const machine = (await namedArchitectures(args)) as readonly [Architecture, ...Architecture[]];
  const reports = filteredStacks(inspected).map((programs) => {
    const found = [
      ...new Set(programs.flatMap((program) => comparedArchitectures(program, machine[0].endian))),
    ];
    const architectures = args.has('arch') || found.length === 0 ? machine : found;
    const name = namingOf(programs, architectures);
    const capabilities = reachable(inspected);
    return {
      architectures,
      naming: name.text,
      findings: auditFilters(
        { programs: programs.map(withoutExecTicket), architectures, edition: name.edition, isSandbox: false },
        capabilities,
      ),
    };
  });
  const findings = new Map<string, Finding>();
  for (const finding of reports.flatMap((report) => report.findings)) {
    const { proof: _, ...words } = finding;
    const key = JSON.stringify(words);
    if (!findings.has(key)) findings.set(key, finding);
  }
  return {
    title,
    architectures: [...new Set(reports.flatMap(({ architectures }) => architectures))],
    naming: [...new Set(reports.map(({ naming }) => naming))].join('\n'),
    findings: worstFirst([...checkProcess(inspected), ...checkStacks(inspected), ...findings.values()]),
  };
}

function filteredStacks({ stacks }: InspectedProcess): (readonly Program[])[] {
  return stacks
    .filter(({ mode }) => mode === 'filter')
    .map(({ filters }) => filters.map(({ program }) => program));
}

/** Capabilities that the process has or can take without another program. */
function reachable({ capabilities }: ProcessState): bigint {
  return capabilities.effective | capabilities.permitted;
}

/** Which `-sandbox` the filters are, and the first release that has it. */
function namingOf(programs: readonly Program[], architectures: readonly Architecture[]) {
  const namings = programs.map((program) => nameProgram(program, architectures));
  const [first] = namings;
  return {
    text: namings.map(namingText).join('\n'),
    edition: namings.length === 1 ? first?.sandboxes[0]?.edition : undefined,
  };
}
