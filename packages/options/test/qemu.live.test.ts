/**
 * Random command lines and config files against the installed qemu-system-x86_64 7.2: same stderr, same help,
 * same exit code. QEMU installs its filters, prints its devices and exits.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeText, runSandboxArgv } from '../src/index.ts';

const QEMU = 'qemu-system-x86_64';
const QUIET = ['-M', 'none', '-display', 'none', '-serial', 'none', '-monitor', 'none', '-nodefaults'];

const version = /version (\d+\.\d+)/.exec(spawnSync(QEMU, ['--version']).stdout?.toString() ?? '')?.[1];
const missing =
  version === '7.2' ? '' : `needs ${QEMU} 7.2 (Debian 12), found ${version === undefined ? 'none' : version}`;
const { FAST_CHECK_SEED = Date.now() & 0x7fffffff } = process.env;
const seed = Number(FAST_CHECK_SEED);
console.log(missing === '' ? `fast-check seed ${seed}` : `not compared with QEMU: ${missing}`);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qseccomp-options-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const name = fc.constantFrom(
  ...['enable', 'spawn', 'obsolete', 'elevateprivileges', 'resourcecontrol', 'enable', 'spawn'],
  ...['id', 'foo', 'nospawn', 'help', '?', 'no', '', 'delay', 'nodelay', 'ID', 'späwn'],
);
const value = fc.constantFrom(
  ...[
    'on',
    'off',
    'deny',
    'allow',
    'children',
    'bogus',
    '',
    'x',
    '1x',
    'a.b',
    'on,,',
    'yes',
    'n',
    ',,',
    'é',
    '"',
  ],
);
const pair = fc.tuple(name, value).map((words) => words.join('='));
const first = fc.constantFrom('on', 'on', 'on', 'off', 'enable=on', '', 'bogus');
const text = fc
  .tuple(first, fc.array(fc.oneof({ weight: 5, arbitrary: pair }, name, value), { maxLength: 4 }))
  .map(([head, tail]) => [head, ...tail].join(','));

const long = fc
  .tuple(fc.constantFrom('a', 'é', '"', ' '), fc.constantFrom(62, 63, 64, 1016, 1023, 1100))
  .map(([unit, count]) => unit.repeat(count));
const header = fc.constantFrom(
  ...['[sandbox]', '[sandbox]', '[sandbox "x"]', '[sandbox "1"]', '[ sandbox "y"]', '[sandbox', '[]', '[no]'],
);
const key = fc
  .tuple(name, fc.constantFrom(' = ', ' = ', ' = ', '= ', ' =', '='), value)
  .map(([left, sign, right]) => `  ${left}${sign}"${right}"`);
const line = fc.oneof(
  { weight: 3, arbitrary: header },
  { weight: 9, arbitrary: key },
  fc.constantFrom('', '# c', ' ', '\r', ' #', 'on', 'a\0b = "c"'),
  long.map((word) => `${word} = "${word}"`),
);
const file = fc
  .tuple(header, fc.array(line, { maxLength: 7 }), fc.constantFrom('\n', ''))
  .map(([head, lines, end]) => [head, ...lines].join('\n') + end);
const word = fc.oneof(
  { weight: 4, arbitrary: text.map((argument) => ['-sandbox', argument]) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('c.cfg', './c.cfg', 'none', '.').map((path) => ['-readconfig', path]),
  },
  fc
    .tuple(fc.constantFrom('sandbox.x.', 'sandbx.x.', 'sandbox..'), pair)
    .map((words) => ['-sandbox', 'on,id=x', '-set', words.join('')]),
);

function compare(argv: readonly string[], content: string): void {
  writeFileSync(join(folder, 'c.cfg'), content);
  const real = spawnSync(QEMU, [...QUIET, ...argv, '-device', 'help'], {
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  // QEMU's undefined prctl argument, which is not copied.
  if (real.stderr.includes('failed to set no_new_privs')) return;
  const mine = runSandboxArgv(argv, {
    programName: QEMU,
    readFile: (path) => readFileSync(join(folder, path)),
  });
  expect(Buffer.from(encodeText(mine.stderr)).toString('latin1')).toBe(real.stderr.toString('latin1'));
  expect(mine.exitCode).toBe(real.status);
  expect(mine.stdout).toBe(/^sandbox options:\n/.test(real.stdout.toString()) ? real.stdout.toString() : '');
}

test('random command lines end as in QEMU', (context) => {
  if (missing !== '') context.skip(missing);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), file, (words, content) => {
      compare(words.flat(), content);
    }),
    { seed, numRuns: 200 },
  );
});

test('random config files end as in QEMU', (context) => {
  if (missing !== '') context.skip(missing);
  fc.assert(
    fc.property(file, (content) => compare(['-readconfig', 'c.cfg'], content)),
    { seed, numRuns: 200 },
  );
});
