/** Findings of an audit as text and as data. @module */
import { findArchitecture } from '@qseccomp/syscall-tables';
import { showArguments } from '@qseccomp/syscall-tables/arguments';
import { errnoName } from '@qseccomp/syscall-tables/lookup';
import { type CallProof, type Finding, SEVERITIES, type Severity } from '../audit/finding.ts';
import type { Style } from './style.ts';
import { wrap } from './table.ts';
import { answerWords } from './words.ts';

const TONES: Readonly<Record<Severity, keyof Style>> = {
  high: 'bad',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** Calls that the text names; the rest is counted. */
const SHOWN = 12;
const INDENT = ' '.repeat(8);

/**
 * Findings as text: a line each, then reason, what to do, and proof.
 *
 * @param findings - the worst first
 * @param style - of the output
 * @returns whole lines
 */
export function findingsText(findings: readonly Finding[], style: Style): string {
  return findings
    .map(({ severity, check, architectures, title, reason, remedy, calls, proof }) => {
      const tag = [check, ...architectures].join(', ');
      return [
        `${style[TONES[severity]](severity)}${INDENT.slice(severity.length)}${title} [${tag}]\n`,
        wrap(reason, INDENT),
        ...(calls === undefined || calls.length < 2 ? [] : [wrap(`calls: ${shortened(calls)}`, INDENT)]),
        wrap(`to do: ${remedy}`, INDENT),
        wrap(`proof: ${proofText(proof)}`, INDENT),
      ].join('');
    })
    .join('\n');
}

/**
 * How many findings there are of each severity.
 *
 * @param findings - any
 * @returns `2 high, 1 info`, or `nothing`
 */
export function countText(findings: readonly Finding[]): string {
  const counts = SEVERITIES.map((severity) => ({
    severity,
    count: findings.filter((finding) => finding.severity === severity).length,
  })).filter(({ count }) => count > 0);
  return counts.map(({ severity, count }) => `${count} ${severity}`).join(', ') || 'nothing';
}

/**
 * Findings as plain data.
 *
 * @param findings - any
 */
export function plainFindings(findings: readonly Finding[]): object[] {
  return findings.map(({ proof, ...finding }) => ({
    ...finding,
    proof:
      typeof proof === 'string'
        ? proof
        : { ...proof, arguments: proof.arguments.map(String), text: proofText(proof) },
  }));
}

function proofText(proof: CallProof | string): string {
  if (typeof proof === 'string') return proof;
  const architecture = findArchitecture(proof.architecture);
  const [name = ''] = (proof.name ?? '').split(' ');
  const shown = name === '' ? [] : showArguments(architecture, name, proof.arguments).map(({ text }) => text);
  const errno = proof.action === 'ERRNO' ? errnoName(architecture, proof.data) : undefined;
  const call = name === '' ? `call ${proof.number}` : `${name}(${shown.join(', ')}), ${proof.number}`;
  return `${call} on ${architecture.name}: ${answerWords(proof.action, proof.data, errno)}`;
}

function shortened(calls: readonly string[]): string {
  const shown = calls.slice(0, SHOWN).join(', ');
  return calls.length > SHOWN ? `${shown} and ${calls.length - SHOWN} more` : shown;
}
