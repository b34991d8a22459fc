/** The help pages. @module */

import { readFileSync } from 'node:fs';
import { kernelVersion } from '@qseccomp/syscall-tables/lookup';
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec, QEMU_OPTIONS } from './arguments.ts';
import { styleOf } from './format/style.ts';
import { align } from './format/table.ts';

/**
 * The page of one command.
 *
 * @param spec - what it takes
 * @param summary - what it does, in one line
 * @returns whole lines
 */
export function helpPage(spec: CommandSpec, summary: string): string {
  const { heading } = styleOf(1);
  const sandbox = spec.sandbox ? QEMU_OPTIONS : [];
  const options = [...sandbox, ...spec.options, ...COMMON_OPTIONS];
  return [
    `${heading('Usage:')} qseccomp ${[spec.name, spec.usage].filter(Boolean).join(' ')}`,
    '',
    `${capital(summary)}.`,
    ...(spec.details ? ['', spec.details] : []),
    '',
    heading('Options:'),
    ...align(options.map((option) => [signature(option), option.help])).map((line) => `  ${line}`),
    '',
    heading('Examples:'),
    ...spec.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/**
 * The page that lists the commands.
 *
 * @param commands - name and summary of each
 * @param descriptor - where it goes
 * @returns whole lines
 */
export function overview(
  commands: readonly (readonly [name: string, summary: string])[],
  descriptor: 1 | 2,
): string {
  const { heading } = styleOf(descriptor);
  return [
    `${heading('Usage:')} qseccomp COMMAND [OPTIONS]`,
    '',
    "QEMU's -sandbox for any program: run it, see what it denies, compile its filter.",
    '',
    heading('Commands:'),
    ...align(commands).map((line) => `  ${line}`),
    '',
    'qseccomp COMMAND --help tells more; qseccomp --version prints the version and that of the tables.',
    '',
  ].join('\n');
}

/** Version of the command, and of the kernel that the system call tables are from. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return `qseccomp ${manifest.version} (system call tables of Linux ${kernelVersion})\n`;
}

function signature({ name, value }: OptionSpec): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
