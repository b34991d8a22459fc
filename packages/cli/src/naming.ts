/**
 * Which `-sandbox` a program implements, if one: proved, for every mix of options, edition and kill action.
 *
 * @module
 */
import {
  type Action,
  ActionValue,
  actionValue,
  BpfError,
  decodeAction,
  EXEC_TICKET_NAME,
  filterComparer,
  findExecTicket,
  kernelValue,
  Opcode,
  type Policy,
  type Program,
  type Rule,
  run,
  withoutExecTicket,
} from '@qseccomp/bpf';
import { type Edition, editions, sandboxPolicy } from '@qseccomp/options/policy';
import { formatSandbox, type SandboxSet } from '@qseccomp/options/sandbox';
import type { Architecture } from '@qseccomp/syscall-tables';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';

/** A sandbox that a program implements. */
interface ImplementedSandbox {
  /** The `-sandbox` string, in its shortest form; `elevateprivileges=children` loads the filter of `=deny`. */
  readonly sandbox: string;
  readonly edition: Edition;
  /** The `--kill-process` that goes with it; `any` where it makes no difference. */
  readonly killProcess: 'yes' | 'no' | 'any';
}

/** What a program is called. */
export interface Naming {
  /** The sandboxes that have this filter: the shortest string first, of a string the oldest edition; or none. */
  readonly sandboxes: readonly ImplementedSandbox[];
  /** Whether the program has the launcher's exec ticket, and so is what the launcher makes of the sandbox. */
  readonly execTicket: boolean;
  /** Whether the program asks a supervisor where the sandbox kills, as that of `run --trace` does. */
  readonly announced: boolean;
  /** Why nothing is known, where the program is beyond the reach of the proof. */
  readonly unknown?: string;
}

/** A sandbox and its policy. */
interface Candidate {
  readonly sandbox: string;
  readonly edition: Edition;
  readonly killProcess: boolean;
  readonly policy: Policy;
}

const EXECVEAT = 'execveat';
const KILLS: ReadonlySet<Action> = new Set(['KILL_PROCESS', 'KILL_THREAD', 'TRAP']);
const LIFTABLE: readonly SandboxSet[] = ['obsolete', 'privileged', 'spawn', 'resourcecontrol'];

/**
 * Names a program.
 *
 * @param program - a valid program
 * @param architectures - those that it is for, of one byte order; none: it has no name
 * @returns the sandboxes whose filter answers every call as the program does; a ticket is left aside
 * @throws {BpfError} as `validateProgram` for a program that the kernel does not take
 */
export function nameProgram(program: Program, architectures: readonly Architecture[]): Naming {
  const ticket = findExecTicket(program);
  const announced = program.some(({ code, k }) => code === Opcode.RET_K && k === ActionValue.USER_NOTIF);
  const facts = { execTicket: ticket !== undefined, announced };
  if (architectures.length === 0) return { sandboxes: [], ...facts };
  const bare = withoutExecTicket(program);
  const candidates = sandboxCandidates(architectures)
    .flatMap((candidate) => (ticket === undefined ? [candidate] : launched(candidate, ticket.otherwise)))
    .map((candidate) => (announced ? announcing(candidate) : candidate));
  const likely = candidates.filter(sampler(bare, candidates));
  const { endian } = architectures[0] as Architecture;
  try {
    const compare = filterComparer(bare, { endian, answers: 'kernel' });
    const found = likely.filter(({ policy }) => compare(policy).equal);
    return { sandboxes: implemented(found), ...facts };
  } catch (error) {
    if (!(error instanceof BpfError) || error.code !== 'BPF_PROOF_LIMIT') throw error;
    return { sandboxes: [], ...facts, unknown: error.message };
  }
}

/**
 * A name in words.
 *
 * @param naming - what {@link nameProgram} found
 * @returns words that follow the program's name: `implements -sandbox on,spawn=deny (edition 7.0)`
 */
export function namingText({ sandboxes, execTicket, announced, unknown }: Naming): string {
  const kills = announced && sandboxes.length > 0 ? ', whose kills a supervisor is asked about' : '';
  const ticket = `${execTicket ? `, with ${EXEC_TICKET_NAME}` : ''}${kills}`;
  if (unknown !== undefined)
    return `whether it implements a -sandbox string is beyond the proof${ticket}: ${unknown}`;
  const strings = [...new Set(sandboxes.map(({ sandbox }) => sandbox))];
  const [first, ...others] = strings.map((text) => {
    const same = sandboxes.filter(({ sandbox }) => sandbox === text);
    return `-sandbox ${text} (${editionsText(same)})`;
  });
  if (first === undefined) return `implements no -sandbox string${ticket}`;
  const equal = others.length > 0 ? `, which is ${others.join(' and ')} too` : '';
  return `implements ${first}${ticket}${equal}`;
}

function editionsText(sandboxes: readonly ImplementedSandbox[]): string {
  const list = (chosen: readonly ImplementedSandbox[]): string =>
    `${chosen.length > 1 ? 'editions' : 'edition'} ${chosen.map(({ edition }) => edition).join(', ')}`;
  const trapped = sandboxes.filter(({ killProcess }) => killProcess === 'no');
  const usual = sandboxes.filter(({ killProcess }) => killProcess !== 'no');
  return [
    ...(usual.length > 0 ? [list(usual)] : []),
    ...(trapped.length > 0 ? [`${list(trapped)} with --kill-process no`] : []),
  ].join(', ');
}

/** The sandboxes that there are. */
function sandboxCandidates(architectures: readonly Architecture[]): Candidate[] {
  return (Object.keys(editions) as Edition[]).flatMap((edition) =>
    mixesOf(edition).flatMap((sets) =>
      [true, false].map((killProcess) => ({
        sandbox: formatSandbox({ enabled: true, sets }),
        edition,
        killProcess,
        policy: policyOf(sets, edition, killProcess, architectures),
      })),
    ),
  );
}

/** Asks a program about the calls that candidates name, and tells which candidates answer the same. */
function sampler(program: Program, candidates: readonly Candidate[]): (candidate: Candidate) => boolean {
  const names = new Set(
    candidates.flatMap(({ policy }) =>
      policy.architectures.flatMap(({ rules }) => rules.map(({ syscall }) => String(syscall))),
    ),
  );
  const answers = new Map<Architecture, ReadonlyMap<number, number>>();
  for (const { architecture } of candidates[0]?.policy.architectures ?? []) {
    const asked = new Map<number, number>();
    for (const name of names) {
      const number = syscallNumber(architecture, name);
      if (number === undefined || asked.has(number)) continue;
      const words = Uint32Array.of(number, architecture.auditArch, ...new Array<number>(14).fill(0));
      asked.set(number, kernelValue(run(program, words).value));
    }
    answers.set(architecture, asked);
  }
  return ({ policy: { defaultAction, architectures } }) =>
    architectures.every(({ architecture, rules }) => {
      // What rules with comparisons say is left to the proof.
      const expected = new Map<number | undefined, number | undefined>();
      for (const { syscall, action, comparisons } of rules) {
        const value = comparisons ? undefined : actionValue(action, architecture);
        expected.set(syscallNumber(architecture, String(syscall)), value);
      }
      const otherwise = actionValue(defaultAction, architecture);
      for (const [number, value] of answers.get(architecture) ?? []) {
        const wanted = expected.has(number) ? expected.get(number) : otherwise;
        if (wanted !== undefined && wanted !== value) return false;
      }
      return true;
    });
}

/** What the launcher makes of a sandbox to explain its kills. */
function announcing(candidate: Candidate): Candidate {
  const { defaultAction, badArchitectureAction = 'KILL_THREAD', architectures } = candidate.policy;
  const asked = (action: Action): Action => (KILLS.has(action) ? 'USER_NOTIF' : action);
  const policy: Policy = {
    defaultAction: asked(defaultAction),
    badArchitectureAction,
    architectures: architectures.map(({ architecture, rules }) => ({
      architecture,
      rules: rules.map((rule) => ({ ...rule, action: asked(rule.action) })),
    })),
  };
  return { ...candidate, policy };
}

/** Candidates as they are shown; `any` for those that are there with either kill action. */
function implemented(found: readonly Candidate[]): ImplementedSandbox[] {
  const sandboxes = found.flatMap(({ sandbox, edition, killProcess }): ImplementedSandbox[] => {
    const both = found.filter((other) => other.sandbox === sandbox && other.edition === edition).length > 1;
    if (both) return killProcess ? [{ sandbox, edition, killProcess: 'any' }] : [];
    return [{ sandbox, edition, killProcess: killProcess ? 'yes' : 'no' }];
  });
  return sandboxes.sort(byLength);
}

function mixesOf(edition: Edition): SandboxSet[][] {
  if (editions[edition].kind === 'allow-list') return [['default', 'obsolete']];
  return Array.from({ length: 2 ** LIFTABLE.length }, (_, bits) => [
    'default',
    ...LIFTABLE.filter((_set, place) => (bits >> place) & 1),
  ]);
}

function policyOf(
  sets: readonly SandboxSet[],
  edition: Edition,
  killProcess: boolean,
  architectures: readonly Architecture[],
): Policy {
  const policies = architectures.map(({ cloneFlagsArgument }) =>
    sandboxPolicy({ enabled: true, sets }, { edition, killProcess, cloneFlagsArgument }),
  );
  const { defaultAction, badArchitectureAction } = policies[0] as (typeof policies)[number];
  return {
    defaultAction,
    badArchitectureAction,
    architectures: architectures.map((architecture, at) => ({
      architecture,
      rules: policies[at]?.rules ?? [],
    })),
  };
}

/** What the launcher makes of a sandbox that allows no execveat, apart from the ticket; nothing of others. */
function launched(candidate: Candidate, otherwise: number): Candidate[] {
  const { policy } = candidate;
  const isExec = ({ syscall }: Rule): boolean => syscall === EXECVEAT;
  const allowsExec = policy.architectures.some(({ rules }) =>
    rules.some(isExec)
      ? rules.some((rule) => isExec(rule) && rule.action === 'ALLOW')
      : policy.defaultAction === 'ALLOW',
  );
  if (allowsExec) return [];
  const { action } = decodeAction(otherwise);
  if (action === 'ERRNO' || action === 'TRACE') return [];
  const architectures = policy.architectures.map(({ architecture, rules }) => ({
    architecture,
    rules: [...rules.filter((rule) => !isExec(rule)), { syscall: EXECVEAT, action }],
  }));
  return [{ ...candidate, policy: { ...policy, architectures } }];
}

function byLength(a: ImplementedSandbox, b: ImplementedSandbox): number {
  return a.sandbox.length - b.sandbox.length || (a.sandbox < b.sandbox ? -1 : a.sandbox > b.sandbox ? 1 : 0);
}
