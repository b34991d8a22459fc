/**
 * Names in profiles and what they are here. Profiles spell them as libseccomp's seccomp.h does.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { ActionName } from '../filter/action.ts';

/** The kernel's name of each SCMP_ACT_*. */
export const ACTION_OF_NAME: ReadonlyMap<string, ActionName> = new Map([
  ['SCMP_ACT_KILL', 'KILL_THREAD'],
  ['SCMP_ACT_KILL_PROCESS', 'KILL_PROCESS'],
  ['SCMP_ACT_KILL_THREAD', 'KILL_THREAD'],
  ['SCMP_ACT_TRAP', 'TRAP'],
  ['SCMP_ACT_ERRNO', 'ERRNO'],
  ['SCMP_ACT_TRACE', 'TRACE'],
  ['SCMP_ACT_ALLOW', 'ALLOW'],
  ['SCMP_ACT_LOG', 'LOG'],
  ['SCMP_ACT_NOTIFY', 'USER_NOTIF'],
]);

/** SCMP_CMP_*, without that prefix the names of comparisons here. */
export const OPERATOR_NAMES: readonly string[] = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map(
  (name) => `SCMP_CMP_${name}`,
);

/** SECCOMP_FILTER_FLAG_*, as the specification lists them. */
export const FLAG_NAMES: readonly string[] = ['TSYNC', 'LOG', 'SPEC_ALLOW', 'WAIT_KILLABLE_RECV'].map(
  (name) => `SECCOMP_FILTER_FLAG_${name}`,
);

/** Errno of an action that has none: EPERM, the same number everywhere. */
export const DEFAULT_ERRNO = 1;

/** Where libseccomp's Go binding has another name than libseccomp. */
const GO_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  loongarch64: 'loong64',
};

/**
 * What `includes.arches` and `excludes.arches` call an architecture.
 *
 * @param architecture - the architecture
 * @returns the name in libseccomp's Go binding, which engines compare letter by letter
 */
export function engineName({ name }: Architecture): string {
  return GO_NAMES[name] ?? name;
}

/**
 * What `architectures` and `archMap` call an architecture.
 *
 * @param architecture - the architecture
 * @returns libseccomp's name, or one of that form for an architecture that libseccomp does not know
 */
export function profileName({ name, scmpName }: Architecture): string {
  return scmpName ?? `SCMP_ARCH_${name.toUpperCase()}`;
}

/** Every name of libseccomp's Go binding (seccomp_internal.go, v0.11), and moby's own for one. */
export const ENGINE_NAMES: ReadonlySet<string> = new Set(
  (
    'x86 amd64 x32 arm arm64 loong64 m68k mips mips64 mips64n32 mipsel mipsel64 mipsel64n32 mips3l64n32 ' +
    'parisc parisc64 ppc ppc64 ppc64le riscv64 s390 s390x sh sheb'
  ).split(' '),
);
