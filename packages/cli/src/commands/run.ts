/** `qseccomp run`: any program under the sandbox, in place or supervised. @module */
import { constants } from 'node:os';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import type { LoadableFilter, RuntimeError } from '@qseccomp/runtime';
import { execInSandbox } from '@qseccomp/runtime/exec';
import { type Inheritance, inheritance, nonBlockingStandard } from '@qseccomp/runtime/inheritance';
import { commandBytes, environmentBytes } from '@qseccomp/runtime/proc-bytes';
import { exitNow, followStops, forwardSignals } from '@qseccomp/runtime/supervise';
import {
  type Launched,
  type LauncherOrder,
  type LaunchResult,
  startLauncher,
  type WaitingLauncher,
} from '@qseccomp/runtime/supervisor';
import { type Arguments, type CommandSpec, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { complain } from '../io.ts';
import {
  edition,
  KILL_PROCESS_OPTION,
  killProcess,
  POLICY_OPTIONS,
  PROFILE_OPTIONS,
} from '../policy-options.ts';
import { sandboxEntries } from '../sandbox-arguments.ts';

export const spec: CommandSpec = {
  name: 'run',
  usage: '[--exec] [-sandbox OPTS | --profile FILE]... [--] COMMAND [ARGUMENT]...',
  sandbox: true,
  options: [
    { name: 'exec', help: 'become the program, rather than staying as its parent' },
    {
      name: 'trace',
      help: "have denied calls announced here, with arguments, and kill from here: for where the kernel's log cannot be read",
    },
    ...POLICY_OPTIONS,
    KILL_PROCESS_OPTION,
    // Standard input is the program's.
    ...PROFILE_OPTIONS.map((option) => ({
      ...option,
      help: option.help.replace('; - is standard input', ''),
    })),
  ],
  operands: 'command',
  details:
    'Without -sandbox, -sandbox on. The program finds descriptors, signals, limits, environment and working\n' +
    'directory as if it had been started directly. Exit status: that of the program; 128 plus the signal\n' +
    'that ended it; 125 when the sandbox could not be set up; 126 when the program cannot be executed; 127\n' +
    'when it was not found. After a kill the message says which call it was, where the kernel tells.',
  examples: [
    'qseccomp run -sandbox on,spawn=deny -- /usr/bin/curl file:///etc/hostname',
    'qseccomp run --exec -sandbox on,elevateprivileges=deny -- ./service',
    'qseccomp run --profile default.json --cap CAP_NET_ADMIN -- ip link',
  ],
};

export function run(args: Arguments): Promise<number> {
  const state = inheritance();
  if (!args.has('exec')) return supervise(args, state);
  if (args.has('trace'))
    throw usageError(spec, '--trace needs a parent that stays, which --exec does not leave');
  return become(args, state);
}

/** What to install; read while the second Node starts. */
async function orderOf(args: Arguments, trace = false): Promise<LauncherOrder> {
  const isProfile = PROFILE_OPTIONS.some(({ name }) => args.has(name));
  if (isProfile) return { entries: [], filters: await profileFilters(args, trace) };
  const entries = await sandboxEntries(args, ExitStatus.SETUP_FAILED);
  return { entries, ...edition(args), killProcess: killProcess(args), trace };
}

async function profileFilters(args: Arguments, trace: boolean): Promise<readonly LoadableFilter[]> {
  if (trace) throw usageError(spec, '--trace goes with -sandbox, not with --profile');
  const { profileOrder } = await import('../profile-order.ts');
  return profileOrder(args, spec);
}

async function become(args: Arguments, state: Inheritance): Promise<never> {
  const order = await orderOf(args);
  const request = {
    ...order,
    argv: commandBytes(args.operands.length),
    environment: environmentBytes(),
    inheritance: state,
  };
  return execInSandbox(request).catch(async (error) => {
    throw await launchError(error, order.entries);
  });
}

/**
 * Starts the second Node, with the descriptors that the program is to get.
 *
 * @param state - what the program is to find
 * @returns the second Node; and which descriptors were non-blocking before
 */
export function waitingLauncher({
  descriptors,
}: Inheritance): WaitingLauncher & Pick<Inheritance, 'nonBlocking'> {
  const count = Math.max(2, ...descriptors) + 1;
  const streams = Array.from({ length: count }, (_, fd) => (descriptors.includes(fd) ? fd : 'ignore'));
  const nonBlocking = nonBlockingStandard(descriptors);
  return { ...startLauncher(streams), nonBlocking };
}

async function supervise(args: Arguments, state: Inheritance): Promise<never> {
  const command = args.operands;
  const { child, go, nonBlocking } = waitingLauncher(state);
  const signals = forwardSignals(child);
  const order = await orderOf(args, args.has('trace')).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  const launched = go(order, {
    argv: commandBytes(command.length),
    environment: environmentBytes(),
    inheritance: { ...state, nonBlocking },
  });
  await launched.started.catch(async (error) => {
    throw await launchError(error, order.entries);
  });
  signals.started();
  void followStops(child);
  const result = await launched.ended;
  if (result.failure) complain(`qseccomp: ${command[0]} was killed: ${result.failure.message}\n`);
  if (result.signal === 'SIGSYS') complain(await killMessage(command, launched, order, result));
  await reportOtherKills(launched, order);
  return exitNow(exitStatus(result));
}

/**
 * The command's exit status after its program has ended.
 *
 * @param result - how it ended
 */
export function exitStatus({ exitCode, signal }: LaunchResult): number {
  return signal === null ? (exitCode ?? 0) : ExitStatus.SIGNALLED + constants.signals[signal];
}

async function killMessage(
  command: readonly string[],
  { child }: Launched,
  order: LauncherOrder,
  { kill }: LaunchResult,
): Promise<string> {
  const who = `qseccomp: ${command[0]} (process ${child.pid}) was killed by the sandbox: `;
  if (kill?.known !== true) {
    return (
      `${who}which call it was cannot be known here: ${kill?.reason}.\n` +
      '`qseccomp run --trace` finds out; as root, `dmesg | grep type=1326` shows it where the kernel logs it.\n'
    );
  }
  const { explainRecord } = await import('../kill.ts');
  return `${who}${explainRecord(kill.record, order)}\n`;
}

/** Kills of the program's own children, which a trace sees too. */
async function reportOtherKills({ child, kills }: Launched, order: LauncherOrder): Promise<void> {
  const others = kills.filter(({ pid }) => pid !== child.pid);
  if (others.length === 0) return;
  const { explainRecord } = await import('../kill.ts');
  for (const kill of others) {
    complain(`qseccomp: process ${kill.pid} was killed by the sandbox: ${explainRecord(kill, order)}\n`);
  }
}

/**
 * The error with its exit status, and in QEMU's words where QEMU has some.
 *
 * @param error - of the launch
 * @param entries - the sandbox that was to be installed
 */
export async function launchError(error: unknown, entries: readonly SandboxEntry[]): Promise<unknown> {
  if (!isRuntimeError(error)) return error;
  if (error.code === 'RUNTIME_PROGRAM_NOT_FOUND')
    return new CliError(error.message, ExitStatus.NOT_FOUND, error);
  if (error.code === 'RUNTIME_PROGRAM_NOT_EXECUTABLE') {
    return new CliError(error.message, ExitStatus.NOT_EXECUTABLE, error);
  }
  const entry = entries.filter(({ enabled }) => enabled)[error.entry ?? 0];
  const step = STEPS[error.code];
  if (entry === undefined || step === undefined)
    return new CliError(error.message, ExitStatus.SETUP_FAILED, error);
  const { formatInstallationError } = await import('@qseccomp/options/messages');
  const { strerror, message: hint } = error;
  const report = formatInstallationError('qseccomp', entry.location, step, {
    ...(strerror !== undefined && { strerror }),
    hint,
  });
  return new CliError(report, ExitStatus.SETUP_FAILED, error);
}

/** By name: a bundle has a class of its own. */
function isRuntimeError(error: unknown): error is RuntimeError {
  return error instanceof Error && error.name === 'RuntimeError';
}

/** The step of QEMU's installation that an error of the runtime is about. */
const STEPS: Readonly<Partial<Record<RuntimeError['code'], 'threadSync' | 'load' | 'noNewPrivs'>>> = {
  RUNTIME_UNSUPPORTED_KERNEL: 'threadSync',
  RUNTIME_NO_NEW_PRIVS: 'noNewPrivs',
  RUNTIME_INSTALL: 'load',
  RUNTIME_THREAD_SYNC: 'load',
};
