/**
 * What it takes to start: loading each entry point in a new Node, and launching a program under a sandbox.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import type { Effort } from '../effort.ts';
import { BENCH, COMMAND } from '../paths.ts';
import { measure } from '../sample.ts';
import type { Section } from '../table.ts';

const NODE = process.execPath;

/** Without NODE_OPTIONS and NODE_EXTRA_CA_CERTS, which cost every Node time (reading certificates: 30 ms). */
const ENVIRONMENT = { PATH: process.env['PATH'] };

type Words = readonly [program: string, ...args: string[]];

/** Entry points that people load; koffi is what the runtime calls the kernel through. */
const ENTRIES = [
  '@qseccomp/syscall-tables/x86_64',
  '@qseccomp/syscall-tables',
  '@qseccomp/options/sandbox',
  '@qseccomp/options',
  '@qseccomp/bpf/compile',
  '@qseccomp/bpf',
  '@qseccomp/runtime',
  'koffi',
] as const;

const importing = (entry: string): Words => [NODE, '--input-type=module', '-e', `import '${entry}'`];

/** Cold start of the packages. */
export function imports(effort: Effort): Section {
  const ways = Object.fromEntries<Words>([
    ...ENTRIES.map((entry) => [`import '${entry}'`, importing(entry)] as const),
    ['qseccomp --version', [NODE, COMMAND, '--version']],
  ]);
  return started('Cold start', ways, effort, ["import '@qseccomp/bpf'", "import '@qseccomp/runtime'"]);
}

/** What follows `run`: the smallest program, under a sandbox that does not let it start others. */
const TRUE = ['-sandbox', 'on,spawn=deny', '--', '/bin/true'] as const;

/** Launches of /bin/true. */
export function launches(effort: Effort): Section {
  const ways: Record<string, Words> = {
    'in place (run --exec)': [COMMAND, 'run', '--exec', ...TRUE],
    'supervised (run)': [COMMAND, 'run', ...TRUE],
    'in place, node in front': [NODE, COMMAND, 'run', '--exec', ...TRUE],
    'supervised, node in front': [NODE, COMMAND, 'run', ...TRUE],
  };
  return started('Launch /bin/true', ways, effort, Object.keys(ways).slice(0, 2));
}

/** Times processes, each against a bare Node in the same rounds. */
function started(
  title: string,
  ways: Readonly<Record<string, Words>>,
  effort: Effort,
  headlines: readonly string[],
): Section {
  const all = { ...ways, bare: [NODE, '-e', '0'] as const };
  const samples = measure(
    effort,
    Object.fromEntries(Object.entries(all).map(([name, words]) => [name, () => milliseconds(words)])),
  );
  const rows = Object.keys(ways).map((what) => ({
    what,
    unit: 'ms',
    ours: samples[what],
    theirs: [samples['bare']],
    headline: headlines.includes(what),
  }));
  return { title, peers: ['node -e 0'], rows };
}

function milliseconds([program, ...args]: Words): number {
  const start = performance.now();
  const { status, error } = spawnSync(program, args, { stdio: 'ignore', cwd: BENCH, env: ENVIRONMENT });
  const elapsed = performance.now() - start;
  if (status !== 0)
    throw error ?? new Error(`expected status 0 of ${[program, ...args].join(' ')}, got ${status}`);
  return elapsed;
}
