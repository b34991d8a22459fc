/**
 * What can follow on an unfinished command line. The shells' own parts only hand it over and show the answer.
 *
 * @module
 */
import { COMMON_OPTIONS, type CommandSpec, type OptionSpec, QEMU_OPTIONS } from '../arguments.ts';
import { COMMANDS } from '../commands.ts';

/** A word that can stand where the last one does, and what it is. */
interface Candidate {
  readonly word: string;
  readonly help?: string;
}

/** What can follow; beside words, whatever the shell itself completes. */
export interface Candidates {
  readonly words: readonly Candidate[];
  /** Names of files, or programs of PATH. */
  readonly shell?: 'file' | 'command';
  /** Whether more of the same word can follow, so that no blank is wanted behind it. */
  readonly open?: boolean;
}

const NOTHING: Candidates = { words: [] };
const FILES: Candidates = { words: [], shell: 'file' };

/** What the operands of a command are, where it takes some. */
const OPERANDS: Readonly<Record<string, (current: string, index: number) => Promise<Candidates>>> = {
  run: async (_, index) => (index === 0 ? { words: [], shell: 'command' } : FILES),
  trace: async (_, index) => (index === 0 ? { words: [], shell: 'command' } : FILES),
  asm: async () => FILES,
  disasm: async () => FILES,
  verify: filters,
  diff: filters,
  stats: filters,
  audit: filters,
  inspect: async () => ({ words: processes('') }),
  syscalls: syscallNames,
  why: async (_, index) => (index === 0 ? syscallNames() : NOTHING),
  completion: async () => ({ words: ['bash', 'zsh', 'fish'].map((word) => ({ word })) }),
};

/**
 * What can stand where the last word does.
 *
 * @param typed - the words behind the program's name; the last one is unfinished, and may be empty
 * @returns words that begin as the last one does
 */
export async function candidates(typed: readonly string[]): Promise<Candidates> {
  const current = typed.at(-1) ?? '';
  const found = await possible(typed.slice(0, -1), current);
  return { ...found, words: found.words.filter(({ word }) => word.startsWith(current)) };
}

async function possible(before: readonly string[], current: string): Promise<Candidates> {
  const commands = Object.entries(COMMANDS).map(([word, { summary }]) => ({ word, help: summary }));
  const [name, ...rest] = before;
  if (name === undefined)
    return { words: [...commands, { word: '--help' }, { word: '--version' }, { word: 'help' }] };
  if (name === 'help') return { words: commands };
  if (!Object.hasOwn(COMMANDS, name)) return NOTHING;
  const { spec } = await (COMMANDS[name] as (typeof COMMANDS)[string]).load();
  return ofCommand(spec, rest, current);
}

async function ofCommand(spec: CommandSpec, before: readonly string[], current: string): Promise<Candidates> {
  const options = [...(spec.sandbox ? QEMU_OPTIONS : []), ...spec.options, ...COMMON_OPTIONS];
  const given = new Set<string>();
  let awaits: OptionSpec | undefined;
  let operands = 0;
  let onlyOperands = false;
  for (const word of before) {
    if (awaits) awaits = undefined;
    else if (onlyOperands || !word.startsWith('-') || word === '-') {
      operands += 1;
      onlyOperands ||= spec.operands === 'command';
    } else if (word === '--') onlyOperands = true;
    else {
      const [, option = '', joined] = /^--?([a-z-]+)(=)?/.exec(word) ?? [];
      given.add(option);
      if (joined === undefined) awaits = options.find((known) => known.name === option && known.value);
    }
  }
  if (awaits) return values(awaits, current);
  const [head = '', name] = /^--([a-z-]+)=/.exec(current) ?? [];
  const joined = options.find((option) => option.name === name && option.value);
  if (joined) {
    const found = await values(joined, current.slice(head.length));
    return { ...found, words: found.words.map(({ word, ...more }) => ({ ...more, word: head + word })) };
  }
  if (current.startsWith('-') && !onlyOperands) {
    const left = options.filter(
      ({ name: known, repeatable }) => repeatable || isQemus(known) || !given.has(known),
    );
    return {
      words: left.map(({ name: known, help }) => ({ word: `${isQemus(known) ? '-' : '--'}${known}`, help })),
    };
  }
  return (await OPERANDS[spec.name]?.(current, operands)) ?? NOTHING;
}

/** QEMU's options are shown as QEMU spells them. */
function isQemus(name: string): boolean {
  return QEMU_OPTIONS.some((option) => option.name === name);
}

async function values({ name, value, choices }: OptionSpec, current: string): Promise<Candidates> {
  if (choices) return { words: choices.map((word) => ({ word })) };
  if (name === 'sandbox') return sandboxWords(current);
  if (name === 'arch') {
    const { architectures } = await import('@qseccomp/syscall-tables');
    return { words: architectures.map((architecture) => ({ word: architecture.name })) };
  }
  return value === 'FILE' ? FILES : NOTHING;
}

/** What can follow behind the last comma of a `-sandbox` string. */
async function sandboxWords(current: string): Promise<Candidates> {
  const { sandboxOptions } = await import('@qseccomp/options/sandbox');
  const head = current.slice(0, current.lastIndexOf(',') + 1);
  const given = new Set(head.split(',').map((part) => part.split('=')[0]));
  const words = sandboxOptions
    .filter(({ name }) => name !== 'enable' && !given.has(name))
    .flatMap(({ name }) =>
      ['allow', 'deny', ...(name === 'elevateprivileges' ? ['children'] : [])].map((value) => ({
        word: `${head}${name}=${value}`,
      })),
    );
  return { words: head === '' ? [{ word: 'on' }, { word: 'off' }, ...words] : words, open: true };
}

async function filters(current: string): Promise<Candidates> {
  const { words } = await sandboxWords(current);
  return { words: [...words, ...processes('pid:')], shell: 'file', open: true };
}

async function syscallNames(): Promise<Candidates> {
  const { namedArchitectures } = await import('../architectures.ts');
  const [machine] = await namedArchitectures({
    qemu: [],
    operands: [],
    has: () => false,
    value: () => undefined,
    values: () => [],
  });
  return { words: (machine?.syscalls ?? []).map(([word]) => ({ word })) };
}

/** Processes of this machine. */
function processes(head: string): Candidate[] {
  const { readdirSync, readFileSync } = process.getBuiltinModule('node:fs');
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [{ word: head + pid, help: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }];
        } catch {
          return [];
        }
      });
  } catch {
    // Not Linux.
    return [];
  }
}
