/**
 * Checks of single calls: powerful ones that are open, and ones that do what a denied one does.
 *
 * @module
 */
import { defaultEdition, editions, sandboxPolicy, sandboxSets } from '@qseccomp/options/policy';
import type { SandboxSet } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { equivalentCalls } from './equivalent-calls.ts';
import type { CallProof, Finding } from './finding.ts';
import { CAPABILITY_BITS, powerfulCalls } from './powerful-calls.ts';
import { type CallPattern, isOpen, type Subject } from './subject.ts';

/** One of each is enough to carry a file's content away. */
const FILE_STEPS = [
  'openat open openat2',
  'read pread64 readv preadv preadv2 mmap mmap2',
  'write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile sendfile64',
];

/**
 * Powerful calls that are open.
 *
 * @param subject - the filters
 * @param architecture - whose calls
 * @param capabilities - those that the process can have, where it is a process
 */
export function checkPowerful(
  subject: Subject,
  architecture: Architecture,
  capabilities: bigint | undefined,
): Finding[] {
  return powerfulCalls(architecture).flatMap(({ calls: patterns, capability, ...finding }) => {
    const { open, proof } = openAmong(subject, architecture, patterns);
    if (proof === undefined) return [];
    const lacks =
      capability !== undefined &&
      capabilities !== undefined &&
      ((capabilities >> BigInt(CAPABILITY_BITS[capability])) & 1n) === 0n;
    return [
      {
        ...finding,
        severity: lacks ? ('info' as const) : finding.severity,
        reason: lacks ? `${finding.reason} The process has no ${capability} now.` : finding.reason,
        remedy: withOption(subject, open, finding.remedy),
        architectures: [architecture.name],
        calls: open,
        proof,
      },
    ];
  });
}

/**
 * Calls that are open although one that does the same is denied on purpose, that is, otherwise than a call
 * that the filters do not know.
 *
 * @param subject - the filters
 * @param architecture - whose calls
 */
export function checkEquivalents(subject: Subject, architecture: Architecture): Finding[] {
  const unknown = subject.askUnknown(architecture);
  const isSpecial = ({ action, data }: CallProof): boolean =>
    action !== unknown.action || data !== unknown.data;
  return equivalentCalls(architecture).flatMap(({ does, calls, alsoBy = [] }) => {
    const { closed, ...same } = openAmong(subject, architecture, calls);
    const more = openAmong(subject, architecture, alsoBy);
    const open = [...same.open, ...more.open];
    const proof = same.proof ?? more.proof;
    const denied = closed.filter((syscall) =>
      isSpecial(subject.ask(architecture, syscallNumber(architecture, syscall) as number)),
    );
    if (proof === undefined || denied.length === 0) return [];
    const [first = ''] = open;
    return [
      {
        check: 'same-by-another-call',
        severity: isOpen(unknown.action) ? ('high' as const) : ('medium' as const),
        architectures: [architecture.name],
        title: `${list(denied)} ${denied.length === 1 ? 'is' : 'are'} denied, ${list(open)} ${open.length === 1 ? 'is' : 'are'} not`,
        reason: `Each of them ${does}: what the policy forbids can be done with ${first}.`,
        remedy: withOption(subject, open, `deny ${list(open)} too, or allow all of them`),
        calls: open,
        proof,
      },
    ];
  });
}

/**
 * Whether a file can be opened, read and its content given out: what most programs do, and most thieves.
 *
 * @param subject - the filters
 * @param architecture - whose calls
 */
export function checkFiles(subject: Subject, architecture: Architecture): Finding[] {
  const steps = FILE_STEPS.map((names) =>
    openAmong(
      subject,
      architecture,
      names.split(' ').map((syscall) => ({ syscall })),
    ),
  );
  const calls = steps.map(({ open }) => open[0]);
  const [first] = steps;
  if (first?.proof === undefined || calls.includes(undefined)) return [];
  return [
    {
      check: 'file-contents',
      severity: 'info',
      architectures: [architecture.name],
      title: 'files can be opened, read and written out',
      reason: 'Whatever file the process may read can be given away; a filter cannot see names of files.',
      remedy: 'deny the calls that open files once all are open, or hide files (mount namespace, Landlock)',
      calls: calls as string[],
      proof: first.proof,
    },
  ];
}

/** Which patterns are open, which closed; those that the architecture lacks are neither. */
function openAmong(
  subject: Subject,
  architecture: Architecture,
  patterns: readonly CallPattern[],
): { readonly open: string[]; readonly closed: string[]; readonly proof: CallProof | undefined } {
  const asked = patterns
    .filter(({ syscall }) => syscallNumber(architecture, syscall) !== undefined)
    .map((pattern) => ({ name: pattern.syscall, proof: subject.openCall(architecture, pattern) }));
  const open = asked.filter(({ proof }) => proof !== undefined);
  return {
    open: open.map(({ name }) => name),
    closed: asked.filter(({ proof }) => proof === undefined).map(({ name }) => name),
    proof: open[0]?.proof,
  };
}

/** What to do, with the options of `-sandbox` that do it. */
function withOption({ isSandbox, edition }: Subject, open: readonly string[], remedy: string): string {
  if (!isSandbox || editions[edition ?? defaultEdition].kind === 'allow-list') return remedy;
  const options = open.map((syscall) => optionAgainst().get(syscall));
  const helpful = [...new Set(options)].filter((option) => option !== undefined);
  if (helpful.length === 0) return remedy;
  return `${remedy}; ${helpful.join(',')} does ${options.includes(undefined) ? 'part of that' : 'that'}`;
}

let optionsByCall: ReadonlyMap<string, string> | undefined;

/** The option of `-sandbox` that denies a call, in the default edition. */
function optionAgainst(): ReadonlyMap<string, string> {
  const sets: readonly SandboxSet[] = ['default', 'obsolete', 'privileged', 'spawn', 'resourcecontrol'];
  optionsByCall ??= new Map(
    sandboxPolicy({ enabled: true, sets }, { killProcess: true, cloneFlagsArgument: 0 }).rules.flatMap(
      ({ syscall, set }) =>
        set === 'allowlist' || set === 'default'
          ? []
          : [[syscall, sandboxSets[set].liftedBy.replace(/=.*/, '=deny')] as const],
    ),
  );
  return optionsByCall;
}

/** `a, b and c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
