/** Filters with the launcher's exec ticket, made as the launcher makes them, from tickets that tests know. */
import { type Action, compilePolicy, type Policy, type Program, type Rule } from '@qseccomp/bpf';
import { type Edition, sandboxPolicy } from '@qseccomp/options/policy';
import { parseSandbox } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';

/** Words of a ticket that nothing else in a filter is; as hexadecimal and decimal text they are to be seen nowhere. */
export const SECRETS: readonly number[] = [0xa5b6c7d8, 0x91e2d3f4, 0xb8a79685, 0xc0ffee11];

/** What a secret looks like in any text. */
export const SECRET_TEXT: RegExp = new RegExp(
  SECRETS.flatMap((word) => [word.toString(16), String(word), String(word | 0)]).join('|'),
  'i',
);

/** How a filter is launched. */
export interface LaunchOptions {
  readonly edition?: Edition;
  readonly killProcess?: boolean;
  /** Whether kills are announced to a supervisor, as under `run --trace`. */
  readonly announced?: boolean;
  /** Words of the ticket. */
  readonly secrets?: readonly number[];
}

/**
 * The filter of a launch.
 *
 * @param sandbox - one that allows no execveat
 * @param architecture - the machine
 * @param options - edition, kill action, ticket
 */
export function launchedFilter(
  sandbox: string,
  architecture: Architecture,
  { edition = '7.0', killProcess = true, announced = false, secrets = SECRETS }: LaunchOptions = {},
): Program {
  const settings = { edition, killProcess, cloneFlagsArgument: architecture.cloneFlagsArgument };
  const { rules, ...policy } = sandboxPolicy(parseSandbox(sandbox), settings);
  const [a, b, c, d] = secrets.map(BigInt) as [bigint, bigint, bigint, bigint];
  const isWide = architecture.registerBits === 64;
  const registers: readonly (readonly [number, bigint])[] = [
    [0, isWide ? (a << 32n) | 17n : 17n],
    [4, isWide ? (b << 32n) | 0x1000n : 0x1000n],
    [5, isWide ? (c << 32n) | d : d],
  ];
  const ticket: Rule[] = [
    { syscall: 'execveat', action: 'ALLOW' },
    ...registers.map(
      ([argument, value]): Rule => ({
        syscall: 'execveat',
        action: killProcess ? 'KILL_PROCESS' : 'TRAP',
        comparisons: [{ argument, op: 'NE', value }],
      }),
    ),
  ];
  const own = rules.filter(({ syscall }) => syscall !== 'execveat');
  const asked = (action: Action): Action =>
    announced && typeof action === 'string' && /KILL|TRAP/.test(action) ? 'USER_NOTIF' : action;
  const launched: Policy = {
    ...policy,
    defaultAction: asked(policy.defaultAction),
    architectures: [
      { architecture, rules: [...own, ...ticket].map((rule) => ({ ...rule, action: asked(rule.action) })) },
    ],
  };
  return compilePolicy(launched).program;
}
