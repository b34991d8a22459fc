// @ts-check
/**
 * What `npm start` shows: real programs under `-sandbox on,spawn=deny`, what they may and what kills them.
 * Ends with status 0 only if each did what was expected.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

const qseccomp = join(root, 'packages/cli/bin/qseccomp.mjs');
const SANDBOX = ['-sandbox', 'on,spawn=deny'];

/** SIGSYS, as `qseccomp run` reports the end of a program that it killed. */
const KILLED = 128 + 31;

/** @type {readonly { title: string, command: readonly string[], status: number }[]} */
const STEPS = [
  {
    title: 'A program starts, reads and writes:',
    command: ['/bin/sh', '-c', 'read -r line </proc/version; echo "$line"'],
    status: 0,
  },
  {
    title: 'Threads can be made (a Node program with a worker):',
    command: [
      process.execPath,
      '-e',
      'new (require("worker_threads").Worker)("console.log(`hello from a thread`)", { eval: true })',
    ],
    status: 0,
  },
  {
    title: 'A new process kills it:',
    command: ['/bin/sh', '-c', 'echo before; /bin/ls /; echo after'],
    status: KILLED,
  },
];

process.exitCode = process.platform === 'linux' ? runSteps() : explainOnly();

/** @returns {number} exit status */
function runSteps() {
  let unexpected = 0;
  for (const { title, command, status } of STEPS) {
    print(title);
    print(`  $ qseccomp run ${SANDBOX.join(' ')} -- ${command.map(quote).join(' ')}`);
    const result = spawnSync(process.execPath, [qseccomp, 'run', ...SANDBOX, '--', ...command], {
      encoding: 'utf8',
    });
    for (const line of `${result.stdout}${result.stderr}`.trimEnd().split('\n')) print(`  ${line}`);
    print(`  exit status ${result.status}${result.status === status ? '' : `, expected ${status}`}\n`);
    if (result.status !== status) unexpected += 1;
  }
  print('Run yours: npm start -- run -sandbox on,spawn=deny -- COMMAND');
  print('See what is denied: npm start -- explain -sandbox on,spawn=deny');
  return unexpected === 0 ? 0 : 1;
}

/** Elsewhere than on Linux programs cannot be run in the sandbox; everything else works. */
function explainOnly() {
  print('Running a program needs Linux. What the sandbox would deny on x86_64:\n');
  const args = ['explain', ...SANDBOX, '--arch', 'x86_64'];
  return spawnSync(process.execPath, [qseccomp, ...args], { stdio: 'inherit' }).status ?? 1;
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {string} word */
function quote(word) {
  return /^[\w./=,:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
