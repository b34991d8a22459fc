/**
 * The one-shot exec ticket: how a filter that forbids execve(2) still lets its program start.
 *
 * The launcher installs the filter and then calls execveat(2) once. That call takes five arguments, and
 * the filter sees six registers, so the sixth can carry 64 random bits that the kernel ignores; of the
 * descriptor and the flags the kernel reads 32 bits, and their upper halves carry 64 more. The filter
 * allows execveat exactly with these registers. The program has lost the launcher's memory by the time
 * it runs, so it cannot know them, and any other execveat kills it.
 *
 * @module
 */
import type { Action, Comparison, Rule } from '@qseccomp/bpf';
import { AT_EMPTY_PATH } from './abi.ts';
import { callFailure } from './call-failure.ts';
import { RuntimeError } from './errors.ts';
import { systemCall } from './libc.ts';
import type { Host } from './platform.ts';

/** The three registers of execveat(2) that open the door once. */
export interface Ticket {
  /** Register of argument 0: the program's descriptor, below random bits. */
  readonly descriptor: bigint;
  /** Register of argument 4: AT_EMPTY_PATH, below random bits. */
  readonly flags: bigint;
  /** Register of argument 5, which the kernel does not read. */
  readonly secret: bigint;
}

const EXECVEAT = 'execveat';
const RANDOM_BYTES = 16;

/**
 * Draws a ticket for a descriptor: 128 random bits, or on a 32-bit machine 31 of the sixth argument.
 *
 * @param host - this machine
 * @param descriptor - the open program, 0..2^31-1
 * @throws {RuntimeError} RUNTIME_LAUNCH when the kernel gives no random numbers
 */
export function drawTicket(host: Host, descriptor: number): Ticket {
  const random = Buffer.allocUnsafeSlow(RANDOM_BYTES);
  // Straight from the kernel: node:crypto costs a millisecond to load.
  const { value, errno } = systemCall(host.number('getrandom'), random, RANDOM_BYTES, 0);
  if (value === -1) {
    throw callFailure('RUNTIME_LAUNCH', 'getrandom', errno, { state: 'the program was not started' });
  }
  if (value !== RANDOM_BYTES) {
    throw new RuntimeError('RUNTIME_LAUNCH', `getrandom(2) gave ${value} of ${RANDOM_BYTES} bytes`);
  }
  const word = (index: number): bigint => BigInt(random.readUInt32LE(4 * index));
  if (host.architecture.registerBits === 32) {
    // With one bit set, so that whatever shows filters knows it for a secret and not for a small number.
    const secret = word(0) | (1n << 16n);
    return { descriptor: BigInt(descriptor), flags: BigInt(AT_EMPTY_PATH), secret };
  }
  return {
    descriptor: (word(0) << 32n) | BigInt(descriptor),
    flags: (word(1) << 32n) | BigInt(AT_EMPTY_PATH),
    secret: (word(2) << 32n) | word(3),
  };
}

/**
 * Tells whether a program could be started under a policy without a ticket.
 *
 * @param rules - the rules of this machine's architecture
 * @param defaultAction - what the policy does with a call that no rule names
 * @param number - number of execveat on this architecture
 */
export function allowsExec(rules: readonly Rule[], defaultAction: Action, number: number): boolean {
  const own = rules.filter((rule) => isExecveat(rule, number));
  if (own.length === 0) return defaultAction === 'ALLOW' || defaultAction === 'LOG';
  return own.every((rule) => rule.action === 'ALLOW' && (rule.comparisons ?? []).length === 0);
}

/**
 * The rules with the ticket in place of what they say of execveat: of the rules that match a call the most
 * restrictive wins, so one rule that allows and one that kills for each register that differs leave
 * exactly one call.
 *
 * @param rules - the rules of this machine's architecture
 * @param number - number of execveat on this architecture
 * @param ticket - the registers to allow
 * @param kill - what happens to every other execveat
 */
export function withTicket(rules: readonly Rule[], number: number, ticket: Ticket, kill: Action): Rule[] {
  const differs = (argument: number, value: bigint): Comparison => ({ argument, op: 'NE', value });
  const registers = [differs(0, ticket.descriptor), differs(4, ticket.flags), differs(5, ticket.secret)];
  return [
    ...rules.filter((rule) => !isExecveat(rule, number)),
    { syscall: number, action: 'ALLOW' },
    ...registers.map((comparison): Rule => ({ syscall: number, action: kill, comparisons: [comparison] })),
  ];
}

function isExecveat(rule: Rule, number: number): boolean {
  return rule.syscall === EXECVEAT || rule.syscall === number;
}
