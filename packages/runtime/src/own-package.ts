/**
 * Where this package's own files are, also for a copy of this code in a bundle of another package.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

let directory: string | undefined;

/**
 * The folder of this package's package.json.
 *
 * @returns an absolute path
 */
export function ownDirectory(): string {
  directory ??= dirname(createRequire(import.meta.url).resolve('@qseccomp/runtime/package.json'));
  return directory;
}
