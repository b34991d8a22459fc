/**
 * The second Node's program: waits for its order and becomes the program, or reports why not.
 * Started by `supervisor.ts` alone, with the number of its socket; the one file here that runs when it is
 * loaded.
 *
 * @module
 */
import { readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { Fcntl, FD_CLOEXEC, Prctl } from './abi.ts';
import { RuntimeError } from './errors.ts';
import { execInSandbox } from './exec.ts';
import { systemCall } from './libc.ts';
import { decodeOrder, LISTENING, type Order, READY } from './order.ts';
import { type Host, loadHost } from './platform.ts';

/** Bytes of an order that are read at once. */
const CHUNK_BYTES = 65536;

const socket = Number(process.argv[2]);

void launch();

async function launch(): Promise<void> {
  let host: Host | undefined;
  try {
    host = await loadHost();
    const { architecture, number } = host;
    // Node marks the first descriptors close-on-exec; this one must close on exec whatever its number is.
    systemCall(
      number(architecture.registerBits === 32 ? 'fcntl64' : 'fcntl'),
      socket,
      Fcntl.SETFD,
      FD_CLOEXEC,
    );
    systemCall(number('prctl'), Prctl.SET_PDEATHSIG, constants.signals.SIGKILL);
    const order = awaitOrder();
    writeSync(socket, READY);
    const announces = order.trace === true || order.announcing !== undefined;
    await execInSandbox({ ...order, announce: announces ? { before, after } : undefined });
  } catch (error) {
    const { code, message, call, errno, strerror, entry } = asRuntimeError(error);
    writeSync(socket, JSON.stringify({ code, message, call, errno, strerror, entry }));
    // Node's own way out makes calls that the filter may deny.
    if (host) systemCall(host.number('exit_group'), 1);
    process.exit(1);
  }
}

/**
 * By name: what is loaded from outside of this bundle has classes of its own. What an edition does not know, or
 * what cannot be compiled, was a bad order.
 */
function asRuntimeError(error: unknown): RuntimeError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'RuntimeError') return error as RuntimeError;
  const isBadOrder = name === 'OptionsError' || name === 'BpfError';
  return new RuntimeError(isBadOrder ? 'RUNTIME_BAD_ARGUMENT' : 'RUNTIME_LAUNCH', message);
}

/** Tells the supervisor to look for the listener: later every call may need it. */
function before(): void {
  writeSync(socket, LISTENING);
}

/** Waits until the supervisor has the listener. */
function after(): void {
  if (readSync(socket, Buffer.alloc(1)) === 0) process.exit(1);
}

/** The order: it comes when the supervisor is ready for a program that runs as the same user. */
function awaitOrder(): Order {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let line = '';
  while (!line.endsWith('\n')) {
    const length = readSync(socket, chunk);
    // The supervisor has ended, or has nothing to launch after all.
    if (length === 0) process.exit(1);
    line += chunk.toString('latin1', 0, length);
  }
  return decodeOrder(Buffer.from(line, 'latin1').toString());
}
