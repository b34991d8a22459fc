#!/usr/bin/env node
// @ts-check
/**
 * Writes what follows from kernel data, or checks that it is there: the rows of every src/arch/*.ts, the release in
 * src/lookup.ts, and the entries of package.json. The rest of a src/arch file, its descriptor, is written by hand.
 *
 *   node tools/tables.mjs                            write
 *   node tools/tables.mjs --check                    exit 1 if a file would change, and say how
 *   node tools/tables.mjs --arch NAME --from FILE    add the calls of a kernel's table to data/syscalls.tsv, then write
 *   node tools/tables.mjs --check --arch NAME --from FILE    exit 1 if the table contradicts the kernel's
 *
 * FILE is an arch/.../syscall*.tbl (`--abi common,64` takes those ABIs only) or a header with `#define __NR_name n`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { contradictions, parseHeader, parseTable, parseTbl } from './kernel-data.mjs';

/** @typedef {import('./kernel-data.mjs').Call} Call */

const root = new URL('../', import.meta.url);
const dataFile = 'data/syscalls.tsv';
/** More lines of difference than this tell a reader nothing. */
const shownRows = 8;

/** @type {(path: string) => string} */
const read = (path) => readFileSync(new URL(path, root), 'utf8');

try {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      arch: { type: 'string' },
      from: { type: 'string' },
      abi: { type: 'string', default: '' },
    },
  });
  if ((values.arch === undefined) !== (values.from === undefined)) {
    throw new Error('--arch and --from go together: the architecture, and the file with its calls');
  }
  if (values.arch !== undefined && values.from !== undefined) {
    const calls = callsOf(values.from, values.abi.split(',').filter(Boolean), offsetOf(values.arch));
    process.exitCode = values.check ? verify(values.arch, calls) : adopt(values.arch, calls);
  } else {
    process.exitCode = update(values.check);
  }
} catch (error) {
  console.error(`tables: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}

/**
 * Writes every file that follows from the data, or says which would change.
 *
 * @param {boolean} check
 * @returns {number} exit status
 */
function update(check) {
  const data = parseTable(read(dataFile));
  const names = readdirSync(new URL('src/arch/', root))
    .map((file) => basename(file, '.ts'))
    .sort();
  const problems = [...checkData(data.calls, names), ...checkRegistry(names)];
  const files = [
    ...names.map((name) => ({ path: `src/arch/${name}.ts`, make: withRows(name, data, problems) })),
    { path: 'src/lookup.ts', make: withVersion(data.version) },
    { path: 'package.json', make: withExports(names) },
  ];
  let changed = 0;
  for (const { path, make } of files) {
    const before = read(path);
    const after = make(before);
    if (after === before) continue;
    changed++;
    console.log(`${path}: ${check ? 'would change' : 'written'}\n${difference(before, after)}`);
    if (!check) writeFileSync(new URL(path, root), after);
  }
  for (const problem of problems) console.error(`tables: ${problem}`);
  const rows = [...data.calls.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(
    `tables: ${names.length} architectures, ${rows} rows, Linux v${data.version}; ${changed} of ${files.length} files ${check ? 'would change' : 'written'}`,
  );
  return problems.length > 0 || (check && changed > 0) ? 1 : 0;
}

/**
 * Adds a kernel's calls to the data. A call that the kernel no longer has stays: policies name such calls.
 *
 * @param {string} name
 * @param {readonly Call[]} calls
 * @returns {number} exit status
 */
function adopt(name, calls) {
  const text = read(dataFile);
  const known = new Map((parseTable(text).calls.get(name) ?? []).map((call) => [call.name, call.number]));
  const moved = calls.filter((call) => known.has(call.name) && known.get(call.name) !== call.number);
  if (moved.length > 0) {
    console.error(
      `tables: ${name}: a kernel never renumbers a call\n  ${contradictions(moved, toCalls(known)).join('\n  ')}`,
    );
    return 1;
  }
  const rows = calls.filter((call) => !known.has(call.name));
  const lines = text.trimEnd().split('\n');
  const last = lines.findLastIndex((line) => line.startsWith(`${name}\t`));
  lines.splice(
    last < 0 ? lines.length : last + 1,
    0,
    ...rows.map((row) => `${name}\t${row.name}\t${row.number}\tK`),
  );
  writeFileSync(new URL(dataFile, root), `${lines.join('\n')}\n`);
  console.log(`${dataFile}: ${rows.length} rows of ${name} added, ${calls.length - rows.length} known`);
  return update(false);
}

/**
 * Compares a table with a kernel's.
 *
 * @param {string} name
 * @param {readonly Call[]} calls
 * @returns {number} exit status
 */
function verify(name, calls) {
  const table = parseTable(read(dataFile)).calls.get(name) ?? [];
  const found = contradictions(calls, table);
  for (const line of found) console.error(`tables: ${name}: ${line}`);
  const kernel = new Set(calls.map((call) => call.name));
  const more = table.filter((call) => !kernel.has(call.name)).map((call) => call.name);
  console.log(`tables: ${name}: ${calls.length} calls in the file, ${found.length} contradictions`);
  if (more.length > 0) console.log(`tables: ${name}: in the table only: ${more.join(' ')}`);
  return found.length > 0 ? 1 : 0;
}

/**
 * Calls of a file in one of the kernel's forms.
 *
 * @param {string} file
 * @param {readonly string[]} abis
 * @param {number} offset
 * @returns {Call[]}
 */
function callsOf(file, abis, offset) {
  const text = readFileSync(file, 'utf8');
  const calls = /^\s*#\s*define\s/m.test(text) ? parseHeader(text) : parseTbl(text, abis, offset);
  if (calls.length === 0)
    throw new Error(`${file}: expected a syscall*.tbl or a header with __NR_ names, found no call`);
  return calls;
}

/**
 * First number of an architecture, from its descriptor: a .tbl leaves it out.
 *
 * @param {string} name
 * @returns {number}
 */
function offsetOf(name) {
  const offset = /^ {2}numberOffset: (\w+),/m.exec(read(`src/arch/${name}.ts`))?.[1];
  if (offset === undefined)
    throw new Error(`src/arch/${name}.ts: expected "numberOffset: n" (a twin shares another's table)`);
  return Number(offset);
}

/**
 * The rows of one file, between `syscalls: [` and `],`. They are plain data because nothing is faster: of x86_64, a
 * literal takes 0.2 ms to import and 0.03 ms to index, a string 0.1 ms and 0.2 ms (Node 20).
 *
 * @param {string} name
 * @param {ReturnType<typeof parseTable>} data
 * @param {string[]} problems
 * @returns {(text: string) => string}
 */
function withRows(name, { version, calls }, problems) {
  return (text) => {
    const twin = /^ {2}\.\.\.(\w+),$/m.exec(text)?.[1];
    if (twin !== undefined) {
      if (!calls.has(twin))
        problems.push(`src/arch/${name}.ts: shares the table of ${twin}, which ${dataFile} lacks`);
      return text;
    }
    const section =
      /^(?: {2}\/\/ (?:Written by tools|SHA-256 of).*\n)* {2}syscalls: \[\n?((?: {4}\[.*\n)*)(?: {2})?\],\n/m.exec(
        text,
      );
    if (section === null) {
      problems.push(`src/arch/${name}.ts: expected "  syscalls: [" on a line, rows, and "  ],"`);
      return text;
    }
    const rows = calls.get(name);
    if (rows === undefined) {
      if (section[1] === '')
        problems.push(`${dataFile}: no rows of ${name}; give them with --arch ${name} --from FILE`);
      else
        console.log(
          `src/arch/${name}.ts: ${dataFile} has no rows of ${name}: nothing to compare its table with`,
        );
      return text;
    }
    const lines = rows.map((row) => `    ['${row.name}', ${row.number}],\n`).join('');
    const source = rows.map((row) => `${row.name}\t${row.number}\n`).join('');
    const written =
      `  // Written by tools/tables.mjs from ${dataFile}, Linux v${version}; do not edit.\n` +
      `  // SHA-256 of the rows there (name, tab, number): ${createHash('sha256').update(source).digest('hex')}\n` +
      `  syscalls: [\n${lines}  ],\n`;
    return text.slice(0, section.index) + written + text.slice(section.index + section[0].length);
  };
}

/**
 * @param {string} version
 * @returns {(text: string) => string}
 */
function withVersion(version) {
  return (text) => text.replace(/^(export const kernelVersion: string = ').*(';)$/m, `$1${version}$2`);
}

/**
 * @param {readonly string[]} names
 * @returns {(text: string) => string}
 */
function withExports(names) {
  /** @type {(entry: string, file: string) => [string, unknown]} */
  const entry = (entry, file) => [
    entry,
    { '@qseccomp/source': `./src/${file}.ts`, types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` },
  ];
  const exports = Object.fromEntries([
    entry('.', 'index'),
    entry('./lookup', 'lookup'),
    entry('./suggest', 'suggest'),
    entry('./arguments', 'arguments'),
    ...names.map((name) => entry(`./${name}`, `arch/${name}`)),
    ['./package.json', './package.json'],
  ]);
  return (text) => `${JSON.stringify({ ...JSON.parse(text), exports }, null, 2)}\n`;
}

/**
 * Faults of the data itself.
 *
 * @param {ReadonlyMap<string, readonly Call[]>} calls
 * @param {readonly string[]} names
 * @returns {string[]}
 */
function checkData(calls, names) {
  const problems = [];
  for (const [name, rows] of calls) {
    if (!names.includes(name)) problems.push(`${dataFile}: rows of ${name}, but no src/arch/${name}.ts`);
    const seen = new Set();
    for (const row of rows) {
      if (seen.has(row.name)) problems.push(`${dataFile}: ${name} has ${row.name} twice`);
      seen.add(row.name);
    }
  }
  return problems;
}

/**
 * Files without a line in the registry, and lines without a file.
 *
 * @param {readonly string[]} names
 * @returns {string[]}
 */
function checkRegistry(names) {
  const lines = read('src/registry.ts').split('\n');
  /** @type {(name: string) => string} */
  const lineOf = (name) => `export { ${name} } from './arch/${name}.ts';`;
  const missing = names.filter((name) => !lines.includes(lineOf(name))).map(lineOf);
  const known = names.map(lineOf);
  const foreign = lines.filter((line) => line.startsWith('export') && !known.includes(line));
  return [
    ...missing.map((line) => `src/registry.ts: add the line "${line}"`),
    ...foreign.map(
      (line) => `src/registry.ts: no such file in src/arch, or not in the form of the others: "${line}"`,
    ),
  ];
}

/**
 * Lines that go and lines that come, the first few of them.
 *
 * @param {string} before
 * @param {string} after
 * @returns {string}
 */
function difference(before, after) {
  /** @type {(a: string, b: string, sign: string) => string[]} */
  const only = (a, b, sign) => {
    const others = new Set(b.split('\n'));
    return a.split('\n').flatMap((line) => (others.has(line) ? [] : [`  ${sign} ${line.trim()}`]));
  };
  const lines = [...only(before, after, '-'), ...only(after, before, '+')];
  const rest = lines.length > shownRows ? [`  and ${lines.length - shownRows} more lines`] : [];
  return [...lines.slice(0, shownRows), ...rest].join('\n');
}

/**
 * @param {ReadonlyMap<string, number>} numbers
 * @returns {Call[]}
 */
function toCalls(numbers) {
  return [...numbers].map(([name, number]) => ({ name, number }));
}
