/** Findings about a policy as warnings: a line each where they are few, else a line for all of a kind. @module */
import type { Finding, ProfileFinding } from '@qseccomp/bpf';

/** So many of a kind are told one by one. */
const FEW = 3;

/** What many findings of a kind have in common. */
const SUMMARY: Readonly<Record<Exclude<(Finding | ProfileFinding)['kind'], 'left-out'>, string>> = {
  'unknown-syscall': 'rules have no effect, since the architecture has no such call',
  'unreachable-number': 'rules have no effect, since no call of the architecture has such a number',
  'never-matches': 'rules have no effect, since no call meets their comparisons',
  'always-holds': 'comparisons hold for every call',
  'same-as-default': 'rules have no effect, since the default action is the same',
  shadowed: 'rules have no effect, since others answer first',
  multiplexed: 'rules do not cover calls made through socketcall or ipc',
  'multiplexer-open': 'rules deny calls that are still possible through socketcall or ipc',
  truncated: 'comparisons look at 32 bits only',
  'errno-clamped': 'error numbers are above 4095, which is what the kernel answers',
  'no-kernel-support': 'architectures have no seccomp filters in the kernel',
  'libseccomp-differs': 'rules are taken otherwise by libseccomp',
  'unknown-field': 'fields are unknown, and do nothing',
  'no-effect': 'things that the profile says have no effect',
  'runtime-differs': 'things that the profile says are taken otherwise by container runtimes',
};

/**
 * Warnings about findings.
 *
 * @param findings - what was found; rules that a machine leaves out as their profile says are no news
 * @returns whole lines
 */
export function warningText(findings: readonly (Finding | ProfileFinding)[]): string {
  const kinds = new Map<keyof typeof SUMMARY, (Finding | ProfileFinding)[]>();
  for (const finding of findings) {
    if (finding.kind === 'left-out') continue;
    const group = kinds.get(finding.kind);
    if (group === undefined) kinds.set(finding.kind, [finding]);
    else group.push(finding);
  }
  const lines = [...kinds].flatMap(([kind, group]) =>
    group.length <= FEW
      ? group.map(findingText)
      : [`${group.length} ${SUMMARY[kind]} (--format json lists them)`],
  );
  return lines.map((line) => `qseccomp: warning: ${line}\n`).join('');
}

/**
 * One finding: its place in the profile, the rule that it is about, and what is to say.
 *
 * @param finding - what was found
 */
export function findingText(finding: Finding | ProfileFinding): string {
  const where = 'path' in finding ? finding.path : undefined;
  const rule = 'syscall' in finding ? `${finding.syscall} on ${finding.architecture}` : undefined;
  return [where, rule, finding.message].filter((part) => part !== undefined).join(': ');
}
