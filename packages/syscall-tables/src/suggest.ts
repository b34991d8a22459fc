/**
 * "Did you mean": names at a small edit distance.
 *
 * @module
 */
import type { Architecture } from './arch.ts';

/** More names than this do not help a reader. */
const atMost = 3;

/**
 * Names of system calls that resemble a name that is not one.
 *
 * @param architecture - the table to look in
 * @param name - name as typed
 * @returns up to three names, closest first; empty where none is close
 * @example
 * ```ts
 * import { suggestSyscalls, x86_64 } from '@qseccomp/syscall-tables';
 *
 * suggestSyscalls(x86_64, 'umount'); // ['mount', 'umount2', 'fsmount']
 * ```
 */
export function suggestSyscalls(architecture: Architecture, name: string): readonly string[] {
  return closest(
    name,
    architecture.syscalls.map(([known]) => known),
  );
}

/**
 * Candidates within an edit distance of a third of the name's length (at least 1) and those that begin with it (from
 * three letters on), closest first, then by name.
 *
 * @param name - name as typed
 * @param candidates - names to choose from
 * @returns up to three candidates, each once
 * @example
 * ```ts
 * import { closest } from '@qseccomp/syscall-tables/suggest';
 *
 * closest('jsn', ['raw', 'json', 'asm']); // ['json']
 * ```
 */
export function closest(name: string, candidates: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const begins = (candidate: string): boolean => name.length > 2 && candidate.startsWith(name);
  return [...new Set(candidates)]
    .filter((candidate) => Math.abs(candidate.length - name.length) <= limit || begins(candidate))
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= limit || begins(candidate))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, atMost)
    .map(({ candidate }) => candidate);
}

/** Characters to insert, delete, replace, or swap with a neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const above = rows[row - 1]!;
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(replaced, above[column]! + 1, line[column - 1]! + 1);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, rows[row - 2]![column - 2]! + 1);
      }
      line.push(least);
    }
    rows.push(line);
  }
  return rows[a.length]![b.length]!;
}
