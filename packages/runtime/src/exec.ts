/**
 * Turns this process into the program, under the filter: the way to launch in place.
 *
 * One Node start is the cost. The order is what makes it safe: find and open the program, compile, ask the
 * kernel, undo what Node changed, and only then NO_NEW_PRIVS, the filters, and the one execveat(2) that the
 * ticket lets through. From then on a failure leaves a process that can only report and exit.
 *
 * @module
 */
import { constants as fileConstants } from 'node:fs';
import { constants } from 'node:os';
import type { Action, Rule } from '@qseccomp/bpf';
import { compilePolicy } from '@qseccomp/bpf/compile';
import type { SandboxPolicy } from '@qseccomp/options/policy';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import { Fcntl, RLIMIT_NOFILE, SeccompReturn } from './abi.ts';
import { announcedPolicy } from './announce.ts';
import { errnoName, RuntimeError } from './errors.ts';
import type { Inheritance } from './inheritance.ts';
import type { SandboxOptions } from './install.ts';
import { errnoText, setDisposition, systemCall } from './libc.ts';
import { installOnHost, installWithListener, requireThreadSync } from './load-filter.ts';
import { emptyString, readWords64, rlimit64, signalSet, stringArray } from './memory.ts';
import { type Host, loadHost } from './platform.ts';
import { hasAction } from './probe.ts';
import { openProgram } from './program.ts';
import { entryPolicy } from './sandbox-program.ts';
import { allowsExec, drawTicket, type Ticket, withTicket } from './ticket.ts';

/** A program to become, and the sandbox to become it in. */
export interface ExecRequest extends SandboxOptions {
  /** Parsed `-sandbox` entries; those that are not enabled load nothing. */
  readonly entries: readonly SandboxEntry[];
  /** The command: name or path first, then its arguments; bytes, without a closing NUL. */
  readonly argv: readonly Uint8Array[];
  /** The environment as `NAME=value`; bytes, without a closing NUL. */
  readonly environment: readonly Uint8Array[];
  /** The state to start it with. */
  readonly inheritance: Inheritance;
  /**
   * Takes the listener over on which the filter announces what it would kill; without it the kernel kills.
   * Called with the filter installed; the program starts when it returns.
   */
  readonly announce?: ((listener: number) => void) | undefined;
}

/** Signals that Node has reset before JavaScript runs (src/node.cc: 1 to 31; the two cannot be changed). */
const RESET_SIGNALS = Array.from({ length: 31 }, (_, index) => index + 1).filter(
  (signal) => signal !== constants.signals.SIGKILL && signal !== constants.signals.SIGSTOP,
);
const SIG_SETMASK = process.arch.startsWith('mips') ? 3 : 2;
const KERNEL_SIGSET_BYTES = process.arch.startsWith('mips') ? 16 : 8;

/**
 * Becomes the program. Returns only by throwing.
 *
 * @param request - program, environment, sandbox
 * @throws {RuntimeError} RUNTIME_PROGRAM_NOT_FOUND, RUNTIME_PROGRAM_NOT_EXECUTABLE, and the codes of
 *   {@link installSandbox}; after a failed execveat the filters stay, and the message says so
 */
export async function execInSandbox(request: ExecRequest): Promise<never> {
  const host = await loadHost();
  const program = openProgram(request.argv, pathOf(request.environment));
  const entries = request.entries.filter((entry) => entry.enabled);
  if (entries.length > 0) requireThreadSync(host);
  const killProcess = request.killProcess ?? hasAction(host, SeccompReturn.KILL_PROCESS);
  const ticket = drawTicket(host, program.descriptor);
  const policies = entries.map((entry) => {
    const policy = entryPolicy(entry, host.architecture, { edition: request.edition, killProcess });
    return { ...policy, rules: launchRules(host, policy, ticket, killProcess) };
  });
  const { announce } = request;
  const install =
    announce === undefined ? prepareFilters(host, policies) : prepareAnnounced(host, policies, announce);
  const registers = [
    ticket.descriptor,
    emptyString(),
    stringArray(program.argv),
    stringArray(request.environment),
    ticket.flags,
    ticket.secret,
  ] as const;
  const execveat = host.number('execveat');
  restore(host, request.inheritance);
  install();
  const { errno } = systemCall(execveat, ...registers);
  throw execFailure(request.argv[0], errno, entries.length);
}

/** Compiles a filter for each policy. */
function prepareFilters(host: Host, policies: readonly SandboxPolicyRules[]): () => void {
  const { architecture } = host;
  const programs = policies.map(
    ({ rules, ...policy }) => compilePolicy({ ...policy, architectures: [{ architecture, rules }] }).program,
  );
  return () => {
    programs.forEach((program, index) => {
      installOnHost(host, program, index);
    });
  };
}

/** Compiles the one filter that announces what the policies kill. */
function prepareAnnounced(
  host: Host,
  policies: readonly SandboxPolicyRules[],
  announce: (listener: number) => void,
): () => void {
  if (policies.length === 0) return () => {};
  const { program } = compilePolicy(announcedPolicy(host.architecture, policies));
  return () => announce(installWithListener(host, program));
}

/** A sandbox policy whose rules may include the ticket's. */
type SandboxPolicyRules = Omit<SandboxPolicy, 'rules'> & { readonly rules: readonly Rule[] };

/** The policy's rules, with a ticket where they would not let the program start. */
function launchRules(
  host: Host,
  { rules, defaultAction }: SandboxPolicy,
  ticket: Ticket,
  killProcess: boolean,
): readonly Rule[] {
  const number = host.number('execveat');
  const kill: Action = killProcess ? 'KILL_PROCESS' : 'TRAP';
  return allowsExec(rules, defaultAction, number) ? rules : withTicket(rules, number, ticket, kill);
}

/** Undoes what Node changed. The signal mask comes last: from then on a blocked signal waits for the program. */
function restore(host: Host, state: Inheritance): void {
  const fcntl = host.number(host.architecture.registerBits === 32 ? 'fcntl64' : 'fcntl');
  for (const descriptor of state.descriptors) {
    mustSucceed('fcntl(F_SETFD)', systemCall(fcntl, descriptor, Fcntl.SETFD, 0));
  }
  for (const standard of [0, 1, 2]) {
    // Node opened these on /dev/null because they were closed.
    if (!state.descriptors.includes(standard)) systemCall(host.number('close'), standard);
  }
  for (const descriptor of state.nonBlocking) {
    const { value } = systemCall(fcntl, descriptor, Fcntl.GETFL);
    mustSucceed(
      'fcntl(F_SETFL)',
      systemCall(fcntl, descriptor, Fcntl.SETFL, value | fileConstants.O_NONBLOCK),
    );
  }
  for (const signal of RESET_SIGNALS)
    setDisposition(signal, isSet(state.ignored, signal) ? 'ignore' : 'default');
  restoreOpenFiles(host, state.openFiles);
  mustSucceed(
    'rt_sigprocmask(SIG_SETMASK)',
    systemCall(host.number('rt_sigprocmask'), SIG_SETMASK, signalSet(state.blocked), 0, KERNEL_SIGSET_BYTES),
  );
}

function restoreOpenFiles(host: Host, soft: bigint | undefined): void {
  if (soft === undefined) return;
  const prlimit = host.number('prlimit64');
  const now = rlimit64(0n, 0n);
  mustSucceed('prlimit(RLIMIT_NOFILE)', systemCall(prlimit, 0, RLIMIT_NOFILE, 0, now));
  const [, hard] = readWords64(now);
  mustSucceed('prlimit(RLIMIT_NOFILE)', systemCall(prlimit, 0, RLIMIT_NOFILE, rlimit64(soft, hard), 0));
}

function mustSucceed(call: string, { value, errno }: { value: number; errno: number }): void {
  if (value !== -1) return;
  throw new RuntimeError(
    'RUNTIME_LAUNCH',
    `${call} failed: ${errnoName(errno)} (${errnoText(errno)}); the program was not started, no filter is installed`,
    { call, errno },
  );
}

function execFailure(name: Uint8Array | undefined, errno: number, filters: number): RuntimeError {
  const program = Buffer.from(name ?? []).toString();
  const state =
    filters > 0 ? `; ${filters} filter${filters > 1 ? 's are' : ' is'} on this process, which must exit` : '';
  const { ENOEXEC, EACCES } = constants.errno;
  return new RuntimeError(
    errno === ENOEXEC || errno === EACCES ? 'RUNTIME_PROGRAM_NOT_EXECUTABLE' : 'RUNTIME_LAUNCH',
    `${program}: execveat(2) failed: ${errnoName(errno)} (${errnoText(errno)})${state}`,
    { call: 'execveat', errno },
  );
}

function pathOf(environment: readonly Uint8Array[]): Uint8Array | undefined {
  const prefix = Buffer.from('PATH=');
  const entry = environment.find((variable) =>
    prefix.equals(Buffer.from(variable).subarray(0, prefix.length)),
  );
  return entry?.subarray(prefix.length);
}

function isSet(mask: bigint, signal: number): boolean {
  return ((mask >> BigInt(signal - 1)) & 1n) === 1n;
}
