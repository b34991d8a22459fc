/**
 * Find an architecture by what users, profiles and audit lines call it. Loads every architecture.
 *
 * @module
 */
import type { Architecture } from './arch.ts';
import { SyscallTablesError } from './errors.ts';
import * as registry from './registry.ts';
import { closest } from './suggest.ts';

/** Every architecture, by name. */
export const architectures: readonly Architecture[] = Object.values(registry);

/**
 * The architecture that a name stands for: its own, an alias (amd64, arm64, ppc64el), or the name that libseccomp
 * (SCMP_ARCH_*) or linux/audit.h (AUDIT_ARCH_*) has for it. Letter case does not matter.
 *
 * A token's name that two ABIs share (AUDIT_ARCH_X86_64, AUDIT_ARCH_ARM) stands for the one whose numbers begin at 0.
 *
 * @param name - name as typed
 * @returns the architecture
 * @throws {SyscallTablesError} TABLES_UNKNOWN_ARCHITECTURE when there is none of that name
 * @example
 * ```ts
 * import { findArchitecture } from '@qseccomp/syscall-tables';
 *
 * findArchitecture('amd64').name; // 'x86_64'
 * findArchitecture('SCMP_ARCH_PPC64LE').name; // 'ppc64le'
 * ```
 */
export function findArchitecture(name: string): Architecture {
  const wanted = name.toLowerCase();
  const found =
    architectures.find((architecture) =>
      spokenNames(architecture).some((spoken) => spoken.toLowerCase() === wanted),
    ) ??
    architectures
      .filter(({ auditArchName }) => auditArchName.toLowerCase() === wanted)
      .sort(byOffset)
      .at(0);
  if (found !== undefined) return found;
  const spoken = new Map(architectures.flatMap(spokenNames).map((own) => [own.toLowerCase(), own]));
  const suggestions = closest(wanted, [...spoken.keys()]).map((lower) => spoken.get(lower) ?? lower);
  const hint = suggestions.length > 0 ? `; did you mean ${suggestions.join(', ')}?` : '';
  throw new SyscallTablesError(
    'TABLES_UNKNOWN_ARCHITECTURE',
    `expected the name of an architecture, got '${name}'${hint}`,
    name,
    suggestions,
  );
}

/**
 * The architectures that a token stands for.
 *
 * @param token - AUDIT_ARCH_* word, as in seccomp_data.arch or an audit line's `arch=`
 * @returns those with that token, the one whose numbers begin at 0 first; empty for a foreign token. One that is
 *   `lookupOnly` cannot be the subject of a filter: 0x40000028 gives arm and armoabi.
 * @example
 * ```ts
 * import { findByAuditArch } from '@qseccomp/syscall-tables';
 *
 * findByAuditArch(0xc000003e).map(({ name }) => name); // ['x86_64', 'x32']
 * ```
 */
export function findByAuditArch(token: number): readonly Architecture[] {
  return architectures.filter(({ auditArch }) => auditArch === token).sort(byOffset);
}

/** All but the token's name. */
function spokenNames({ name, aliases = [], scmpName }: Architecture): readonly string[] {
  return scmpName === undefined ? [name, ...aliases] : [name, ...aliases, scmpName];
}

function byOffset(a: Architecture, b: Architecture): number {
  return a.numberOffset - b.numberOffset;
}
