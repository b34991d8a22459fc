/** The fields of one policy. @module */
import { defaultEdition, type Edition, editions } from '@qseccomp/options/policy';
import { element } from './dom.ts';
import type { Outcome } from './policy.ts';
import { isProfile, type PolicyInput } from './state.ts';

/** Policies to begin with. */
const EXAMPLES: Readonly<Record<string, string>> = {
  on: 'on',
  'no new processes': 'on,spawn=deny',
  'all options': 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
  'a small profile': `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [
    { "names": ["read", "write", "close", "exit_group", "futex"], "action": "SCMP_ACT_ALLOW" },
    {
      "names": ["personality"],
      "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_LE" }]
    },
    { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF"] } }
  ]
}`,
};

/** The fields, and what they hold. */
export interface PolicyForm {
  readonly root: HTMLElement;
  readonly value: PolicyInput;
  /** Fills the fields in. */
  set(policy: PolicyInput): void;
  /** Shows what became of it, below the text. */
  show(outcome: Outcome): void;
}

/**
 * Makes the fields.
 *
 * @param id - begins the ids of all of them
 * @param label - of the text
 * @param changed - called when one was changed
 */
export function policyForm(id: string, label: string, changed: () => void): PolicyForm {
  const options = { oninput: changed };
  const text = element('textarea', {
    id,
    rows: 2,
    spellcheck: 'false',
    autocapitalize: 'off',
    'aria-describedby': `${id}-message`,
    ...options,
  });
  const message = element('p', { id: `${id}-message`, class: 'message', role: 'status' });
  const place = element('pre', { class: 'message error', 'aria-hidden': 'true' });
  const names = Object.entries(editions).map(([name, { releases }]) =>
    element('option', { value: name }, `${name} (QEMU ${releases})`),
  );
  const edition = element('select', { id: `${id}-edition`, ...options }, names);
  const kill = element('input', { id: `${id}-kill`, type: 'checkbox', ...options });
  const caps = element('input', {
    id: `${id}-caps`,
    placeholder: 'CAP_SYS_ADMIN',
    spellcheck: 'false',
    ...options,
  });
  const kernel = element('input', {
    id: `${id}-kernel`,
    placeholder: '5.10',
    spellcheck: 'false',
    ...options,
  });
  const field = (title: string, input: HTMLElement): HTMLElement =>
    element('label', { class: 'field', for: input.id }, element('span', {}, title), input);
  const forSandbox = element(
    'div',
    { class: 'fields' },
    field('Policy of QEMU', edition),
    element('label', { class: 'check', for: kill.id }, kill, 'The kernel can kill a process'),
  );
  const forProfile = element(
    'div',
    { class: 'fields' },
    field('Capabilities', caps),
    field('Kernel', kernel),
  );
  const arrange = (): void => {
    forSandbox.hidden = isProfile(text.value);
    forProfile.hidden = !forSandbox.hidden;
  };
  text.addEventListener('input', arrange);
  const examples = Object.entries(EXAMPLES).map(([name, example]) =>
    element(
      'button',
      {
        type: 'button',
        onclick: () => {
          text.value = example;
          arrange();
          changed();
        },
      },
      name,
    ),
  );
  return {
    root: element(
      'div',
      { class: 'policy' },
      element('label', { for: id, class: 'title' }, label),
      text,
      message,
      place,
      element('div', { class: 'examples', role: 'group', 'aria-label': 'Examples' }, examples),
      forSandbox,
      forProfile,
    ),
    get value() {
      return {
        text: text.value,
        edition: (edition.value || defaultEdition) as Edition,
        killProcess: kill.checked,
        caps: caps.value,
        kernel: kernel.value,
      };
    },
    set(policy) {
      text.value = policy.text;
      edition.value = policy.edition;
      kill.checked = policy.killProcess;
      caps.value = policy.caps;
      kernel.value = policy.kernel;
      arrange();
    },
    show(outcome) {
      message.textContent = outcome.message.trimEnd();
      place.textContent = outcome.place ?? '';
      message.classList.toggle('error', outcome.isError);
      text.setAttribute('aria-invalid', String(outcome.isError));
    },
  };
}
