/**
 * The second Node's program: waits for its order and becomes the program, or reports why not.
 * Started by `supervisor.ts` alone; the one file here that runs when it is loaded.
 *
 * @module
 */
import { readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { Fcntl, FD_CLOEXEC, Prctl } from './abi.ts';
import { RuntimeError } from './errors.ts';
import { execInSandbox } from './exec.ts';
import { inheritance } from './inheritance.ts';
import { systemCall } from './libc.ts';
import { loadHost } from './platform.ts';
import { commandBytes, environmentBytes } from './proc-bytes.ts';
import type { LauncherDescriptors, LauncherOrder } from './supervisor.ts';

/** Bytes of an order that are read at once. */
const CHUNK_BYTES = 65536;

const { socket, commandLine, environment } = JSON.parse(process.argv[2] ?? '') as LauncherDescriptors;

try {
  const { architecture, number } = await loadHost();
  // Node marks the first descriptors close-on-exec; this one must close on exec whatever its number is.
  systemCall(number(architecture.registerBits === 32 ? 'fcntl64' : 'fcntl'), socket, Fcntl.SETFD, FD_CLOEXEC);
  systemCall(number('prctl'), Prctl.SET_PDEATHSIG, constants.signals.SIGKILL);
  const given = {
    argv: commandBytes(process.argv.length - 3, commandLine),
    environment: environmentBytes(environment),
    inheritance: inheritance(),
  };
  const order = awaitOrder();
  await execInSandbox({ ...order, ...given, announce: order.trace === true ? handListenerOver : undefined });
} catch (error) {
  const { code, message, call, errno, strerror, entry } =
    error instanceof RuntimeError ? error : new RuntimeError('RUNTIME_LAUNCH', String(error));
  writeSync(socket, JSON.stringify({ code, message, call, errno, strerror, entry }));
  process.exit(1);
}

/** Tells the supervisor which descriptor to take, and waits until it has it. */
function handListenerOver(listener: number): void {
  writeSync(socket, `${JSON.stringify({ listener })}\n`);
  if (readSync(socket, Buffer.alloc(1)) === 0) process.exit(1);
}

/** The order: it comes when the supervisor is ready for a program that runs as the same user. */
function awaitOrder(): LauncherOrder {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let text = '';
  while (!text.endsWith('\n')) {
    const length = readSync(socket, chunk);
    // The supervisor has ended, or has nothing to launch after all.
    if (length === 0) process.exit(1);
    text += chunk.toString('latin1', 0, length);
  }
  return JSON.parse(Buffer.from(text, 'latin1').toString()) as LauncherOrder;
}
