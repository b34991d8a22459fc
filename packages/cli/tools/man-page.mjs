// @ts-check
/**
 * Writes man/qseccomp.1 from the descriptions of the commands, which their help is from too; with --check it
 * only says whether the page is theirs. Needs a build. Source of the language: man groff_man(7).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { COMMON_OPTIONS, QEMU_OPTIONS } from '../dist/arguments.js';
import { COMMANDS } from '../dist/commands.js';

const FILE = new URL('../man/qseccomp.1', import.meta.url);

/** Text that roff takes as it is: no escapes, hyphens that can be typed, no request at the start of a line.
 * @param {string} text */
const plain = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&');

/** @param {string} text */
const bold = (text) => `\\fB${plain(text)}\\fR`;
/** @param {string} text */
const italic = (text) => `\\fI${plain(text)}\\fR`;

/** Lines that stand as they are typed.
 * @param {readonly string[]} lines */
const literal = (lines) => ['.RS 4', '.nf', ...lines.map(plain), '.fi', '.RE'];

/** @param {import('../src/arguments.ts').OptionSpec} option
 * @param {boolean} isQemus */
const optionLines = ({ name, value, help }, isQemus) => [
  '.TP',
  `${bold(`${isQemus ? '-' : '--'}${name}`)}${value === undefined ? '' : ` ${italic(value)}`}`,
  `${plain(help)}.`,
];

/** Details with indented lines keep their lines.
 * @param {string} details */
const paragraphs = (details) =>
  details.split('\n').flatMap((line, at, all) => {
    if (line.startsWith('  ')) {
      const opens = !all[at - 1]?.startsWith('  ');
      const closes = !all[at + 1]?.startsWith('  ');
      return [...(opens ? ['.RS 2', '.nf'] : []), plain(line.slice(2)), ...(closes ? ['.fi', '.RE'] : [])];
    }
    return [line === '' ? '.PP' : plain(line)];
  });

const commands = await Promise.all(
  Object.entries(COMMANDS).map(async ([name, { summary, load }]) => ({
    name,
    summary,
    spec: (await load()).spec,
  })),
);

const page = [
  '.\\" Written by tools/man-page.mjs from the descriptions of the commands.',
  '.TH QSECCOMP 1 "" "qseccomp" "User Commands"',
  '.SH NAME',
  `qseccomp ${'\\-'} QEMU's ${'\\-'}sandbox for any program, and what is needed to look into such filters`,
  '.SH SYNOPSIS',
  ...commands.flatMap(({ name, spec }) => [`${bold(`qseccomp ${name}`)} ${plain(spec.usage)}`.trim(), '.br']),
  '.SH DESCRIPTION',
  'The kernel refuses a process the system calls on a list, for good and for all its children: a seccomp filter.',
  `The lists are QEMU's: what its option ${bold('-sandbox')} denies. A program is run under them, a filter is`,
  'compiled, shown, proved, compared and exported, and a running process is looked into.',
  '.PP',
  `${bold('-sandbox')} ${italic('OPTS')} is a list such as ${bold('on,spawn=deny,resourcecontrol=deny')}, in QEMU's grammar:`,
  ...['obsolete=allow', 'elevateprivileges=deny|children', 'spawn=deny', 'resourcecontrol=deny'].flatMap(
    (option) => [
      '.TP',
      bold(option),
      plain(
        /** @type {Record<string, string>} */ ({
          'obsolete=allow': 'allows calls that no current program makes (denied by default).',
          'elevateprivileges=deny|children':
            'denies calls that change user and group ids; children: sets NO_NEW_PRIVS only.',
          'spawn=deny': 'denies new processes, programs and namespaces; threads can be made.',
          'resourcecontrol=deny': 'refuses changes of scheduling with EPERM.',
        })[option] ?? '',
      ),
    ],
  ),
  '.SH COMMANDS',
  ...commands.flatMap(({ summary, spec }) => [
    `.SS ${plain(`${spec.name} ${spec.usage}`)}`,
    `${plain(summary.charAt(0).toUpperCase() + summary.slice(1))}.`,
    ...(spec.details ? ['.PP', ...paragraphs(spec.details)] : []),
    ...spec.options.flatMap((option) => optionLines(option, false)),
    '.PP',
    'Examples:',
    ...literal(spec.examples),
  ]),
  '.SH OPTIONS OF MANY COMMANDS',
  "Those that make a filter take QEMU's options:",
  ...QEMU_OPTIONS.flatMap((option) => optionLines(option, true)),
  '.PP',
  'All take:',
  ...COMMON_OPTIONS.flatMap((option) => optionLines(option, false)),
  '.SH EXIT STATUS',
  `${bold('run')} ends as its program does:`,
  ...[
    ['128+N', 'the program was ended by signal N; 159 is SIGSYS, a kill by the sandbox'],
    ['125', 'the command line is wrong, or the sandbox could not be set up; nothing was run'],
    ['126', 'the program cannot be executed'],
    ['127', 'the program was not found'],
  ].flatMap(([status = '', meaning = '']) => ['.TP', bold(status), `${plain(meaning)}.`]),
  '.PP',
  'The others:',
  ...[
    ['0', 'done; filters are the same, nothing was found'],
    ['1', 'a bad -sandbox string or config file, as QEMU answers it; filters differ; something was found'],
    ['2', 'anything else: usage, unknown names, files that cannot be read or written, an unsupported system'],
  ].flatMap(([status = '', meaning = '']) => ['.TP', bold(status), `${plain(meaning)}.`]),
  '.SH ENVIRONMENT',
  ...[
    ['NO_COLOR', 'not empty: nothing is coloured on terminals'],
    ['FORCE_COLOR', 'coloured text in pipes too; 0 for none anywhere; comes before NO_COLOR'],
    ['TERM', 'dumb: as NO_COLOR'],
  ].flatMap(([name = '', meaning = '']) => ['.TP', bold(name), `${plain(meaning)}.`]),
  '.SH SECURITY',
  'A filter is no container: files and network stay in reach, and calls that are on no list are allowed.',
  `${bold('qseccomp audit')} says what a filter leaves open.`,
  '.SH SEE ALSO',
  '.BR seccomp (2),',
  '.BR prctl (2),',
  '.BR qemu (1),',
  '.BR bwrap (1),',
  '.BR strace (1)',
  '',
].join('\n');

if (!process.argv.includes('--check')) writeFileSync(FILE, page);
else if (readFileSync(FILE, 'utf8') !== page) {
  process.stderr.write(
    'man/qseccomp.1 is not what the commands say: run node packages/cli/tools/man-page.mjs\n',
  );
  process.exitCode = 1;
}
