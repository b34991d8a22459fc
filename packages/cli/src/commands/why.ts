/** `qseccomp why`: what a filter answers to one call, and what decides. @module */
import { emulateStack, evaluatePolicy, type Policy, type Program, type SeccompData } from '@qseccomp/bpf';
import { type SandboxRule, sandboxSets } from '@qseccomp/options/policy';
import { type Architecture, suggestSyscalls } from '@qseccomp/syscall-tables';
import { errnoName, syscallNames, syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { ARCH_OPTION, namedArchitectures } from '../architectures.ts';
import { type Arguments, type CommandSpec, JSON_OPTION, usageError } from '../arguments.ts';
import { CliError, ExitStatus } from '../errors.ts';
import { PROFILE_OPTIONS, requestedFilters } from '../filters.ts';
import { answerWords, liftWords } from '../format/words.ts';
import { print, printJson } from '../io.ts';
import { KILL_PROCESS_OPTION, POLICY_OPTIONS } from '../policy-options.ts';
import { about, INDEX_OPTION, namedProgram } from '../programs.ts';

export const spec: CommandSpec = {
  name: 'why',
  usage: '[-sandbox OPTS | --profile FILE | --program FILE] [--arch NAME]... CALL [ARG]...',
  sandbox: true,
  options: [
    {
      ...ARCH_OPTION,
      help: 'architecture of the call and of the filter (this machine where absent); more: the filter covers these too',
    },
    ...POLICY_OPTIONS,
    KILL_PROCESS_OPTION,
    ...PROFILE_OPTIONS,
    { name: 'program', value: 'FILE', help: 'a filter in any form that disasm reads' },
    INDEX_OPTION,
    { name: 'path', help: 'list the instructions that are executed' },
    JSON_OPTION,
  ],
  operands: 'call',
  details:
    'Without a filter, -sandbox on. CALL is a name or a number; arguments are decimal, negative, or hexadecimal\n' +
    'with 0x, and 0 where absent. Of several filters the most restrictive answer counts, as in the kernel.\n' +
    'The exit status is 0 whatever the answer is.',
  examples: [
    'qseccomp why -sandbox on,spawn=deny clone 0x3d0f00',
    'qseccomp why --profile default.json --arch aarch64 socket 16 3 9',
    'qseccomp why --program filter.bpf --path getpid',
  ],
};

/** A filter, as far as it is known. */
interface Asked {
  readonly program: Program;
  readonly policy?: Policy;
  /** Whether the policy is that of a sandbox entry. */
  readonly isSandbox: boolean;
}

/** What decided, where the policy is known. */
interface Reason {
  readonly text: string;
  /** The rule's condition, which holds. */
  readonly when?: string;
  readonly set?: string;
  readonly allowedBy?: string;
  /** Place of the rule in the profile. */
  readonly path?: string;
}

export async function run(args: Arguments): Promise<number> {
  const [name = '', ...words] = args.operands;
  const { architecture, filters } = args.has('program')
    ? await programFilter(args)
    : await policyFilters(args);
  const data: SeccompData = {
    nr: callNumber(name, architecture),
    arch: architecture.auditArch,
    instructionPointer: 0n,
    args: words.map((word, at) => argument(word, at, architecture)),
  };
  const programs = filters.map(({ program }) => program);
  const { endian } = architecture;
  const answer = about(args.value('program'), () =>
    emulateStack(programs, data, { endian, path: true, strict: true }),
  );
  const decided = filters[answer.filter] as Asked;
  const reason = decided.policy && reasonOf(decided as Asked & { policy: Policy }, data, architecture);
  const errno = answer.action === 'ERRNO' ? errnoName(architecture, answer.data) : undefined;
  const names = syscallNames(architecture, data.nr);
  if (args.has('json')) {
    printJson({
      architecture: architecture.name,
      number: data.nr,
      names,
      arguments: data.args.map(String),
      action: answer.action,
      data: answer.data,
      ...(errno !== undefined && { errno }),
      steps: answer.steps,
      filter: answer.filter,
      ...(reason && { reason }),
      filters: answer.filters.map(({ action, data: value, steps, path }) => ({
        action,
        data: value,
        steps,
        ...(args.has('path') && { path }),
      })),
    });
    return ExitStatus.OK;
  }
  const call = `${names.join(' or ') || 'no call'}(${data.args.map(hexadecimal).join(', ')})`;
  print(
    [
      `${call}, ${data.nr} on ${architecture.name}: ${answerWords(answer.action, answer.data, errno)}\n`,
      ...(reason ? [`${reason.text}\n`] : []),
      ...(filters.length > 1 ? [`filter ${answer.filter + 1} of ${filters.length} decides\n`] : []),
      `${answer.steps} instructions executed\n`,
    ].join(''),
  );
  if (args.has('path')) {
    const { listProgram } = await import('@qseccomp/bpf/listing');
    for (const [at, program] of programs.entries()) {
      const lines = listProgram(program, { architectures: [architecture], endian }).split('\n');
      const title = programs.length > 1 ? `filter ${at + 1}` : 'path';
      print(`\n${title}\n${answer.filters[at]?.path?.map((pc) => `${lines[pc]}\n`).join('')}`);
    }
  }
  return ExitStatus.OK;
}

async function policyFilters(
  args: Arguments,
): Promise<{ architecture: Architecture; filters: readonly Asked[] }> {
  if (args.has('index')) throw usageError(spec, '--index goes with --program');
  const requested = await requestedFilters(args, spec);
  const [first] = requested;
  if (first === undefined)
    throw new CliError('why: expected a sandbox that is on, got off: every call is allowed');
  const named = await namedArchitectures(args);
  const architecture = args.has('arch') || !args.has('profile') ? named[0] : first.architectures[0];
  return {
    architecture: architecture as Architecture,
    filters: requested.map(({ program, policy, entry }) => ({
      program,
      policy,
      isSandbox: entry !== undefined,
    })),
  };
}

async function programFilter(
  args: Arguments,
): Promise<{ architecture: Architecture; filters: readonly Asked[] }> {
  const others = [...POLICY_OPTIONS, KILL_PROCESS_OPTION, ...PROFILE_OPTIONS].map((option) => option.name);
  const other = args.qemu[0] ?? others.filter((name) => args.has(name)).map((name) => `--${name}`)[0];
  if (other !== undefined) throw usageError(spec, `--program and ${other} exclude each other`);
  const { program, endian, architectures } = await namedProgram(args.value('program'), args, spec);
  const machine = (await namedArchitectures(args))[0] as Architecture;
  const architecture = architectures.includes(machine) ? machine : (architectures[0] ?? machine);
  if (endian !== undefined && endian !== architecture.endian) {
    throw new CliError(
      `why: expected a program for a ${architecture.endian}-endian machine (${architecture.name}), got a ${endian}-endian one; --arch says which`,
    );
  }
  return { architecture, filters: [{ program, isSandbox: false }] };
}

function callNumber(word: string, architecture: Architecture): number {
  if (/^(?:\d+|0x[\da-f]+|-\d+)$/i.test(word)) {
    const number = Number(word);
    if (number >= -(2 ** 31) && number < 2 ** 32) return number >>> 0;
    throw new CliError(`why: expected the number of a call, 32 bits, got ${word}`);
  }
  const number = syscallNumber(architecture, word);
  if (number !== undefined) return number;
  for (const { name, calls } of architecture.multiplexers) {
    const call = calls.find(([called]) => called === word)?.[1];
    if (call !== undefined)
      throw new CliError(
        `why: ${architecture.name} makes ${word} through another call: ask about '${name} ${call}'`,
      );
  }
  const similar = suggestSyscalls(architecture, word.toLowerCase()).slice(0, 3);
  const hint = similar.length > 0 ? `; did you mean ${similar.join(', ')}?` : '';
  throw new CliError(`why: expected the name of a call on ${architecture.name}, got '${word}'${hint}`);
}

/** A negative value is what a register of the architecture would hold. */
function argument(word: string, at: number, { registerBits, name }: Architecture): bigint {
  const [, sign = '', digits] = /^(-?)(\d+|0x[\da-f]+)$/i.exec(word) ?? [];
  if (digits === undefined) throw new CliError(`why: expected a number as argument ${at}, got '${word}'`);
  const value = sign === '' ? BigInt(digits) : -BigInt(digits);
  const width = BigInt(registerBits);
  if (value >= 1n << width || value < -(1n << (width - 1n)))
    throw new CliError(`why: expected ${registerBits} bits as argument ${at} on ${name}, got ${word}`);
  return BigInt.asUintN(registerBits, value);
}

function reasonOf(
  { policy, isSandbox }: Asked & { readonly policy: Policy },
  data: SeccompData,
  architecture: Architecture,
): Reason {
  const answer = evaluatePolicy(policy, data);
  if (answer.architecture === undefined)
    return { text: 'the filter is not for this architecture, and answers so to every call of it' };
  const table = policy.architectures.find((one) => one.architecture.name === answer.architecture);
  if (answer.rule === undefined) {
    const names = syscallNames(architecture, data.nr);
    const conditional = table?.rules.some(({ syscall }) => names.includes(String(syscall)));
    return {
      text: conditional
        ? 'no rule for this call matches: the default'
        : 'no rule names this call: the default',
    };
  }
  const rule = table?.rules[answer.rule];
  if (!isSandbox) {
    const { path } = rule as { readonly path?: string };
    return { text: `decided by ${path}`, ...(path !== undefined && { path }) };
  }
  const { set, condition } = rule as unknown as SandboxRule;
  if (set === 'allowlist') return { text: 'on the allow-list', set };
  const when = condition === undefined ? '' : `, since ${condition}`;
  return {
    text: `denied by the set ${set} (${sandboxSets[set].title})${when}; ${liftWords(set)}`,
    ...(condition !== undefined && { when: condition }),
    set,
    allowedBy: sandboxSets[set].liftedBy,
  };
}

function hexadecimal(value: bigint): string {
  return `0x${value.toString(16)}`;
}
