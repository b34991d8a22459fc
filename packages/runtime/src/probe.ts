/**
 * What the running kernel offers of seccomp(2), asked without changing anything.
 * Source: man seccomp(2); a filter flag is known when a null program answers EFAULT, not EINVAL.
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { constants, release } from 'node:os';
import {
  Prctl,
  type SeccompActionName,
  SeccompFlag,
  type SeccompFlagName,
  SeccompOperation,
  SeccompReturn,
} from './abi.ts';
import { capabilityNames } from './capabilities.ts';
import { systemCall } from './libc.ts';
import { type Host, loadHost } from './platform.ts';

/** What {@link probe} found. */
export interface ProbeReport {
  /** Architecture name, as in the tables. */
  readonly architecture: string;
  /** `uname -r`. */
  readonly kernel: string;
  /** seccomp(2) is there and takes filters. */
  readonly filters: boolean;
  /** Actions that a filter may return here. */
  readonly actions: Readonly<Record<SeccompActionName, boolean>>;
  /** Flags that SECCOMP_SET_MODE_FILTER takes here. */
  readonly flags: Readonly<Record<SeccompFlagName, boolean>>;
  /** Sizes of struct seccomp_notif, seccomp_notif_resp and seccomp_data, bytes; absent before Linux 5.0. */
  readonly notificationSizes?: { readonly notif: number; readonly response: number; readonly data: number };
  /** kernel.seccomp.actions_logged, absent where /proc/sys is not there. */
  readonly actionsLogged?: readonly string[];
  /** This process as it stands. */
  readonly process: {
    readonly noNewPrivs: boolean;
    /** Filters on the main thread; absent before Linux 5.9. */
    readonly filters?: number;
    /** Effective capabilities; with CAP_SYS_ADMIN among them a filter may be installed without NO_NEW_PRIVS. */
    readonly capabilities: readonly string[];
  };
}

/**
 * Asks the kernel for every action, flag and size. Loads no filter.
 *
 * @returns the report
 * @throws {RuntimeError} RUNTIME_UNSUPPORTED_PLATFORM elsewhere than on Linux
 */
export async function probe(): Promise<ProbeReport> {
  const host = await loadHost();
  const actions = mapValues(SeccompReturn, (action) => hasAction(host, action));
  const flags = mapValues(SeccompFlag, (flag) => hasFlag(host, flag));
  const logged = readText('/proc/sys/kernel/seccomp/actions_logged')?.trim().split(/\s+/);
  const status = readText('/proc/self/status') ?? '';
  const stacked = /^Seccomp_filters:\s*(\d+)/m.exec(status)?.[1];
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const sizes = notificationSizes(host);
  return {
    architecture: host.architecture.name,
    kernel: release(),
    filters: hasFlag(host, 0),
    actions,
    flags,
    ...(sizes && { notificationSizes: sizes }),
    ...(logged && { actionsLogged: logged }),
    process: {
      noNewPrivs: systemCall(host.number('prctl'), Prctl.GET_NO_NEW_PRIVS).value === 1,
      ...(stacked !== undefined && { filters: Number(stacked) }),
      capabilities: capabilityNames(effective),
    },
  };
}

/**
 * Tells whether the kernel knows an action (SECCOMP_GET_ACTION_AVAIL, Linux 4.14).
 *
 * @param host - this machine
 * @param action - SECCOMP_RET_* word without data
 * @returns false also on older kernels, which cannot be asked
 */
export function hasAction(host: Host, action: number): boolean {
  const word = Buffer.allocUnsafeSlow(4);
  new Uint32Array(word.buffer, 0, 1)[0] = action;
  return systemCall(host.number('seccomp'), SeccompOperation.GET_ACTION_AVAIL, 0, word).value === 0;
}

/**
 * Tells whether SECCOMP_SET_MODE_FILTER takes a flag; 0 asks for filters at all.
 *
 * @param host - this machine
 * @param flag - one of {@link SeccompFlag}, or 0
 */
export function hasFlag(host: Host, flag: number): boolean {
  // WAIT_KILLABLE_RECV is refused without the listener that it is about.
  const flags = flag === SeccompFlag.WAIT_KILLABLE_RECV ? flag | SeccompFlag.NEW_LISTENER : flag;
  const { errno } = systemCall(host.number('seccomp'), SeccompOperation.SET_MODE_FILTER, flags, 0);
  return errno === constants.errno.EFAULT;
}

function notificationSizes(host: Host): ProbeReport['notificationSizes'] {
  const sizes = Buffer.allocUnsafeSlow(6);
  if (systemCall(host.number('seccomp'), SeccompOperation.GET_NOTIF_SIZES, 0, sizes).value !== 0)
    return undefined;
  const [notif = 0, response = 0, data = 0] = new Uint16Array(sizes.buffer, 0, 3);
  return { notif, response, data };
}

function mapValues<K extends string>(
  record: Readonly<Record<K, number>>,
  map: (value: number) => boolean,
): Readonly<Record<K, boolean>> {
  return Object.fromEntries(
    Object.entries<number>(record).map(([key, value]) => [key, map(value)]),
  ) as Readonly<Record<K, boolean>>;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
