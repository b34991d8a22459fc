/**
 * `qseccomp parse` against runs of qemu-system-x86_64 7.2.22 (Debian 12), which packages/options has recorded:
 * all of them through the command's main function, every sixth through the command itself.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { many, qseccomp, type Result } from './command.ts';

interface Vector {
  readonly argv: readonly string[];
  readonly readconfig?: Readonly<Record<string, string>>;
  /** null: still running. */
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly stdout: string;
  /** Lengths of the filters that were loaded. */
  readonly filterLens: readonly number[];
  readonly nnpCalls: number;
  readonly tags: readonly string[];
}

interface Entry {
  readonly enabled: boolean;
  readonly noNewPrivsCalls: number;
}

const recorded = new URL('../../options/test/vectors/qemu-options.json', import.meta.url);
const vectors = (JSON.parse(readFileSync(recorded, 'utf8')) as Vector[]).filter(
  // Left out there too, with the reasons: other options of QEMU's, and undefined behaviour.
  ({ argv, tags }) =>
    !tags.includes('ub') && !argv.some((word) => /^-(?:version|device|name|msg)$/.test(word)),
);

/** The start of a report is the one thing that differs. */
const renamed = (text: string): string => text.replace(/^qemu-system-x86_64:/gm, 'qseccomp:');

function check({ status, stdout, stderr }: Result, vector: Vector): void {
  expect(stderr).toBe(renamed(vector.stderr));
  expect(status).toBe(vector.exitCode ?? 0);
  if (vector.exitCode !== null) {
    expect(stdout).toBe(vector.stdout);
    return;
  }
  const { entries } = JSON.parse(stdout) as { entries: Entry[] };
  expect(entries.filter(({ enabled }) => enabled)).toHaveLength(vector.filterLens.length);
  expect(entries.reduce((sum, entry) => sum + entry.noNewPrivsCalls, 0)).toBe(vector.nnpCalls);
}

test('all usable runs are there', () => {
  expect(vectors).toHaveLength(346);
});

const title = ({ argv }: Vector): string => JSON.stringify(argv).slice(0, 90);

describe('through main()', () => {
  const results = many(
    vectors.map(({ argv, readconfig = {} }) => ({ argv: ['parse', ...argv], files: readconfig })),
  );
  it.each(vectors.map((vector, at) => [title(vector), vector, results[at] as Result] as const))(
    '%s',
    (_title, vector, result) => check(result, vector),
  );
});

describe('through the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qseccomp-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const sample = vectors.filter((_, at) => at % 6 === 0);
  it.each(sample.map((vector, at) => [title(vector), vector, at] as const))('%s', (_title, vector, at) => {
    const cwd = mkdtempSync(join(folder, `${at}-`));
    for (const [name, text] of Object.entries(vector.readconfig ?? {})) writeFileSync(join(cwd, name), text);
    check(qseccomp(['parse', ...vector.argv], { cwd }), vector);
  });
});
