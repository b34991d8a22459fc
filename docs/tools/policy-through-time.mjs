// @ts-check
/**
 * Prints docs/policy-through-time.md: QEMU's policy release by release, with what `qseccomp diff` says of neighbours.
 * `npm run golden:update` writes the page.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allowedCalls, editions } from '@qseccomp/options/policy';

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/qseccomp.mjs', import.meta.url));
const ARCHITECTURE = 'x86_64';
const EVERYTHING = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
const WIDTH = 110;

/**
 * What each edition began with, beside what the difference shows.
 *
 * @type {Readonly<Record<string, string>>}
 */
const BEGAN = {
  '2.10':
    'The first `-sandbox` named the calls that a guest needs. Any other call killed the thread. It knew `on` and `off`, and grew with every release as guests met calls that it lacked.',
  2.11: 'The list was turned around: `on` denies what QEMU never needs, and four options deny more. Everything that is new in the kernel since then is allowed. Each denied call still killed the thread only.',
  '3.0':
    'sched_setscheduler(2) may choose SCHED_IDLE: Mesa, the graphics library, has a thread of low priority for its cache.',
  3.1: 'The process is killed, where the kernel can do that (Linux 4.14), else the call is trapped; and the filter reaches all threads at once (TSYNC, Linux 3.17), without which `-sandbox` is refused.',
  '4.0':
    '`resourcecontrol=deny` answers EPERM, since Mesa tries to pin its threads and can do without. This release also meant to ask the kernel whether it can kill the process, asked wrongly, and so always trapped: SIGSYS, which a program can catch.',
  5.2: 'The question is asked rightly: the process is killed again.',
  '6.0':
    '`resourcecontrol=deny` lets the calls pass that only read: newer libcs ask for the affinity inside of malloc(3).',
  '7.0':
    '`spawn=deny` had left clone(2) open, by which every libc makes processes. Now a clone that makes no thread is denied by its flags, clone3(2), whose flags no filter can see, is answered with ENOSYS, and execveat, setns and unshare are denied too. These three kill the thread only: the table says no action for them, and zero means that.',
  '10.0':
    'fork, vfork, execve and clone answer EPERM: whoever tries to start a program gets an error, and QEMU lives on.',
};

const folder = mkdtempSync(join(tmpdir(), 'qseccomp-editions-'));
try {
  process.stdout.write(page());
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns {string} */
function page() {
  const names = /** @type {(keyof typeof editions)[]} */ (Object.keys(editions));
  const sections = names.map((edition, at) => {
    const { releases } = editions[edition];
    const before = names[at - 1];
    const difference = before === undefined ? growth() : compared(before, edition);
    return `## Edition ${edition}: QEMU ${releases}\n\n${BEGAN[edition]}\n\n${difference}`;
  });
  return `# QEMU's policy through time

\`--edition RELEASE\` chooses among these policies; the default is 7.0. Grammar and messages of the option are those of
QEMU 7.2 in all of them. Here is each edition with its difference to the one before, for ${ARCHITECTURE}: what
\`qseccomp diff\` says of the filters that \`qseccomp compile\` writes for them. A difference that is not listed does not
exist: all calls with all arguments are compared.

A \`diff\` compares two policies of one edition, so the filters are written to files first. Long lines are folded here.

<!-- Written by docs/tools/policy-through-time.mjs; npm run golden:update writes it again. -->

${sections.join('\n')}`;
}

/** How the allow-list grew, as far as it is known. */
function growth() {
  const releases = [...new Set(allowedCalls().map(({ since }) => since))].filter((one) => one !== undefined);
  const order = releases.sort(
    (a, b) =>
      Number(a.split('.')[0]) - Number(b.split('.')[0]) || Number(a.split('.')[1]) - Number(b.split('.')[1]),
  );
  const rows = order.map((release) => {
    const calls = allowedCalls()
      .filter(({ since }) => since === release)
      .map(({ name }) => name);
    return `| ${release} | ${calls.join(', ')} |\n`;
  });
  const first = allowedCalls().filter(({ since }) => since === undefined).length;
  return `Of ${allowedCalls().length} calls in its last form, ${first} are older than the releases below or of unknown age:\n\n| since | calls |\n| --- | --- |\n${rows.join('')}`;
}

/**
 * What `diff` says of two neighbours.
 *
 * @param {string} a
 * @param {string} b
 */
function compared(a, b) {
  // The allow-list knows on and off only.
  const sandbox = a === '2.10' ? 'on' : EVERYTHING;
  const lines = [a, b].map((edition) => {
    const words = ['compile', '-sandbox', sandbox, '--edition', edition, '--arch', ARCHITECTURE];
    return ['qseccomp', ...words, '--format', 'json', '--output', `${edition}.json`].join(' ');
  });
  lines.push(`qseccomp diff ${a}.json ${b}.json`);
  const shown = lines.map((line) => {
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [COMMAND, ...line.split(' ').slice(1)],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    if (error || stderr !== '' || (status ?? 2) > 1) throw new Error(`${line}: ${error?.message ?? stderr}`);
    // Lengths are the compiler's matter, not the policy's.
    const told = stdout.replace(/, \d+ instructions/g, ', … instructions');
    return `$ ${folded(line, ' \\')}\n${told
      .trimEnd()
      .split('\n')
      .map((text) => text && `${folded(text)}\n`)
      .join('')}`;
  });
  return `\`\`\`console\n${shown.join('')}\`\`\`\n`;
}

/**
 * A line in several, broken between words.
 *
 * @param {string} line
 * @param {string} end of each line but the last
 */
function folded(line, end = '') {
  const lines = [''];
  for (const word of line.split(/(?<= )/)) {
    if (`${lines.at(-1)}${word}`.length > WIDTH) lines.push('    ');
    lines[lines.length - 1] += word;
  }
  return lines.map((text) => text.trimEnd()).join(`${end}\n`);
}
