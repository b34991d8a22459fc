/** What a container profile does, as text for a person. @module */
import type { Call } from '../explanation.ts';
import {
  type Answer,
  type ProfileExplanation,
  type RuledCall,
  restriction,
  wordsOf,
} from '../profile-explanation.ts';
import { answered, type Style } from './style.ts';
import { align, columns, wrap } from './table.ts';

/** Further in than numbers, so that a condition does not look like a call. */
const CONDITION_INDENT = 8;

/**
 * One profile on one architecture.
 *
 * @param explanation - what it does
 * @param covered - names of all architectures that the filter is for
 * @param style - of the output
 * @returns whole lines
 */
export function profileExplanationText(
  explanation: ProfileExplanation,
  covered: readonly string[],
  style: Style,
): string {
  const answer = (given: Answer): string => answered(style, given.action, wordsOf(given));
  const { profile, architecture, otherCalls, otherArchitectures, calls, unnamed } = explanation;
  const others = `Calls of any architecture but ${covered.join(', ')}: ${answer(otherArchitectures)}.`;
  const lead = `${calls.length} ${calls.length === 1 ? 'call has rules' : 'calls have rules'}. Any other call: ${answer(otherCalls)}. ${others}`;
  const always = calls.filter(({ answers }) => answers.length === 1);
  const conditional = calls.filter(({ answers }) => answers.length > 1);
  const groups = new Map<string, RuledCall[]>();
  const rank = ({ answers: [first] }: RuledCall): number => (first === undefined ? 0 : restriction(first));
  for (const call of [...always].sort((a, b) => rank(a) - rank(b))) {
    const [words = ''] = call.answers.map(wordsOf);
    groups.set(words, [...(groups.get(words) ?? []), call]);
  }
  const isOpen = otherCalls.action === 'ALLOW' || otherCalls.action === 'LOG';
  return [
    `${style.heading(`profile ${profile} on ${architecture}`)}\n\n`,
    wrap(lead, ''),
    ...[...groups].map(
      ([words, group]) => `\n${style.heading(sentence(words))}: ${counted(group)}\n\n${list(group)}`,
    ),
    conditional.length > 0 ? `\n${style.heading('On conditions')}: ${counted(conditional)}\n\n` : '',
    ...conditional.map((call) => conditionalText(call, style)),
    // Where all else is allowed, what no rule names is the rest of the kernel.
    unnamed.length > 0 && !isOpen
      ? `\nNamed by no rule, so ${answer(otherCalls)}: ${counted(unnamed)}\n\n${list(unnamed)}`
      : '',
    notes(explanation),
  ].join('');
}

function conditionalText({ number, name, answers }: RuledCall, style: Style): string {
  const parts = answers.map((answer, at) => {
    const { when } = answer;
    const words = `${answered(style, answer.action, wordsOf(answer))}${when === undefined ? '' : ` when ${when.join(', or ')}`}`;
    return at > 0 && when === undefined ? `else ${words}` : words;
  });
  const [line] = align([[number, name]]);
  return `  ${line}\n${wrap(parts.join('; '), ' '.repeat(CONDITION_INDENT))}`;
}

function list(calls: readonly Call[]): string {
  const byNumber = [...calls].sort((a, b) => a.number - b.number);
  return columns(align(byNumber.map(({ number, name }) => [number, name])));
}

function notes({ architecture, leftOut, unknown, filtersSince }: ProfileExplanation): string {
  const rules = leftOut.map(({ path, why, names }) =>
    wrap(`${path}, since ${why}: ${names.join(', ')}`, '  '),
  );
  return [
    rules.length > 0 ? `\nRules that are left out here:\n${rules.join('')}` : '',
    unknown.length > 0
      ? `\n${wrap(`No effect, since ${architecture} has no such call: ${unknown.join(', ')}.`, '')}`
      : '',
    filtersSince === null
      ? `\nNo kernel has seccomp filters on ${architecture}: this one cannot be installed there.\n`
      : '',
  ].join('');
}

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? '1 call' : `${length} calls`;
}

function sentence(words: string): string {
  return `${words[0]?.toUpperCase()}${words.slice(1)}`;
}
