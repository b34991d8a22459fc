/**
 * A filter as pseudo code: what it answers, architecture by architecture and call by call. It is read off the
 * program, by following it for every number that it tells apart; so it says what the program does.
 *
 * @module
 */
import { actionText, Opcode, type Program } from '@qseccomp/bpf';
import type { Architecture, Endian } from '@qseccomp/syscall-tables';
import { architectureNames, type Filter } from './filter.ts';

/** Bytes of struct seccomp_data, linux/seccomp.h. */
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const ARGUMENTS_OFFSET = 16;
const MAX_WORD = 0xffffffff;

/** What A holds: a number, or what a call decides. */
type Value = number | string;

/** Call numbers from one to another. */
type Range = readonly [from: number, to: number];

/** What is known of a call while the program is followed. */
interface Call {
  readonly arch: number;
  readonly nr: number;
}

/**
 * The pseudo code of a compiled filter.
 *
 * @param filter - made by this project's compiler: loads, masks, jumps and returns
 * @returns whole lines
 */
export function pseudoCode(filter: Filter): string {
  const { title, program, architectures, endian } = filter;
  const tokens = new Map<number, Architecture[]>();
  for (const architecture of architectures) {
    tokens.set(architecture.auditArch, [...(tokens.get(architecture.auditArch) ?? []), architecture]);
  }
  let unknown = 0;
  while (tokens.has(unknown)) unknown++;
  return [
    `# ${title}, for ${architectureNames(filter)} (${endian}-endian)\n`,
    ...[...tokens].map(([arch, tables]) => architectureText(program, endian, arch, tables)),
    '# any other architecture\n',
    ...treeText(program, { arch: unknown, nr: 0 }, endian),
  ].join('');
}

function architectureText(
  program: Program,
  endian: Endian,
  arch: number,
  tables: readonly Architecture[],
): string {
  const groups = new Map<string, Range[]>();
  for (const [from, to] of numberRanges(program)) {
    const text = treeText(program, { arch, nr: from }, endian)
      .map((line) => `    ${line}`)
      .join('');
    const ranges = groups.get(text) ?? [];
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === from) ranges[ranges.length - 1] = [last[0], to];
    else ranges.push([from, to]);
    groups.set(text, ranges);
  }
  // What the greatest number gets comes last, without its numbers: no call has it, so that is the default.
  const [otherText] = [...groups].find(([, ranges]) => ranges.at(-1)?.[1] === MAX_WORD) as [string, Range[]];
  const names = new Map<number, string[]>();
  for (const [name, number] of tables.flatMap(({ syscalls }) => syscalls)) {
    names.set(number, [...(names.get(number) ?? []), name]);
  }
  const cases = [...groups]
    .filter(([text]) => text !== otherText)
    .flatMap(([text, ranges]) => ranges.map((range) => ({ range, text })))
    .sort((a, b) => a.range[0] - b.range[0]);
  return [
    `if ($arch == 0x${arch.toString(16)})  # ${tables.map(({ name }) => name).join(', ')}\n`,
    ...cases.map(({ range, text }) => `  ${caseText(range, names)}\n${text}`),
    `  # ${cases.length > 0 ? 'any other call' : 'any call'}\n${otherText.replace(/^ {4}/gm, '  ')}`,
  ].join('');
}

function caseText([from, to]: Range, names: ReadonlyMap<number, readonly string[]>): string {
  if (from === to) {
    const known = names.get(from);
    return `if ($syscall == ${from})${known === undefined ? '' : `  # ${known.join(', ')}`}`;
  }
  const known = [...names].filter(([number]) => number >= from && number <= to).sort(([a], [b]) => a - b);
  const comment = known.length > 0 ? `  # ${known.map(([, all]) => all.join(', ')).join(', ')}` : '';
  return `if ($syscall >= ${from} && $syscall <= ${to})${comment}`;
}

/** Ranges of numbers that the program cannot tell apart, in order. */
function numberRanges(program: Program): Range[] {
  const cuts = new Set([0]);
  for (const { code, k } of program) {
    if (code === Opcode.JEQ_K || code === Opcode.JGE_K) cuts.add(k);
    if ((code === Opcode.JEQ_K || code === Opcode.JGT_K) && k < MAX_WORD) cuts.add(k + 1);
  }
  const starts = [...cuts].sort((a, b) => a - b);
  return starts.map((from, at) => [from, (starts[at + 1] ?? MAX_WORD + 1) - 1]);
}

/** What the program does with a call: an action, or questions about its arguments. */
function treeText(program: Program, call: Call, endian: Endian): string[] {
  const uses = new Map<string, number>();
  count(program, 0, 0, call, endian, uses);
  return branch(program, 0, 0, '', { call, endian, uses, printed: new Set() });
}

/** How often each question is come to: one that is come to twice is written once. */
function count(
  program: Program,
  pc: number,
  a: Value,
  call: Call,
  endian: Endian,
  uses: Map<string, number>,
): void {
  const step = advance(program, pc, a, call, endian);
  if (step.question === undefined) return;
  const key = `${step.pc}/${step.a}`;
  const before = uses.get(key) ?? 0;
  uses.set(key, before + 1);
  if (before > 0) return;
  for (const target of step.targets) count(program, target, step.a, call, endian, uses);
}

function branch(
  program: Program,
  pc: number,
  a: Value,
  indent: string,
  state: {
    readonly call: Call;
    readonly endian: Endian;
    readonly uses: ReadonlyMap<string, number>;
    readonly printed: Set<string>;
  },
): string[] {
  const step = advance(program, pc, a, state.call, state.endian);
  if (step.question === undefined) return [`${indent}action ${step.answer}\n`];
  const key = `${step.pc}/${step.a}`;
  if (state.printed.has(key)) return [`${indent}goto question_${step.pc}\n`];
  state.printed.add(key);
  const label = (state.uses.get(key) ?? 0) > 1 ? `  # question_${step.pc}` : '';
  const [yes, no] = step.targets.map((target) => branch(program, target, step.a, `${indent}  `, state)) as [
    string[],
    string[],
  ];
  return [`${indent}if (${step.question})${label}\n`, ...yes, `${indent}else\n`, ...no];
}

/** Goes on until the call's arguments decide, or to the end. */
function advance(
  program: Program,
  start: number,
  before: Value,
  call: Call,
  endian: Endian,
): {
  readonly pc: number;
  readonly a: Value;
  readonly answer: string;
  readonly question?: string;
  readonly targets: readonly number[];
} {
  let a = before;
  for (let pc = start; ; pc++) {
    const { code, jt, jf, k } = program[pc] as Program[number];
    const constant = `0x${k.toString(16)}`;
    if (code === Opcode.RET_K) return { pc, a, answer: actionText(k), targets: [] };
    if (code === Opcode.LD_ABS) a = word(k, call, endian);
    else if (code === Opcode.AND_K) a = typeof a === 'number' ? (a & k) >>> 0 : `(${a} & ${constant})`;
    else if (code === Opcode.JA) pc += k;
    else if (typeof a === 'number') pc += holds(code, a, k) ? jt : jf;
    else {
      const targets = [pc + 1 + jt, pc + 1 + jf];
      const operator = OPERATORS.get(code);
      const question =
        operator === undefined ? `(${a} & ${constant}) != 0` : `${a} ${operator} ${k < 10 ? k : constant}`;
      return { pc, a, answer: '', question, targets };
    }
  }
}

const OPERATORS: ReadonlyMap<number, string> = new Map([
  [Opcode.JEQ_K, '=='],
  [Opcode.JGE_K, '>='],
  [Opcode.JGT_K, '>'],
]);

function holds(code: number, a: number, k: number): boolean {
  if (code === Opcode.JEQ_K) return a === k;
  if (code === Opcode.JGE_K) return a >= k;
  return code === Opcode.JGT_K ? a > k : (a & k) !== 0;
}

function word(offset: number, { nr, arch }: Call, endian: Endian): Value {
  if (offset === NUMBER_OFFSET) return nr;
  if (offset === ARCHITECTURE_OFFSET) return arch;
  const half = offset % 8 === (endian === 'big' ? 0 : 4) ? 'high' : 'low';
  return offset < ARGUMENTS_OFFSET
    ? `$instruction_pointer.${half}`
    : `$a${Math.floor((offset - ARGUMENTS_OFFSET) / 8)}.${half}`;
}
