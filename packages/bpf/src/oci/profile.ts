/**
 * Container seccomp profiles as data: `linux.seccomp` of the OCI runtime specification, and what the engines
 * (Docker, Podman and their kin) add to it for one file to serve many machines.
 *
 * Terms: a *runtime* (runc, crun) loads a profile of the specification; an *engine* first turns an extended
 * profile into one: it picks the entry of `archMap`, and drops the rules that `includes` and `excludes` rule
 * out. A {@link Profile} is the JSON itself: other fields than these stay in it as they came.
 *
 * Sources: config-linux.md of opencontainers/runtime-spec 1.2; profiles/seccomp of moby/moby 28;
 * pkg/seccomp of containers/common 0.58.
 *
 * @module
 */

/** A seccomp profile, read and checked. Integers above 2^53 survive: 64-bit values are bigint. */
export interface Profile {
  /** SCMP_ACT_*, for calls that no rule matches. */
  readonly defaultAction: string;
  /** Errno of an SCMP_ACT_ERRNO default, or message of an SCMP_ACT_TRACE one, 0..65535; without it EPERM. */
  readonly defaultErrnoRet?: number;
  /** The errno by name (or in digits); comes before `defaultErrnoRet`. Podman's. */
  readonly defaultErrno?: string;
  /** SCMP_ARCH_*. Not together with `archMap`. */
  readonly architectures?: readonly string[];
  /** For each machine that the profile serves, what else runs there. Engines'. */
  readonly archMap?: readonly ProfileArchitecture[];
  /** SECCOMP_FILTER_FLAG_*, for whoever loads the filter. */
  readonly flags?: readonly string[];
  /** Socket that gets the descriptor for SCMP_ACT_NOTIFY. */
  readonly listenerPath?: string;
  /** Sent along with it. */
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly ProfileSyscall[];
}

/** A machine and the other architectures whose programs it runs. */
export interface ProfileArchitecture {
  /** SCMP_ARCH_*. */
  readonly architecture: string;
  /** SCMP_ARCH_*. */
  readonly subArchitectures?: readonly string[];
}

/** One entry of `syscalls`: the same rule for some calls. */
export interface ProfileSyscall {
  /** Names; here also a number in decimal digits, which runtimes skip. */
  readonly names?: readonly string[];
  /** One name, as profiles had it before `names`. Not together with it. */
  readonly name?: string;
  /** SCMP_ACT_*. */
  readonly action: string;
  /** As `defaultErrnoRet`. */
  readonly errnoRet?: number;
  /** As `defaultErrno`. */
  readonly errno?: string;
  /** All have to hold; see {@link ProfilePolicyOptions.repeatedArguments} for several with one index. */
  readonly args?: readonly ProfileArgument[];
  readonly comment?: string;
  /** The rule is there only where all of these hold. Engines'. */
  readonly includes?: ProfileConditions;
  /** The rule is there only where none of these holds. Engines'. */
  readonly excludes?: ProfileConditions;
}

/** One comparison of an argument. */
export interface ProfileArgument {
  /** Argument index, 0..5. */
  readonly index: number;
  /** 0..2^64-1; the mask with SCMP_CMP_MASKED_EQ. */
  readonly value: bigint;
  /** 0..2^64-1; with SCMP_CMP_MASKED_EQ, what the masked argument has to be. */
  readonly valueTwo?: bigint;
  /** SCMP_CMP_*. */
  readonly op: string;
}

/** What an engine knows when it makes a profile ready. */
export interface ProfileConditions {
  /** Names of machines as libseccomp's Go binding has them: `amd64`, `x86`, `arm64`, `s390x`. */
  readonly arches?: readonly string[];
  /** Capabilities of the container: `CAP_SYS_ADMIN`. */
  readonly caps?: readonly string[];
  /** Kernel release from which on, in two numbers: `4.8`. */
  readonly minKernel?: string;
}

/** What a {@link ProfileFinding} is about; the README says what each means. */
export type ProfileFindingKind = 'unknown-field' | 'left-out' | 'no-effect' | 'runtime-differs';

/** Something in a profile that does not do what one may think. */
export interface ProfileFinding {
  readonly kind: ProfileFindingKind;
  /** Whether something that the profile says has no effect, in a way that its author cannot have meant. */
  readonly ineffective: boolean;
  /** Where it stands: `$.syscalls[3].args[0]`. */
  readonly path: string;
  /** One sentence. */
  readonly message: string;
}
