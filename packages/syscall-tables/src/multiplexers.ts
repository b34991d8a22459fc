/**
 * socketcall(2) and ipc(2): value of argument 0 for each call that they stand for.
 *
 * Sources: linux/net.h (SYS_SOCKET and on) and linux/ipc.h (SEMOP and on), v6.1; the values are ABI and never change.
 *
 * @module
 */
import type { Multiplexer } from './arch.ts';

const socketcall: Multiplexer = {
  name: 'socketcall',
  argumentBits: 32, // int call, net/socket.c
  calls: [
    ['socket', 1],
    ['bind', 2],
    ['connect', 3],
    ['listen', 4],
    ['accept', 5],
    ['getsockname', 6],
    ['getpeername', 7],
    ['socketpair', 8],
    ['send', 9],
    ['recv', 10],
    ['sendto', 11],
    ['recvfrom', 12],
    ['shutdown', 13],
    ['setsockopt', 14],
    ['getsockopt', 15],
    ['sendmsg', 16],
    ['recvmsg', 17],
    ['accept4', 18],
    ['recvmmsg', 19],
    ['sendmmsg', 20],
  ],
};

const ipc: Multiplexer = {
  name: 'ipc',
  argumentBits: 16, // a version above them: call & 0xffff, ipc/syscall.c
  calls: [
    ['semop', 1],
    ['semget', 2],
    ['semctl', 3],
    ['semtimedop', 4],
    ['msgsnd', 11],
    ['msgrcv', 12],
    ['msgget', 13],
    ['msgctl', 14],
    ['shmat', 21],
    ['shmdt', 22],
    ['shmget', 23],
    ['shmctl', 24],
  ],
};

/** The two multiplexers, with the same values on every architecture that has them. */
export const multiplexers: readonly Multiplexer[] = [socketcall, ipc];

/** Those of s390, whose ipc(2) takes no version: EINVAL where anything is above 16 bits (s390_ipc). */
export const multiplexersOfS390: readonly Multiplexer[] = [socketcall, { ...ipc, argumentBits: 32 }];
