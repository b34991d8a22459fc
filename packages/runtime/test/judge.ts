/**
 * The kernel's answers beside the emulator's: generates calls, has test/programs/judge.c make them under filters,
 * and compares each outcome with what the emulator says of it.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import {
  type ActionName,
  ActionValue,
  actionRank,
  decodeAction,
  encodeProgram,
  Opcode,
  type Program,
  run,
} from '@qseccomp/bpf';
import type { Architecture } from '@qseccomp/syscall-tables';
import { x86 } from '@qseccomp/syscall-tables/x86';
import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
import { pick, type Random, randomWord } from '../../bpf/test/random-program.ts';
import { compiled, type scratch } from './support.ts';

/** Words of struct seccomp_data. */
const CALL_WORDS = 16;
const NUMBER = 0;
const ARCHITECTURE = 1;
const POINTER = 2;
const ARGUMENTS = 4;

/** Of every call that is not made at all, in judge.c's outcomes. */
const OUTCOME_BYTES = 40;
/** enum state in judge.c. */
const STATES = ['not made', 'returned', 'trapped', 'thread gone', 'process gone', 'other signal'] as const;

/** Marks seccomp(2) calls of judge.c, in the low word of argument 3. */
const TICKET = 0x7ab1e7;
/** What {@link GUARD} answers: no call comes as far as the kernel, whatever it would do. */
const GUARDED = ActionValue.ERRNO | 4000;
const { ENOSYS } = constants.errno;

/**
 * Calls of x86_64 that no filter is asked about (Linux 6.14 and 6.18, kernel/seccomp.c: seccomp_uprobe_exception):
 * uretprobe and uprobe, which the kernel's own probes make, and which end any other caller with SIGILL.
 */
export const UNASKED: readonly number[] = [335, 336];

/** A way into the kernel: the architecture that it is a call of, and how its numbers are made. */
interface Entrance {
  readonly architecture: Architecture;
  /** Address behind the instruction, which filters see. */
  readonly pointer: number;
}

/** judge.c, compiled. */
export interface Judge {
  readonly file: string;
  /** Of registers, in bits. */
  readonly width: 32 | 64;
  readonly entrances: readonly Entrance[];
}

/** What the calls are made under, and how. */
export interface Trial {
  /** Loaded in this order. */
  readonly filters: readonly Program[];
  /** struct seccomp_data, 16 words each, of one of the judge's entrances. */
  readonly calls: Uint32Array;
  readonly threads: number;
  /** Calls that share a process; all where absent. */
  readonly batch?: number;
  /** Makes each call without the filters first, which is what an allowed one is compared with. */
  readonly reference?: boolean;
}

/**
 * Compiles judge.c.
 *
 * @param file - the tests' folder
 * @param width - 64 makes native calls and, by int 0x80, i386 ones; 32 is an i386 program
 * @returns undefined where gcc cannot, or the machine is another
 */
export function compileJudge(file: ReturnType<typeof scratch>, width: 32 | 64): Judge | undefined {
  if (process.arch !== 'x64') return undefined;
  const program = compiled(file(`judge${width}`), 'judge', '-static', '-no-pie', `-m${width}`);
  if (program === undefined) return undefined;
  const { stdout } = spawnSync(program);
  const [native, compat] = String(stdout).split(' ').map(Number) as [number, number];
  const i386 = { architecture: x86, pointer: compat };
  const entrances = width === 32 ? [i386] : [{ architecture: x86_64, pointer: native }, i386];
  return { file: program, width, entrances };
}

/**
 * The first filter of a stack under which any call can be made: it answers an errno to all of them but the
 * driver's own, and so hides nothing more restrictive that a filter behind it answers.
 */
export const GUARD: Program = [
  { code: Opcode.LD_ABS, jt: 0, jf: 0, k: 0 },
  { code: Opcode.JEQ_K, jt: 1, jf: 0, k: x86_64.syscalls.find(([name]) => name === 'seccomp')?.[1] ?? 0 },
  { code: Opcode.JEQ_K, jt: 0, jf: 3, k: x86.syscalls.find(([name]) => name === 'seccomp')?.[1] ?? 0 },
  { code: Opcode.LD_ABS, jt: 0, jf: 0, k: 40 },
  { code: Opcode.JEQ_K, jt: 0, jf: 1, k: TICKET },
  { code: Opcode.RET_K, jt: 0, jf: 0, k: ActionValue.ALLOW },
  { code: Opcode.RET_K, jt: 0, jf: 0, k: GUARDED },
];

/**
 * Any calls at all: numbers of the tables, with and without x32's bit, and of the programs, arguments next to what
 * the programs compare them with. Only for trials behind {@link GUARD}.
 */
export function anyCalls(
  judge: Judge,
  programs: readonly Program[],
  count: number,
  random: Random,
): Uint32Array {
  const constants = [...new Set(programs.flatMap((program) => program.map(({ k }) => k)))];
  const word = (): number => {
    const kind = random(4);
    if (kind === 0) return randomWord(random);
    const k = pick(random, constants);
    return kind === 1 ? k ^ (1 << random(32)) : k + (kind === 2 ? 0 : random(3) - 1);
  };
  const calls = new Uint32Array(count * CALL_WORDS);
  for (let at = 0; at < calls.length; at += CALL_WORDS) {
    const { architecture, pointer } = pick(random, judge.entrances);
    for (let i = ARGUMENTS; i < CALL_WORDS; i++) {
      calls[at + i] = judge.width === 32 && i % 2 === 1 ? 0 : word();
    }
    const number = random(3) === 0 ? word() : (pick(random, architecture.syscalls)[1] as number);
    calls[at + NUMBER] = UNASKED.includes(number >>> 0) || random(8) === 0 ? number | 0x4000_0000 : number;
    calls[at + ARCHITECTURE] = architecture.auditArch;
    calls[at + POINTER] = pointer;
  }
  return calls;
}

/** Answer without looking at arguments, the same in every thread. */
const QUESTIONS = ['getpid', 'getppid', 'getuid', 'geteuid', 'getgid', 'getegid', 'getpgrp', 'sched_yield'];
/** Fail when argument 0 is the descriptor -1. */
const OF_DESCRIPTORS = [
  'read',
  'write',
  'close',
  'fstat',
  'lseek',
  'ioctl',
  'pread64',
  'pwrite64',
  'readv',
  'writev',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'flock',
  'fsync',
  'fdatasync',
  'ftruncate',
  'getdents',
  'getdents64',
  'fchdir',
  'fchmod',
  'fchown',
  'fstatfs',
  'bind',
  'listen',
  'connect',
  'accept4',
  'sendto',
  'recvfrom',
  'sendmsg',
  'recvmsg',
  'shutdown',
  'getsockname',
  'getpeername',
  'setsockopt',
  'getsockopt',
  'epoll_ctl',
  'inotify_add_watch',
  'timerfd_settime',
  'syncfs',
];
/** Fail when argument 0 is a null path. */
const OF_PATHS = [
  'open',
  'stat',
  'lstat',
  'access',
  'chdir',
  'rmdir',
  'unlink',
  'readlink',
  'chmod',
  'chown',
];

/** Calls that do no harm when they are made: questions, bad descriptors, null paths, numbers without a call. */
export function harmlessCalls(judge: Judge, count: number, random: Random): Uint32Array {
  const calls = anyCalls(judge, [GUARD], count, random);
  const kinds = judge.entrances.map(({ architecture: { syscalls } }) =>
    [QUESTIONS, OF_DESCRIPTORS, OF_PATHS].map((names) => syscalls.filter(([name]) => names.includes(name))),
  );
  for (let at = 0; at < calls.length; at += CALL_WORDS) {
    const entrance = judge.entrances.findIndex(
      ({ architecture }) => architecture.auditArch === calls[at + ARCHITECTURE],
    );
    const kind = random(4);
    const choice = kinds[entrance]?.[kind];
    calls[at + NUMBER] = choice ? (pick(random, choice)[1] as number) : 0x4000_0000 - 1 - random(2 ** 20);
    if (kind > 0) calls[at + ARGUMENTS] = kind === 1 ? 0xffff_ffff : 0;
    if (kind === 2) calls[at + ARGUMENTS + 1] = 0;
  }
  return calls;
}

/** The first calls of a list. */
export function firstCalls(calls: Uint32Array, count: number): Uint32Array {
  return calls.subarray(0, count * CALL_WORDS);
}

/** The first calls of a list that filters answer with some action. */
export function callsAnswered(
  filters: readonly Program[],
  calls: Uint32Array,
  action: ActionName,
  limit: number,
): Uint32Array {
  const chosen: number[] = [];
  for (let at = 0; at < calls.length && chosen.length < limit * CALL_WORDS; at += CALL_WORDS) {
    const call = calls.subarray(at, at + CALL_WORDS);
    if (decodeAction(answerOf(filters, call)).action === action) chosen.push(...call);
  }
  return Uint32Array.from(chosen);
}

/** What came of a trial. */
export interface Finding {
  /** How many calls were made, by the action that the emulator says. */
  readonly made: Readonly<Record<string, number>>;
  /** The first call of which the kernel made something else. */
  readonly difference?: {
    readonly call: readonly string[];
    readonly expected: object;
    readonly seen: object;
  };
}

/** Has the calls of a trial made, and holds each outcome against the emulator's. */
export function tryCalls(judge: Judge, file: ReturnType<typeof scratch>, trial: Trial): Finding {
  const { filters, calls, threads, batch = calls.length, reference = false } = trial;
  const count = calls.length / CALL_WORDS;
  const outcomes = file('outcomes', Buffer.alloc(count * OUTCOME_BYTES));
  const { status, signal, stderr } = spawnSync(
    judge.file,
    [
      file('calls', Buffer.from(calls.buffer, calls.byteOffset, calls.byteLength)),
      outcomes,
      `${threads}`,
      `${batch}`,
      reference ? '1' : '0',
      ...filters.map((filter, index) => file(`filter${index}`, encodeProgram(filter, 'little'))),
    ],
    { timeout: 60_000 },
  );
  if (status !== 0) throw new Error(`judge ended with ${status ?? signal}: ${stderr}`);
  const seen = outcomeReader(readFileSync(outcomes));
  const made: Record<string, number> = {};
  for (let index = 0; index < count; index++) {
    const call = calls.subarray(index * CALL_WORDS, (index + 1) * CALL_WORDS);
    const value = answerOf(filters, call);
    const outcome = seen(index);
    const expected = expectation(call, value, outcome.reference);
    const { action } = decodeAction(value);
    made[action] = (made[action] ?? 0) + 1;
    if (Object.entries(expected).some(([field, is]) => outcome[field as keyof Outcome] !== is)) {
      return {
        made,
        difference: { call: [...call].map((word) => word.toString(16)), expected, seen: outcome },
      };
    }
  }
  return { made };
}

/** struct outcome of judge.c. */
interface Outcome {
  readonly value: bigint;
  readonly reference: bigint;
  readonly address: bigint;
  readonly state: (typeof STATES)[number];
  readonly data: number;
  readonly number: number;
  readonly architecture: number;
}

function outcomeReader(bytes: Buffer): (index: number) => Outcome {
  return (index) => {
    const at = index * OUTCOME_BYTES;
    return {
      value: bytes.readBigInt64LE(at),
      reference: bytes.readBigInt64LE(at + 8),
      address: bytes.readBigUInt64LE(at + 16),
      state: STATES[bytes.readInt32LE(at + 24)] as Outcome['state'],
      data: bytes.readInt32LE(at + 28),
      number: bytes.readUInt32LE(at + 32),
      architecture: bytes.readUInt32LE(at + 36),
    };
  };
}

/** What a stack answers, as seccomp_run_filters does: the most restrictive, of equal ones that of the last. */
function answerOf(filters: readonly Program[], call: Uint32Array): number {
  let answer: number = ActionValue.ALLOW;
  for (const filter of filters) {
    const { value } = run(filter, call);
    if (actionRank(value) <= actionRank(answer)) answer = value;
  }
  return answer;
}

/** What the emulator's answer means here, where nobody listens and nobody traces. */
function expectation(call: Uint32Array, value: number, reference: bigint): Partial<Outcome> {
  const { action, data } = decodeAction(value);
  switch (action) {
    case 'ALLOW':
    case 'LOG':
      return { state: 'returned', value: reference };
    case 'ERRNO':
      return { state: 'returned', value: BigInt(-data) };
    case 'TRACE':
    case 'USER_NOTIF':
      return { state: 'returned', value: BigInt(-ENOSYS) };
    case 'TRAP':
      return {
        state: 'trapped',
        data,
        number: call[NUMBER] as number,
        architecture: call[ARCHITECTURE] as number,
        address: BigInt(call[POINTER] as number),
      };
    default:
      return { state: action === 'KILL_THREAD' ? 'thread gone' : 'process gone' };
  }
}
