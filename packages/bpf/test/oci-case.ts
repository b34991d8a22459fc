/** Reads the recorded libseccomp cases. */

import { type Endian, findArchitecture } from '@qseccomp/syscall-tables';
import type { Policy } from '../src/index.ts';
import { parseJson } from '../src/json.ts';
import { checkProfile, type Profile, profileArchitectures, profilePolicy } from '../src/oci/index.ts';

/** One recorded case. */
export interface LibseccompCase {
  readonly name: string;
  readonly endian: Endian;
  readonly profile: Profile;
  readonly bpf: string;
}

/** The cases in a file, with exact integers. */
export function parseCases(text: string): LibseccompCase[] {
  const cases = parseJson(text) as unknown as LibseccompCase[];
  return cases.map((recorded) => ({ ...recorded, profile: checkProfile(recorded.profile) }));
}

/** The policy that a profile stands for, on the architectures that it names. */
export function policyOf(profile: Profile): Policy {
  const architectures = profileArchitectures(profile, { find: findArchitecture });
  return profilePolicy(profile, { architectures }).policy;
}
