/** The table of what options deny, as one page that needs nothing else. @module */
import { editions, sandboxSets } from '@qseccomp/options/policy';
import { formatSandbox, type SandboxSet } from '@qseccomp/options/sandbox';
import type { PolicyRow, PolicyTable } from '../policy-table.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './policy-page-parts.ts';
import { actionWords, anyOf, conditionWords, liftWords } from './words.ts';

/** What of the table is shown first. */
export interface PolicyPageStart {
  /** Sets that are denied. */
  readonly sets: readonly SandboxSet[];
  /** Names of architectures. */
  readonly architectures: readonly string[];
}

/** Loads nothing from anywhere. */
const SECURITY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

/** Sets that an option decides about. */
const OPTIONAL: readonly SandboxSet[] = ['obsolete', 'privileged', 'spawn', 'resourcecontrol'];

/**
 * Writes the page.
 *
 * @param table - a policy on some architectures
 * @param start - what is chosen when it is opened
 * @returns HTML; without JavaScript it shows everything
 */
export function policyPage(table: PolicyTable, start: PolicyPageStart): string {
  const { edition, killProcess, architectures, rows, otherCalls } = table;
  const isAllowList = editions[edition].kind === 'allow-list';
  const names = architectures.map(({ name }) => name);
  const title = `-sandbox of QEMU ${editions[edition].releases}`;
  const lead = isAllowList
    ? `An allow-list: any other call gets ${actionWords(otherCalls)}.`
    : `Any other call: ${actionWords(otherCalls)}.`;
  const kill = killProcess ? '' : ' The kernel cannot kill a process: what would be killed is trapped.';
  const boxes = (
    name: string,
    values: readonly string[],
    chosen: readonly string[],
    label: (value: string) => string,
  ) =>
    values
      .map((value) => {
        const checked = chosen.includes(value) ? ' checked' : '';
        return `<label><input type="checkbox" name="${name}" value="${value}"${checked}> ${escaped(label(value))}</label>`;
      })
      .join('\n');
  const optionOf = (set: string): string =>
    sandboxSets[set as SandboxSet].deniedBy.replace(/^on$/, 'obsolete=deny');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${SECURITY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
<style id="hidden-columns"></style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(lead + kill)} A number is the call’s on the architecture; an empty cell: it has no such call.</p>
<form>
${isAllowList ? '' : `<fieldset><legend>Denied by options</legend>\n${boxes('set', OPTIONAL, start.sets, optionOf)}\n<output id="sandbox">-sandbox ${escaped(formatSandbox({ enabled: true, sets: start.sets }))}</output></fieldset>\n`}<fieldset><legend>Architectures</legend>
${boxes('arch', names, start.architectures, (name) => name)}
<button type="button" id="all">all</button> <button type="button" id="none">none</button></fieldset>
<p><label>Show only <input type="search" name="text" placeholder="name, number, word"></label>
${isAllowList ? '' : '<label><input type="checkbox" name="denied"> what is denied</label> '}<output id="count"></output></p>
</form>
<div class="scroll" tabindex="0" role="region" aria-label="Calls">
<table>
<thead><tr><th scope="col">Call</th><th scope="col">Answer</th><th scope="col">What it does</th><th scope="col">Set</th>${names.map((name) => `<th scope="col" data-arch="${name}">${name}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => rowHtml(row, names)).join('\n')}
</tbody>
</table>
</div>
${notesHtml(table)}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function rowHtml(
  { name, action, set, when = [], does = '', numbers }: PolicyRow,
  names: readonly string[],
): string {
  const short = conditionWords(when);
  const condition =
    when.length > 1
      ? `<details><summary>${escaped(short)}</summary>when ${escaped(anyOf(when))}</details>`
      : escaped(short);
  const cells = names.map((arch) => `<td data-arch="${arch}">${numbers.get(arch) ?? ''}</td>`).join('');
  const title =
    set === undefined ? '' : ` title="${escaped(`${sandboxSets[set].sentence} ${liftWords(set)}`)}"`;
  return `<tr${set === undefined ? '' : ` data-set="${set}"`}><th scope="row">${escaped(name)}</th><td><b>${escaped(actionWords(action))}</b> ${condition}</td><td>${escaped(does)}</td><td${title}>${set ?? 'allow-list'}</td>${cells}</tr>`;
}

function notesHtml({ architectures, stillAllowed }: PolicyTable): string {
  const items = architectures.flatMap(({ name, seccompFilterSince }) => [
    ...(seccompFilterSince === undefined
      ? [`<li data-arch="${name}">${name}: no kernel has seccomp filters there.</li>`]
      : []),
    ...(stillAllowed.get(name)?.length
      ? [
          `<li data-arch="${name}">${name}: still allowed, though close by name to denied calls: ${escaped(stillAllowed.get(name)?.join(', ') ?? '')}.</li>`,
        ]
      : []),
  ]);
  return items.length === 0 ? '' : `<h2>Worth knowing</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

function escaped(text: string): string {
  const codes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (sign) => codes[sign] as string);
}
