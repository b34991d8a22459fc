/** What filters say to a call, as text and as data. @module */
import { showArguments } from '@qseccomp/syscall-tables/arguments';
import type { AskedCall } from '../denial/asked-call.ts';
import type { Change } from '../denial/change.ts';
import type { Verdict } from '../denial/verdict.ts';
import { answered, type Style } from './style.ts';

/**
 * The call, with as many arguments as are known: `clone(0x11), 56 on x86_64`.
 *
 * @param call - the call
 */
export function callText({ architecture, arch, number, names, args }: AskedCall): string {
  const known = args.findLastIndex((value) => value !== undefined) + 1;
  const values = args.slice(0, known).map((value) => (value === undefined ? '?' : `0x${value.toString(16)}`));
  const shown = known === 0 && args.length > 0 ? '…' : values.join(', ');
  const where = architecture?.name ?? `architecture 0x${arch.toString(16)}`;
  return `${names.join(' or ') || 'no call'}(${shown}), ${number} on ${where}`;
}

/**
 * What filters say to a call.
 *
 * @param verdict - what was found
 * @param style - of the output
 */
export function verdictText({ answer, depends, text }: Verdict, style: Style): string {
  return answer === undefined || depends ? text : answered(style, answer.action, text);
}

/**
 * Reason, notes and change, a line each.
 *
 * @param verdict - what was found
 * @returns whole lines
 */
export function verdictDetails({ reason, notes, change }: Verdict): string {
  return [...(reason ? [reason.text] : []), ...notes, ...(change ? changeLines(change) : [])]
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * A verdict as plain data.
 *
 * @param verdict - what was found
 */
export function plainVerdict({ call, answer, errno, depends, reason, change, notes }: Verdict): object {
  const { architecture, arch, number, names, args, caller } = call;
  const known = args.map((value) => value ?? 0n);
  return {
    architecture: architecture?.name ?? null,
    token: arch,
    number,
    names,
    arguments: args.map((value) => (value === undefined ? null : String(value))),
    ...(architecture &&
      names[0] !== undefined &&
      args.some((value) => value !== undefined) && {
        shown: showArguments(architecture, names[0], known).map(({ text }, at) =>
          args[at] === undefined ? null : text,
        ),
      }),
    ...(caller !== undefined && { caller }),
    ...(answer && { action: answer.action, data: answer.data, steps: answer.steps, filter: answer.filter }),
    ...(errno !== undefined && { errno }),
    ...(depends && { depends }),
    ...(reason && { reason }),
    ...(change && { change: plainChange(change) }),
    notes,
  };
}

/** bigint values are exact numbers in a profile, and strings here. */
function plainChange(change: Change): object {
  return JSON.parse(
    JSON.stringify(change, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
  );
}

function changeLines({ sandbox, remove = [], add }: Change): string[] {
  if (sandbox !== undefined) return [`smallest change: -sandbox ${sandbox}`];
  const rule =
    add && JSON.stringify(add, (_key, value) => (typeof value === 'bigint' ? `<${value}>` : value));
  return [
    ...remove.map((path) => `smallest change: take ${path} out`),
    // JSON has no word for 64-bit integers, but its text has.
    ...(rule === undefined
      ? []
      : [
          `${remove.length > 0 ? 'and add' : 'smallest change: add'} to syscalls: ${rule.replace(/"<(\d+)>"/g, '$1')}`,
        ]),
  ];
}
