/** The view of what the kernel's cache does for the filter. @module */
import { type CacheReason, cacheReport } from '@qseccomp/bpf/cache-report';
import { operandText, operationText, programNotes } from '@qseccomp/bpf/listing';
import { element, table } from '../dom.ts';
import { callButton, rowFilter, type ViewContext } from './context.ts';

const REASONS: Readonly<Record<CacheReason, string>> = {
  allow: 'always allowed',
  'other-action': 'not allowed',
  argument: 'its arguments decide',
  instruction: 'an instruction that the kernel does not follow',
  number: 'always allowed, but the kernel remembers nothing of such numbers',
};

/**
 * Which calls the kernel remembers as always allowed, and what keeps it from the others.
 *
 * @param context - the filter
 */
export function cacheView(context: ViewContext): Node[] {
  const { program, architectures, endian } = context.filter;
  const notes = programNotes(program, { architectures, endian });
  const all: HTMLElement[] = [];
  const parts = architectures.map((architecture) => {
    const report = cacheReport(program, architecture);
    const cached = report.filter((entry) => entry.cached);
    const rows = report
      .filter((entry) => !entry.cached)
      .map(({ name, number, reason, pc }) => {
        const instruction = program[pc];
        const text =
          instruction === undefined
            ? ''
            : `${pc}: ${operationText(instruction)} ${operandText(instruction, (skip) => String(pc + 1 + skip))}  ${notes[pc]}`;
        return element(
          'tr',
          {},
          element('td', { class: 'number' }, String(number)),
          element('th', { scope: 'row' }, callButton(name, architecture.name, context)),
          element('td', {}, REASONS[reason]),
          element('td', {}, element('code', {}, text)),
        );
      });
    all.push(...rows);
    return element(
      'section',
      {},
      element('h2', {}, architecture.name),
      element(
        'p',
        {},
        `${cached.length} of ${report.length} calls are always allowed: kernels since 5.11 remember that, and do not run the filter for them.`,
      ),
      rows.length === 0
        ? undefined
        : table(
            `Calls of ${architecture.name} for which the filter runs`,
            ['Number', 'Call', 'Why', 'Instruction'],
            rows,
          ),
      element(
        'details',
        {},
        element('summary', {}, `Always allowed: ${cached.length}`),
        element('p', {}, cached.map(({ name }) => name).join(', ')),
      ),
    );
  });
  return [rowFilter('cache-filter', all), ...parts];
}
