/**
 * Checks of what the filters answer: by default, to calls that are newer than they, and in ways that do not
 * stop an attack.
 *
 * @module
 */
import { ActionValue, cacheVerdict, DEFAULT_WEIGHTS } from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { compareReleases, EDITION_KERNELS, releaseOf } from './call-releases.ts';
import { list } from './check-calls.ts';
import type { Finding } from './finding.ts';
import { isOpen, type Subject } from './subject.ts';

const ACTION_BITS = 0xffff_0000;

/** Answers that let something through, or that one may take for more than they are. */
const WEAK_ANSWERS: readonly (Pick<Finding, 'check' | 'severity' | 'title' | 'reason' | 'remedy'> & {
  readonly kind: (value: number) => boolean;
})[] = [
  {
    check: 'log-only',
    severity: 'medium',
    title: 'some calls are logged and happen',
    reason: 'LOG denies nothing: it is for finding out what a policy would deny.',
    remedy: 'deny these calls once the log shows that nothing needs them',
    kind: (value) => action(value) === ActionValue.LOG,
  },
  {
    check: 'false-success',
    severity: 'medium',
    title: 'some denied calls answer success',
    reason:
      'With errno 0 the program believes that the call did its work: a setuid that dropped no rights is an old hole.',
    remedy: 'answer with an errno, such as EPERM',
    kind: (value) => value === ActionValue.ERRNO,
  },
  {
    check: 'tracer-decides',
    severity: 'info',
    title: 'a tracer decides about some calls',
    reason:
      'Whoever holds the process with ptrace(2) answers; without one, such calls fail with ENOSYS. Arguments in memory can change after the look at them.',
    remedy: 'make sure that the tracer outlives the process (PTRACE_O_EXITKILL), or decide in the filter',
    kind: (value) => action(value) === ActionValue.TRACE,
  },
  {
    check: 'supervisor-decides',
    severity: 'info',
    title: 'a supervisor decides about some calls',
    reason:
      'Whoever has the listener answers; without one, such calls fail with ENOSYS. To let a call go on is no security decision: its arguments in memory can change meanwhile (seccomp_unotify(2)).',
    remedy: 'have the supervisor do the work itself, rather than let the call go on; or decide in the filter',
    kind: (value) => action(value) === ActionValue.USER_NOTIF,
  },
  {
    check: 'trap',
    severity: 'info',
    title: 'some denied calls are trapped',
    reason:
      'A handler for SIGSYS gets them and goes on; what is denied does not happen, but nothing ends the process.',
    remedy: 'kill the process (KILL_PROCESS, Linux 4.14), unless the handler is wanted',
    kind: (value) => action(value) === ActionValue.TRAP,
  },
];

/**
 * What the filters answer to calls in general.
 *
 * @param subject - the filters
 * @param architecture - whose calls
 */
export function checkAnswers(subject: Subject, architecture: Architecture): Finding[] {
  const weak = WEAK_ANSWERS.flatMap(({ kind, ...finding }): Finding[] => {
    const proof = subject.answered(architecture, kind);
    return proof === undefined ? [] : [{ ...finding, architectures: [architecture.name], proof }];
  });
  return [
    ...checkDefault(subject, architecture),
    ...weak,
    ...checkThreadKills(subject, architecture),
    ...checkCache(subject, architecture),
  ];
}

function checkDefault(subject: Subject, architecture: Architecture): Finding[] {
  const proof = subject.askUnknown(architecture);
  if (!isOpen(proof.action)) return [];
  const special = architecture.syscalls.filter(
    ([, number]) => !isOpen(subject.ask(architecture, number).action),
  );
  if (special.length === 0) {
    return [
      {
        check: 'denies-nothing',
        severity: 'high',
        architectures: [architecture.name],
        title: 'no call is denied without a condition',
        reason: 'The filter is there, and stops nothing, or only what its comparisons say.',
        remedy: 'use a policy that denies calls',
        proof,
      },
    ];
  }
  const known = subject.edition === undefined ? newestOf(special) : EDITION_KERNELS[subject.edition];
  const newer = architecture.syscalls.filter(([name, number]) => {
    const release = releaseOf(name);
    return (
      release !== undefined &&
      compareReleases(release, known) > 0 &&
      isOpen(subject.ask(architecture, number).action)
    );
  });
  const [first] = newer;
  const origin =
    subject.edition === undefined
      ? `The newest call that the policy denies is of Linux ${known}${known === '3.0' ? ' or older' : ''}`
      : `When QEMU ${subject.edition} came out, Linux was at ${known}`;
  return [
    {
      check: 'default-allow',
      severity: 'medium',
      architectures: [architecture.name],
      title: 'what the policy does not name is allowed',
      reason: 'A list of what is denied lets through whatever was forgotten, and what kernels get later.',
      remedy: 'list what the program needs instead, and deny the rest (with ENOSYS for calls that are newer)',
      proof,
    },
    ...(first === undefined
      ? []
      : [
          {
            check: 'newer-calls',
            severity: 'low' as const,
            architectures: [architecture.name],
            title: `${newer.length} ${newer.length === 1 ? 'call is' : 'calls are'} newer than the policy, and open`,
            reason: `${origin}; nobody has judged ${newer.length === 1 ? 'this call' : 'these calls'} for it.`,
            remedy: 'look through them, and deny what the program does not need',
            calls: newer.map(([name]) => name),
            proof: subject.ask(architecture, first[1]),
          },
        ]),
  ];
}

/** The release of the newest of some calls. */
function newestOf(calls: readonly (readonly [name: string, number: number])[]): string {
  return calls
    .map(([name]) => releaseOf(name) ?? '3.0')
    .sort(compareReleases)
    .at(-1) as string;
}

function checkThreadKills(subject: Subject, architecture: Architecture): Finding[] {
  const killing = architecture.syscalls.filter(
    ([, number]) => subject.ask(architecture, number).action === 'KILL_THREAD',
  );
  const isKill = (value: number): boolean => action(value) === ActionValue.KILL_THREAD;
  const proof = killing[0]
    ? subject.ask(architecture, killing[0][1])
    : subject.answered(architecture, isKill);
  if (proof === undefined) return [];
  const names = killing.map(([name]) => name);
  const few = names.length > 0 && names.length <= 5;
  return [
    {
      check: 'kills-thread',
      severity: 'low',
      architectures: [architecture.name],
      title: `${few ? list(names) : names.length > 0 ? `${names.length} calls` : 'some calls'} ${names.length === 1 ? 'kills' : 'kill'} only the thread`,
      reason:
        'The other threads go on, with whatever locks the dead one held: an attacker can try again, and the program may hang instead of ending.',
      remedy: 'kill the process instead (KILL_PROCESS, Linux 4.14)',
      ...(names.length > 0 && { calls: names }),
      proof,
    },
  ];
}

/** Calls that are made all the time and for which the kernel has to run a filter each time. */
function checkCache({ programs, ask }: Subject, architecture: Architecture): Finding[] {
  const slow = Object.keys(DEFAULT_WEIGHTS).flatMap((name) => {
    const number = syscallNumber(architecture, name);
    if (number === undefined || ask(architecture, number).action !== 'ALLOW') return [];
    const verdicts = programs.map((program) => cacheVerdict(program, architecture.auditArch, number));
    // No filter can help that the kernel remembers nothing of a number.
    const isSlow = verdicts.some(({ cached, reason }) => !cached && reason !== 'number');
    return isSlow ? [{ name, number }] : [];
  });
  const [first] = slow;
  if (first === undefined) return [];
  return [
    {
      check: 'not-cached',
      severity: 'info',
      architectures: [architecture.name],
      title: `${slow.length} frequent ${slow.length === 1 ? 'call runs' : 'calls run'} the filter each time`,
      reason:
        'The kernel (since 5.11) skips the filter for calls that it finds always allowed; these it does not find so, since they are looked at by their arguments or after instructions that it does not follow.',
      remedy:
        'dispatch on architecture and number before anything else, and let frequent calls through whole',
      calls: slow.map(({ name }) => name),
      proof: ask(architecture, first.number),
    },
  ];
}

function action(value: number): number {
  return (value & ACTION_BITS) >>> 0;
}
