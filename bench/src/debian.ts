/**
 * What Debian installs for a program that uses libseccomp.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';

/**
 * Installed size of packages and of what they depend on, as far as not every Debian system has it.
 *
 * @param packages - names
 * @returns kB as dpkg counts them, or undefined where there is no apt-cache that knows them
 */
export function sizeWithDependencies(packages: readonly string[]): number | undefined {
  const everywhere = new Set(dependencies(requiredPackages()));
  return sizeAlone(dependencies(packages).filter((name) => !everywhere.has(name)));
}

/**
 * Installed size of packages without what they depend on.
 *
 * @param packages - names
 * @returns kB as dpkg counts them, or undefined where there is no apt-cache that knows them
 */
export function sizeAlone(packages: readonly string[]): number | undefined {
  const sizes = lines('apt-cache', ['show', '--no-all-versions', ...packages])
    .filter((line) => line.startsWith('Installed-Size: '))
    .map((line) => Number(line.split(' ')[1]));
  return sizes.length > 0 ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
}

function requiredPackages(): string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
  return lines('dpkg-query', ['-W', '-f', '${Package} ${Priority}\n'])
    .filter((line) => line.endsWith(' required'))
    .map((line) => line.split(' ')[0] as string);
}

/** Packages and what they depend on, down to the last. */
function dependencies(packages: readonly string[]): string[] {
  const without = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];
  const args = ['depends', '--recurse', ...without.map((kind) => `--no-${kind}`), ...packages];
  return lines('apt-cache', args).filter((line) => /^[a-z0-9]/.test(line));
}

/** What a program prints; nothing where it is missing or fails. */
function lines(program: string, args: readonly string[]): string[] {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return status === 0 ? stdout.split('\n') : [];
}
