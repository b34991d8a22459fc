/**
 * Checks of a process beside its filters: threads, NO_NEW_PRIVS, capabilities.
 *
 * @module
 */
import type { InspectedProcess, ProcessState } from '@qseccomp/runtime';
import { list } from './check-calls.ts';
import type { Finding } from './finding.ts';

/** Capabilities by bit, as far as having one undoes a sandbox; linux/capability.h (v6.12), capabilities(7). */
const STRONG_CAPABILITIES: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_SETFCAP: 31,
  CAP_NET_ADMIN: 12,
  CAP_SYS_MODULE: 16,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_BOOT: 22,
  CAP_MKNOD: 27,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
};

/**
 * What /proc says of a process that its filters do not.
 *
 * @param state - the process
 */
export function checkProcess(state: ProcessState): Finding[] {
  const { pid, threads, noNewPrivs, capabilities } = state;
  const open = threads.filter(({ mode }) => mode === 'none').map(({ tid }) => tid);
  const filtered = threads.length - open.length;
  const held = Object.keys(STRONG_CAPABILITIES).filter(
    (name) => (capabilities.effective >> BigInt(STRONG_CAPABILITIES[name] as number)) & 1n,
  );
  const findings: Finding[] = [];
  if (filtered === 0) {
    findings.push({
      check: 'no-filter',
      severity: 'high',
      architectures: [],
      title: 'the process has no filter',
      reason: 'Every call is allowed, as for any program that is started without a sandbox.',
      remedy: 'start it with `qseccomp run`, or have it install a filter',
      proof: `/proc/${pid}/status: Seccomp: 0 on all ${threads.length} threads`,
    });
  } else if (open.length > 0) {
    findings.push({
      check: 'thread-without-filter',
      severity: 'high',
      architectures: [],
      title: `${open.length} of ${threads.length} threads ${open.length === 1 ? 'has' : 'have'} no filter`,
      reason: 'Threads share memory: who controls one has another make the calls.',
      remedy: 'install the filter with SECCOMP_FILTER_FLAG_TSYNC, or before other threads are started',
      proof: `/proc/${pid}/task/${open[0]}/status: Seccomp: 0 (${open.length > 1 ? 'threads' : 'thread'} ${list(open.slice(0, 8).map(String))})`,
    });
  }
  if (!noNewPrivs) {
    findings.push({
      check: 'new-privileges',
      severity: 'medium',
      architectures: [],
      title: 'the process can gain privileges',
      reason:
        'Without NO_NEW_PRIVS a program with the set-user-ID bit or file capabilities that it starts runs with more rights, under a filter that was not made for it.',
      remedy: 'set NO_NEW_PRIVS (prctl, `setpriv --no-new-privs`, NoNewPrivileges= of systemd)',
      proof: `/proc/${pid}/status: NoNewPrivs: 0`,
    });
  }
  if (held.length > 0) {
    findings.push({
      check: 'capabilities',
      severity: held.includes('CAP_SYS_ADMIN') || held.includes('CAP_SYS_MODULE') ? 'medium' : 'low',
      architectures: [],
      title: `the process has ${held.length} strong ${held.length === 1 ? 'capability' : 'capabilities'}`,
      reason: `${list(held)}: each lets it do what only root may, by calls that a filter for all users leaves open.`,
      remedy:
        'drop them before the program starts (`setpriv --bounding-set -all --inh-caps -all`, CapabilityBoundingSet= of systemd)',
      proof: `/proc/${pid}/status: CapEff: ${capabilities.effective.toString(16).padStart(16, '0')}`,
    });
  }
  return findings;
}

/**
 * Whether the threads have the same filters.
 *
 * @param process - the process and its filters
 */
export function checkStacks({ pid, stacks }: InspectedProcess): Finding[] {
  const filtered = stacks.filter(({ mode }) => mode === 'filter');
  if (filtered.length < 2) return [];
  const groups = filtered.map(
    ({ threads, filters }) =>
      `${threads.length} ${threads.length === 1 ? 'thread' : 'threads'} with ${filters.length} ${filters.length === 1 ? 'filter' : 'filters'} (${threads[0]}${threads.length > 1 ? ', …' : ''})`,
  );
  return [
    {
      check: 'threads-differ',
      severity: 'medium',
      architectures: [],
      title: 'threads have different filters',
      reason: 'Threads share memory: together they may do what any one of them may.',
      remedy: 'install filters with SECCOMP_FILTER_FLAG_TSYNC, unless the difference is wanted',
      proof: `process ${pid}: ${list(groups)}`,
    },
  ];
}
