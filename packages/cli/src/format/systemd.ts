/**
 * A filter's policy as lines of a systemd unit.
 *
 * systemd filters by name alone. A rule that tests arguments cannot be said: it is left out with a warning,
 * in the output too. Source: man systemd.exec(5) of systemd 252; what an allow-list does with an error number
 * of its own: seccomp_load_syscall_filter_set_raw of that release.
 *
 * @module
 */
import { errnoName } from '@qseccomp/syscall-tables/lookup';
import { CliError } from '../errors.ts';
import { complain } from '../io.ts';
import { commentText } from './comment.ts';
import type { CompiledFilter } from './filter.ts';
import { profileOf } from './oci.ts';

/** systemd's names of architectures, where they are not the tables'. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'x86-64',
  aarch64: 'arm64',
  ppc64le: 'ppc64-le',
  mipsel: 'mips-le',
  mipsel64: 'mips64-le',
  mipsel64n32: 'mips64-le-n32',
  mips64n32: 'mips64-n32',
};
/** Those that libseccomp knows, and systemd through it. */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(ARCHITECTURES),
  ...['x86', 'x32', 'arm', 'loongarch64', 'mips', 'mips64', 'parisc', 'parisc64', 'ppc', 'ppc64', 'riscv64'],
  ...['s390', 's390x'],
]);
const KILLS: ReadonlySet<string> = new Set([
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_TRAP',
]);
const LINE_LENGTH = 100;
const EPERM = 1;

/**
 * `SystemCallFilter=` and what goes with it.
 *
 * @param filter - a compiled filter
 * @returns lines for a [Service] section; warns of rules that are not in them as they are
 * @throws {CliError} for actions that systemd does not have
 * @throws {BpfError} BPF_INEXPRESSIBLE for what no profile can say
 */
export function systemdLines(filter: CompiledFilter): string {
  const { defaultAction, defaultErrnoRet = EPERM, defaultErrno, syscalls = [] } = profileOf(filter);
  const [architecture] = filter.architectures;
  const unknown = filter.architectures.find(({ name }) => !KNOWN.has(name));
  if (unknown !== undefined)
    throw new CliError(`compile: systemd does not know the architecture ${unknown.name}`);
  const errno = (number: number): string =>
    (architecture && errnoName(architecture, number)) ?? String(number);
  /** What is otherwise than in the policy, and for which calls. */
  const warnings = new Map<string, Set<string>>();
  const warn = (what: string, names: Iterable<string>): void => {
    warnings.set(what, new Set([...(warnings.get(what) ?? []), ...names]));
  };
  const isAllowList = defaultAction !== 'SCMP_ACT_ALLOW';

  /** What a call gets in systemd's words: `kill`, an error, undefined for one that goes on. */
  const answer = (action: string, errnoRet = EPERM, name?: string): string | undefined => {
    if (action === 'SCMP_ACT_ALLOW') return undefined;
    if (KILLS.has(action)) return 'kill';
    if (action === 'SCMP_ACT_ERRNO') return name ?? errno(errnoRet);
    throw new CliError(`compile: systemd has no action like ${action}`);
  };
  const otherwise = answer(defaultAction, defaultErrnoRet, defaultErrno);
  const groups = new Map<string, string[]>();
  const tested = new Set<string>();
  for (const { names = [], action, errnoRet, errno: errnoWord, args = [] } of syscalls) {
    const said = answer(action, errnoRet, errnoWord);
    const denied = said !== undefined;
    if (args.length > 0) for (const name of names) tested.add(name);
    else if (isAllowList && denied) {
      if (said !== otherwise) warn(`${otherwise} instead of ${said}`, names);
    } else {
      const group = denied ? `:${said}` : '';
      groups.set(group, [...(groups.get(group) ?? []), ...names]);
      if (denied && action !== 'SCMP_ACT_KILL_PROCESS' && KILLS.has(action)) {
        warn(`kill the process instead of ${action}`, names);
      }
    }
  }
  const listed = new Set([...groups.values()].flat());
  for (const name of tested) {
    const outcome = listed.has(name) === isAllowList ? 'allowed' : 'denied';
    warn(`always ${outcome}, since arguments cannot be tested`, [name]);
  }
  const told = [...warnings].map(([what, calls]) => `${what}: ${[...calls].join(' ')}`);
  complain(told.map((warning) => `qseccomp: warning: systemd: ${warning}\n`).join(''));
  const names = filter.architectures.map(({ name }) => ARCHITECTURES[name] ?? name);
  return [
    `# ${commentText(filter.title)}`,
    ...told.map((warning) => `# Otherwise than there: ${warning}`),
    'NoNewPrivileges=yes',
    `SystemCallArchitectures=${names.join(' ')}`,
    ...(isAllowList ? [`SystemCallErrorNumber=${otherwise}`] : []),
    ...[...groups].flatMap(([suffix, calls]) =>
      wrapped(
        `SystemCallFilter=${isAllowList ? '' : '~'}`,
        calls.map((name) => `${name}${suffix}`),
      ),
    ),
    '',
  ].join('\n');
}

/** Settings that add up, none much longer than a line. */
function wrapped(setting: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of [...new Set(words)].sort()) {
    if (line !== '' && setting.length + line.length + word.length >= LINE_LENGTH) {
      lines.push(setting + line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return line === '' ? lines : [...lines, setting + line];
}
