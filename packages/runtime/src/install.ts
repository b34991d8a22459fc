/**
 * The call for authors of services: gives up this process's rights for good, on all its threads.
 *
 * @module
 */
import type { Finding, Program } from '@qseccomp/bpf';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import { validateProgram } from '@qseccomp/bpf/validate';
import type { Edition } from '@qseccomp/options/policy';
import { parseSandbox } from '@qseccomp/options/sandbox';
import { SeccompReturn } from './abi.ts';
import { installOnHost, type LoadFlagName, requireFlags, requireThreadSync } from './load-filter.ts';
import { loadHost } from './platform.ts';
import { hasAction } from './probe.ts';
import { compileEntry, entryPolicy } from './sandbox-program.ts';
import { requireStackable } from './stackable.ts';

/** What to install. */
export interface SandboxOptions {
  /** Which QEMU release's policy; `7.0` where absent. */
  readonly edition?: Edition | undefined;
  /** Whether denied calls end in KILL_PROCESS (else TRAP); the kernel is asked where absent. */
  readonly killProcess?: boolean | undefined;
}

/** What {@link installSandbox} did. */
export interface InstallReport {
  /** One for each enabled `-sandbox` string, in the order in which they were installed. */
  readonly filters: readonly {
    /** Length of the filter, instructions. */
    readonly instructions: number;
    /** What of the policy has no effect on this machine. */
    readonly findings: readonly Finding[];
  }[];
}

/**
 * Installs QEMU's sandbox in this process: all threads, at once, for good.
 *
 * Threads that exist (Node's, V8's, libuv's, Workers) and all that come later are covered. All filters
 * are compiled, and the kernel asked for what they need, before the first one is loaded.
 *
 * @param sandbox - `-sandbox` text, or several, each its own filter: `on,spawn=deny`
 * @param options - edition and kill action
 * @returns lengths of the filters, and what had no effect
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM, RUNTIME_UNSUPPORTED_KERNEL, RUNTIME_NO_NEW_PRIVS,
 *   RUNTIME_INSTALL, RUNTIME_THREAD_SYNC
 * @throws {OptionsError} when a text is not a valid `-sandbox` argument; nothing is installed then
 * @example
 * ```ts
 * import { installSandbox } from '@qseccomp/runtime';
 * await installSandbox('on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
 * ```
 */
export async function installSandbox(
  sandbox: string | readonly string[],
  options: SandboxOptions = {},
): Promise<InstallReport> {
  const texts = typeof sandbox === 'string' ? [sandbox] : sandbox;
  const entries = texts.map((text) => parseSandbox(text)).filter((entry) => entry.enabled);
  const host = await loadHost();
  const { architecture } = host;
  const killProcess = options.killProcess ?? hasAction(host, SeccompReturn.KILL_PROCESS);
  const policyOptions = { edition: options.edition, killProcess };
  requireStackable(entries.map((entry) => entryPolicy(entry, architecture, policyOptions)));
  const compiled = entries.map((entry) => compileEntry(entry, [architecture], policyOptions));
  if (compiled.length > 0) requireThreadSync(host);
  const filters = compiled.map(({ program, endian }) => encodeProgram(program, endian));
  filters.forEach((filter, index) => {
    installOnHost(host, filter, index);
  });
  return {
    filters: compiled.map(({ program, findings }) => ({ instructions: program.length, findings })),
  };
}

/**
 * Installs one compiled filter in this process, on all threads.
 *
 * @param program - a filter for this machine's architecture, 1..4096 instructions
 * @param flags - `LOG`: have the kernel log every answer but ALLOW; `SPEC_ALLOW`: without the mitigation of
 *   Speculative Store Bypass, which a filter brings with it
 * @throws {BpfError} when the kernel would not take the program; nothing is changed then
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM, RUNTIME_UNSUPPORTED_KERNEL, RUNTIME_NO_NEW_PRIVS,
 *   RUNTIME_INSTALL, RUNTIME_THREAD_SYNC
 */
export async function installFilter(program: Program, flags: readonly LoadFlagName[] = []): Promise<void> {
  validateProgram(program);
  const host = await loadHost();
  requireThreadSync(host);
  requireFlags(host, flags);
  installOnHost(host, encodeProgram(program, host.architecture.endian), undefined, flags);
}
