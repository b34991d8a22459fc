/** Style and script of the page that `explain --html` writes. @module */

/** Follows the reader's colour scheme; the table scrolls by itself, with the names of calls in sight. */
export const PAGE_STYLE: string = `
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1c2330; --dim: #566072; --line: #d5dae2; --kill: #b91f35; --soft: #eef1f5; }
@media (prefers-color-scheme: dark) { :root { --ground: #12161c; --ink: #e6e9ef; --dim: #9ba5b4; --line: #2c3440; --kill: #ff7b87; --soft: #1c222b; } }
body { margin: 1rem clamp(0.75rem, 2vw, 2rem); background: var(--ground); color: var(--ink); font: 0.95rem/1.45 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 0.75rem; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: center; }
legend { font-weight: 600; }
output { color: var(--dim); font-family: ui-monospace, monospace; }
input[type=search], button { font: inherit; padding: 0.2rem 0.5rem; }
.scroll { overflow: auto; max-block-size: 80vh; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; }
th, td { text-align: start; vertical-align: baseline; padding: 0.2rem 0.6rem; border-block-end: 1px solid var(--line); }
thead th { position: sticky; inset-block-start: 0; background: var(--soft); z-index: 1; }
tbody th { position: sticky; inset-inline-start: 0; background: var(--ground); font-family: ui-monospace, monospace; }
td:nth-child(2) { min-inline-size: 15rem; } td:nth-child(3) { min-inline-size: 16rem; }
td[data-arch], th[data-arch] { text-align: end; font-variant-numeric: tabular-nums; }
b { color: var(--kill); font-weight: 600; }
tr.allowed td, tr.allowed th, tr.allowed b { color: var(--dim); }
tr.allowed b { text-decoration: line-through; }
details { display: inline; } details[open] { display: block; }
:focus-visible { outline: 2px solid #4a7dff; outline-offset: 2px; }
`;

/** Shows what is chosen. */
export const PAGE_SCRIPT: string = `
const form = document.querySelector('form');
const chosen = (name) => [...form.querySelectorAll('[name=' + name + ']:checked')].map((box) => box.value);
const words = { privileged: 'elevateprivileges=deny', spawn: 'spawn=deny', resourcecontrol: 'resourcecontrol=deny' };
const show = () => {
  const sets = chosen('set');
  const archs = chosen('arch');
  const shownArch = (element) => archs.includes(element.dataset.arch);
  const parts = form.elements.text.value.toLowerCase().split(/\\s+/);
  const only = form.elements.denied?.checked;
  let count = 0;
  for (const row of document.querySelectorAll('tbody tr')) {
    const { set } = row.dataset;
    const denied = set === undefined || set === 'default' || sets.includes(set);
    const cells = [...row.cells].filter((cell) => cell.dataset.arch === undefined || shownArch(cell));
    const text = cells.map((cell) => cell.textContent).join(' ').toLowerCase();
    row.classList.toggle('allowed', !denied);
    const isThere = cells.some((cell) => cell.dataset.arch !== undefined && cell.textContent !== '');
    row.hidden = (only && !(denied && isThere)) || !parts.every((part) => text.includes(part));
    if (!row.hidden) count++;
  }
  const hidden = [...form.querySelectorAll('[name=arch]:not(:checked)')].map((box) => '[data-arch="' + box.value + '"]');
  document.getElementById('hidden-columns').textContent = hidden.length ? hidden.join() + ' { display: none }' : '';
  document.getElementById('count').textContent = count + ' calls';
  const sandbox = document.getElementById('sandbox');
  const options = Object.keys(words).filter((set) => sets.includes(set)).map((set) => words[set]);
  if (sandbox) sandbox.textContent = '-sandbox ' + ['on', ...(sets.includes('obsolete') ? [] : ['obsolete=allow']), ...options].join();
};
const all = (on) => {
  for (const box of form.querySelectorAll('[name=arch]')) box.checked = on;
  show();
};
form.addEventListener('input', show);
form.addEventListener('submit', (event) => event.preventDefault());
document.getElementById('all').addEventListener('click', () => all(true));
document.getElementById('none').addEventListener('click', () => all(false));
show();
`;
