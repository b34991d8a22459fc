#!/usr/bin/env node
// @ts-check
/**
 * Compares the built package with the kernel headers of a system: the number of every call that the headers have, every
 * error number, the AUDIT_ARCH_* tokens, and the values that socketcall and ipc are told apart by.
 *
 *   node tools/cross-check.mjs                          every architecture, headers where Debian installs them
 *   node tools/cross-check.mjs ppc64le riscv64          these only
 *   node tools/cross-check.mjs --include arc=DIR        headers of arc from DIR (repeatable)
 *
 * Debian: `apt-get install linux-libc-dev-arm64-cross` and so on. Needs a C preprocessor, `cc`. Exit status 1 when the
 * headers contradict a table, 2 when nothing could be compared.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { contradictions, parseDefines, parseHeader } from './kernel-data.mjs';

/** @typedef {import('../src/arch.ts').Architecture} Architecture */

/**
 * Where Debian installs the headers of each architecture (directories below /usr), and the macros of its compiler
 * that the headers ask for.
 *
 * @type {Readonly<Record<string, { below: readonly string[], macros?: readonly string[] }>>}
 */
const headers = {
  aarch64: cross('aarch64'),
  alpha: cross('alpha'),
  arc: cross('arc'),
  arm: { below: ['arm-linux-gnueabihf/include', 'arm-linux-gnueabi/include'], macros: ['__ARM_EABI__'] },
  armoabi: { below: ['arm-linux-gnueabi/include', 'arm-linux-gnueabihf/include'] },
  loongarch64: cross('loongarch64'),
  m68k: cross('m68k'),
  mips: cross('mips', '_MIPS_SIM=1'),
  mipsel: cross('mipsel', '_MIPS_SIM=1'),
  mips64: { below: ['mips64-linux-gnuabi64/include'], macros: ['_MIPS_SIM=3'] },
  mipsel64: { below: ['mips64el-linux-gnuabi64/include'], macros: ['_MIPS_SIM=3'] },
  mips64n32: { below: ['mips64-linux-gnuabin32/include'], macros: ['_MIPS_SIM=2'] },
  mipsel64n32: { below: ['mips64el-linux-gnuabin32/include'], macros: ['_MIPS_SIM=2'] },
  parisc: cross('hppa'),
  parisc64: cross('hppa', '__LP64__'),
  ppc: cross('powerpc'),
  ppc64: cross('powerpc64', '__powerpc64__'),
  ppc64le: cross('powerpc64le', '__powerpc64__'),
  riscv32: cross('riscv64'),
  riscv64: cross('riscv64', '__LP64__'),
  s390: cross('s390x'),
  s390x: cross('s390x', '__s390x__'),
  sh: cross('sh4'),
  sheb: cross('sh4'),
  sparc: cross('sparc64'),
  sparc64: cross('sparc64', '__arch64__'),
  x32: x86('__ILP32__'),
  x86: x86('__i386__'),
  x86_64: x86('__LP64__'),
};

/** Calls that old headers have and neither today's kernel nor libseccomp: only 32-bit parisc programs need _llseek. */
const withdrawn = ['parisc64 _llseek'];

const built = new URL('../dist/index.js', import.meta.url);
if (!existsSync(built)) {
  console.error('cross-check: dist/index.js is missing; build the package first (tsc -b)');
  process.exit(2);
}
/** @type {typeof import('../src/index.ts')} */
const { architectures, errnoName, errnoNumber, findArchitecture, kernelVersion } = await import(built.href);

try {
  process.exitCode = crossCheck();
} catch (error) {
  console.error(`cross-check: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}

/** @returns {number} exit status */
function crossCheck() {
  const { values, positionals } = parseArgs({
    options: { include: { type: 'string', multiple: true, default: [] } },
    allowPositionals: true,
  });
  const given = new Map(values.include.map(parseInclude));
  const asked = positionals.length > 0 ? positionals.map(findArchitecture) : architectures;
  const missing = [];
  let compared = 0;
  let wrong = 0;
  for (const architecture of asked) {
    const { below = [], macros = [] } = headers[architecture.name] ?? {};
    const candidates = [given.get(architecture.name) ?? below.map((path) => `/usr/${path}`)].flat();
    const directory = candidates.find((path) => existsSync(`${path}/asm/unistd.h`));
    if (directory === undefined) {
      missing.push(architecture.name);
      continue;
    }
    const text = preprocess(architecture, directory, macros);
    const calls = parseHeader(text).filter(({ name }) => !withdrawn.includes(`${architecture.name} ${name}`));
    const table = architecture.syscalls.map(([name, number]) => ({ name, number }));
    const faults = [...contradictions(calls, table), ...otherFaults(architecture, parseDefines(text))];
    for (const fault of faults) console.error(`cross-check: ${architecture.name}: ${fault}`);
    console.log(
      `${architecture.name.padEnd(12)}${calls.length} calls in ${directory}, ` +
        `${table.length} in the table, ${faults.length} contradictions`,
    );
    compared++;
    wrong += faults.length;
  }
  if (missing.length > 0) console.log(`no headers (asm/unistd.h) found for ${missing.join(' ')}`);
  console.log(`Linux v${kernelVersion}: ${compared} architectures compared, ${wrong} contradictions`);
  if (compared === 0) return 2;
  return wrong > 0 ? 1 : 0;
}

/**
 * @param {string} pair
 * @returns {[name: string, directory: string]}
 */
function parseInclude(pair) {
  const [name = '', directory] = pair.split(/=(.*)/s);
  if (directory === undefined) throw new Error(`expected --include NAME=DIR, got '${pair}'`);
  return [findArchitecture(name).name, directory];
}

/**
 * What the headers say of errors, the token and the multiplexers, where it is not what the package says.
 *
 * @param {Architecture} architecture
 * @param {ReadonlyMap<string, number>} macros
 * @returns {string[]}
 */
function otherFaults(architecture, macros) {
  /** @type {[string, number | undefined, number | undefined][]} */
  const facts = [
    [architecture.auditArchName, macros.get(architecture.auditArchName), architecture.auditArch],
  ];
  for (const [macro, value] of macros) {
    if (/^E[A-Z\d]+$/.test(macro)) facts.push([macro, value, errnoNumber(architecture, macro)]);
  }
  for (let number = 1; number < 4096; number++) {
    const name = errnoName(architecture, number);
    if (name !== undefined) facts.push([name, macros.get(name), number]);
  }
  for (const { name, calls } of architecture.multiplexers) {
    const prefix = name === 'socketcall' ? 'SYS_' : '';
    for (const [call, value] of calls) {
      const macro = `${prefix}${call.toUpperCase()}`;
      facts.push([macro, macros.get(macro), value]);
    }
  }
  return facts
    .filter(([, theirs, ours]) => theirs !== ours)
    .map(([name, theirs, ours]) => `${name}: ${theirs} in the headers, ${ours} in the package`);
}

/**
 * Every macro of the headers that matter, as the preprocessor of that architecture's compiler would see them.
 *
 * @param {Architecture} architecture
 * @param {string} directory
 * @param {readonly string[]} macros
 * @returns {string}
 */
function preprocess({ name, registerBits }, directory, macros) {
  const includes = ['asm/unistd.h', 'asm/errno.h', 'linux/audit.h', 'linux/net.h', 'linux/ipc.h'];
  const bytes = macros.includes('__LP64__') || registerBits === 64 ? 8 : 4;
  const { status, stdout, stderr, error } = spawnSync(
    'cc',
    [
      ...['-E', '-dM', '-undef', '-nostdinc', `-I${directory}`, '-I/usr/include', '-xc'],
      ...[
        '__linux__',
        '__CHAR_BIT__=8',
        `__SIZEOF_LONG__=${bytes}`,
        `__SIZEOF_POINTER__=${bytes}`,
        ...macros,
      ].map((macro) => `-D${macro}`),
      '-',
    ],
    { encoding: 'utf8', input: includes.map((file) => `#include <${file}>\n`).join('') },
  );
  if (error !== undefined) throw new Error(`cc: ${error.message}`);
  if (status !== 0) throw new Error(`${name}: cc could not read the headers in ${directory}:\n${stderr}`);
  return stdout;
}

/**
 * Headers of Debian's cross packages.
 *
 * @param {string} machine
 * @param {...string} macros
 */
function cross(machine, ...macros) {
  return { below: [`${machine}-linux-gnu/include`], macros };
}

/**
 * Headers of Debian's native package, or else of the cross packages, which are the same.
 *
 * @param {string} macro
 */
function x86(macro) {
  const machines = ['x86_64-linux-gnu', 'i686-linux-gnu', 'x86_64-linux-gnux32'];
  return {
    below: ['include/x86_64-linux-gnu', ...machines.map((machine) => `${machine}/include`)],
    macros: [macro],
  };
}
