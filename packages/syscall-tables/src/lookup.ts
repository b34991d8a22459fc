/**
 * Number to name and back, for system calls and error numbers of one architecture. Loads no architecture.
 *
 * Source of the common error numbers: asm-generic/errno-base.h and asm-generic/errno.h, v6.1; they are ABI.
 *
 * @module
 */
import type { Architecture } from './arch.ts';

/** Release of the kernel whose tables these are; tools/tables.mjs takes it from data/syscalls.tsv. */
export const kernelVersion: string = '7.2-rc1';

/** Names 1 to 133 in order; 41 and 58 are not in use ('-'). */
const genericErrno =
  `EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY
EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE
EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI
EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV
ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC
EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT
EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET
ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE
EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED
EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON`.split(/\s/);

/** Second names of one number; ENOTSUP is the C library's. They come last, so that errnoName prefers the first names. */
const errnoAliases = { EWOULDBLOCK: 'EAGAIN', EDEADLOCK: 'EDEADLK', ENOTSUP: 'EOPNOTSUPP' };

const numbersByName = perArchitecture(({ syscalls }) => new Map(syscalls));
const namesByNumber = perArchitecture(({ syscalls }) => {
  const names = new Map<number, string[]>();
  for (const [name, number] of syscalls) {
    const same = names.get(number);
    if (same === undefined) names.set(number, [name]);
    else same.push(name);
  }
  return names;
});
/** In this order: the common names, overridden; names that only this architecture has; aliases. */
const errnoByName = perArchitecture(({ errno }) => {
  const numbers = new Map<string, number>();
  genericErrno.forEach((name, index) => {
    if (name !== '-') numbers.set(name, index + 1);
  });
  for (const [name, number] of Object.entries(errno)) {
    if (!Object.hasOwn(errnoAliases, name)) numbers.set(name, number);
  }
  for (const [alias, name] of Object.entries(errnoAliases)) {
    const number = errno[alias] ?? numbers.get(name);
    if (number !== undefined) numbers.set(alias, number);
  }
  return numbers;
});
const errnoByNumber = perArchitecture((architecture) => {
  const names = new Map<number, string>();
  for (const [name, number] of errnoByName(architecture)) {
    if (!names.has(number)) names.set(number, name);
  }
  return names;
});

/**
 * Number of a system call.
 *
 * @param architecture - the table to look in
 * @param name - name as in the kernel's tables, without `__NR_`
 * @returns the number as the program sees it (offset and x32 bit included), or undefined where there is no such call
 * @example
 * ```ts
 * import { syscallNumber } from '@qseccomp/syscall-tables/lookup';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * syscallNumber(x86_64, 'execve'); // 59
 * syscallNumber(x86_64, 'umount'); // undefined
 * ```
 */
export function syscallNumber(architecture: Architecture, name: string): number | undefined {
  return numbersByName(architecture).get(name);
}

/**
 * Names of a system call; Alpha has several for some numbers.
 *
 * @param architecture - the table to look in
 * @param number - number as the program sees it
 * @returns its names in alphabetical order; empty where the number is not in use
 * @example
 * ```ts
 * import { syscallNames } from '@qseccomp/syscall-tables/lookup';
 * import { alpha } from '@qseccomp/syscall-tables/alpha';
 *
 * syscallNames(alpha, 22); // ['umount', 'umount2']
 * ```
 */
export function syscallNames(architecture: Architecture, number: number): readonly string[] {
  return namesByNumber(architecture).get(number) ?? [];
}

/**
 * Number of an error.
 *
 * @param architecture - whose numbers: ENOSYS is 38 on most, 89 on mips
 * @param name - name as in errno(3)
 * @returns the number, 1 to 4095, or undefined where there is no such error
 * @example
 * ```ts
 * import { errnoNumber } from '@qseccomp/syscall-tables/lookup';
 * import { mips } from '@qseccomp/syscall-tables/mips';
 *
 * errnoNumber(mips, 'ENOSYS'); // 89
 * ```
 */
export function errnoNumber(architecture: Architecture, name: string): number | undefined {
  return errnoByName(architecture).get(name);
}

/**
 * Name of an error.
 *
 * @param architecture - whose numbers
 * @param number - error number, positive
 * @returns its name (EAGAIN rather than EWOULDBLOCK), or undefined where the number is not in use
 * @example
 * ```ts
 * import { errnoName } from '@qseccomp/syscall-tables/lookup';
 * import { parisc } from '@qseccomp/syscall-tables/parisc';
 *
 * errnoName(parisc, 251); // 'ENOSYS'
 * ```
 */
export function errnoName(architecture: Architecture, number: number): string | undefined {
  return errnoByNumber(architecture).get(number);
}

/** Built at the first look-up, once: loading a table and looking up nothing costs nothing. */
function perArchitecture<Value>(
  build: (architecture: Architecture) => Value,
): (architecture: Architecture) => Value {
  const built = new WeakMap<Architecture, Value>();
  return (architecture) => {
    let value = built.get(architecture);
    if (value === undefined) {
      value = build(architecture);
      built.set(architecture, value);
    }
    return value;
  };
}
