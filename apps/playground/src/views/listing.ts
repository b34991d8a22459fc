/** The view of the program, instruction by instruction. @module */
import { operandText, operationText, programNotes } from '@qseccomp/bpf/listing';
import { element, table } from '../dom.ts';
import type { ViewContext } from './context.ts';

/**
 * The listing, with the way of the call.
 *
 * @param context - the filter and the call
 */
export function listingView({ filter, answer }: ViewContext): Node[] {
  const { program, architectures, endian } = filter;
  const notes = programNotes(program, { architectures, endian });
  const step = new Map(answer?.path.map((pc, at) => [pc, at + 1]));
  const rows = program.map((instruction, pc) =>
    element(
      'tr',
      { class: step.has(pc) ? 'way' : undefined, 'aria-current': step.has(pc) ? 'step' : undefined },
      element('td', { class: 'number' }, step.has(pc) ? `${step.get(pc)}.` : ''),
      element('th', { scope: 'row', class: 'number' }, String(pc)),
      element('td', {}, operationText(instruction)),
      element(
        'td',
        {},
        operandText(instruction, (skip) => String(pc + 1 + skip)),
      ),
      element('td', {}, notes[pc]),
    ),
  );
  const lead =
    'Jumps name the instruction that they go to: if it holds, if not. Marked is the way of the call above.';
  const titles = ['Step', 'Index', 'Operation', 'Operand', 'Meaning'];
  return [element('p', {}, lead), element('div', { class: 'code' }, table('Instructions', titles, rows))];
}
