/**
 * What a trace has seen: calls of the same kind counted together.
 *
 * @module
 */
import type { ActionName, SeccompData } from '@qseccomp/bpf';
import { type CallingProcess, processOf, type TracedCall } from '@qseccomp/runtime/trace';
import { type Architecture, findByAuditArch, syscallNames } from '@qseccomp/syscall-tables';
import { type Reason, reasonOf } from '../reason.ts';
import type { RequestedFilter } from '../sandbox-filter.ts';
import { type TracedArgument, tracedArguments } from './caller.ts';

/** Calls of one kind that the filters deny. */
export interface DeniedKind {
  /** Undefined for a number that no architecture of the token has. */
  readonly architecture: Architecture | undefined;
  readonly name: string;
  /** Of the first one; those of others differ in addresses, sizes and ids of processes. */
  readonly arguments: readonly TracedArgument[];
  readonly action: ActionName;
  /** The errno of ERRNO. */
  readonly data: number;
  readonly filter: number;
  /** What the callers got; undefined: the calls went on. */
  readonly errno: number | undefined;
  readonly reason: Reason;
  /** Registers of the first one. */
  readonly call: SeccompData;
  count: number;
  /** By id. */
  readonly processes: Map<number, CallingProcess>;
}

/** A call that was seen, whatever the filters say of it. */
export interface SeenCall {
  readonly architecture: Architecture | undefined;
  readonly number: number;
  readonly name: string;
  count: number;
  /** Whether one went on, and so succeeded or failed by itself. */
  passed: boolean;
}

/** Kinds that are told apart; beyond them calls are counted by number only. */
const MOST_KINDS = 1000;

/** Collects what a trace sees. */
export class TraceRecords {
  readonly denied: Map<string, DeniedKind> = new Map();
  readonly seen: Map<string, SeenCall> = new Map();
  readonly #filters: readonly RequestedFilter[];
  readonly #onKind: (kind: DeniedKind, process: CallingProcess) => void;

  /**
   * @param filters - those that the program would run under
   * @param onKind - told about the first call of each kind
   */
  constructor(
    filters: readonly RequestedFilter[],
    onKind: (kind: DeniedKind, process: CallingProcess) => void,
  ) {
    this.#filters = filters;
    this.#onKind = onKind;
  }

  /**
   * Takes a call in.
   *
   * @param traced - a call that still waits
   */
  add(traced: TracedCall): void {
    const { call, action, data, errno } = traced;
    const place = `${call.arch} ${call.nr}`;
    let seen = this.seen.get(place);
    if (seen === undefined) {
      seen = { ...named(call), count: 0, passed: false };
      this.seen.set(place, seen);
    }
    seen.count++;
    seen.passed ||= errno === undefined;
    if (action === 'ALLOW' || action === 'LOG') return;
    const { architecture, name } = seen;
    const shown = architecture === undefined ? [] : tracedArguments(architecture, name, call);
    const texts = shown.map(({ text, varies }) => (varies ? '' : text));
    const verdict = `${place} ${traced.filter} ${action} ${data}`;
    const exact = `${verdict} ${texts.join('\0')}`;
    const key = this.denied.has(exact) || this.denied.size < MOST_KINDS ? exact : verdict;
    const process = processOf(call.pid);
    let kind = this.denied.get(key);
    if (kind === undefined) {
      kind = this.#newKind(traced, seen, shown);
      this.denied.set(key, kind);
      this.#onKind(kind, process);
    }
    kind.count++;
    kind.processes.set(process.pid, process);
  }

  #newKind(
    { call, action, data, filter, errno }: TracedCall,
    seen: SeenCall,
    shown: readonly TracedArgument[],
  ): DeniedKind {
    const { nr, arch, instructionPointer, args } = call;
    const { architecture, name } = seen;
    const made = { nr, arch, instructionPointer, args };
    const { policy, entry } = this.#filters[filter] as RequestedFilter;
    const reason = architecture
      ? reasonOf({ policy, isSandbox: entry !== undefined }, made, architecture)
      : { text: 'no known call of this number: the default' };
    return {
      architecture,
      name,
      arguments: shown,
      action,
      data,
      filter,
      errno,
      reason,
      call: made,
      count: 0,
      processes: new Map(),
    };
  }
}

/** The call by name, on the first architecture of the token that has one of that number. */
function named({ arch, nr }: { readonly arch: number; readonly nr: number }) {
  const architectures = findByAuditArch(arch).filter(({ lookupOnly }) => !lookupOnly);
  const architecture = architectures.find((one) => syscallNames(one, nr >>> 0).length > 0);
  const name = architecture && syscallNames(architecture, nr >>> 0)[0];
  return { architecture: architecture ?? architectures[0], number: nr >>> 0, name: name ?? `call ${nr}` };
}
