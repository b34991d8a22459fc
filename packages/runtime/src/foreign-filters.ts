/**
 * Filters that were not made for a launch, such as a container profile's: the one execveat(2) that starts the
 * program has to pass them too. Loaded only where there are such filters.
 *
 * Where a filter would deny that call, instructions in front of it look for the ticket. They change what the
 * filter answers to nothing else but guesses of the ticket, which kill.
 *
 * @module
 */
import type { Instruction, Program } from '@qseccomp/bpf';
import { emulate } from '@qseccomp/bpf/emulate';
import { encodeProgram } from '@qseccomp/bpf/encoding';
import { validateProgram } from '@qseccomp/bpf/validate';
import type { Architecture } from '@qseccomp/syscall-tables';
import { SeccompReturn } from './abi.ts';

/** BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K (linux/bpf_common.h). */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;
/** Offsets in struct seccomp_data (linux/seccomp.h). */
const NUMBER = 0;
const ARCHITECTURE = 4;
const ARGUMENTS = 16;
/** The registers that the kernel reads of the call, and so every guess has right: descriptor and flags. */
const DESCRIPTOR = 0;
const FLAGS = 4;
const SECRET = 5;

/**
 * A filter that lets one execveat(2) through.
 *
 * @param program - a filter for this machine
 * @param architecture - this machine's
 * @param execveat - its number of that call
 * @param args - the six registers that the call will have, the ticket's among them
 * @returns a struct sock_filter array: the same filter where it allows the call
 * @throws {BpfError} when the kernel would not take the filter, or it has no room for the ticket
 */
export function lettingExec(
  program: Program,
  architecture: Architecture,
  execveat: number,
  args: readonly bigint[],
): Uint8Array {
  const call = { nr: execveat, arch: architecture.auditArch, instructionPointer: 0n, args };
  const { action } = emulate(program, call);
  const loaded =
    action === 'ALLOW' || action === 'LOG' ? program : withDoor(program, architecture, execveat, args);
  validateProgram(loaded);
  return encodeProgram(loaded, architecture.endian);
}

function withDoor(
  program: Program,
  architecture: Architecture,
  execveat: number,
  args: readonly bigint[],
): Program {
  const high = architecture.endian === 'little' ? 4 : 0;
  const half = (argument: number, upper: boolean): Test => {
    const value = args[argument] ?? 0n;
    return {
      offset: ARGUMENTS + 8 * argument + (upper ? high : 4 - high),
      value: Number(BigInt.asUintN(32, upper ? value >> 32n : value)),
    };
  };
  // A call that fails one of these is another one: the filter decides. One that fails a later one is a guess.
  const isTheCall: Test[] = [
    { offset: ARCHITECTURE, value: architecture.auditArch },
    { offset: NUMBER, value: execveat },
    half(DESCRIPTOR, false),
    half(FLAGS, false),
  ];
  const hasTheTicket = [half(DESCRIPTOR, true), half(FLAGS, true), half(SECRET, true), half(SECRET, false)];
  const tests = [...isTheCall, ...hasTheTicket];
  const last = 2 * tests.length;
  const door = tests.flatMap(({ offset, value }, at): Instruction[] => {
    // Behind the tests come the answer for the ticket, the one for a guess, and the filter.
    const target = last + (at < isTheCall.length ? 2 : 1);
    return [
      { code: LOAD, jt: 0, jf: 0, k: offset },
      { code: JUMP_EQUAL, jt: 0, jf: target - (2 * at + 2), k: value },
    ];
  });
  const answer = (k: number): Instruction => ({ code: RETURN, jt: 0, jf: 0, k });
  return [...door, answer(SeccompReturn.ALLOW), answer(SeccompReturn.KILL_PROCESS), ...program];
}

/** One word of the call. */
interface Test {
  /** In struct seccomp_data. */
  readonly offset: number;
  /** u32. */
  readonly value: number;
}
