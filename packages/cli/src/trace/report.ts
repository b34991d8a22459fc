/**
 * What a trace reports: lines as it goes, a summary, or data.
 *
 * @module
 */
import type { CallingProcess } from '@qseccomp/runtime/trace';
import { errnoName } from '@qseccomp/syscall-tables/lookup';
import { answered, type Style } from '../format/style.ts';
import { wrap } from '../format/table.ts';
import { answerWords } from '../format/words.ts';
import type { DeniedKind, SeenCall } from './records.ts';

/** What a trace has found out. */
export interface TraceReport {
  readonly command: readonly string[];
  /** Titles of the filters. */
  readonly filters: readonly string[];
  readonly denied: readonly DeniedKind[];
  /** Every call, where all were seen. */
  readonly seen?: readonly SeenCall[];
  /** The `-sandbox` texts that kill none of it; null where no option helps; absent for a profile. */
  readonly needed?: readonly string[] | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Where the profile of what was seen is. */
  readonly profile?: string;
}

/** Processes that are named in a line of the summary. */
const MOST_PROCESSES = 5;
/** Kinds of one call that the summary shows. */
const MOST_KINDS = 3;
/** Characters of an argument that are shown in a line. */
const MOST_TEXT = 100;
const COUNT_WIDTH = 8;
const INDENT = '  ';

/**
 * A call and what would have become of it, in one line.
 *
 * @param kind - the call
 * @param process - who made it
 * @param style - of the output
 */
export function liveLine(kind: DeniedKind, process: CallingProcess, style: Style): string {
  return `qseccomp: ${processWords(process)}: ${callWords(kind)}: ${outcome(kind, style)}; ${kind.reason.text}\n`;
}

/**
 * The summary.
 *
 * @param report - what was found out
 * @param style - of the output
 * @returns whole lines
 */
export function reportText(report: TraceReport, style: Style): string {
  const { denied, filters, seen, needed, profile } = report;
  const under = filters.length > 0 ? `under ${filters.join(' and ')}` : 'with the sandbox off';
  const total = denied.reduce((sum, { count }) => sum + count, 0);
  const head =
    denied.length === 0
      ? `qseccomp: nothing would have been denied ${under}\n`
      : `qseccomp: ${plural(total, 'call')} of ${plural(denied.length, 'kind')} would have been denied ${under}\n`;
  return [
    head,
    ...groups(denied).map((kinds) => groupText(kinds, style)),
    seen
      ? `${plural(
          seen.reduce((sum, { count }) => sum + count, 0),
          'call',
        )} seen, ${seen.length} different ones\n`
      : '',
    neededText(denied, needed),
    profile === undefined ? '' : `profile of what was seen: ${profile}\n`,
  ].join('');
}

/**
 * The report as plain data.
 *
 * @param report - what was found out
 */
export function reportData({ denied, seen, ...report }: TraceReport): unknown {
  return {
    ...report,
    denied: denied.map((kind) => ({
      call: kind.name,
      number: kind.call.nr,
      architecture: kind.architecture?.name ?? null,
      arguments: kind.arguments.map(({ name, text }, at) => ({
        name,
        text,
        value: String(kind.call.args[at] ?? 0n),
      })),
      action: kind.action,
      data: kind.data,
      outcome: kind.errno === undefined ? 'continued' : errnoWord(kind, kind.errno),
      filter: kind.filter,
      reason: kind.reason,
      count: kind.count,
      processes: [...kind.processes.values()],
    })),
    ...(seen && {
      seen: seen.map(({ architecture, number, name, count }) => ({
        call: name,
        number,
        architecture: architecture?.name ?? null,
        count,
      })),
    }),
  };
}

/** Kinds of one call with one outcome for one reason, the most frequent first. */
function groups(denied: readonly DeniedKind[]): readonly (readonly DeniedKind[])[] {
  const byTitle = new Map<string, DeniedKind[]>();
  for (const kind of [...denied].sort((a, b) => b.count - a.count)) {
    const title = [kind.name, kind.architecture?.name, outcomeWords(kind), kind.reason.text].join();
    byTitle.set(title, [...(byTitle.get(title) ?? []), kind]);
  }
  return [...byTitle.values()].sort((a, b) => totalOf(b) - totalOf(a));
}

function totalOf(kinds: readonly DeniedKind[]): number {
  return kinds.reduce((sum, { count }) => sum + count, 0);
}

function groupText(kinds: readonly DeniedKind[], style: Style): string {
  const [first] = kinds as readonly [DeniedKind];
  const processes = new Map(kinds.flatMap((kind) => [...kind.processes]));
  const named = [...processes.values()].slice(0, MOST_PROCESSES).map(processWords);
  const moreProcesses = processes.size > named.length ? ` and ${processes.size - named.length} more` : '';
  const moreKinds = kinds.length - MOST_KINDS;
  return [
    `\n${style.heading(numberWords(first))}, ${plural(totalOf(kinds), 'time')}: ${outcome(first, style)}\n`,
    wrap(first.reason.text, INDENT),
    ...kinds
      .slice(0, MOST_KINDS)
      .map((kind) => `${String(kind.count).padStart(COUNT_WIDTH)} × ${callWords(kind)}\n`),
    moreKinds > 0 ? `${INDENT}and ${plural(moreKinds, 'other kind')}, which --json lists\n` : '',
    wrap(`by ${named.join(', ')}${moreProcesses}`, INDENT),
  ].join('');
}

function neededText(denied: readonly DeniedKind[], needed: TraceReport['needed']): string {
  if (denied.length === 0 || needed === undefined) return '';
  if (denied.every(({ action }) => action === 'ERRNO')) {
    return '\nNone of it kills: the program met these errors in the trace, and went on as it did.\n';
  }
  if (needed === null) {
    return '\nNo -sandbox option but off lets all of this through; --output-profile writes a profile that does.\n';
  }
  const errors = denied.some(({ action }) => action === 'ERRNO') ? '; errors stay errors' : '';
  return `\nWhat kills none of it: ${needed.map((text) => `-sandbox ${text}`).join(' ')}${errors}\n`;
}

function callWords({ name, arguments: shown }: DeniedKind): string {
  return `${name}(${shown.map((argument) => `${argument.name}=${short(argument.text)}`).join(', ')})`;
}

function numberWords({ name, architecture, call }: DeniedKind): string {
  return `${name}, ${call.nr} on ${architecture?.name ?? `token 0x${call.arch.toString(16)}`}`;
}

function short(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
}

/** The same, as severe as the policy is. */
function outcome(kind: DeniedKind, style: Style): string {
  return answered(style, kind.action, outcomeWords(kind));
}

/** What the policy says, and what happened instead. */
function outcomeWords(kind: DeniedKind): string {
  const { action, data, errno } = kind;
  const policy = answerWords(action, data, errnoWord(kind, data));
  return errno === undefined ? `would ${policy}, went on` : `failed with ${errnoWord(kind, errno)}`;
}

function errnoWord({ architecture }: DeniedKind, errno: number): string {
  return (architecture && errnoName(architecture, errno)) ?? `error ${errno}`;
}

function processWords({ pid, name }: CallingProcess): string {
  return name === '' ? `process ${pid}` : `${name} (${pid})`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
