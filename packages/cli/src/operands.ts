/**
 * Operands that stand for filters: a `-sandbox` string, a container profile, a program in any form, a process.
 *
 * @module
 */
import type { Policy, Program } from '@qseccomp/bpf';
import type { Architecture, Endian } from '@qseccomp/syscall-tables';
import { filterArchitectures, namedArchitectures } from './architectures.ts';
import { type Arguments, type CommandSpec, type OptionSpec, usageError } from './arguments.ts';
import { CliError, ExitStatus } from './errors.ts';
import { fileTitle, input } from './io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS, PROFILE_OPTIONS, policyOptions } from './policy-options.ts';
import { about, comparedArchitectures, programOf } from './programs.ts';
import { sandboxEntries } from './sandbox-arguments.ts';
import { type RequestedFilter, sandboxFilter } from './sandbox-filter.ts';

/** What an operand can be. */
type OperandKind = 'sandbox' | 'profile' | 'program' | 'process';

/** The filters that an operand stands for. */
export interface Operand {
  /** As it was typed. */
  readonly text: string;
  readonly kind: OperandKind;
  /** The same in words. */
  readonly title: string;
  /** In order of installation; a process can have several. */
  readonly programs: readonly [Program, ...Program[]];
  /** What it was compiled from, where it was. */
  readonly policy?: Policy;
  /** What the filters are for; none where nothing says it. */
  readonly architectures: readonly Architecture[];
  readonly endian: Endian | undefined;
}

/** Options that say how operands are read. */
export const OPERAND_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'arch',
    value: 'NAME',
    repeatable: true,
    help: 'architecture of the filters (that of a program or profile among them, else this machine); repeatable',
  },
  ...POLICY_OPTIONS,
  KILL_PROCESS_OPTION,
  ...PROFILE_OPTIONS.filter(({ name }) => name !== 'profile'),
];

/** What an operand can be, for the help. */
export const OPERAND_HELP: string =
  'A filter is a -sandbox string (on,spawn=deny), a file, - for standard input, or pid:N for those of a process.\n' +
  'A file is a container profile, a program in any form that disasm reads, or what compile --format json writes; one\n' +
  'whose name begins as a -sandbox string does is written with its folder (./on).';

const SANDBOX_STRING =
  /^(?:on|off|yes|no|true|false|y|n)(?:,|$)|^(?:enable|id|obsolete|elevateprivileges|spawn|resourcecontrol)=/;
const PROCESS = /^pid:(.*)$/;

/** An operand that is read but not yet compiled, since that takes the architectures. */
interface Opened {
  readonly text: string;
  readonly kind: OperandKind;
  /** Architectures that it names itself, as far as that is known by now. */
  readonly names: readonly Architecture[];
  readonly operand: (wanted: Wanted) => Promise<Operand>;
}

/** What a policy is compiled for. */
interface Wanted {
  /** Those that `--arch` or another operand names; may be none. */
  readonly named: readonly Architecture[];
  readonly machine: Architecture | undefined;
}

/**
 * Reads operands. What names no architecture is for those that `--arch` names, else for those of the first
 * operand that is a program, or else a profile, that does; else for this machine.
 *
 * @param texts - as typed
 * @param args - the command line, with {@link OPERAND_OPTIONS}
 * @param spec - the command
 * @returns one for each, in order
 * @throws {CliError} for what is no filter, and for options that go with no operand
 * @throws {OptionsError} OPTIONS_EDITION_LACKS_OPTION
 * @throws {BpfError} for what cannot be compiled
 */
export async function readOperands(
  texts: readonly string[],
  args: Arguments,
  spec: CommandSpec,
): Promise<readonly Operand[]> {
  if (texts.filter((text) => text === '-').length > 1)
    throw usageError(spec, 'standard input can be one operand only');
  const opened: Opened[] = [];
  for (const text of texts) opened.push(await open(text, args, spec));
  checkOptions(opened, args, spec);
  const requested = args.has('arch') ? await filterArchitectures(args) : [];
  const machine = args.has('arch') ? requested : await namedArchitectures(args);
  let named = requested;
  if (named.length === 0) named = opened.find(({ names }) => names.length > 0)?.names ?? [];
  const operands = new Map<Opened, Operand>();
  // A profile says only when it is compiled what it is for.
  const isProfile = ({ kind }: Opened): boolean => kind === 'profile';
  for (const each of [...opened.filter(isProfile), ...opened.filter((one) => !isProfile(one))]) {
    const operand = await each.operand({ named, machine: named[0] ?? machine[0] });
    operands.set(each, operand);
    if (named.length === 0) named = operand.architectures;
  }
  return opened.map((each) => operands.get(each) as Operand);
}

/** What an operand is for that does not say it. */
function wantedBy({ named, machine }: Wanted): readonly Architecture[] {
  return named.length > 0 || machine === undefined ? named : [machine];
}

async function open(text: string, args: Arguments, spec: CommandSpec): Promise<Opened> {
  const [, id] = PROCESS.exec(text) ?? [];
  if (id !== undefined) return openProcess(text, id, args);
  if (SANDBOX_STRING.test(text)) return openSandbox(text, args);
  const bytes = await input(text);
  const isJson = /^\ufeff?\s*\{\s*["}]/.test(Buffer.from(bytes.subarray(0, 4096)).toString());
  if (!isJson) return openProgram(text, bytes, args, spec);
  return (await openFilters(text, bytes, args)) ?? openProfile(text, bytes, args);
}

/** Undefined for JSON that holds no filters, and for what is no JSON: whoever reads profiles says why. */
async function openFilters(text: string, bytes: Uint8Array, args: Arguments): Promise<Opened | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(
      Buffer.from(bytes)
        .toString()
        .replace(/^\ufeff/, ''),
    );
  } catch {
    return undefined;
  }
  const { readFilters } = await import('./filter-json.ts');
  const read = about(text, () => readFilters(value, fileTitle(text)));
  if (read === undefined) return undefined;
  const architectures = args.has('arch') ? await filterArchitectures(args) : read.architectures;
  return {
    text,
    kind: 'program',
    names: architectures,
    operand: async (wanted) => ({
      text,
      kind: 'program',
      title: `${fileTitle(text)}, json`,
      programs: read.programs,
      architectures: architectures.length > 0 ? architectures : wantedBy(wanted),
      endian: architectures[0]?.endian,
    }),
  };
}

async function openSandbox(text: string, args: Arguments): Promise<Opened> {
  const qemu = { ...args, qemu: ['-sandbox', text] };
  const [entry] = await sandboxEntries(qemu, ExitStatus.TROUBLE);
  if (!entry?.enabled) throw new CliError(`expected a sandbox that is on, got '${text}': there is no filter`);
  const options = policyOptions(args);
  return {
    text,
    kind: 'sandbox',
    names: [],
    operand: async (wanted) =>
      compiledOperand(text, 'sandbox', sandboxFilter(entry, wantedBy(wanted), options)),
  };
}

async function openProfile(text: string, bytes: Uint8Array, args: Arguments): Promise<Opened> {
  const { readProfile } = await import('@qseccomp/bpf/oci');
  const { profileFilter } = await import('./profile-filter.ts');
  const { architectures = [], archMap = [] } = about(text, () => readProfile(bytes));
  const isSilent = architectures.length === 0 && archMap.length === 0;
  return {
    text,
    kind: 'profile',
    names: [],
    operand: async ({ named, machine }) => {
      const requested = isSilent || args.has('arch') ? named : [];
      const options = {
        name: text,
        requested,
        machine,
        caps: args.values('cap'),
        kernel: args.value('kernel'),
      };
      return compiledOperand(
        text,
        'profile',
        about(text, () => profileFilter(bytes, options)),
      );
    },
  };
}

async function openProgram(
  text: string,
  bytes: Uint8Array,
  args: Arguments,
  spec: CommandSpec,
): Promise<Opened> {
  const { program, form, endian, architectures } = await programOf(text, bytes, args, spec);
  const fits = (architecture: Architecture): boolean =>
    (endian ?? architecture.endian) === architecture.endian;
  return {
    text,
    kind: 'program',
    names: architectures,
    operand: async (wanted) => ({
      text,
      kind: 'program',
      title: [fileTitle(text), form, ...(endian ? [`${endian}-endian`] : [])].join(', '),
      programs: [program],
      architectures: architectures.length > 0 ? architectures : wantedBy(wanted).filter(fits),
      endian,
    }),
  };
}

async function openProcess(text: string, id: string, args: Arguments): Promise<Opened> {
  if (!/^[1-9]\d{0,9}$/.test(id)) throw new CliError(`expected the id of a process, pid:N, got '${text}'`);
  const { inspectProcess } = await import('@qseccomp/runtime/inspect');
  const { pid, stacks } = await inspectProcess(Number(id));
  const [{ filters }] = stacks;
  const [first, ...others] = filters.map(({ program }) => program);
  if (stacks.length > 1 || first === undefined) {
    throw new CliError(
      `${text}: expected a process whose threads all have the same filters, got one whose threads differ`,
    );
  }
  const [machine] = (await namedArchitectures({ ...args, values: () => [] })) as [Architecture];
  const { endian } = machine;
  const found = new Set([first, ...others].flatMap((program) => comparedArchitectures(program, endian)));
  const architectures = args.has('arch')
    ? await filterArchitectures(args)
    : found.size > 0
      ? [...found]
      : [machine];
  return {
    text,
    kind: 'process',
    names: architectures,
    operand: async () => ({
      text,
      kind: 'process',
      title: `process ${pid}`,
      programs: [first, ...others],
      architectures,
      endian,
    }),
  };
}

/**
 * A compiled filter as an operand.
 *
 * @param text - as it was typed
 * @param kind - what it was compiled from
 * @param filter - the filter
 */
export function compiledOperand(text: string, kind: OperandKind, filter: RequestedFilter): Operand {
  const { program, policy, architectures, endian, title } = filter;
  return { text, kind, title, programs: [program], policy, architectures, endian };
}

/** An option that changes nothing is a mistake. */
function checkOptions(opened: readonly Opened[], args: Arguments, spec: CommandSpec): void {
  const uses: readonly (readonly [kind: OperandKind, words: string, options: readonly string[]])[] = [
    ['sandbox', 'a -sandbox string', ['edition', 'kill-process']],
    ['profile', 'a profile', ['cap', 'kernel']],
  ];
  for (const [kind, words, options] of uses) {
    const option = options.find((name) => args.has(name));
    if (option !== undefined && !opened.some((each) => each.kind === kind))
      throw usageError(spec, `--${option} goes with ${words}, and there is none`);
  }
}
