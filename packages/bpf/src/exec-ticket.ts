/**
 * The launcher's one-shot exec ticket, as it is found in a filter.
 *
 * A filter that forbids execve(2) can still let its program start: it allows execveat(2) with one descriptor,
 * AT_EMPTY_PATH, and random bits in the registers' halves and in the sixth register, which the kernel does not
 * read; with other bits there it gets one other answer. The random bits are a secret for as long as somebody may
 * still want to use them, so what shows or compares filters says that there is a ticket and not what it is.
 *
 * @module
 */

import { ActionValue } from './filter/action.ts';
import type { Instruction, Program } from './instruction.ts';
import { ARGUMENTS_OFFSET, Opcode } from './opcode.ts';

/** What a ticket is called where it is met. */
export const EXEC_TICKET_NAME = "the launcher's one-shot exec ticket";

/** A ticket in a program. */
export interface ExecTicket {
  /** Instructions whose constant is a secret word. */
  readonly secrets: readonly number[];
  /** What execveat gets that is the ticket's but for the secret, unsigned 32 bits. */
  readonly otherwise: number;
}

/** Flags of execveat(2) in a ticket: AT_EMPTY_PATH, linux/fcntl.h. */
const TICKET_FLAGS = 0x1000;

const LAST_DESCRIPTOR = 0x7fffffff;

/** A 32-bit machine's secret is not below this, so that it is not taken for a number that somebody chose. */
const SMALLEST_SECRET = 0x10000;

/**
 * Halves of the registers 0, 4 and 5 that a ticket fixes, as words of the call: low ones and high ones of a
 * machine of either byte order, or low ones alone where registers have 32 bits.
 */
const LAYOUTS: readonly { readonly low: readonly number[]; readonly high: readonly number[] }[] = [
  { low: [4, 12, 14], high: [5, 13, 15] },
  { low: [5, 13, 15], high: [4, 12, 14] },
  { low: [4, 12, 14], high: [] },
  { low: [5, 13, 15], high: [] },
];

/** An equality that a program asks for. */
interface Test {
  readonly pc: number;
  readonly word: number;
  readonly k: number;
  /** What is returned where it does not hold, if that is sure. */
  readonly otherwise: number | undefined;
}

/**
 * Looks for a ticket: a chain of equalities of the registers 0, 4 and 5 that ends in ALLOW, and in one other
 * answer wherever one of a secret word fails; where a public one fails, a filter may go on with its own tests.
 *
 * @param program - any program
 * @returns the ticket, or undefined if there is none
 * @example
 * ```ts
 * import { assemble, findExecTicket } from '@qseccomp/bpf';
 *
 * const { program } = assemble(`
 *   ld [16]; jne #7, kill; ld [48]; jne #0x1000, kill
 *   ld [56]; jne #0x5ec2e7, kill; ret #0x7fff0000
 *   kill: ret #0x80000000
 * `.replaceAll(';', '\n'));
 * findExecTicket(program); // { secrets: [5], otherwise: 0x80000000 }
 * ```
 */
export function findExecTicket(program: Program): ExecTicket | undefined {
  for (const [pc, { code, k }] of program.entries()) {
    if (code !== Opcode.LD_ABS || k < ARGUMENTS_OFFSET) continue;
    const secrets = secretsOf(chainFrom(program, pc));
    const answers = new Set(secrets.map(({ otherwise }) => otherwise));
    const [otherwise] = answers;
    if (answers.size !== 1 || otherwise === undefined || otherwise === ActionValue.ALLOW) continue;
    return { secrets: secrets.map((test) => test.pc).sort((a, b) => a - b), otherwise };
  }
  return undefined;
}

/**
 * The program as if its ticket were worth nothing: what has it gets what has it not.
 *
 * @param program - any program
 * @returns a program without secrets; the same one where there is no ticket
 * @example
 * ```ts
 * import { withoutExecTicket } from '@qseccomp/bpf';
 *
 * const program = [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }];
 * withoutExecTicket(program) === program; // true
 * ```
 */
export function withoutExecTicket(program: Program): Program {
  const secrets = findExecTicket(program)?.secrets ?? [];
  if (secrets.length === 0) return program;
  return program.map((instruction, pc) =>
    secrets.includes(pc) ? { ...instruction, jt: instruction.jf, k: 0 } : instruction,
  );
}

/** The equalities from a place on that all have to hold for ALLOW, if nothing else is asked for there; else none. */
function chainFrom(program: Program, start: number): readonly Test[] {
  const tests: Test[] = [];
  let word = 0;
  for (let pc = start; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc] as Instruction;
    if (code === Opcode.LD_ABS) {
      word = k / 4;
    } else if (code === Opcode.JEQ_K) {
      tests.push({ pc, word, k, otherwise: returnedAt(program, pc + 1 + jf) });
      pc += jt;
    } else if (code === Opcode.JA) {
      pc += k;
    } else {
      return code === Opcode.RET_K && k === ActionValue.ALLOW ? tests : [];
    }
  }
  return [];
}

/** What is returned at a place, if that is sure. */
function returnedAt(program: Program, place: number): number | undefined {
  let pc = place;
  while (program[pc]?.code === Opcode.JA) pc += 1 + (program[pc] as Instruction).k;
  const { code, k } = program[pc] ?? {};
  return code === Opcode.RET_K ? k : undefined;
}

/** The secret ones of a chain's tests, if the chain is a ticket; else none. */
function secretsOf(tests: readonly Test[]): readonly Test[] {
  const asked = new Map(tests.map((test) => [test.word, test]));
  if (asked.size !== tests.length) return [];
  for (const { low, high } of LAYOUTS) {
    const words = [...low, ...high];
    if (words.length !== asked.size || !words.every((word) => asked.has(word))) continue;
    const [descriptor, flags, secret] = low.map((word) => asked.get(word)) as [Test, Test, Test];
    if (flags.k !== TICKET_FLAGS || descriptor.k > LAST_DESCRIPTOR) continue;
    const halves = high.map((word) => asked.get(word) as Test);
    // A rule that asks whole registers for small numbers has no random bits. On a 32-bit machine, where the upper
    // halves are zero, a ticket has them in the sixth register alone.
    if (secret.k < SMALLEST_SECRET && halves.every(({ k }) => k === 0)) continue;
    return [...halves, secret];
  }
  return [];
}
