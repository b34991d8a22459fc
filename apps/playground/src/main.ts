/** The page: fields to state, state to filter, filter to views. @module */
import type { FilterCost } from '@qseccomp/bpf';
import { filterCost } from '@qseccomp/bpf/call-cost';
import type { RequestedFilter } from '@qseccomp/cli/sandbox-filter';
import { type Architecture, findArchitecture } from '@qseccomp/syscall-tables';
import { askFilter, type CallAnswer } from './answer.ts';
import { architecturePicker } from './architecture-picker.ts';
import { byId, element } from './dom.ts';
import { type Outcome, readPolicy } from './policy.ts';
import { policyForm } from './policy-form.ts';
import { Prover } from './prover.ts';
import { fromHash, type State, toHash, VIEWS, type View } from './state.ts';
import { tabs } from './tabs.ts';
import { cacheView } from './views/cache.ts';
import { compareView } from './views/compare.ts';
import type { ViewContext } from './views/context.ts';
import { costView, spanText } from './views/cost.ts';
import { listingView } from './views/listing.ts';
import { rulesView } from './views/rules.ts';
import { treeView } from './views/tree.ts';

/** Milliseconds between the last key and what it leads to. */
const PAUSE = 150;

const TITLES: Readonly<Record<View, string>> = {
  rules: 'Rules',
  tree: 'Tree',
  listing: 'Listing',
  cost: 'Cost',
  cache: 'Kernel cache',
  compare: 'Compare',
};

const VIEW_MAKERS: Readonly<Record<Exclude<View, 'compare'>, (context: ViewContext) => Node[]>> = {
  rules: rulesView,
  tree: treeView,
  listing: listingView,
  cost: costView,
  cache: cacheView,
};

const a = policyForm('policy-a', '-sandbox string, or a container profile', later);
const b = policyForm('policy-b', 'Compare with', later);
const picker = architecturePicker(byId('architectures'), later);
const call = byId<HTMLInputElement>('call');
const callArchitecture = byId<HTMLSelectElement>('call-architecture');
const summary = byId('summary');
const verdict = byId('verdict');
const panel = byId('view');
const compared = new Prover();
const checked = new Prover();
const views = tabs(byId('views'), panel, VIEWS, TITLES, update);
let timer = 0;
/** The policy that was read last, and what became of it. */
let made: { readonly key: string; readonly outcome: Outcome } | undefined;
/** What the view is of. */
let shown = '';
/** The address as this page wrote it last. */
let written = '';

byId('form-a').append(a.root);
call.addEventListener('input', later);
callArchitecture.addEventListener('input', later);
byId('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  update();
});
byId('share').addEventListener('click', share);
window.addEventListener('hashchange', () => {
  if (location.hash.slice(1) !== written) void load();
});
void load();

async function load(): Promise<void> {
  const state = await fromHash(location.hash);
  a.set(state.a);
  b.set(state.b);
  picker.value = state.architectures;
  call.value = state.call;
  views.value = state.view;
  callArchitecture.replaceChildren(element('option', { value: state.callArchitecture }));
  update();
}

function later(): void {
  byId('result').setAttribute('aria-busy', 'true');
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
}

function update(): void {
  clearTimeout(timer);
  byId('result').setAttribute('aria-busy', 'false');
  const key = JSON.stringify([a.value, picker.value]);
  if (made?.key !== key) {
    made = { key, outcome: readPolicy(a.value, picker.value) };
    showOutcome(made.outcome);
  }
  const { filter } = made.outcome;
  if (filter !== undefined) {
    offerArchitectures(filter);
    const answer = answerCall(filter, findArchitecture(callArchitecture.value));
    // What nothing has changed stays as it is, with what was typed in it.
    const seen = ['tree', 'listing'].includes(views.value) ? answer?.path : b.value;
    const content = JSON.stringify([key, views.value, seen]);
    if (content !== shown) show({ filter, policy: a.value, answer, ask });
    shown = content;
  }
  void writeAddress();
}

/** Shows what became of the policy, apart from the call and the views. */
function showOutcome(outcome: Outcome): void {
  const { filter, isError } = outcome;
  a.show(outcome);
  byId('result').classList.toggle('empty', filter === undefined);
  compared.stop();
  checked.stop();
  shown = '';
  if (filter !== undefined) {
    showSummary(filter);
    return;
  }
  summary.replaceChildren();
  verdict.replaceChildren();
  const text = isError ? 'There is no filter: see what is wrong with the policy.' : 'There is no filter.';
  panel.replaceChildren(element('p', {}, text));
}

function show(context: ViewContext): void {
  const name = views.value;
  const focused = document.activeElement?.id ?? '';
  compared.stop();
  panel.replaceChildren(
    ...(name === 'compare' ? compareView(context, b, compared, picker.value) : VIEW_MAKERS[name](context)),
  );
  // What was typed in goes on having the focus, although it was put in anew.
  if (focused !== '' && document.activeElement === document.body) document.getElementById(focused)?.focus();
}

/** The architectures that a call can have: the filter's, and one that is not. */
function offerArchitectures({ architectures }: RequestedFilter): void {
  const chosen = callArchitecture.value;
  const names = architectures.map(({ name }) => name);
  const foreign = ['x86', 'x86_64', 'aarch64'].find((name) => !names.includes(name)) ?? 'alpha';
  const all =
    names.includes(chosen) || chosen === foreign || chosen === ''
      ? [...names, foreign]
      : [...names, foreign, chosen];
  callArchitecture.replaceChildren(...all.map((name) => element('option', { value: name }, name)));
  callArchitecture.value = all.includes(chosen) ? chosen : (names[0] as string);
  const architecture = findArchitecture(callArchitecture.value);
  byId('calls').replaceChildren(...architecture.syscalls.map(([name]) => element('option', { value: name })));
}

function answerCall(filter: RequestedFilter, architecture: Architecture): CallAnswer | undefined {
  call.removeAttribute('aria-invalid');
  if (call.value.trim() === '') {
    verdict.replaceChildren();
    return undefined;
  }
  try {
    const answer = askFilter(filter, call.value, architecture);
    verdict.replaceChildren(
      element('span', { class: `pill ${answer.outcome}` }, answer.verdict),
      element('code', {}, answer.call),
      element('span', { class: 'reason' }, `${answer.reason}. ${answer.steps} instructions.`),
    );
    return answer;
  } catch (error) {
    call.setAttribute('aria-invalid', 'true');
    verdict.replaceChildren(element('span', { class: 'message error' }, (error as Error).message));
    return undefined;
  }
}

function showSummary(filter: RequestedFilter): void {
  const { program, architectures, policy } = filter;
  const costs = architectures.map((architecture) => filterCost(program, architecture));
  const [{ mean, worst }] = costs as [FilterCost];
  const calls = costs.flatMap((cost) => cost.calls);
  const proof = element('dd', {}, 'checking …');
  checked.ask({ a: program, b: policy, architectures }, (answer) => {
    if (answer.kind === 'unknown') proof.title = answer.message;
    proof.textContent = {
      equal: 'the filter is the policy',
      different: 'the filter is not the policy',
      unknown: 'too large to tell',
    }[answer.kind];
  });
  const entry = (title: string, value: string | HTMLElement): HTMLElement =>
    element(
      'div',
      {},
      element('dt', {}, title),
      typeof value === 'string' ? element('dd', {}, value) : value,
    );
  summary.replaceChildren(
    entry('Length', `${program.length} instructions`),
    entry('Steps', `${mean === undefined ? '' : `${spanText(mean, 2)}, `}at most ${worst.most}`),
    entry('Kernel cache', `${calls.filter(({ cached }) => cached).length} of ${calls.length} calls`),
    entry('Proof', proof),
  );
}

function ask(text: string, architecture: string): void {
  call.value = text;
  if (![...callArchitecture.options].some(({ value }) => value === architecture))
    callArchitecture.append(element('option', { value: architecture }, architecture));
  callArchitecture.value = architecture;
  update();
  call.scrollIntoView({ block: 'nearest' });
}

function state(): State {
  return {
    a: a.value,
    b: b.value,
    architectures: picker.value,
    call: call.value,
    callArchitecture: callArchitecture.selectedIndex > 0 ? callArchitecture.value : '',
    view: views.value,
  };
}

async function writeAddress(): Promise<void> {
  written = await toHash(state());
  history.replaceState(null, '', `#${written}`);
}

async function share(): Promise<void> {
  await writeAddress();
  const said = byId('shared');
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = 'Copied.';
  } catch {
    said.textContent = 'The link is in the address bar.';
  }
}
