/**
 * What the end of a process tells of a filter: that there was one, at the most.
 *
 * Source: man wait(2), waitpid(2); a shell adds 128 to the signal's number.
 *
 * @module
 */
import { constants } from 'node:os';

/** What a status means. */
export interface StatusMeaning {
  /** The number of the signal, where one ended the process. */
  readonly signal?: number;
  /** Whether a filter can have been the cause. */
  readonly byFilter: boolean;
  /** Whole sentences. */
  readonly text: readonly string[];
}

const CORE_DUMPED = 0x80;
const SHELL_OFFSET = 128;

const REMEDIES = [
  '`qseccomp run --trace` runs the program again and names the call and its arguments, as does `strace -f`.',
  "`dmesg | grep type=1326`, `journalctl -k` or /var/log/audit/audit.log have the kernel's record, where it logs: `qseccomp why` reads it.",
];

/**
 * Explains a status.
 *
 * @param status - of wait(2), or as a shell gives it in `$?`; 0..65535
 */
export function explainStatus(status: number): StatusMeaning {
  const { SIGSYS } = constants.signals;
  // 128 + n of a shell and a core dump by signal n are the same number, and mean the same here.
  const signal = status < 256 ? status & ~(status >= SHELL_OFFSET ? CORE_DUMPED : 0) : 0;
  const exit = status >= 256 ? status >> 8 : status;
  if (signal === SIGSYS) {
    return {
      signal,
      byFilter: true,
      text: [
        `Status ${status}: signal ${SIGSYS} (SIGSYS) ended the process. A filter killed it or trapped a call, or somebody sent the signal.`,
        'Which call it was cannot be known from this: a wait status has the number of the signal, and no more.',
        ...REMEDIES,
      ],
    };
  }
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  if (status !== 0 && name !== undefined) {
    const hint =
      signal === constants.signals.SIGKILL
        ? ' A supervisor may kill so, as `qseccomp run --trace` does.'
        : ' A call that a filter answers with an errno can lead to it: `strace -f` or `qseccomp trace` shows such answers.';
    return {
      signal,
      byFilter: false,
      text: [
        `Status ${status}: signal ${signal} (${name}) ended the process, which is not how a filter kills.${hint}`,
      ],
    };
  }
  return {
    byFilter: false,
    text: [
      `Status ${status}: the process ended by itself, with ${exit}. No filter killed it; one may have answered calls with an errno, which \`strace -f\` or \`qseccomp trace\` shows.`,
    ],
  };
}
