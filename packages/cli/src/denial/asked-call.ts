/**
 * A call that somebody asks about, as far as it is known.
 *
 * @module
 */
import type { Architecture } from '@qseccomp/syscall-tables';
import { findByAuditArch, syscallNames } from '@qseccomp/syscall-tables';

/** A call from a log, a trace or a command line. */
export interface AskedCall {
  /** AUDIT_ARCH token, u32. */
  readonly arch: number;
  /** The one that has a call of this number, else the first with that token; undefined for an unknown token. */
  readonly architecture: Architecture | undefined;
  readonly number: number;
  /** Names of the call there; none: there is no such call. */
  readonly names: readonly string[];
  /** Up to six registers: undefined for one that the source does not tell, 0 beyond the last. */
  readonly args: readonly (bigint | undefined)[];
  /** Who made it, where the source tells: `process 4711 (sh)`. */
  readonly caller?: string;
  /** SECCOMP_RET_* word that the kernel's filters answered, where the source tells. */
  readonly answered?: number;
}

/** Registers of a call. */
export const REGISTERS = 6;

/**
 * What a token and a number stand for.
 *
 * @param arch - AUDIT_ARCH token, u32
 * @param signed - call number, as a filter or a signed log sees it
 */
export function callOf(
  arch: number,
  signed: number,
): Pick<AskedCall, 'arch' | 'architecture' | 'number' | 'names'> {
  const number = signed >>> 0;
  const candidates = findByAuditArch(arch).map((architecture) => ({
    architecture,
    names: syscallNames(architecture, number),
  }));
  const found = candidates.find(({ names }) => names.length > 0) ?? candidates[0];
  return { arch, architecture: found?.architecture, number, names: found?.names ?? [] };
}

/**
 * Whether the source does not tell a register.
 *
 * @param call - the call
 * @param argument - index, 0..5
 */
export function isUnknown({ args }: AskedCall, argument: number): boolean {
  return argument < args.length && args[argument] === undefined;
}

/** Registers of which nothing is known. */
export function unknownArguments(): undefined[] {
  return new Array(REGISTERS).fill(undefined);
}
