/**
 * From what is typed to a filter, or to what is wrong with it.
 *
 * @module
 */
import { profileFilter } from '@qseccomp/cli/profile-filter';
import { type RequestedFilter, sandboxFilter } from '@qseccomp/cli/sandbox-filter';
import { runSandboxArgv } from '@qseccomp/options/argv';
import { parseSandbox } from '@qseccomp/options/sandbox';
import {
  type Architecture,
  architectures as allArchitectures,
  findArchitecture,
  x86_64,
} from '@qseccomp/syscall-tables';
import { isProfile, type PolicyInput } from './state.ts';

/** Architectures that filters can be made for. */
export const ARCHITECTURES: readonly Architecture[] = allArchitectures.filter(
  ({ lookupOnly }) => !lookupOnly,
);

/** What became of a policy. */
export interface Outcome {
  /** Absent where there is none: an error, or a sandbox that is off. */
  readonly filter?: RequestedFilter;
  /** What is wrong, or worth knowing: whole lines. */
  readonly message: string;
  /** The line of the text that it is about, and below it a caret. */
  readonly place?: string;
  readonly isError: boolean;
}

/**
 * Makes the filter of a policy.
 *
 * @param policy - as typed
 * @param names - architectures that were chosen
 */
export function readPolicy(policy: PolicyInput, names: readonly string[]): Outcome {
  try {
    const requested = names.map((name) => findArchitecture(name));
    return isProfile(policy.text) ? profileOutcome(policy, requested) : sandboxOutcome(policy, requested);
  } catch (error) {
    return { message: `${(error as Error).message}\n`, isError: true };
  }
}

function profileOutcome({ text, caps, kernel }: PolicyInput, requested: readonly Architecture[]): Outcome {
  const filter = profileFilter(text, {
    name: 'in the page',
    requested,
    machine: x86_64,
    caps: caps.split(/[\s,]+/).filter((cap) => cap !== ''),
    kernel: kernel.trim() === '' ? undefined : kernel.trim(),
  });
  return { filter, message: '', isError: false };
}

/** QEMU's own words, and below them where in the text it is. */
function sandboxOutcome(policy: PolicyInput, requested: readonly Architecture[]): Outcome {
  const text = policy.text.replace(/\s+$/, '');
  const { stdout, stderr, exitCode, entries } = runSandboxArgv(['-sandbox', text], {
    readFile: noFiles,
    programName: 'qemu-system-x86_64',
  });
  if (exitCode !== 0) return { message: stdout + stderr, place: place(text), isError: stderr !== '' };
  const [entry] = entries;
  if (!entry?.enabled)
    return { message: `${stderr}The sandbox is off: every call is allowed.\n`, isError: false };
  const { edition, killProcess } = policy;
  const architectures = requested.length > 0 ? requested : [x86_64];
  return {
    filter: sandboxFilter(entry, architectures, { edition, killProcess }),
    message: stderr,
    isError: false,
  };
}

function noFiles(): never {
  throw new Error('there are no files in a page');
}

function place(text: string): string {
  try {
    parseSandbox(text);
    return '';
  } catch (error) {
    const { column, message } = error as { column?: number; message: string };
    return column === undefined ? '' : message.split('\n').slice(-2).join('\n');
  }
}
