/**
 * What in a profile has no effect, or another one in the programs that load it.
 *
 * Sources: libcontainer/seccomp/seccomp_linux.go of runc 1.3; src/libcrun/seccomp.c of crun 1.19;
 * config-linux.md of opencontainers/runtime-spec 1.2.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { capabilities } from '../capabilities.ts';
import { actionText, actionValue } from '../filter/action.ts';
import { DEFAULT_ERRNO, ENGINE_NAMES, FLAG_NAMES } from './names.ts';
import type { ProfilePolicyOptions } from './policy.ts';
import type { Profile, ProfileFinding, ProfileSyscall } from './profile.ts';
import { unknownFields } from './read.ts';
import {
  defaultActionOf,
  errnoOf,
  type KeptSyscall,
  namesOf,
  repeatsArgument,
  syscallAction,
  syscallOf,
} from './syscall.ts';

type Find = (kind: 'no-effect' | 'runtime-differs', path: string, message: string) => void;

/**
 * Looks through a profile.
 *
 * @param profile - a profile in form
 * @param kept - its rules without those that are left out
 * @param options - what the profile is made ready for
 * @returns findings: fields that nobody knows, then the profile's own fields, then rules in their order
 */
export function reportProfile(
  profile: Profile,
  kept: readonly KeptSyscall[],
  options: ProfilePolicyOptions,
): ProfileFinding[] {
  const findings = unknownFields(profile);
  const find: Find = (kind, path, message) => {
    findings.push({ kind, ineffective: kind === 'no-effect', path, message });
  };
  reportFields(profile, kept, options, find);
  for (const { syscall, path } of kept) reportSyscall(syscall, path, options, find);
  reportDefaults(profile, kept, options, find);
  return findings;
}

/** What is said once, outside of rules. */
function reportFields(
  {
    defaultAction,
    defaultErrnoRet,
    defaultErrno,
    flags = [],
    listenerPath,
    listenerMetadata,
    syscalls = [],
  }: Profile,
  kept: readonly KeptSyscall[],
  { architectures, caps = [] }: ProfilePolicyOptions,
  find: Find,
): void {
  reportErrno(
    { action: defaultAction, errnoRet: defaultErrnoRet, errno: defaultErrno },
    ['$.defaultErrnoRet', '$.defaultErrno'],
    architectures,
    find,
  );
  for (const [index, flag] of flags.entries()) {
    if (!FLAG_NAMES.includes(flag))
      find('runtime-differs', `$.flags[${index}]`, `runtimes refuse the unknown flag '${flag}'`);
  }
  if (listenerMetadata !== undefined && listenerPath === undefined) {
    find('no-effect', '$.listenerMetadata', 'without listenerPath there is nobody to send it to');
  }
  if (defaultAction === 'SCMP_ACT_NOTIFY') {
    find('runtime-differs', '$.defaultAction', 'runc refuses SCMP_ACT_NOTIFY as the default action');
  } else if (listenerPath === undefined) {
    const { path } = kept.find(({ syscall }) => syscall.action === 'SCMP_ACT_NOTIFY') ?? {};
    if (path !== undefined)
      find('runtime-differs', `${path}.action`, 'runtimes refuse SCMP_ACT_NOTIFY without listenerPath');
  }
  const conditions = syscalls.flatMap(({ includes, excludes }) => [includes, excludes]);
  for (const cap of new Set(caps)) {
    if (!conditions.some((condition) => condition?.caps?.includes(cap))) {
      find('no-effect', '$', `no rule asks for the capability '${cap}'`);
    }
  }
  for (const [index, syscall] of syscalls.entries()) {
    for (const field of ['includes', 'excludes'] as const) {
      const path = `$.syscalls[${index}].${field}`;
      for (const [at, name] of (syscall[field]?.arches ?? []).entries()) {
        if (ENGINE_NAMES.has(name)) continue;
        find('no-effect', `${path}.arches[${at}]`, `engines call no architecture '${name}'`);
      }
      for (const [at, name] of (syscall[field]?.caps ?? []).entries()) {
        // What the container is said to have counts here, whatever it is.
        if (isCapability(name) || caps.includes(name)) continue;
        find('no-effect', `${path}.caps[${at}]`, unknownCapability(name));
      }
    }
  }
}

function isCapability(name: string): boolean {
  return (capabilities as readonly string[]).includes(name);
}

/** Engines compare names letter by letter, and have all of them in capitals and with CAP_. */
function unknownCapability(name: string): string {
  const meant = `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`;
  return `the kernel has no capability '${name}'${isCapability(meant) ? `; engines call it ${meant}` : ''}`;
}

/** What can be said of a rule by itself. */
function reportSyscall(
  syscall: ProfileSyscall,
  path: string,
  { architectures, repeatedArguments }: ProfilePolicyOptions,
  find: Find,
): void {
  const { names, action, args = [] } = syscall;
  if (names?.length === 0) find('no-effect', `${path}.names`, 'the rule names no system call');
  for (const [name, at] of namesOf(syscall, path)) {
    if (typeof syscallOf(name) === 'number') {
      find('runtime-differs', at, `runtimes skip '${name}': they look up names only`);
    } else if (name === 'write' && action === 'SCMP_ACT_NOTIFY') {
      find('runtime-differs', at, 'runc refuses SCMP_ACT_NOTIFY for write');
    }
  }
  reportErrno(syscall, [`${path}.errnoRet`, `${path}.errno`], architectures, find);
  if (repeatsArgument(syscall) && repeatedArguments !== 'any') {
    find(
      'runtime-differs',
      `${path}.args`,
      'an index occurs twice: here all entries have to hold, to runc and crun one is enough',
    );
  }
  for (const [index, { op, valueTwo = 0n }] of args.entries()) {
    if (op !== 'SCMP_CMP_MASKED_EQ' && valueTwo !== 0n) {
      find('no-effect', `${path}.args[${index}].valueTwo`, `${op} takes one value`);
    }
  }
}

/** An errno where none is taken, or a name that not every program can read. */
function reportErrno(
  { action, errnoRet, errno }: { action: string; errnoRet?: number | undefined; errno?: string | undefined },
  [numberPath, namePath]: readonly [string, string],
  architectures: readonly Architecture[],
  find: Find,
): void {
  if (action !== 'SCMP_ACT_ERRNO' && action !== 'SCMP_ACT_TRACE') {
    if (errnoRet !== undefined) {
      find('no-effect', numberPath, `${action} takes no errno; runc ignores it, crun refuses the profile`);
    } else if (errno !== undefined) {
      find('no-effect', namePath, `${action} takes no errno`);
    }
    return;
  }
  if (errno === undefined) return;
  const data = errnoOf(errnoRet, errno);
  const elsewhere = errnoRet ?? DEFAULT_ERRNO;
  for (const architecture of architectures) {
    const number = typeof data === 'number' ? data : actionValue({ errno: data }, architecture) & 0xffff;
    if (number === elsewhere) continue;
    find(
      'runtime-differs',
      namePath,
      `${errno} is ${number} on ${architecture.name}; only Podman reads this field, others take ${elsewhere}`,
    );
    return;
  }
}

/** Rules that runtimes skip because they do what the default does, although another rule of the call is there. */
function reportDefaults(
  profile: Profile,
  kept: readonly KeptSyscall[],
  { architectures: [first] }: ProfilePolicyOptions,
  find: Find,
): void {
  if (first === undefined) return;
  const defaultValue = actionValue(defaultActionOf(profile, first), first);
  const values = kept.map(({ syscall, path }) => actionValue(syscallAction(syscall, first, path), first));
  const others = new Set(
    kept.flatMap(({ syscall, path }, at) =>
      values[at] === defaultValue ? [] : namesOf(syscall, path).map(([name]) => name),
    ),
  );
  for (const [at, { syscall, path }] of kept.entries()) {
    if (values[at] !== defaultValue) continue;
    for (const [name, place] of namesOf(syscall, path)) {
      if (!others.has(name)) continue;
      find(
        'runtime-differs',
        place,
        `runtimes skip a rule with the default's action, ${actionText(defaultValue)}; here it counts`,
      );
    }
  }
}
