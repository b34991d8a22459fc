/**
 * Time to build the filters of QEMU's policies: here, and by libseccomp in C and through koffi.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { type CallWeights, compilePolicy, DEFAULT_WEIGHTS, encodeProgram } from '@qseccomp/bpf';
import type { Effort } from '../effort.ts';
import { BENCH } from '../paths.ts';
import { cBuilder, libseccomp, type ScmpPolicy, scmpPolicy } from '../peers.ts';
import { host, SANDBOXES, sandboxed } from '../policies.ts';
import { measure, microsecondsPerCall } from '../sample.ts';
import type { Row, Section } from '../table.ts';

/** Calls of libseccomp for each build beside one for each rule: init, attribute, export, release. */
const FIXED_CALLS = 4;

/** Measures every policy, warm and in a new process. */
export function build(effort: Effort): Section {
  const { batch } = effort;
  const inC = cBuilder();
  const throughKoffi = koffiBuilder();
  const rows: Row[] = [];
  const perCall: number[] = [];
  for (const [name, sandbox] of Object.entries(SANDBOXES)) {
    const policy = sandboxed(sandbox, host);
    const theirs = scmpPolicy(policy);
    const warm = measure(effort, {
      ours: () =>
        microsecondsPerCall(batch, () => {
          const { program, endian } = compilePolicy(policy);
          encodeProgram(program, endian);
        }),
      unlike: () =>
        microsecondsPerCall(batch, () => {
          const { program, endian } = compilePolicy(policy, { weights: nextWeights() });
          encodeProgram(program, endian);
        }),
      c: inC && (() => inC(theirs, 1, batch)?.warm),
      tree: inC && (() => inC(theirs, 2, batch)?.warm),
      koffi: throughKoffi && (() => microsecondsPerCall(batch, () => throughKoffi(theirs))),
    });
    const first = measure(effort, {
      ours: () => firstInNode(sandbox),
      c: inC && (() => inC(theirs, 1, 0)?.first),
      tree: inC && (() => inC(theirs, 2, 0)?.first),
    });
    rows.push(
      {
        what: `${name}, warm`,
        unit: 'µs',
        ours: warm.ours,
        theirs: [warm.c, warm.tree, warm.koffi],
        headline: name === 'everything denied',
      },
      {
        what: `${name}, warm, unlike any before`,
        unit: 'µs',
        ours: warm.unlike,
        theirs: [warm.c, warm.tree, warm.koffi],
      },
      {
        what: `${name}, first in a process`,
        unit: 'µs',
        ours: first.ours,
        theirs: [first.c, first.tree, undefined],
        headline: name === 'everything denied',
      },
    );
    if (warm.koffi && warm.c)
      perCall.push((warm.koffi.median - warm.c.median) / (theirs.rules.length + FIXED_CALLS));
  }
  const koffiCost =
    perCall.length > 0
      ? ` Here koffi adds ${Math.max(...perCall).toFixed(2)} µs or less to each call of libseccomp.`
      : '';
  return {
    title: 'Build a filter',
    peers: ['libseccomp in C', 'its tree in C', 'libseccomp through koffi'],
    rows,
    note: `From rules to bytes, in a program that goes on running, and for the first time in a new one with its libraries loaded. A build that is unlike any before has other weights of calls, so that its search is not remembered. libseccomp takes numbers; names become numbers on our side.${koffiCost}`,
  };
}

/** Weights of which each makes another search: more than are remembered. */
const WEIGHTS = Array.from({ length: 64 }, (_, at) => ({
  ...DEFAULT_WEIGHTS,
  write: (DEFAULT_WEIGHTS['write'] as number) + at,
}));
let turn = 0;

function nextWeights(): CallWeights {
  turn = (turn + 1) % WEIGHTS.length;
  return WEIGHTS[turn] as CallWeights;
}

/** Microseconds of the first build in a new Node. */
function firstInNode(sandbox: string): number {
  const script = join(BENCH, 'programs/first-build.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, sandbox], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`expected status 0 of ${script}, got ${status}: ${stderr}`);
  return Number(stdout);
}

/** Builds a policy through koffi, where libseccomp.so.2 is. */
function koffiBuilder(): ((policy: ScmpPolicy) => void) | undefined {
  if (typeof libseccomp === 'string') return undefined;
  const library = libseccomp;
  const nowhere = openSync('/dev/null', 'w');
  return ({ defaultAction, token, rules }) => {
    const answer = library.buildTo(nowhere, defaultAction, [token], rules);
    if (answer < 0) throw new Error(`libseccomp refuses a rule: ${answer}`);
  };
}
