/** What a filter does, as text for a person. @module */
import { editions, type SandboxAction, sandboxSets } from '@qseccomp/options/policy';
import type { Call, DeniedCall, Explanation, NoEffect } from '../explanation.ts';
import { answered, type Style } from './style.ts';
import { align, columns, wrap } from './table.ts';
import { actionWords, anyOf, conditionWords, liftWords } from './words.ts';

/**
 * One filter on one architecture.
 *
 * @param explanation - what it does
 * @param covered - names of all architectures that the filter is for
 * @param style - of the output
 * @returns whole lines
 */
export function explanationText(explanation: Explanation, covered: readonly string[], style: Style): string {
  const { sandbox, edition, architecture, otherCalls, otherArchitectures, denied, allowed } = explanation;
  const lead =
    allowed === undefined
      ? `${denied.length} calls are denied.`
      : `An allow-list of ${allowed.length} calls.`;
  const answer = (action: SandboxAction): string => answered(style, action, actionWords(action));
  const others = `Calls of any architecture but ${covered.join(', ')}: ${answer(otherArchitectures)}.`;
  return [
    `${style.heading(`-sandbox ${sandbox} on ${architecture}, edition ${edition} (QEMU ${editions[edition].releases})`)}\n\n`,
    wrap(`${lead} Any other call: ${answer(otherCalls)}. ${others}`, ''),
    allowed === undefined ? sections(denied, style) : lists(denied, allowed, style),
    notes(explanation),
  ].join('');
}

/** The calls set by set, in columns that go through. */
function sections(denied: readonly DeniedCall[], style: Style): string {
  const lines = align(
    denied.map(({ number, name, action, does = '' }) => [
      number,
      name,
      answered(style, action, actionWords(action)),
      does,
    ]),
  );
  let set: DeniedCall['set'];
  let text = '';
  for (const [at, call] of denied.entries()) {
    if (call.set !== undefined && call.set !== set) {
      text += `\n${style.heading(call.set)} (${liftWords(call.set)})\n${sandboxSets[call.set].sentence}\n`;
      set = call.set;
    }
    text += `  ${lines[at]}\n`;
    if (call.when !== undefined) text += wrap(condition(call.when), ' '.repeat(CONDITION_INDENT));
  }
  return text;
}

/** Further in than numbers, so that a condition does not look like a call. */
const CONDITION_INDENT = 8;

function condition(when: readonly string[]): string {
  const short = conditionWords(when);
  return when.length === 1 ? short : `${short}, that is: when ${anyOf(when)}`;
}

/** Both sides of an allow-list. */
function lists(denied: readonly Call[], allowed: readonly Call[], style: Style): string {
  const list = (calls: readonly Call[]): string => {
    const byNumber = [...calls].sort((a, b) => a.number - b.number);
    return columns(align(byNumber.map(({ number, name }) => [number, name])));
  };
  return [
    `\n${style.heading('Denied')}: ${denied.length} calls that are not on the list, and all numbers without a call\n\n`,
    list(denied),
    `\n${style.heading('Allowed')}: ${allowed.length} calls\n\n`,
    list(allowed),
  ].join('');
}

function notes({ architecture, filtersSince, noEffect, stillAllowed }: Explanation): string {
  const isMissing = ({ kind }: NoEffect): boolean => kind === 'unknown-syscall';
  const missing = noEffect.filter(isMissing).map(({ name }) => name);
  const covered = noEffect
    .filter((rule) => !isMissing(rule))
    .map(({ name, when }) => (when ? `${name} (when ${when})` : name));
  const allowed = stillAllowed.map(({ number, name }) => `${name} (${number})`);
  const paragraph = (lead: string, names: readonly string[]): string =>
    names.length > 0 ? `\n${wrap(`${lead}: ${names.join(', ')}.`, '')}` : '';
  return [
    paragraph(`No effect, since ${architecture} has no such call`, missing),
    paragraph('No effect, since other rules cover it', covered),
    paragraph('Still allowed, though close by name to denied calls', allowed),
    filtersSince === null
      ? `\nNo kernel has seccomp filters on ${architecture}: this one cannot be installed there.\n`
      : '',
  ].join('');
}
