/**
 * What a filter answers to one call, and by which way.
 *
 * @module
 */

import type { Outcome, SeccompData } from '@qseccomp/bpf';
import { emulate } from '@qseccomp/bpf/emulate';
import { outcomeOf } from '@qseccomp/bpf/picture';
import { readCall } from '@qseccomp/cli/call';
import { reasonOf } from '@qseccomp/cli/reason';
import type { RequestedFilter } from '@qseccomp/cli/sandbox-filter';
import { answerWords } from '@qseccomp/cli/words';
import type { Architecture } from '@qseccomp/syscall-tables';
import { showArguments } from '@qseccomp/syscall-tables/arguments';
import { errnoName, syscallNames } from '@qseccomp/syscall-tables/lookup';

/** What one call gets. */
export interface CallAnswer {
  /** The call as it is written: `close(fd=3)`. */
  readonly call: string;
  readonly verdict: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly steps: number;
  /** Indices of the instructions executed. */
  readonly path: readonly number[];
}

/**
 * Asks a filter about a call.
 *
 * @param filter - any
 * @param text - name or number, then arguments; brackets and commas do no harm
 * @param architecture - whose call
 * @throws {CliError} that says which word means nothing there
 */
export function askFilter(filter: RequestedFilter, text: string, architecture: Architecture): CallAnswer {
  const words = text.split(/[\s(),]+/).filter((word) => word !== '');
  const data = readCall(words.slice(0, 1 + 6), architecture);
  const {
    action,
    data: value,
    steps,
    path = [],
  } = emulate(filter.program, data, {
    endian: filter.endian,
    path: true,
  });
  const errno = action === 'ERRNO' ? errnoName(architecture, value) : undefined;
  const reason = reasonOf(
    { policy: filter.policy, isSandbox: filter.entry !== undefined },
    data,
    architecture,
  );
  return {
    call: callText(data, architecture),
    verdict: answerWords(action, value, errno),
    outcome: outcomeOf(action),
    reason: reason.text,
    steps,
    path,
  };
}

function callText({ nr, args }: SeccompData, architecture: Architecture): string {
  const [name] = syscallNames(architecture, nr);
  if (name === undefined) return `number ${nr}, which is no call on ${architecture.name}`;
  const shown = showArguments(architecture, name, args).map(
    (argument) => `${argument.name}=${argument.text}`,
  );
  return `${name}(${shown.join(', ')})`;
}
