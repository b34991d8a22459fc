/**
 * The `-sandbox` option: its list, what an entry means, and the way back to text.
 * Behaviour of QEMU 7.2, softmmu/qemu-seccomp.c.
 * @module
 */

import { type Location, OptionsError, type Warn } from './errors.ts';
import { OptsList } from './qemu-opts/list.ts';
import type { Opts } from './qemu-opts/opts.ts';
import { boolType, type OptDesc, stringType } from './qemu-opts/types.ts';

/** A set of system calls that a sandbox can deny. */
export type SandboxSet = 'default' | 'obsolete' | 'privileged' | 'spawn' | 'resourcecontrol';

/** An option of `-sandbox` beside `enable` and `id`. */
export type SandboxOption = 'obsolete' | 'elevateprivileges' | 'spawn' | 'resourcecontrol';

/** What one `-sandbox` string, or one section of a config file, asks for. */
export interface SandboxEntry {
  /** Whether it loads a filter. */
  readonly enabled: boolean;
  /** The sets that its filter denies, in the order of the type; none while disabled. */
  readonly sets: readonly SandboxSet[];
  /** How often QEMU calls prctl(PR_SET_NO_NEW_PRIVS): for the filter, and once more for `children`. */
  readonly noNewPrivsCalls: number;
  /** The options that were given, with the value that counts; unchecked while disabled. */
  readonly options: Readonly<Partial<Record<SandboxOption, string>>>;
  /** Its `id`. */
  readonly id?: string;
  /** Where it was written. */
  readonly location: Location;
}

/** The options that the list `sandbox` knows. */
export const sandboxOptions: readonly OptDesc[] = [
  { name: 'enable', type: boolType },
  { name: 'obsolete', type: stringType },
  { name: 'elevateprivileges', type: stringType },
  { name: 'spawn', type: stringType },
  { name: 'resourcecontrol', type: stringType },
];

/** In the order in which QEMU checks them, which is also the order of the sets. */
const SETTINGS: readonly {
  readonly option: SandboxOption;
  readonly set: SandboxSet;
  readonly values: readonly string[];
}[] = [
  { option: 'obsolete', set: 'obsolete', values: ['allow', 'deny'] },
  { option: 'elevateprivileges', set: 'privileged', values: ['allow', 'deny', 'children'] },
  { option: 'spawn', set: 'spawn', values: ['allow', 'deny'] },
  { option: 'resourcecontrol', set: 'resourcecontrol', values: ['allow', 'deny'] },
];

/**
 * An empty list `sandbox`.
 * @param warn - receives deprecation warnings
 * @returns the list
 * @example
 * ```ts
 * import { createSandboxList } from '@qseccomp/options/sandbox';
 * createSandboxList().parse('on,spawn=deny', { implied: true }).get('spawn'); // => 'deny'
 * ```
 */
export function createSandboxList(warn?: Warn): OptsList {
  return new OptsList({
    name: 'sandbox',
    impliedName: 'enable',
    options: sandboxOptions,
    ...(warn && { warn }),
  });
}

/**
 * What an entry of the list `sandbox` asks for. Values are checked only if it is enabled.
 * @param opts - an entry of a list made by {@link createSandboxList}
 * @returns the entry as data
 * @throws {OptionsError} OPTIONS_BAD_ARGUMENT for a value that an option does not take
 * @example
 * ```ts
 * import { createSandboxList, readSandbox } from '@qseccomp/options/sandbox';
 * const opts = createSandboxList().parse('enable=on,obsolete=allow,elevateprivileges=children');
 * const { sets, noNewPrivsCalls } = readSandbox(opts);
 * [sets, noNewPrivsCalls]; // => [['default', 'privileged'], 2]
 * ```
 */
export function readSandbox(opts: Opts): SandboxEntry {
  const enabled = opts.value('enable', boolType, false);
  const options: Partial<Record<SandboxOption, string>> = {};
  const sets: SandboxSet[] = enabled ? ['default'] : [];
  let noNewPrivsCalls = 0;
  for (const { option, set, values } of SETTINGS) {
    const value = opts.get(option);
    if (value !== undefined) options[option] = value;
    if (!enabled) continue;
    if (value !== undefined && !values.includes(value)) {
      const error = new OptionsError('OPTIONS_BAD_ARGUMENT', `invalid argument for ${option}`, {
        noNewPrivsCalls,
      });
      throw opts.blame(option, error);
    }
    // Obsolete calls are denied unless allowed, the others only on demand.
    if (value === undefined ? set === 'obsolete' : value !== 'allow') sets.push(set);
    if (value === 'children') noNewPrivsCalls += 1;
  }
  if (enabled) noNewPrivsCalls += 1;
  const { id, location } = opts;
  return { enabled, sets, noNewPrivsCalls, options, ...(id !== undefined && { id }), location };
}

/**
 * Reads one `-sandbox` string. Flags and `help` are not treated specially: `help` is an unknown parameter.
 * @param text - what follows `-sandbox`
 * @returns what it asks for
 * @throws {OptionsError} OPTIONS_INVALID_PARAMETER, OPTIONS_BAD_BOOL, OPTIONS_BAD_ID or OPTIONS_BAD_ARGUMENT, with the column
 * @example
 * ```ts
 * import { parseSandbox } from '@qseccomp/options/sandbox';
 * parseSandbox('on,spawn=deny').sets; // => ['default', 'obsolete', 'spawn']
 * ```
 */
export function parseSandbox(text: string): SandboxEntry {
  const location: Location = { kind: 'argv', words: ['-sandbox', text] };
  return readSandbox(createSandboxList().parse(text, { implied: true, location }));
}

/**
 * The shortest string that means the same: reading it gives the same `enabled`, `sets`, `noNewPrivsCalls` and `id`.
 * @param entry - an entry, or its sets alone
 * @returns a string for `-sandbox`
 * @example
 * ```ts
 * import { formatSandbox, parseSandbox } from '@qseccomp/options/sandbox';
 * formatSandbox(parseSandbox('spawn=deny,enable=yes,obsolete=deny')); // => 'on,spawn=deny'
 * formatSandbox({ enabled: true, sets: ['default'] }); // => 'on,obsolete=allow'
 * ```
 */
export function formatSandbox(
  entry: Pick<SandboxEntry, 'enabled' | 'sets'> & Partial<Pick<SandboxEntry, 'noNewPrivsCalls' | 'id'>>,
): string {
  const { enabled, sets, noNewPrivsCalls = 1, id } = entry;
  const words = [enabled ? 'on' : 'off'];
  if (id !== undefined) words.push(`id=${id}`);
  if (enabled) {
    if (!sets.includes('obsolete')) words.push('obsolete=allow');
    if (sets.includes('privileged')) {
      words.push(`elevateprivileges=${noNewPrivsCalls > 1 ? 'children' : 'deny'}`);
    }
    if (sets.includes('spawn')) words.push('spawn=deny');
    if (sets.includes('resourcecontrol')) words.push('resourcecontrol=deny');
  }
  return words.join(',');
}
