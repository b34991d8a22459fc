/**
 * Arguments of system calls in words: what each is called, which are descriptors, paths or flags, and the names
 * of the flags. Loaded by itself (`@qseccomp/syscall-tables/arguments`), since only those who show calls need it.
 *
 * @module
 */
import type { Architecture } from './arch.ts';
import { type CallArgument, calls } from './arguments/calls.ts';
import { type ConstantSet, constantSets } from './arguments/constants.ts';

export type { CallArgument } from './arguments/calls.ts';

/** An argument of a call that was made. */
export interface ShownArgument extends CallArgument {
  /** The register, as the kernel reads it: its low word where the argument is 32 bits wide. */
  readonly value: bigint;
  /** In words: `O_RDONLY|O_CLOEXEC`, `AT_FDCWD`, `-1`, `0x7ffd0010`. */
  readonly text: string;
}

const REGISTERS = 6;
const WORD = 0xffff_ffffn;
const AT_FDCWD = -100n;

/** How a value of a kind is shown that is not a set of constants. The rest is an address. */
const KINDS: Readonly<Record<string, (value: bigint, bits: number) => string>> = {
  fd: signedWord,
  dirfd: (value) => (BigInt.asIntN(32, value) === AT_FDCWD ? 'AT_FDCWD' : signedWord(value)),
  pid: signedWord,
  id: signedWord,
  int: signedWord,
  uint: (value) => `${value & WORD}`,
  mode: (value) => (value === 0n ? '0' : `0${value.toString(8)}`),
  size: (value) => `${value}`,
  long: (value, bits) => `${BigInt.asIntN(bits, value)}`,
};

/** Kinds whose argument leads to memory, shown as an address like those of no kind. */
const POINTER_KINDS: ReadonlySet<string> = new Set(['address', 'path', 'string', 'strings', 'sockaddr']);

/** Architectures on which the first two arguments of these are others. */
const OLD_MMAP = /^(?:x86|s390|s390x|m68k|armoabi)$/;
/** clone(2) takes the thread's storage before the child's id (CONFIG_CLONE_BACKWARDS) but on these. */
const CLONE_TLS_LAST =
  /^(?:x86_64|x32|alpha|sparc|sparc64|m68k|hexagon|sh|sheb|nios2|openrisc|s390|s390x|microblaze)$/;

/**
 * Names and kinds of a call's arguments.
 *
 * @param architecture - whose call: some order them another way
 * @param name - name of the call, as in the tables
 * @returns its arguments in order, up to six; undefined for a call that is not described
 * @example
 * ```ts
 * import { callArguments } from '@qseccomp/syscall-tables/arguments';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * callArguments(x86_64, 'close'); // [{ name: 'fd', kind: 'fd' }]
 * ```
 */
export function callArguments(architecture: Architecture, name: string): readonly CallArgument[] | undefined {
  const described = calls().get(name);
  if (name === 'mmap' && OLD_MMAP.test(architecture.name)) return [{ name: 'args', kind: 'address' }];
  if (name !== 'clone' || described === undefined) return described;
  const [flags, stack, parent, child, tls] = described as [
    CallArgument,
    CallArgument,
    CallArgument,
    CallArgument,
    CallArgument,
  ];
  const first = architecture.cloneFlagsArgument === 0 ? [flags, stack] : [stack, flags];
  if (architecture.name === 'microblaze')
    return [...first, { name: 'stack_size', kind: 'int' }, parent, child, tls];
  return [...first, parent, ...(CLONE_TLS_LAST.test(architecture.name) ? [child, tls] : [tls, child])];
}

/**
 * A call's registers in words.
 *
 * @param architecture - whose call
 * @param name - name of the call, as in the tables
 * @param registers - register arguments, up to six; missing ones are 0
 * @returns the call's own arguments; all six as numbers for a call that is not described
 * @example
 * ```ts
 * import { showArguments } from '@qseccomp/syscall-tables/arguments';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * showArguments(x86_64, 'umount2', [0x1000n, 2n]).map(({ text }) => text); // ['0x1000', 'MNT_DETACH']
 * ```
 */
export function showArguments(
  architecture: Architecture,
  name: string,
  registers: readonly bigint[],
): readonly ShownArgument[] {
  const described = callArguments(architecture, name) ?? unknownArguments();
  return described.map((argument, at) => ({
    ...argument,
    value: readValue(architecture, argument.kind, registers[at] ?? 0n),
    text: argumentText(architecture, argument.kind, registers[at] ?? 0n),
  }));
}

/**
 * A value in words.
 *
 * @param architecture - whose numbers
 * @param kind - kind of the argument, or the name of a set of constants
 * @param register - the register
 * @returns names where they are known on this architecture; what no name covers as a number
 * @example
 * ```ts
 * import { argumentText } from '@qseccomp/syscall-tables/arguments';
 * import { aarch64 } from '@qseccomp/syscall-tables/aarch64';
 *
 * argumentText(aarch64, 'open', 0o2040000n); // 'O_RDONLY|O_CLOEXEC|O_DIRECTORY'
 * ```
 */
export function argumentText(architecture: Architecture, kind: string, register: bigint): string {
  const value = readValue(architecture, kind, register);
  const shown = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (shown !== undefined) return shown(value, architecture.registerBits);
  const set = constantSet(architecture, kind);
  return set === undefined ? hexadecimal(value) : constantText(set, value);
}

/**
 * The number of a named constant.
 *
 * @param architecture - whose numbers
 * @param kind - name of a set of constants, as in {@link CallArgument}
 * @param text - a name, or several with `|` between them
 * @returns the number, or undefined where a name is not known
 * @example
 * ```ts
 * import { constantValue } from '@qseccomp/syscall-tables/arguments';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * constantValue(x86_64, 'clone', 'CLONE_VM|CLONE_VFORK|SIGCHLD'); // 16657n
 * ```
 */
export function constantValue(architecture: Architecture, kind: string, text: string): bigint | undefined {
  const set = constantSet(architecture, kind);
  if (set === undefined) return undefined;
  const whole = named(set, text);
  if (whole !== undefined) return BigInt(whole);
  let value = 0n;
  for (const word of text.split('|')) {
    const number = named(set, word);
    if (number === undefined) return undefined;
    value |= BigInt(number);
  }
  return value;
}

/**
 * The names of flags, bit by bit.
 *
 * @param architecture - whose numbers
 * @param kind - name of a set of constants, as in {@link CallArgument}
 * @param mask - the flags' bits
 * @returns a name for each bit, lowest first; undefined where a bit is not by itself a flag of the set
 * @example
 * ```ts
 * import { flagNames } from '@qseccomp/syscall-tables/arguments';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * flagNames(x86_64, 'clone', 0x4100n); // ['CLONE_VM', 'CLONE_VFORK']
 * ```
 */
export function flagNames(
  architecture: Architecture,
  kind: string,
  mask: bigint,
): readonly string[] | undefined {
  const set = constantSet(architecture, kind);
  if (set === undefined || (mask & BigInt(set.mask)) !== 0n) return undefined;
  const flags = new Map(Object.entries(set.flags).map(([name, bits]) => [BigInt(bits >>> 0), name]));
  const names: string[] = [];
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) {
    const name = flags.get(rest & -rest);
    if (name === undefined) return undefined;
    names.push(name);
  }
  return names;
}

function unknownArguments(): readonly CallArgument[] {
  return Array.from({ length: REGISTERS }, (_, at) => ({ name: `arg${at}`, kind: 'address' }));
}

function named({ values, flags }: ConstantSet, word: string): number | undefined {
  if (Object.hasOwn(flags, word)) return flags[word];
  return Object.hasOwn(values, word) ? values[word] : undefined;
}

/** The set as this architecture has it. */
function constantSet({ name }: Architecture, kind: string): ConstantSet | undefined {
  const set = Object.hasOwn(constantSets, kind) ? constantSets[kind] : undefined;
  if (set === undefined) return undefined;
  const other = set.elsewhere?.find(({ architectures }) => architectures.test(name));
  if (other === undefined) return set;
  return other.flags === null ? undefined : { ...set, flags: other.flags };
}

function constantText({ mask, values, flags }: ConstantSet, value: bigint): string {
  const number = Number(value & WORD);
  const words: string[] = [];
  const one = (number & mask) >>> 0;
  const name = Object.keys(values).find((key) => values[key] === one);
  let rest = number;
  if (mask !== 0 && name !== undefined) {
    words.push(name);
    rest = (rest & ~mask) >>> 0;
  }
  for (const [flag, bits] of Object.entries(flags)) {
    if ((rest & bits) >>> 0 !== bits >>> 0) continue;
    words.push(flag);
    rest = (rest & ~bits) >>> 0;
  }
  if (rest !== 0) words.push(`0x${rest.toString(16)}`);
  return words.join('|') || (name ?? '0');
}

/** The part of a register that the kernel looks at. */
function readValue({ registerBits }: Architecture, kind: string, register: bigint): bigint {
  const isWide = POINTER_KINDS.has(kind) || kind === 'size' || kind === 'long';
  return BigInt.asUintN(isWide ? registerBits : 32, register);
}

function signedWord(value: bigint): string {
  return `${BigInt.asIntN(32, value)}`;
}

function hexadecimal(value: bigint): string {
  return `0x${value.toString(16)}`;
}
