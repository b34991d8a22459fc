/**
 * Linux system call tables of every architecture: number to name and back, one architecture at a time.
 *
 * @module
 */
export type { Architecture, Endian, Multiplexer } from './arch.ts';
export { SyscallTablesError, type SyscallTablesErrorCode } from './errors.ts';
export { architectures, findArchitecture, findByAuditArch } from './find.ts';
export { errnoName, errnoNumber, kernelVersion, syscallNames, syscallNumber } from './lookup.ts';
export * from './registry.ts';
export { closest, suggestSyscalls } from './suggest.ts';
