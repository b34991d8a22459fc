/** `qseccomp trace`: a dry run, which tells what a sandbox would deny, and lets the program go on. @module */

import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Profile } from '@qseccomp/bpf';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import { validateProgram } from '@qseccomp/bpf/validate';
import { inheritance } from '@qseccomp/runtime/inheritance';
import { commandBytes, environmentBytes } from '@qseccomp/runtime/proc-bytes';
import { exitNow, followStops, forwardSignals } from '@qseccomp/runtime/supervise';
import type { LaunchResult, Serve } from '@qseccomp/runtime/supervisor';
import { announceEveryCall, announcingProgram, serveTrace } from '@qseccomp/runtime/trace';
import type { Architecture } from '@qseccomp/syscall-tables';
import { namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { requestedFilters } from '../filters.ts';
import { COLOURLESS, styleOf } from '../format/style.ts';
import { complain, exactBytes, input, output, requireWritable } from '../io.ts';
import { POLICY_OPTIONS, PROFILE_OPTIONS, policyOptions } from '../policy-options.ts';
import { about } from '../programs.ts';
import type { RequestedFilter } from '../sandbox-filter.ts';
import { TraceRecords } from '../trace/records.ts';
import { neededSandbox } from '../trace/remedy.ts';
import { liveLine, reportData, reportText, type TraceReport } from '../trace/report.ts';
import { warningText } from '../warnings.ts';
import { exitStatus, launchError, waitingLauncher } from './run.ts';

export const spec: CommandSpec = {
  name: 'trace',
  usage: '[-sandbox OPTS | --profile FILE]... [--] COMMAND [ARGUMENT]...',
  sandbox: true,
  options: [
    { name: 'continue-all', help: 'let calls go on that the policy answers with an errno, too' },
    { name: 'report', value: 'FILE', help: 'write the report there, rather than to standard error' },
    {
      name: 'output-profile',
      value: 'FILE',
      help: 'watch every call, and write a container profile that allows exactly what was seen',
    },
    { name: 'merge', help: 'add to the profile what this run needs beyond it, if the file is there' },
    ...POLICY_OPTIONS,
    ...PROFILE_OPTIONS,
    JSON_OPTION,
  ],
  operands: 'command',
  details:
    'Without -sandbox, -sandbox on. Runs the program without a sandbox: calls that the policy kills go on,\n' +
    'calls that it answers with an errno get it. Its own processes are watched until the last has ended; what\n' +
    'is denied is reported to standard error, as it happens where that is a terminal, and in a summary. Exit\n' +
    'status: as of run. Should the trace be killed, so is the program; processes that it has started go on, and\n' +
    'calls that would be denied fail with ENOSYS.',
  examples: [
    'qseccomp trace -sandbox on,spawn=deny -- make',
    'qseccomp trace --json --report denied.json --profile default.json -- ./service',
    'qseccomp trace -sandbox off --output-profile service.json --merge -- ./service --self-test',
  ],
};

export async function run(args: Arguments): Promise<never> {
  const state = inheritance();
  const { filters, architecture } = await tracedFilters(args);
  const path = args.value('output-profile');
  if (path === undefined && args.has('merge')) throw usageError(spec, '--merge goes with --output-profile');
  for (const file of [path, args.value('report')]) if (file !== undefined) await requireWritable(file);
  const before = path !== undefined && args.has('merge') ? await earlierProfile(path) : undefined;
  const live = isatty(2) && !args.has('json');
  const records = new TraceRecords(filters, (kind, process) => {
    if (live) complain(liveLine(kind, process, styleOf(2)));
  });
  const programs = filters.map(({ program }) => program);
  const announcing = path === undefined ? announcingProgram(programs) : announceEveryCall();
  validateProgram(announcing);
  const { child, go, nonBlocking } = waitingLauncher(state);
  const signals = forwardSignals(child);
  let served: Promise<unknown> = Promise.resolve();
  const serve: Serve = (listener) => {
    const options = {
      programs,
      continueAll: args.has('continue-all'),
      onCall: (traced: Parameters<typeof records.add>[0]) => records.add(traced),
    };
    served = serveTrace(listener, options).catch((error) => {
      child.kill('SIGKILL');
      return error;
    });
    child.once('exit', () => {
      // From here on signals are for the trace itself: processes that the program has left behind may stay.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.once(signal, () => listener.close());
    });
  };
  const order = {
    entries: [],
    announcing: {
      filter: Buffer.from(encodeProgram(announcing, architecture.endian)).toString('base64'),
      killable: true,
    },
  };
  const program = { argv: commandBytes(args.operands.length), environment: environmentBytes() };
  const launched = go(order, { ...program, inheritance: { ...state, nonBlocking } }, serve);
  await launched.started.catch(async (error) => {
    throw await launchError(error, []);
  });
  signals.started();
  void followStops(child);
  const result = await launched.ended;
  const failure = await served;
  if (failure instanceof Error) throw new CliError(failure.message, ExitStatus.SETUP_FAILED, failure);
  await conclude(args, filters, records, before, result);
  return exitNow(exitStatus(result));
}

async function tracedFilters(
  args: Arguments,
): Promise<{ filters: readonly RequestedFilter[]; architecture: Architecture }> {
  if (args.value('profile') === '-')
    throw usageError(spec, '--profile - would read the standard input of the program');
  const filters = await requestedFilters(args, spec).catch((error) => {
    throw error instanceof CliError ? new CliError(error.message, ExitStatus.SETUP_FAILED, error) : error;
  });
  const [architecture] = (await namedArchitectures(args)) as [Architecture];
  const other = filters.find(({ endian }) => endian !== architecture.endian);
  if (other)
    throw new CliError(
      `${other.title}: expected a filter for ${architecture.name}, got a ${other.endian}-endian one`,
    );
  return { filters, architecture };
}

/** The report and the profile. */
async function conclude(
  args: Arguments,
  filters: readonly RequestedFilter[],
  records: TraceRecords,
  before: Profile | undefined,
  { exitCode, signal }: LaunchResult,
): Promise<void> {
  const denied = [...records.denied.values()];
  const path = args.value('output-profile');
  if (path !== undefined) await writeSeen(path, records, args.has('continue-all') ? [] : filters, before);
  const report: TraceReport = {
    command: args.operands,
    filters: filters.map(({ title }) => title),
    denied,
    ...(path !== undefined && { seen: [...records.seen.values()], profile: path }),
    ...(!args.has('profile') && { needed: needed(args, filters, denied) }),
    exitCode,
    signal,
  };
  const file = args.value('report');
  const text = args.has('json')
    ? `${JSON.stringify(reportData(report), null, 2)}\n`
    : reportText(report, file === undefined ? styleOf(2) : COLOURLESS);
  if (file === undefined) complain(text);
  else await output(file, text);
}

function needed(
  args: Arguments,
  filters: readonly RequestedFilter[],
  denied: TraceReport['denied'],
): readonly string[] | null {
  const entries = filters.flatMap(({ entry }) => entry ?? []);
  return neededSandbox(entries, denied, filters[0]?.architectures ?? [], policyOptions(args)) ?? null;
}

async function writeSeen(
  path: string,
  records: TraceRecords,
  filters: readonly RequestedFilter[],
  before: Profile | undefined,
): Promise<void> {
  const { mergeProfiles, seenProfile } = await import('../trace/seen-profile.ts');
  const { writeProfile } = await import('@qseccomp/bpf/oci');
  const { profile, findings } = seenProfile([...records.seen.values()], filters);
  complain(warningText(findings));
  await output(path, writeProfile(before === undefined ? profile : mergeProfiles(before, profile)));
}

/** The profile of earlier runs, if there is one. */
async function earlierProfile(path: string): Promise<Profile | undefined> {
  if (!existsSync(await exactBytes(path))) return undefined;
  const { readProfile } = await import('@qseccomp/bpf/oci');
  const bytes = await input(path);
  return about(path, () => readProfile(bytes));
}
