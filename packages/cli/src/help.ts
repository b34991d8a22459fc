/** The help pages. @module */

import { readFileSync } from 'node:fs';
import { kernelVersion } from '@qseccomp/syscall-tables/lookup';
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec, QEMU_OPTIONS } from './arguments.ts';
import type { Command } from './main.ts';

/**
 * The page of one command.
 *
 * @param spec - the command
 * @returns whole lines
 */
export function helpPage(spec: CommandSpec): string {
  const sandbox = spec.sandbox ? QEMU_OPTIONS : [];
  const options = [...sandbox, ...spec.options, ...COMMON_OPTIONS].map(
    (option) => [signature(option), option.help] as const,
  );
  const width = Math.max(...options.map(([left]) => left.length));
  return [
    `Usage: qseccomp ${[spec.name, spec.usage].filter(Boolean).join(' ')}`,
    '',
    `${capital(spec.summary)}.`,
    ...(spec.details ? ['', spec.details] : []),
    '',
    'Options:',
    ...options.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    '',
    'Examples:',
    ...spec.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/**
 * The page that lists the commands.
 *
 * @param commands - what loads them
 */
export async function overview(commands: readonly (() => Promise<Command>)[]): Promise<string> {
  const specs = (await Promise.all(commands.map((load) => load()))).map(({ spec }) => spec);
  const width = Math.max(...specs.map(({ name }) => name.length));
  return [
    'Usage: qseccomp COMMAND [OPTIONS]',
    '',
    "QEMU's -sandbox for any program: run it, see what it denies, compile its filter.",
    '',
    'Commands:',
    ...specs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
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
