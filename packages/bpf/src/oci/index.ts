/**
 * Container seccomp profiles, read and written: `linux.seccomp` of the OCI runtime specification and the
 * engines' extended form.
 *
 * @module
 */

export { type ProfileArchitectureOptions, profileArchitectures } from './architectures.ts';
export {
  type ProfilePolicy,
  type ProfilePolicyOptions,
  type ProfileRule,
  profilePolicy,
} from './policy.ts';
export type {
  Profile,
  ProfileArchitecture,
  ProfileArgument,
  ProfileConditions,
  ProfileFinding,
  ProfileFindingKind,
  ProfileSyscall,
} from './profile.ts';
export { checkProfile, readProfile } from './read.ts';
export { type PolicyProfile, type ProfileLoading, policyProfile, writeProfile } from './write.ts';
