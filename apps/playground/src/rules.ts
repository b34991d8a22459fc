/**
 * The rules of a filter, call by call, in the same form whether a sandbox or a profile has them.
 *
 * @module
 */
import { type ActionName, actionValue, decodeAction } from '@qseccomp/bpf';
import { type Outcome, outcomeOf } from '@qseccomp/bpf/picture';
import { explain } from '@qseccomp/cli/explanation';
import { explainProfile, wordsOf } from '@qseccomp/cli/profile-explanation';
import type { RequestedFilter } from '@qseccomp/cli/sandbox-filter';
import { actionWords, anyOf, conditionWords, liftWords } from '@qseccomp/cli/words';
import { type SandboxAction, sandboxSets } from '@qseccomp/options/policy';
import type { PolicyInput } from './state.ts';

/** A call and what it gets. */
export interface RuleRow {
  readonly number: number;
  readonly name: string;
  /** The first one whose condition holds. */
  readonly answers: readonly { readonly words: string; readonly outcome: Outcome; readonly when: string }[];
  /** What it has in common with its neighbours; empty: nothing. */
  readonly group: string;
  readonly does?: string | undefined;
}

/** What a filter does on one architecture. */
export interface RuleSection {
  readonly architecture: string;
  /** What all other calls get. */
  readonly lead: string;
  readonly rows: readonly RuleRow[];
  readonly notes: readonly { readonly title: string; readonly text: string }[];
}

/**
 * Lists what a filter does.
 *
 * @param filter - made from the policy
 * @param policy - as typed
 */
export function ruleSections(filter: RequestedFilter, policy: PolicyInput): RuleSection[] {
  return filter.entry === undefined ? profileSections(filter) : sandboxSections(filter, policy);
}

function sandboxSections({ entry, architectures }: RequestedFilter, policy: PolicyInput): RuleSection[] {
  if (entry === undefined) return [];
  return architectures.map((architecture) => {
    const { denied, allowed, otherCalls, otherArchitectures, stillAllowed, noEffect } = explain(
      entry,
      architecture,
      policy,
    );
    const rows = (allowed ?? denied).map((call): RuleRow => {
      const {
        action,
        when = [],
        set,
        does,
      } = { action: 'ALLOW' as const, ...call } as (typeof denied)[number];
      const condition = conditionWords(when) + (when.length > 1 ? `, that is: when ${anyOf(when)}` : '');
      return {
        ...call,
        answers: [{ words: actionWords(action), outcome: outcomeOfAction(action), when: condition }],
        group: set === undefined ? '' : `${set}: ${sandboxSets[set].sentence} ${sentence(liftWords(set))}`,
        does,
      };
    });
    return {
      architecture: architecture.name,
      lead: `${rows.length} calls ${allowed ? 'are allowed' : 'are denied'}. Any other call: ${actionWords(otherCalls)}. Calls of other architectures: ${actionWords(otherArchitectures)}.`,
      rows,
      notes: [
        note(
          'Still allowed, though close by name to denied calls',
          stillAllowed.map(({ name, number }) => `${name} (${number})`),
        ),
        note(
          'No effect here',
          noEffect.map(({ name, when }) => (when === undefined ? name : `${name} (when ${when})`)),
        ),
      ].flat(),
    };
  });
}

function profileSections(filter: RequestedFilter): RuleSection[] {
  return explainProfile(filter).map(
    ({ architecture, calls, otherCalls, otherArchitectures, unnamed, leftOut, unknown }) => ({
      architecture,
      lead: `${calls.length} calls have rules. Any other call: ${wordsOf(otherCalls)}. Calls of other architectures: ${wordsOf(otherArchitectures)}.`,
      // What depends on arguments first.
      rows: [...calls]
        .sort((a, b) => b.answers.length - a.answers.length)
        .map(({ number, name, answers }) => ({
          number,
          name,
          answers: answers.map((answer, at) => ({
            words: wordsOf(answer),
            outcome: outcomeOf(answer.action),
            when: answer.when === undefined ? (at > 0 ? 'else' : '') : `when ${answer.when.join(', or ')}`,
          })),
          group: answers.length > 1 ? 'On conditions' : `Always ${answers.map(wordsOf).join()}`,
        })),
      notes: [
        note(
          'Left out',
          leftOut.map(({ names, why }) => `${names.join(', ')} (since ${why})`),
        ),
        note('No effect, since there is no such call', unknown),
        note(
          `Named by no rule, so ${wordsOf(otherCalls)}`,
          unnamed.map(({ name }) => name),
        ),
      ].flat(),
    }),
  );
}

function note(title: string, items: readonly string[]): { title: string; text: string }[] {
  return items.length === 0 ? [] : [{ title: `${title}: ${items.length}`, text: items.join(', ') }];
}

function sentence(words: string): string {
  return `${words[0]?.toUpperCase()}${words.slice(1)}.`;
}

function outcomeOfAction(action: SandboxAction): Outcome {
  const name: ActionName = decodeAction(
    actionValue(typeof action === 'object' ? { errno: 1 } : action),
  ).action;
  return outcomeOf(name);
}
