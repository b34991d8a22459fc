/**
 * What QEMU says when a sandbox cannot be installed (softmmu/qemu-seccomp.c, 7.2).
 * @module
 */

import { formatReport, type Location } from './errors.ts';

/** A step of the installation that can fail. */
export type InstallationStep = 'context' | 'threadSync' | 'rules' | 'load' | 'noNewPrivs';

/** The sentence for each step. */
export const installationMessages: Readonly<Record<InstallationStep, string>> = {
  context: 'failed to initialize seccomp context',
  threadSync: 'failed to set seccomp thread synchronization',
  rules: 'failed to add seccomp denylist rules',
  load: 'failed to load seccomp syscall filter in kernel',
  noNewPrivs: 'failed to set no_new_privs aborting',
};

/**
 * The report of a failed installation, with the prefix that the option's other errors have.
 * @param programName - the name before the first colon
 * @param location - where the sandbox entry was written
 * @param step - what failed
 * @param details - the words of the errno, if the step has one; a more precise sentence for the next line
 * @returns whole lines
 * @example
 * ```ts
 * import { formatInstallationError } from '@qseccomp/options/messages';
 * const location = { kind: 'argv', words: ['-sandbox', 'on'] };
 * formatInstallationError('qseccomp', location, 'load', { strerror: 'Invalid argument' }); // => 'qseccomp: -sandbox on: failed to load seccomp syscall filter in kernel: Invalid argument\n'
 * ```
 */
export function formatInstallationError(
  programName: string,
  location: Location,
  step: InstallationStep,
  details: { readonly strerror?: string; readonly hint?: string } = {},
): string {
  const { strerror, hint } = details;
  const message = installationMessages[step];
  return formatReport(
    programName,
    location,
    strerror === undefined ? message : `${message}: ${strerror}`,
    hint,
  );
}
