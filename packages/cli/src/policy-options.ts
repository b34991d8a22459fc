/** Options of the commands that make a policy. @module */
import { capabilities } from '@qseccomp/bpf/capabilities';
import { defaultEdition, type Edition, editions } from '@qseccomp/options/policy';
import type { Arguments, OptionSpec } from './arguments.ts';
import { didYouMean } from './errors.ts';

/** Options that choose the policy beside QEMU's own. */
export const POLICY_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'edition',
    value: 'RELEASE',
    choices: Object.keys(editions),
    meant: editionOf,
    help: `QEMU release whose policy it is: ${Object.keys(editions).join(', ')} (default: ${defaultEdition})`,
  },
];

/** Options that go with a profile. */
export const PROFILE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'profile',
    value: 'FILE',
    help: 'a container profile (OCI, Docker, Podman) instead of -sandbox; - is standard input',
  },
  {
    name: 'cap',
    value: 'CAP',
    choices: capabilities,
    // Container engines take names without it too.
    meant: (word) => (/^CAP_/i.test(word) ? undefined : didYouMean(`CAP_${word}`, capabilities)),
    repeatable: true,
    help: 'capability that the container of the profile has, such as CAP_SYS_ADMIN',
  },
  {
    name: 'kernel',
    value: 'X.Y',
    help: 'kernel release that the profile is for (default: newer than any that it names)',
  },
];

/** What "kill" is; `compile` takes `yes` where it is absent, `run` asks the kernel. */
export const KILL_PROCESS_OPTION: OptionSpec = {
  name: 'kill-process',
  value: 'YES|NO',
  choices: ['yes', 'no'],
  help: 'yes: a denied call kills the process; no: it is trapped (kernels before 4.14)',
};

/**
 * The policy that a command asks for which asks no kernel.
 *
 * @param args - the command line
 * @returns edition, and whether "kill" ends the process
 */
export function policyOptions(args: Arguments): { readonly edition: Edition; readonly killProcess: boolean } {
  return { edition: defaultEdition, ...edition(args), killProcess: killProcess(args) ?? true };
}

/** The edition that was asked for, if any; its name was checked with the command line. */
export function edition(args: Arguments): { readonly edition?: Edition } {
  const name = args.value('edition') as Edition | undefined;
  return name === undefined ? {} : { edition: name };
}

/** What `--kill-process` says, undefined where it is absent. */
export function killProcess(args: Arguments): boolean | undefined {
  const word = args.value('kill-process');
  return word === undefined ? undefined : word === 'yes';
}

/** The question after a release that began no policy, but has one. */
function editionOf(release: string): string | undefined {
  const [, major, minor = 0] = /^v?(\d{1,3})(?:\.(\d{1,3}|x))?(?:\.\d+)*$/.exec(release) ?? [];
  if (major === undefined) return undefined;
  const wanted = ordinal(`${major}.${minor === 'x' ? 999 : minor}`);
  // The oldest edition is that of all releases from 1.2 on, the first with a sandbox.
  if (wanted < ordinal('1.2')) return '';
  const names = Object.keys(editions) as [Edition, ...Edition[]];
  const found = names.findLast((name) => ordinal(name) <= wanted) ?? names[0];
  return `; did you mean ${found} (QEMU ${editions[found].releases})?`;
}

/** Releases as numbers, to compare them. */
function ordinal(release: string): number {
  const [major, minor] = release.split('.').map(Number) as [number, number];
  return 1000 * major + minor;
}
