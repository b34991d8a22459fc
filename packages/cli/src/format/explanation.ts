/** What a filter does, as text for a person. @module */
import { editions, sandboxSets } from '@qseccomp/options/policy';
import type { Call, DeniedCall, Explanation, NoEffect } from '../explanation.ts';
import { align, columns, wrap } from './table.ts';
import { actionWords, anyOf, conditionWords, liftWords } from './words.ts';

/**
 * One filter on one architecture.
 *
 * @param explanation - what it does
 * @param covered - names of all architectures that the filter is for
 * @returns whole lines
 */
export function explanationText(explanation: Explanation, covered: readonly string[]): string {
  const { sandbox, edition, architecture, otherCalls, otherArchitectures, denied, allowed } = explanation;
  const lead =
    allowed === undefined
      ? `${denied.length} calls are denied.`
      : `An allow-list of ${allowed.length} calls.`;
  const others = `Calls of any architecture but ${covered.join(', ')}: ${actionWords(otherArchitectures)}.`;
  return [
    `-sandbox ${sandbox} on ${architecture}, edition ${edition} (QEMU ${editions[edition].releases})\n\n`,
    wrap(`${lead} Any other call: ${actionWords(otherCalls)}. ${others}`, ''),
    allowed === undefined ? sections(denied) : lists(denied, allowed),
    notes(explanation),
  ].join('');
}

/** The calls set by set, in columns that go through. */
function sections(denied: readonly DeniedCall[]): string {
  const lines = align(
    denied.map(({ number, name, action, does = '' }) => [number, name, actionWords(action), does]),
  );
  let set: DeniedCall['set'];
  let text = '';
  for (const [at, call] of denied.entries()) {
    if (call.set !== undefined && call.set !== set) {
      text += `\n${call.set} (${liftWords(call.set)})\n${sandboxSets[call.set].sentence}\n`;
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
function lists(denied: readonly Call[], allowed: readonly Call[]): string {
  const list = (calls: readonly Call[]): string => {
    const byNumber = [...calls].sort((a, b) => a.number - b.number);
    return columns(align(byNumber.map(({ number, name }) => [number, name])));
  };
  return [
    `\nDenied: ${denied.length} calls that are not on the list, and all numbers without a call\n\n`,
    list(denied),
    `\nAllowed: ${allowed.length} calls\n\n`,
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
