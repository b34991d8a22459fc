/**
 * A filter's policy for Kubernetes: the SeccompProfile of the Security Profiles Operator.
 * Source of fields and bounds: its CRD, security-profiles-operator.x-k8s.io/v1beta1.
 *
 * @module
 */
import type { Profile, ProfileArgument, ProfileSyscall } from '@qseccomp/bpf';
import { CliError } from '../errors.ts';
import { commentText } from './comment.ts';
import type { CompiledFilter } from './filter.ts';
import { profileOf } from './oci.ts';
import { type YamlValue, yaml } from './yaml.ts';

/** Where the operator knows an architecture by libseccomp's name. */
const ARCHITECTURES: ReadonlySet<string> = new Set(
  [
    ['X86', 'X86_64', 'X32', 'ARM', 'AARCH64', 'PPC', 'PPC64', 'PPC64LE', 'S390', 'S390X', 'RISCV64'],
    ['MIPS', 'MIPS64', 'MIPS64N32', 'MIPSEL', 'MIPSEL64', 'MIPSEL64N32', 'PARISC', 'PARISC64'],
  ]
    .flat()
    .map((name) => `SCMP_ARCH_${name}`),
);
/** The API server takes signed 64-bit integers. */
const MAX_VALUE = (1n << 63n) - 1n;
const EPERM = 1;
/** What an object can be called without saying more: the user renames it. */
const NAME = 'qseccomp';

/**
 * The profile as an object for `kubectl apply`, with what a pod says to use it as a comment.
 *
 * @param filter - a compiled filter
 * @returns YAML
 * @throws {CliError} for what the object cannot say
 * @throws {BpfError} BPF_INEXPRESSIBLE for what no profile can say
 */
export function kubernetesProfile(filter: CompiledFilter): string {
  const profile = profileOf(filter);
  checkDefault(profile);
  for (const name of profile.architectures ?? []) {
    if (!ARCHITECTURES.has(name)) throw inexpressible('architecture', name);
  }
  const { architectures, flags, listenerPath, listenerMetadata, syscalls = [] } = profile;
  const object = {
    apiVersion: 'security-profiles-operator.x-k8s.io/v1beta1',
    kind: 'SeccompProfile',
    metadata: { name: NAME },
    spec: {
      defaultAction: profile.defaultAction,
      architectures,
      flags,
      listenerPath,
      listenerMetadata,
      syscalls: syscalls.map(operatorSyscall),
    },
  };
  return [
    `# ${commentText(filter.title)}\n`,
    '# Once the operator has installed it on the nodes of a namespace, a pod there uses it by:\n',
    '#\n',
    '#   spec:\n',
    '#     securityContext:\n',
    '#       seccompProfile:\n',
    '#         type: Localhost\n',
    `#         localhostProfile: operator/NAMESPACE/${NAME}.json\n`,
    '---\n',
    yaml(object),
  ].join('');
}

function operatorSyscall({ names = [], action, errnoRet, errno, args }: ProfileSyscall): YamlValue {
  if (errno !== undefined) throw inexpressible('error number by its name', errno);
  return {
    names,
    action,
    // A string in this API, for whatever reason.
    errnoRet: errnoRet === undefined ? undefined : String(errnoRet),
    args: args?.map(operatorArgument),
  };
}

function operatorArgument(argument: ProfileArgument): YamlValue {
  const { index, value, valueTwo, op } = belowMask(argument) ?? argument;
  return { index, value: bounded(value), valueTwo: valueTwo && bounded(valueTwo), op };
}

/** No bit of the upper ones set, said as a bound: a mask of them is beyond signed integers. */
function belowMask({ index, op, value: mask, valueTwo = 0n }: ProfileArgument): ProfileArgument | undefined {
  const bound = (1n << 64n) - mask;
  const isUpperBits = mask > MAX_VALUE && (bound & (bound - 1n)) === 0n;
  if (op !== 'SCMP_CMP_MASKED_EQ' || !isUpperBits || valueTwo !== 0n) return undefined;
  return { index, op: 'SCMP_CMP_LT', value: bound };
}

function bounded(value: bigint): bigint {
  if (value > MAX_VALUE) throw inexpressible('value above 2^63-1', `0x${value.toString(16)}`);
  return value;
}

/** The object has no defaultErrnoRet. */
function checkDefault({ defaultAction, defaultErrnoRet = EPERM, defaultErrno }: Profile): void {
  if (defaultAction === 'SCMP_ACT_ERRNO' && (defaultErrnoRet !== EPERM || defaultErrno !== undefined)) {
    throw inexpressible(
      'error number of the default action but EPERM',
      defaultErrno ?? String(defaultErrnoRet),
    );
  }
}

function inexpressible(what: string, got: string): CliError {
  return new CliError(`compile: a SeccompProfile object of Kubernetes takes no ${what}: ${got}`);
}
