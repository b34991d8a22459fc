/**
 * Runs of qemu-system-x86_64 7.2.22 (Debian 12), recorded under strace: vectors/qemu-options.json. The program's
 * name is passed in, so stderr is compared whole.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { encodeText, runSandboxArgv, type SandboxArgvResult } from '../src/index.ts';

interface Vector {
  readonly argv: readonly string[];
  readonly readconfig?: Readonly<Record<string, string>>;
  /** null: still running. */
  readonly exitCode: number | null;
  readonly stderr: string;
  /** null: output that has nothing to do with the sandbox. */
  readonly stdout: string | null;
  /** Lengths of the filters that were loaded. */
  readonly filterLens: readonly number[];
  readonly nnpCalls: number;
  readonly tags: readonly string[];
}

const vectors = JSON.parse(
  readFileSync(new URL('vectors/qemu-options.json', import.meta.url), 'utf8'),
) as Vector[];

const OURS = ['sandbox', 'readconfig', 'set'];
const isContext = ({ argv }: Vector): boolean =>
  argv.some((word, at) => at % 2 === 0 && /^-(?:version|device|name|msg)$/.test(word));
const isUndefined = ({ tags }: Vector): boolean => tags.includes('ub');
const usable = vectors.filter((vector) => !isContext(vector) && !isUndefined(vector));

function run({ argv, readconfig = {} }: Vector): SandboxArgvResult {
  const readFile = (path: string): Uint8Array => {
    if (path === '.') throw Object.assign(new Error(), { code: 'EISDIR', syscall: 'read' });
    const text = readconfig[path.replace(/^\.\//, '')];
    if (text === undefined) throw Object.assign(new Error(), { code: 'ENOENT', syscall: 'open' });
    return encodeText(text);
  };
  return runSandboxArgv(argv, { programName: 'qemu-system-x86_64', readFile });
}

const title = ({ argv }: Vector): string => JSON.stringify(argv).slice(0, 90);

describe('recorded runs', () => {
  test('leave out only what other options and undefined behaviour decide', () => {
    expect(vectors).toHaveLength(358);
    expect(vectors.filter(isContext).map(({ argv }) => argv.join(' '))).toEqual([
      '-version -sandbox on,foo=bar',
      '-sandbox on,foo=bar -version',
      '-sandbox on,spawn -version',
      '-sandbox on,spawn=bogus -device help',
      '-readconfig sandbox.cfg -version',
      '-msg guest-name=on -name guest1 -sandbox on,foo=bar',
      '-name guest1 -sandbox on,spawn=bogus',
      '-name guest1 -msg guest-name=on -sandbox on,spawn',
    ]);
    expect(vectors.filter(isUndefined)).toHaveLength(4);
    expect(usable).toHaveLength(346);
    const options = usable.flatMap(({ argv }) => argv.filter((_word, at) => at % 2 === 0));
    expect(OURS.map((name) => options.filter((word) => word === `-${name}`).length)).toEqual([281, 90, 11]);
  });

  it.each(usable.map((vector) => [title(vector), vector] as const))('%s', (_title, vector) => {
    const result = run(vector);
    expect(result.stderr).toBe(vector.stderr);
    expect(result.stdout).toBe(vector.stdout);
    expect(result.exitCode).toBe(vector.exitCode ?? 0);
    expect(result.noNewPrivsCalls).toBe(vector.nnpCalls);
    expect(result.entries.filter(({ enabled }) => enabled)).toHaveLength(vector.filterLens.length);
  });

  it.each(usable.filter(({ filterLens }) => filterLens.length > 0).map((v) => [title(v), v] as const))(
    'deny the sets whose filter has the recorded length: %s',
    (_title, vector) => {
      // Instructions that each set adds to libseccomp's program on x86_64.
      const lengths = { default: 20, obsolete: 7, privileged: 10, spawn: 83, resourcecontrol: 9 };
      const enabled = run(vector).entries.filter((entry) => entry.enabled);
      expect(enabled.map(({ sets }) => sets.reduce((sum, set) => sum + lengths[set], 0))).toEqual(
        vector.filterLens,
      );
    },
  );

  it.each(vectors.filter(isUndefined).map((vector) => [title(vector), vector] as const))(
    'let children work in every entry, unlike QEMU: %s',
    (_title, vector) => {
      const result = run(vector);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      expect(result.entries).toHaveLength(vector.argv.length / 2);
    },
  );
});
