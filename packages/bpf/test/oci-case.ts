/** Reads the recorded libseccomp cases: an OCI seccomp profile as a policy. */

import type { Endian } from '@qseccomp/syscall-tables';
import { architectures } from '@qseccomp/syscall-tables';
import type { Action, Comparison, Policy, Rule } from '../src/index.ts';

/** One recorded case. */
export interface LibseccompCase {
  readonly name: string;
  readonly endian: Endian;
  readonly profile: Profile;
  readonly bpf: string;
}

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: bigint;
  readonly architectures: readonly string[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly errnoRet?: bigint;
    readonly args?: readonly { index: bigint; op: string; value: bigint; valueTwo: bigint }[];
  }[];
}

/** JSON with every integer as a bigint. */
export function parseCases(text: string): LibseccompCase[] {
  const exact = text.replace(/(?<=[:[,]\s*)\d+(?=\s*[,\]}])/g, '"$&n"');
  return JSON.parse(exact, (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as LibseccompCase[];
}

/** The policy that a profile stands for. */
export function policyOf({
  defaultAction,
  defaultErrnoRet,
  architectures: tokens,
  syscalls,
}: Profile): Policy {
  const rules = syscalls.flatMap(({ names, action, errnoRet, args = [] }) =>
    names.map(
      (name): Rule => ({
        syscall: /^\d+$/.test(name) ? Number(name) : name,
        action: actionOf(action, errnoRet),
        comparisons: args.map(({ index, op, value, valueTwo }): Comparison => {
          const operator = op.replace('SCMP_CMP_', '') as Comparison['op'];
          const argument = Number(index);
          return operator === 'MASKED_EQ'
            ? { argument, op: operator, mask: value, value: valueTwo }
            : { argument, op: operator, value };
        }),
      }),
    ),
  );
  return {
    defaultAction: actionOf(defaultAction, defaultErrnoRet),
    architectures: tokens.map((token) => {
      const architecture = architectures.find(({ scmpName }) => scmpName === token);
      if (architecture === undefined) throw new Error(`no architecture ${token}`);
      return { architecture, rules };
    }),
  };
}

function actionOf(action: string, errno = 1n): Action {
  switch (action) {
    case 'SCMP_ACT_KILL':
      return 'KILL_THREAD';
    case 'SCMP_ACT_ERRNO':
      return { errno: Number(errno) };
    default:
      return action.replace('SCMP_ACT_', '') as Action;
  }
}
