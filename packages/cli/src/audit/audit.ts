/**
 * All checks of an audit.
 *
 * @module
 */
import { checkAnswers } from './check-answers.ts';
import { checkEquivalents, checkFiles, checkPowerful } from './check-calls.ts';
import { checkEntrances } from './check-entrances.ts';
import { type Finding, SEVERITIES } from './finding.ts';
import { type Audited, subjectOf } from './subject.ts';

/**
 * What filters leave open.
 *
 * @param audited - the filters
 * @param capabilities - those that the process can have, bit n for capability n; absent: any
 * @returns findings, the worst first
 * @throws {BpfError} for a filter that the kernel would not take
 */
export function auditFilters(audited: Audited, capabilities?: bigint): Finding[] {
  const subject = subjectOf(audited);
  const findings = [
    ...checkEntrances(subject),
    ...audited.architectures.flatMap((architecture) => [
      ...checkEquivalents(subject, architecture),
      ...checkPowerful(subject, architecture, capabilities),
      ...checkFiles(subject, architecture),
      ...checkAnswers(subject, architecture),
    ]),
  ];
  if (subject.undecided.size > 0) {
    findings.push({
      check: 'undecided',
      severity: 'medium',
      architectures: [],
      title: 'some questions could not be decided',
      reason:
        'The filter is too entangled for the proof: what is not reported of these may be open under some arguments.',
      remedy: 'ask about single calls with `qseccomp why`',
      calls: [...subject.undecided],
      proof: 'the proof became too large',
    });
  }
  return worstFirst(merged(findings));
}

/** What is true of several architectures in the same words is one finding, with the first one's proof. */
function merged(findings: readonly Finding[]): Finding[] {
  const same = new Map<string, Finding>();
  for (const finding of findings) {
    const { architectures, proof, ...words } = finding;
    const key = JSON.stringify(words);
    const first = same.get(key);
    same.set(
      key,
      first === undefined ? finding : { ...first, architectures: [...first.architectures, ...architectures] },
    );
  }
  return [...same.values()];
}

/**
 * Findings in order of severity, otherwise as they were found.
 *
 * @param findings - in any order
 */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}
