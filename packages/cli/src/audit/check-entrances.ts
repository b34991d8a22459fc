/**
 * Checks of the other entrances of a kernel: one that runs x86_64 programs takes calls of x86 and x32 from
 * them too, under other numbers.
 *
 * @module
 */
import { type Architecture, architectures } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { familyOf } from '../families.ts';
import { list } from './check-calls.ts';
import type { CallProof, Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** Names that a finding shows; the rest is counted. */
const SHOWN = 8;

/**
 * Entrances that the filters leave open, or guard by killing a thread.
 *
 * @param subject - the filters
 */
export function checkEntrances(subject: Subject): Finding[] {
  const covered = subject.architectures.map(({ name }) => name);
  const families = new Map(subject.architectures.toReversed().map((own) => [familyOf(own)[0], own]));
  const entrances = [...families.values()].flatMap((own) =>
    architectures
      .filter(({ name }) => familyOf(own).includes(name) && !covered.includes(name))
      .map((entrance) => ({ own, entrance })),
  );
  const findings = entrances.flatMap(({ own, entrance }) => checkOpenEntrance(subject, own, entrance));
  return [
    ...findings,
    ...checkThreadKills(
      subject,
      entrances.map(({ entrance }) => entrance),
    ),
  ];
}

function checkOpenEntrance(subject: Subject, own: Architecture, entrance: Architecture): Finding[] {
  if (subject.anyOpenCall(entrance) === undefined) return [];
  // Denied on its own architecture, whatever the arguments; open here.
  const holes = entrance.syscalls.flatMap(([name]): (readonly [string, CallProof])[] => {
    if (syscallNumber(own, name) === undefined) return [];
    if (subject.openCall(own, { syscall: name }) !== undefined) return [];
    const proof = subject.openCall(entrance, { syscall: name });
    return proof === undefined ? [] : [[name, proof]];
  });
  const [first] = holes;
  if (first === undefined) return [];
  const names = holes.map(([name]) => name);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [
    {
      check: 'other-entrance',
      severity: 'high',
      architectures: [entrance.name],
      title: `calls that ${own.name} is denied can be made as ${entrance.name}`,
      reason: `A program for ${own.name} can make calls of ${entrance.name} as well, where ${list(names.slice(0, SHOWN))}${more} ${names.length === 1 ? 'is' : 'are'} open.`,
      remedy:
        entrance.auditArch === own.auditArch
          ? `deny numbers from 0x${entrance.numberOffset.toString(16)} on, after the test of the architecture`
          : `test the architecture first, and kill the process for all but ${own.name}; or cover ${entrance.name} too`,
      calls: names,
      proof: first[1],
    },
  ];
}

function checkThreadKills(subject: Subject, entrances: readonly Architecture[]): Finding[] {
  const killing = entrances.flatMap((entrance) => {
    const proof = subject.ask(entrance, syscallNumber(entrance, 'getpid') ?? entrance.numberOffset);
    return proof.action === 'KILL_THREAD' && subject.anyOpenCall(entrance) === undefined
      ? [{ name: entrance.name, proof }]
      : [];
  });
  const [first] = killing;
  if (first === undefined) return [];
  return [
    {
      check: 'other-entrance-kills-thread',
      severity: 'low',
      architectures: killing.map(({ name }) => name),
      title: `calls made as ${list(killing.map(({ name }) => name))} kill only the thread`,
      reason:
        'The other threads go on, with whatever locks the dead one held: an attacker can try again, and the program may hang instead of ending.',
      remedy: 'kill the process for other architectures (badArchitectureAction KILL_PROCESS)',
      proof: first.proof,
    },
  ];
}
