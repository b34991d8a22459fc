/**
 * Turns this process into the program, under the filter: the way to launch in place.
 *
 * One Node start is the cost. The order is what makes it safe: find and open the program, compile, ask the
 * kernel, undo what Node changed, and only then NO_NEW_PRIVS, the filters, and the one execveat(2) that the
 * ticket lets through. From then on a failure leaves a process that can only report and exit.
 *
 * @module
 */
import { constants } from 'node:os';
import type { SandboxEntry } from '@qseccomp/options/sandbox';
import { SeccompReturn } from './abi.ts';
import { describeErrno, type Meanings } from './call-failure.ts';
import { RuntimeError } from './errors.ts';
import type { SandboxOptions } from './install.ts';
import { errnoText, registerValue, systemCall } from './libc.ts';
import {
  installOnHost,
  installWithListener,
  type LoadFlagName,
  requireFlags,
  requireThreadSync,
} from './load-filter.ts';
import { emptyString, stringArray } from './memory.ts';
import { requireNotifications } from './notify.ts';
import type { AnnouncingFilter, LoadableFilter, ProgramOrder } from './order.ts';
import { type Host, loadHost } from './platform.ts';
import { hasAction } from './probe.ts';
import { openProgram } from './program.ts';
import { readyFilters } from './ready-filters.ts';
import { restore } from './restore.ts';
import { drawTicket, type Ticket } from './ticket.ts';

/** A program to become, and the sandbox to become it in. */
export interface ExecRequest extends SandboxOptions, ProgramOrder {
  /** Parsed `-sandbox` entries; those that are not enabled load nothing. */
  readonly entries: readonly SandboxEntry[];
  /** Loaded after those of the entries. */
  readonly filters?: readonly LoadableFilter[] | undefined;
  /** A filter in place of those of the entries. */
  readonly announcing?: AnnouncingFilter | undefined;
  /** Install one filter with a listener; without it the kernel kills. */
  readonly announce?: Announcement | undefined;
}

/** What happens around the installation of a filter with a listener. */
export interface Announcement {
  /** Called right before; afterwards any call may be announced. */
  readonly before: () => void;
  /** Called with the filter installed; the program starts when it returns. */
  readonly after: () => void;
}

/**
 * Becomes the program. Returns only by throwing.
 *
 * @param request - program, environment, sandbox
 * @throws {RuntimeError} RUNTIME_PROGRAM_NOT_FOUND, RUNTIME_PROGRAM_NOT_EXECUTABLE, and the codes of
 *   `installSandbox`; after a failed execveat the filters stay, and the message says so
 */
export async function execInSandbox(request: ExecRequest): Promise<never> {
  const host = await loadHost();
  const program = openProgram(request.argv, pathOf(request.environment));
  const entries = request.entries.filter((entry) => entry.enabled);
  const foreign = request.filters ?? [];
  if (entries.length + foreign.length > 0 || request.announcing) requireThreadSync(host);
  requireFlags(
    host,
    foreign.flatMap(({ flags = [] }) => flags),
  );
  if (request.announce) requireNotifications(host);
  const ticket = drawTicket(host, program.descriptor);
  const own = await launchFilters(request, host, entries, ticket);
  const registers = [
    ticket.descriptor,
    emptyString(),
    stringArray(program.argv),
    stringArray(request.environment),
    ticket.flags,
    ticket.secret,
  ] as const;
  const execveat = host.number('execveat');
  const args = registers.map((register) => BigInt(registerValue(register)));
  const filters = [
    ...own.map((bytes): ReadyToLoad => ({ bytes })),
    ...(foreign.length > 0 ? await foreignFilters(host, foreign, args) : []),
  ];
  restore(host, request.inheritance);
  const { announce } = request;
  filters.forEach(({ bytes, flags }, index) => {
    if (announce === undefined) {
      installOnHost(host, bytes, index, flags);
      return;
    }
    announce.before();
    installWithListener(host, bytes, request.announcing?.killable ?? true);
    announce.after();
  });
  const { errno } = systemCall(execveat, ...registers);
  throw execFailure(request.argv[0], errno, filters.length);
}

/** A filter as it is loaded. */
interface ReadyToLoad {
  /** struct sock_filter array. */
  readonly bytes: Uint8Array;
  readonly flags?: readonly LoadFlagName[];
}

async function foreignFilters(
  host: Host,
  filters: readonly LoadableFilter[],
  args: readonly bigint[],
): Promise<ReadyToLoad[]> {
  const { lettingExec } = await import('@qseccomp/runtime/foreign-filters');
  return filters.map(({ program, flags = [] }) => ({
    bytes: lettingExec(program, host.architecture, host.number('execveat'), args),
    flags,
  }));
}

/** The filters, compiled only where none is kept ready. */
async function launchFilters(
  request: ExecRequest,
  host: Host,
  entries: readonly SandboxEntry[],
  ticket: Ticket,
): Promise<Uint8Array[]> {
  if (request.announcing) return [Buffer.from(request.announcing.filter, 'base64')];
  const killProcess = request.killProcess ?? hasAction(host, SeccompReturn.KILL_PROCESS);
  const options = { edition: request.edition, killProcess };
  const { architecture } = host;
  const announced = request.announce !== undefined && entries.length > 0;
  const ready = announced ? undefined : readyFilters(entries, architecture, options, ticket);
  if (ready !== undefined) return ready;
  const { compileAnnouncingFilter, compileLaunchFilters } = await import('@qseccomp/runtime/launch-filters');
  const execveat = host.number('execveat');
  return announced
    ? [compileAnnouncingFilter(entries, architecture, execveat, options, ticket)]
    : compileLaunchFilters(entries, architecture, execveat, options, ticket);
}

function execFailure(name: Uint8Array | undefined, errno: number, filters: number): RuntimeError {
  const program = Buffer.from(name ?? []).toString();
  const state =
    filters > 0 ? `; ${filters} filter${filters > 1 ? 's are' : ' is'} on this process, which must exit` : '';
  return new RuntimeError(
    errno === constants.errno.ENOENT ? 'RUNTIME_PROGRAM_NOT_FOUND' : 'RUNTIME_PROGRAM_NOT_EXECUTABLE',
    `${program}: execveat(2) failed: ${describeErrno(errno, EXEC_MEANINGS)}${state}`,
    { call: 'execveat', errno, strerror: errnoText(errno) },
  );
}

/** What an errno of execveat(2) means (man execve(2)). */
const EXEC_MEANINGS: Meanings = {
  E2BIG: 'its arguments and environment are too long together, or one of them alone (128 KiB)',
  EACCES: 'it may not be executed: its mode, a mount with noexec, or a security module',
  EINVAL: 'it is damaged: it names more than one loader',
  ELIBBAD: 'the loader that it names is none',
  ENOENT: 'the loader that the program names does not exist',
  ENOEXEC: 'neither a program of this machine nor a script with a #! line',
  ETXTBSY: 'it is open for writing',
};

function pathOf(environment: readonly Uint8Array[]): Uint8Array | undefined {
  const prefix = Buffer.from('PATH=');
  const entry = environment.find((variable) =>
    prefix.equals(Buffer.from(variable).subarray(0, prefix.length)),
  );
  return entry?.subarray(prefix.length);
}
