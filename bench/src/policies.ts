/**
 * The policies that are measured: three of QEMU's, and the default profile of container engines.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { compilePolicy, type Policy, profilePolicy, readProfile } from '@qseccomp/bpf';
import { sandboxPolicy } from '@qseccomp/options/policy';
import { parseSandbox } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { ROOT } from './paths.ts';

/** Sandbox strings, by what they are called here. */
export const SANDBOXES = {
  on: 'on',
  'on,spawn=deny': 'on,spawn=deny',
  'everything denied': 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
} as const;

/** This machine, where filters can be built and loaded here. */
export const host: Architecture = process.arch === 'arm64' ? aarch64 : x86_64;

/** The policy of a sandbox string, as on a kernel that can kill a process. */
export function sandboxed(sandbox: string, architecture: Architecture): Policy {
  const { cloneFlagsArgument } = architecture;
  const { rules, ...actions } = sandboxPolicy(parseSandbox(sandbox), {
    killProcess: true,
    cloneFlagsArgument,
  });
  return { ...actions, architectures: [{ architecture, rules }] };
}

/**
 * The default profile of Podman and Docker on one architecture, for a container without capabilities. Left out
 * are the calls for which libseccomp would not build what the rules say (setns), so that both build the same.
 */
export function containerPolicy(architecture: Architecture): Policy {
  const text = readFileSync(`${ROOT}packages/bpf/test/vectors/containers-seccomp.json`);
  const { policy } = profilePolicy(readProfile(text), { architectures: [architecture] });
  const differing = new Set(
    compilePolicy(policy)
      .findings.filter(({ kind }) => kind === 'libseccomp-differs')
      .map(({ syscall }) => syscall),
  );
  const rules = (policy.architectures[0]?.rules ?? []).filter(
    // A rule with the default's action is refused by libseccomp, and changes nothing here.
    ({ syscall, action }) => !differing.has(String(syscall)) && !isSame(action, policy.defaultAction),
  );
  return { ...policy, architectures: [{ architecture, rules }] };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
