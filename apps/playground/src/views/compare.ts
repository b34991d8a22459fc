/** The view of the differences between two policies. @module */
import { element } from '../dom.ts';
import { type Outcome, readPolicy } from '../policy.ts';
import type { PolicyForm } from '../policy-form.ts';
import type { ProofAnswer } from '../proof.ts';
import type { Prover } from '../prover.ts';
import type { ViewContext } from './context.ts';

/**
 * The other policy's fields, and below them the differences as soon as they are known.
 *
 * @param context - the first filter
 * @param form - of the other policy; A is the policy of the page
 * @param prover - compares them
 * @param names - architectures that were chosen
 */
export function compareView(
  context: ViewContext,
  form: PolicyForm,
  prover: Prover,
  names: readonly string[],
): Node[] {
  const { filter } = context;
  const result = element('div', { class: 'differences', 'aria-live': 'polite' });
  const other: Outcome = readPolicy(form.value, names);
  form.show(other);
  if (other.filter === undefined) {
    result.textContent = 'There is nothing to compare with.';
  } else {
    result.textContent = 'Comparing …';
    const architectures = [...new Set([...filter.architectures, ...other.filter.architectures])];
    prover.ask({ a: filter.program, b: other.filter.program, architectures }, (answer) => {
      result.replaceChildren(...found(answer, context));
    });
  }
  return [form.root, result];
}

function found(answer: ProofAnswer, { ask }: ViewContext): Node[] {
  if (answer.kind === 'unknown')
    return [element('p', { class: 'message error' }, `This could not be decided: ${answer.message}`)];
  if (answer.kind === 'equal')
    return [
      element(
        'p',
        {},
        element('span', { class: 'pill allow' }, 'equal'),
        ' Proved: both answer the same to every call.',
      ),
    ];
  const { sentences, example, architecture } = answer;
  return [
    element(
      'p',
      {},
      element('span', { class: 'pill kill' }, 'different'),
      ' A is the policy of the page, B the one above.',
    ),
    element(
      'ul',
      {},
      sentences.map((sentence) => element('li', {}, sentence)),
    ),
    ...(architecture === undefined
      ? []
      : [
          element(
            'p',
            {},
            'For example ',
            element(
              'button',
              { type: 'button', class: 'link', onclick: () => ask(example, architecture) },
              example,
            ),
            ` on ${architecture}.`,
          ),
        ]),
  ];
}
