/**
 * Calls in the output of strace: `mount("x", "/y", "tmpfs", MS_RDONLY, NULL) = -1 EPERM`.
 *
 * Arguments are read as far as they are numbers or flags that have a name here; strings, structures and what
 * is unknown stand for memory, or for nothing, and count as unknown.
 *
 * Source: man strace(1), "Trace output format".
 *
 * @module
 */
import { type Architecture, architectures, findArchitecture } from '@qseccomp/syscall-tables';
import { callArguments } from '@qseccomp/syscall-tables/arguments';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { argumentValue, plainNumber } from './argument-value.ts';
import { type AskedCall, callOf, REGISTERS, unknownArguments } from './asked-call.ts';

/** What strace puts in front: `[pid 12] `, `12 `, times. */
const PREFIX = /^(?:\[pid +(\d+)\] +|(\d+) +)?(?:\d\d:\d\d:\d\d(?:\.\d+)? +|\d+\.\d+ +)?/;
const CALL = /^([a-z_][a-z0-9_]*)\((.*)$/;
const NUMBERED = /^syscall_(0x[0-9a-f]+)\((.*)$/;
const SIGNAL =
  /^--- SIGSYS \{.*si_syscall=(?:__NR_(\w+)|(0x[0-9a-f]+|\d+)), si_arch=(?:(AUDIT_ARCH_\w+)|(0x[0-9a-f]+))/;

/** strace -f says so on the same stream, in the middle of the call that made the process. */
const ATTACHED = /strace: Process \d+ attached$/;

const STRING = /^"(?:[^"\\]|\\.)*"?/;
const PATH = /^<(?:->|[^>])*>/;

/** strace's names of arguments where the tables have others. */
const ARGUMENT_NAMES: Readonly<Record<string, string>> = {
  child_stack: 'stack',
  parent_tidptr: 'parent_tid',
  child_tidptr: 'child_tid',
};

/**
 * Reads a line.
 *
 * @param line - any text
 * @param architecture - whose calls they are, unless the line says otherwise
 * @returns the call, or undefined where the line has none
 */
export function parseStraceLine(line: string, architecture: Architecture): AskedCall | undefined {
  const [prefix = '', bracketed, bare] = PREFIX.exec(line) ?? [];
  const pid = bracketed ?? bare;
  const caller = pid === undefined ? {} : { caller: `process ${pid}` };
  const text = line.slice(prefix.length).replace(ATTACHED, '');
  const signal = SIGNAL.exec(text);
  if (signal !== null) return signalled(signal, caller);
  const numbered = NUMBERED.exec(text);
  if (numbered !== null) {
    const number = Number(numbered[1]);
    const args = splitArguments(numbered[2] ?? '').map((word) => plainNumber(word, architecture));
    return { ...callOf(architecture.auditArch, number), args: padded(args), ...caller };
  }
  const [, name = '', rest = ''] = CALL.exec(text) ?? [];
  const number = syscallNumber(architecture, name);
  if (number === undefined) return undefined;
  return {
    ...callOf(architecture.auditArch, number),
    args: readArguments(architecture, name, splitArguments(rest)),
    ...caller,
  };
}

/** The architecture that a remark of strace's is about: `[ Process PID=12 runs in 32 bit mode. ]`. */
export function straceMode(line: string, machine: Architecture): Architecture | undefined {
  const mode = /^\S*.*\[ Process PID=\d+ runs in (\S+)(?: bit)? mode\. \]/.exec(line)?.[1];
  if (mode === '64') return machine;
  if (mode === 'x32') return findArchitecture('x32');
  const narrow: Readonly<Record<string, string>> = {
    x86_64: 'x86',
    aarch64: 'arm',
    s390x: 's390',
    ppc64: 'ppc',
  };
  const name = narrow[machine.name];
  return mode === '32' && name !== undefined ? findArchitecture(name) : undefined;
}

/** The kernel's own words: a filter trapped this call. */
function signalled(match: RegExpExecArray, caller: object): AskedCall | undefined {
  const [, name, number, tokenName, token] = match;
  const named = architectures.filter(
    ({ auditArchName, lookupOnly }) => auditArchName === tokenName && !lookupOnly,
  );
  const arch = token === undefined ? named[0]?.auditArch : Number(token);
  const numbers = named.map((architecture) => syscallNumber(architecture, name ?? ''));
  const nr = number === undefined ? numbers.find((each) => each !== undefined) : Number(number);
  if (arch === undefined || nr === undefined) return undefined;
  return { ...callOf(arch, nr), args: unknownArguments(), ...caller };
}

/** Registers in order; strace names arguments where it shows them in another. */
function readArguments(
  architecture: Architecture,
  name: string,
  words: readonly string[],
): (bigint | undefined)[] {
  const described = callArguments(architecture, name) ?? [];
  const args: (bigint | undefined)[] = [];
  words.forEach((word, at) => {
    const [, label, value] = /^([a-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
    const wanted = label === undefined ? undefined : (ARGUMENT_NAMES[label] ?? label);
    const place = wanted === undefined ? at : described.findIndex((argument) => argument.name === wanted);
    if (place < 0 || place >= REGISTERS) return;
    args[place] = argumentValue(value ?? word, described[place]?.kind, architecture);
  });
  return padded(args);
}

function padded(args: readonly (bigint | undefined)[]): (bigint | undefined)[] {
  return Array.from({ length: REGISTERS }, (_, at) => args[at]);
}

/** Words between commas, outside of strings and brackets, up to the bracket that closes the call. */
function splitArguments(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    // A string, or the path behind a descriptor (strace -y), which is cut off.
    const quoted = (char === '<' && /\d$/.test(word) ? PATH : STRING).exec(text.slice(at))?.[0];
    if (quoted !== undefined) {
      word += quoted;
      at += quoted.length - 1;
      continue;
    }
    if (char === ')' && depth === 0) break;
    if ('([{'.includes(char)) depth++;
    if (')]}'.includes(char)) depth--;
    if (char === ',' && depth === 0) {
      words.push(word.trim());
      word = '';
    } else word += char;
  }
  const last = word.replace(/\s*<unfinished \.\.\.>$/, '').trim();
  return last === '' && words.length === 0 ? [] : [...words, last];
}
