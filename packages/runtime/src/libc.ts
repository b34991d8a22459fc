/**
 * The boundary to the C library: the only file that knows koffi.
 *
 * Everything goes through syscall(2), whose six arguments are whole registers: the upper halves of
 * narrow arguments and the argument that a call ignores must arrive exactly as given (see `exec.ts`).
 * Source of the interface: man syscall(2), signal(2), strerror(3).
 *
 * @module
 */
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { RuntimeError } from './errors.ts';
import { dependencyDirectory, ownDirectory } from './own-package.ts';

/** A C structure in memory, and the buffers that its pointers lead to. */
export interface Structure {
  readonly bytes: Uint8Array;
  readonly keep: readonly Uint8Array[];
}

/** A register value: a number, a bit pattern, or the address of memory that is held until the call is over. */
export type Register = number | bigint | Uint8Array | Structure;

/** What a system call answered: the value, and errno where it is -1 (0 otherwise). */
export interface CallResult {
  readonly value: number;
  readonly errno: number;
}

type SyscallFunction = ((...registers: (number | bigint)[]) => number) & {
  async: (...registersAndCallback: unknown[]) => void;
};

interface Libc {
  readonly koffi: typeof Koffi;
  readonly syscall: SyscallFunction;
  readonly library: Koffi.LibraryHandle;
}

/** Registers that syscall(2) takes after the call's number. */
const ARGUMENTS = 6;

let loaded: Libc | undefined;
/** What calls under way point to: held here so that no collection frees it while the kernel reads it. */
const held = new Set<readonly Register[]>();

/**
 * Makes one system call on this thread.
 *
 * @param number - the call's number on the machine that Node was built for
 * @param registers - up to six arguments; missing ones are 0
 * @returns the value and errno, read right after the call
 * @throws {RuntimeError} RUNTIME_NO_LIBC when koffi has no binary for this machine
 */
export function systemCall(number: number, ...registers: readonly Register[]): CallResult {
  const { syscall, koffi } = libc();
  held.add(registers);
  const value = syscall(number, ...padded(registers));
  held.delete(registers);
  return { value, errno: value === -1 ? koffi.errno() : 0 };
}

/**
 * Makes one system call that may block, on a thread of its own, so that the event loop goes on.
 * errno cannot be read across threads: a failure says only that it failed.
 *
 * @param number - the call's number on the machine that Node was built for
 * @param registers - up to six arguments
 * @returns the call's value, -1 on failure
 */
export function systemCallAsync(number: number, ...registers: readonly Register[]): Promise<number> {
  const { syscall } = libc();
  held.add(registers);
  return new Promise((resolve, reject) => {
    syscall.async(number, ...padded(registers), (error: unknown, value: number) => {
      held.delete(registers);
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/**
 * The address of a buffer's first byte.
 *
 * @param buffer - memory outside the JavaScript heap (Buffer.allocUnsafeSlow, or more than 64 bytes)
 * @returns the address
 */
export function addressOf(buffer: Uint8Array): bigint {
  return libc().koffi.address(buffer);
}

/** What a signal does when no handler is installed: signal(2)'s SIG_DFL and SIG_IGN. */
export type Disposition = 'default' | 'ignore';

/**
 * Sets a signal's disposition for the whole process.
 *
 * @param signal - signal number, 1..64
 * @param disposition - SIG_DFL or SIG_IGN
 */
export function setDisposition(signal: number, disposition: Disposition): void {
  const { library } = libc();
  // The C function keeps the differences of struct sigaction between architectures out of here.
  setSignal ??= library.func('signal', 'intptr_t', ['int', 'uintptr_t']) as (n: number, h: number) => number;
  setSignal(signal, disposition === 'ignore' ? 1 : 0);
}
let setSignal: ((signal: number, handler: number) => number) | undefined;

/**
 * The C library's text for an errno value, as QEMU's messages end with.
 *
 * @param errno - errno value, 1..4095
 * @returns such as `Invalid argument`
 */
export function errnoText(errno: number): string {
  return (libc().library.func('strerror', 'str', ['int']) as (errno: number) => string)(errno);
}

function libc(): Libc {
  if (loaded) return loaded;
  try {
    const koffi = loadKoffi();
    // The null path is the running program: its C library, whichever that is.
    const library = koffi.load(null);
    const syscall = library.func('syscall', 'intptr_t', Array(1 + ARGUMENTS).fill('uintptr_t'));
    loaded = { koffi, library, syscall: syscall as unknown as SyscallFunction };
    return loaded;
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_NO_LIBC',
      `the C library cannot be called: koffi does not load on ${process.platform}-${process.arch} (${firstLine(cause)})`,
      { cause },
    );
  }
}

/**
 * koffi, which takes 6 ms of a 55 ms start to find out which of its binaries to load (measured, Node 20 on
 * x86_64). The usual one is tried first, by its place in koffi 3.3's package for this platform; wherever it
 * is not, or does not load (musl), koffi does it.
 */
function loadKoffi(): typeof Koffi {
  const { platform, arch } = process;
  const addon = { exports: {} };
  try {
    const place = dependencyDirectory('koffi');
    process.dlopen(addon, `${place}/../@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`);
    return addon.exports as typeof Koffi;
  } catch {
    return createRequire(`${ownDirectory()}/package.json`)('koffi') as typeof Koffi;
  }
}

/**
 * What a register holds.
 *
 * @param register - a number, or memory, whose address it is
 */
export function registerValue(register: Register): number | bigint {
  if (typeof register !== 'object') return register;
  return addressOf(register instanceof Uint8Array ? register : register.bytes);
}

function padded(registers: readonly Register[]): (number | bigint)[] {
  const values = registers.map(registerValue);
  while (values.length < ARGUMENTS) values.push(0);
  return values;
}

function firstLine(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).replace(/\n.*/s, '');
}
