/**
 * Reads profiles and checks their form.
 *
 * Go's reader, which most engines use, takes an absent, null or empty field as not set, and names of fields in
 * any letter case. The first holds here, the second does not: such a field is unknown, and reported.
 *
 * @module
 */

import { BpfError } from '../errors.ts';
import { decodeUtf8, jsonPosition, memberPath, parseJson } from '../json.ts';
import { ACTION_OF_NAME, OPERATOR_NAMES } from './names.ts';
import type {
  Profile,
  ProfileArchitecture,
  ProfileArgument,
  ProfileConditions,
  ProfileFinding,
  ProfileSyscall,
} from './profile.ts';

/** Largest errno or message: an action's data are 16 bits. */
const MAX_DATA = 0xffff;
const MAX_VALUE = (1n << 64n) - 1n;
const MAX_NUMBER = 0xffffffff;

/**
 * Reads a profile.
 *
 * @param source - JSON text, or its bytes in UTF-8: an OCI `linux.seccomp` object or an engine's profile
 * @returns the profile; fields that nobody knows stay in it, and {@link profilePolicy} reports them
 * @throws {BpfError} BPF_JSON when it is not JSON, BPF_PROFILE when it is no profile; both with line, column,
 * and path (`$.syscalls[3].args[0].op`)
 * @example
 * ```ts
 * import { readProfile } from '@qseccomp/bpf';
 *
 * const text = '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}]}';
 * readProfile(text).syscalls; // [{ names: ['reboot'], action: 'SCMP_ACT_ERRNO' }]
 * ```
 */
export function readProfile(source: string | Uint8Array): Profile {
  const text = typeof source === 'string' ? source : decodeUtf8(source);
  const json = parseJson(text);
  try {
    return checkProfile(json);
  } catch (error) {
    if (!(error instanceof BpfError) || error.path === undefined) throw error;
    const position = jsonPosition(text, error.path);
    throw new BpfError(error.code, `line ${position.line}, column ${position.column}, at ${error.message}`, {
      path: error.path,
      ...position,
    });
  }
}

/**
 * Checks that data are a profile.
 *
 * @param data - parsed JSON; integers may be bigint or, up to 2^53, number
 * @returns the same data, with each field as {@link Profile} has it and those left out that are null or empty
 * @throws {BpfError} BPF_PROFILE with the path
 * @example
 * ```ts
 * import { checkProfile } from '@qseccomp/bpf';
 *
 * checkProfile({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38n, syscalls: null });
 * // { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 }
 * ```
 */
export function checkProfile(data: unknown): Profile {
  const profile = record(data, '$', PROFILE_FIELDS);
  const { defaultAction, architectures, archMap, linux } = profile;
  if (defaultAction === undefined) {
    const hint = linux === undefined ? '' : " (of a runtime's config.json, the profile is linux.seccomp)";
    throw malformed('$.defaultAction', 'an action', `none${hint}`);
  }
  if (architectures !== undefined && archMap !== undefined) {
    throw malformed('$.archMap', "either 'architectures' or 'archMap'", 'both');
  }
  return profile as unknown as Profile;
}

/**
 * Finds the fields that neither the specification nor an engine has.
 *
 * @param profile - a profile in form
 * @returns one finding for each
 */
export function unknownFields(profile: Profile): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const look = (object: object | undefined, path: string, fields: Fields): void => {
    for (const name of Object.keys(object ?? {})) {
      if (!Object.hasOwn(fields, name)) findings.push(unknownField(memberPath(path, name), name, fields));
    }
  };
  look(profile, '$', PROFILE_FIELDS);
  for (const [index, entry] of (profile.archMap ?? []).entries()) {
    look(entry, `$.archMap[${index}]`, ARCHITECTURE_FIELDS);
  }
  for (const [index, entry] of (profile.syscalls ?? []).entries()) {
    const path = `$.syscalls[${index}]`;
    look(entry, path, SYSCALL_FIELDS);
    look(entry.includes, `${path}.includes`, CONDITION_FIELDS);
    look(entry.excludes, `${path}.excludes`, CONDITION_FIELDS);
    for (const [at, argument] of (entry.args ?? []).entries()) {
      look(argument, `${path}.args[${at}]`, ARGUMENT_FIELDS);
    }
  }
  return findings;
}

function unknownField(path: string, name: string, fields: Fields): ProfileFinding {
  const meant = Object.keys(fields).find((field) => field.toLowerCase() === name.toLowerCase());
  const hint = meant === undefined ? '' : ` (some engines take it as '${meant}')`;
  return {
    kind: 'unknown-field',
    ineffective: true,
    path,
    message: `no profile has a field '${name}' here${hint}`,
  };
}

/** Gives a field's value in form, or undefined to leave the field out. */
type Check = (value: unknown, path: string) => unknown;

type Fields = Readonly<Record<string, Check>>;

const ARGUMENT_FIELDS: Fields = {
  index: (value, path) => Number(integer(value, path, 5n)),
  value: (value, path) => integer(value, path, MAX_VALUE),
  valueTwo: (value, path) => integer(value, path, MAX_VALUE),
  op: (value, path) => oneOfNames(value, path, OPERATOR_NAMES),
} satisfies Record<keyof ProfileArgument, Check>;

const CONDITION_FIELDS: Fields = {
  arches: strings,
  caps: strings,
  minKernel: (value, path) => {
    const release = text(value, path);
    if (release === '') return undefined;
    if (!/^\d+\.\d+$/.test(release))
      throw malformed(path, "a kernel release of two numbers, such as '4.8'", shown(value));
    return release;
  },
} satisfies Record<keyof ProfileConditions, Check>;

const SYSCALL_FIELDS: Fields = {
  names: (value, path) => list(value, path, syscallName),
  name: (value, path) => (value === '' ? undefined : syscallName(value, path)),
  action,
  errnoRet: data,
  errno: textOrNone,
  args: (value, path) =>
    list(value, path, (item, at) => {
      const argument = record(item, at, ARGUMENT_FIELDS);
      for (const name of ['index', 'op', 'value']) required(argument, name, at);
      return argument;
    }),
  comment: text,
  includes: (value, path) => record(value, path, CONDITION_FIELDS),
  excludes: (value, path) => record(value, path, CONDITION_FIELDS),
} satisfies Record<keyof ProfileSyscall, Check>;

const ARCHITECTURE_FIELDS: Fields = {
  architecture: architectureName,
  subArchitectures: (value, path) => list(value, path, architectureName),
} satisfies Record<keyof ProfileArchitecture, Check>;

const PROFILE_FIELDS: Fields = {
  defaultAction: action,
  defaultErrnoRet: data,
  defaultErrno: textOrNone,
  architectures: (value, path) => listOrNone(value, path, architectureName),
  archMap: (value, path) =>
    listOrNone(value, path, (item, at) =>
      required(record(item, at, ARCHITECTURE_FIELDS), 'architecture', at),
    ),
  flags: (value, path) => list(value, path, text),
  listenerPath: textOrNone,
  listenerMetadata: textOrNone,
  syscalls: (value, path) =>
    list(value, path, (item, at) => {
      const syscall = record(item, at, SYSCALL_FIELDS);
      required(syscall, 'action', at);
      const { names, ...single } = syscall;
      if (single['name'] === undefined) return required(syscall, 'names', at);
      if (names === undefined || (names as string[]).length === 0) return single;
      throw malformed(`${at}.name`, "either 'name' or 'names'", 'both');
    }),
} satisfies Record<keyof Profile, Check>;

/** An object's fields, each checked; those without a check as they are. */
function record(value: unknown, path: string, fields: Fields): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(path, 'an object', shown(value));
  const entries: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (check === undefined) {
      entries.push([name, member]);
      continue;
    }
    const checked =
      member === null || member === undefined ? undefined : check(member, memberPath(path, name));
    if (checked !== undefined) entries.push([name, checked]);
  }
  return Object.fromEntries(entries);
}

function required(object: Record<string, unknown>, name: string, path: string): Record<string, unknown> {
  if (object[name] === undefined)
    throw malformed(`${path}.${name}`, 'a value, since this field is required', 'none');
  return object;
}

function list<T>(value: unknown, path: string, item: (value: unknown, path: string) => T): T[] {
  if (!Array.isArray(value)) throw malformed(path, 'an array', shown(value));
  return value.map((member, index) => item(member, `${path}[${index}]`));
}

function listOrNone<T>(
  value: unknown,
  path: string,
  item: (value: unknown, path: string) => T,
): T[] | undefined {
  const items = list(value, path, item);
  return items.length === 0 ? undefined : items;
}

function strings(value: unknown, path: string): string[] {
  return list(value, path, text);
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw malformed(path, 'a string', shown(value));
  return value;
}

function textOrNone(value: unknown, path: string): string | undefined {
  return text(value, path) === '' ? undefined : (value as string);
}

function integer(value: unknown, path: string, max: bigint): bigint {
  const exact = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof exact !== 'bigint' || exact < 0n || exact > max) {
    throw malformed(path, `an integer from 0 to ${max}`, shown(value));
  }
  return exact;
}

function data(value: unknown, path: string): number {
  return Number(integer(value, path, BigInt(MAX_DATA)));
}

function oneOfNames(value: unknown, path: string, names: Iterable<string>): string {
  const known = [...names];
  if (typeof value !== 'string' || !known.includes(value))
    throw malformed(path, `one of ${known.join(', ')}`, shown(value));
  return value;
}

function action(value: unknown, path: string): string {
  return oneOfNames(value, path, ACTION_OF_NAME.keys());
}

function architectureName(value: unknown, path: string): string {
  if (typeof value !== 'string' || !/^SCMP_ARCH_[A-Z0-9_]+$/.test(value)) {
    throw malformed(path, "an architecture such as 'SCMP_ARCH_X86_64'", shown(value));
  }
  return value;
}

function syscallName(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '')
    throw malformed(path, 'the name of a system call', shown(value));
  if (/^\d+$/.test(value) && BigInt(value) > MAX_NUMBER) {
    throw malformed(path, `a name, or a number from 0 to ${MAX_NUMBER}`, shown(value));
  }
  return value;
}

/** A value in a message: scalars as JSON has them, shortened. */
function shown(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The error for a profile that is not in form. */
export function malformed(path: string, expected: string, got: string): BpfError {
  return new BpfError('BPF_PROFILE', `${path}: expected ${expected}, got ${got}`, { path });
}
