/**
 * The second Node's program: waits for the word to go and becomes the program, or reports why not.
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
import type { LauncherOrder } from './supervisor.ts';
import { systemCall } from './libc.ts';
import { loadHost } from './platform.ts';
import { commandBytes, environmentBytes } from './proc-bytes.ts';

const order = JSON.parse(process.argv[2] ?? '') as LauncherOrder;

try {
  await execInSandbox(
    {
      ...order,
      argv: commandBytes(process.argv.length - 3, order.commandLine),
      environment: environmentBytes(order.environment),
      inheritance: inheritance(),
    },
    awaitWord,
  );
} catch (error) {
  const { code, message, call, errno, strerror, entry } =
    error instanceof RuntimeError ? error : new RuntimeError('RUNTIME_LAUNCH', String(error));
  writeSync(order.status, JSON.stringify({ code, message, call, errno, strerror, entry }));
  process.exit(1);
}

/** Waits until the supervisor is ready for a program that runs as the same user. */
async function awaitWord(): Promise<void> {
  const { architecture, number } = await loadHost();
  // Node marks the first descriptors close-on-exec; this one must close on exec whatever its number is.
  systemCall(number(architecture.registerBits === 32 ? 'fcntl64' : 'fcntl'), order.status, Fcntl.SETFD, FD_CLOEXEC);
  systemCall(number('prctl'), Prctl.SET_PDEATHSIG, constants.signals.SIGKILL);
  // A supervisor that has ended meanwhile has closed its end.
  if (readSync(order.status, Buffer.alloc(1)) === 0) process.exit(1);
}
