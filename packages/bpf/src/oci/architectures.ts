/**
 * Which architectures a profile's filter is for.
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { BpfError } from '../errors.ts';
import { profileName } from './names.ts';
import type { Profile } from './profile.ts';
import { malformed } from './read.ts';

/** What is known besides the profile. */
export interface ProfileArchitectureOptions {
  /** Asked for by the user, in order; none or absent: the profile and the machine decide. */
  readonly requested?: readonly Architecture[];
  /** The machine that the filter is for, where it is known. */
  readonly machine?: Architecture;
  /** Finds an architecture by name (SCMP_ARCH_X86_64, x86_64), or throws: `findArchitecture` of the tables. */
  readonly find: (name: string) => Architecture;
}

/** libseccomp's name for the machine at hand. */
const NATIVE = 'SCMP_ARCH_NATIVE';

/**
 * The architectures that a profile's filter is for: those asked for, else those that `architectures` names,
 * else the machine's entry in `archMap` with its sub-architectures, else the machine's alone.
 *
 * @param profile - a profile in form
 * @param options - what the user asked for, the machine, and where to find architectures
 * @returns each once; the first is the one that `includes.arches` is asked about: the first requested, else
 * the machine's if it is among them, as with engines
 * @throws {BpfError} BPF_PROFILE with the path for a name that `find` does not find, and when the machine's
 * architecture is needed and not known
 * @example
 * ```ts
 * import { profileArchitectures, readProfile } from '@qseccomp/bpf';
 * import { findArchitecture } from '@qseccomp/syscall-tables';
 *
 * const profile = readProfile(`{
 *   "defaultAction": "SCMP_ACT_ALLOW",
 *   "archMap": [{ "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] }]
 * }`);
 * const options = { machine: findArchitecture('aarch64'), find: findArchitecture };
 * profileArchitectures(profile, options).map(({ name }) => name); // ['aarch64', 'arm']
 * ```
 */
export function profileArchitectures(
  profile: Profile,
  { requested = [], machine, find }: ProfileArchitectureOptions,
): readonly Architecture[] {
  if (requested.length > 0) return [...new Set(requested)];
  const here = (): Architecture => {
    if (machine !== undefined) return machine;
    throw new BpfError(
      'BPF_PROFILE',
      'expected an architecture: the profile leaves it to the machine, which is not known',
    );
  };
  const { architectures, archMap } = profile;
  const look = (name: string, path: string): Architecture =>
    name === NATIVE ? here() : found(name, path, find);
  if (architectures !== undefined && architectures.length > 0) {
    const named = architectures.map((name, index) => look(name, `$.architectures[${index}]`));
    return [...new Set(machine !== undefined && named.includes(machine) ? [machine, ...named] : named)];
  }
  const native = here();
  const at =
    archMap?.findIndex(({ architecture }) => [profileName(native), NATIVE].includes(architecture)) ?? -1;
  const others = archMap?.[at]?.subArchitectures ?? [];
  return [
    ...new Set([
      native,
      ...others.map((name, index) => look(name, `$.archMap[${at}].subArchitectures[${index}]`)),
    ]),
  ];
}

/** Architectures that libseccomp does not know have a name of the same form in profiles written here. */
function found(name: string, path: string, find: (name: string) => Architecture): Architecture {
  try {
    return find(name);
  } catch (error) {
    try {
      return find(name.replace(/^SCMP_ARCH_/, ''));
    } catch {
      throw malformed(path, 'an architecture that is known here', `${name} (${(error as Error).message})`);
    }
  }
}
