/**
 * A call as a person types it: name or number, and arguments.
 *
 * @module
 */
import type { SeccompData } from '@qseccomp/bpf';
import { plainSyscallName } from '@qseccomp/bpf/assembler';
import type { Architecture } from '@qseccomp/syscall-tables';
import { callArguments } from '@qseccomp/syscall-tables/arguments';
import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
import { argumentValue } from './denial/argument-value.ts';
import { CliError, didYouMean } from './errors.ts';

/**
 * The call that some words are about.
 *
 * @param words - name (`read`, `__NR_read` or `SYS_read`) or number; then arguments: decimal, negative,
 * hexadecimal with 0x, or names of flags with `|` between them
 * @param architecture - whose call
 * @throws {CliError} that says which word means nothing there
 */
export function readCall([call = '', ...words]: readonly string[], architecture: Architecture): SeccompData {
  const name = plainSyscallName(call);
  return {
    nr: callNumber(call, architecture),
    arch: architecture.auditArch,
    instructionPointer: 0n,
    args: words.map((word, at) => argument(word, at, name, architecture)),
  };
}

function callNumber(word: string, architecture: Architecture): number {
  if (/^(?:\d+|0x[\da-f]+|-\d+)$/i.test(word)) {
    const number = Number(word);
    if (number >= -(2 ** 31) && number < 2 ** 32) return number >>> 0;
    throw new CliError(`expected the number of a call, 32 bits, got ${word}`);
  }
  const plain = plainSyscallName(word);
  const number = syscallNumber(architecture, plain);
  if (number !== undefined) return number;
  for (const { name, calls } of architecture.multiplexers) {
    const call = calls.find(([called]) => called === plain)?.[1];
    if (call !== undefined)
      throw new CliError(
        `${architecture.name} makes ${plain} through another call: ask about '${name} ${call}'`,
      );
  }
  const names = architecture.syscalls.map(([known]) => known);
  throw new CliError(
    `expected the name of a call on ${architecture.name}, got '${word}'${didYouMean(plain, names)}`,
  );
}

/** A number, or names of flags. A negative value is what a register of the architecture would hold. */
function argument(word: string, at: number, call: string, architecture: Architecture): bigint {
  const { registerBits, name } = architecture;
  const [, sign = '', digits] = /^(-?)(\d+|0x[\da-f]+)$/i.exec(word) ?? [];
  if (digits === undefined) {
    const kind = callArguments(architecture, call)?.[at]?.kind;
    const value = kind === undefined ? undefined : argumentValue(word, kind, architecture);
    if (value !== undefined) return value;
    throw new CliError(`expected a number, or names of its flags, as argument ${at}, got '${word}'`);
  }
  const value = sign === '' ? BigInt(digits) : -BigInt(digits);
  const width = BigInt(registerBits);
  if (value >= 1n << width || value < -(1n << (width - 1n)))
    throw new CliError(`expected ${registerBits} bits as argument ${at} on ${name}, got ${word}`);
  return BigInt.asUintN(registerBits, value);
}
