/**
 * From a policy to a program: names to numbers, the rules of each call to a decision graph, a search for the
 * call on top of these, and that to instructions.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { BpfError } from './errors.ts';
import { ANY_CALL } from './filter/condition.ts';
import type { Finding, Policy } from './filter/policy.ts';
import { type ResolvedPolicy, resolvePolicy, type Table } from './filter/resolve.ts';
import type { ResolvedRule } from './filter/rule.ts';
import { idleRules } from './idle-rules.ts';
import type { Instruction } from './instruction.ts';
import { type DecideOptions, decide } from './layout/decide.ts';
import { type CallWeights, DEFAULT_WEIGHTS, dispatch } from './layout/dispatch.ts';
import { emitGraph } from './layout/emit.ts';
import { Graph, type Node } from './layout/graph.ts';
import { MAX_INSTRUCTIONS } from './opcode.ts';

/** How to compile. */
export interface CompileOptions {
  /** Whether a finding that something has no effect is an error. */
  readonly strict?: boolean;
  /** How often calls occur, by name; without it, the calls of a QEMU guest. */
  readonly weights?: CallWeights;
}

/** A compiled policy. */
export interface CompiledPolicy {
  /** Instructions that the kernel takes. */
  readonly program: readonly Instruction[];
  /** Byte order of the machines that it is for. */
  readonly endian: Endian;
  /** What in the policy does not do what one may think. */
  readonly findings: readonly Finding[];
}

/**
 * Compiles a policy.
 *
 * @param policy - what the filter is to do
 * @param options - strictness and weights
 * @returns the program, its byte order, and what was found
 * @throws {BpfError} BPF_ARCHITECTURE, BPF_BYTE_ORDER, BPF_RULE, BPF_ACTION or BPF_COMPARISON for a policy
 * that means nothing; BPF_STRICT; BPF_PROGRAM_LENGTH when it takes more than 4096 instructions
 * @example
 * ```ts
 * import { compilePolicy } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const { program } = compilePolicy({
 *   defaultAction: 'ALLOW',
 *   architectures: [{ architecture: x86_64, rules: [{ syscall: 'reboot', action: { errno: 'EPERM' } }] }],
 * });
 * program.length; // 9
 * ```
 */
export function compilePolicy(policy: Policy, options: CompileOptions = {}): CompiledPolicy {
  const resolved = resolvePolicy(policy);
  const weights = options.weights ?? DEFAULT_WEIGHTS;
  let { program, findings, shortens } = compileTables(resolved, weights, { short: false });
  if (program.length > MAX_INSTRUCTIONS && shortens)
    ({ program, findings } = compileTables(resolved, weights, { short: true }));
  const ineffective = findings.filter((finding) => finding.ineffective);
  if (options.strict && ineffective.length > 0) throw strictError(ineffective);
  if (program.length > MAX_INSTRUCTIONS) {
    throw new BpfError(
      'BPF_PROGRAM_LENGTH',
      `the policy takes ${program.length} instructions, expected at most ${MAX_INSTRUCTIONS}; ${mostRules(resolved)}`,
      { limit: MAX_INSTRUCTIONS },
    );
  }
  return { program, endian: resolved.endian, findings };
}

/** The call that most comparisons are about: what to look at in a policy that is too long. */
function mostRules({ tables }: ResolvedPolicy): string {
  const calls = tables.flatMap(({ architecture, calls }) =>
    [...calls].map(([, rules]) => ({
      name: architecture.name,
      rules,
      comparisons: rules.reduce((sum, { comparisons }) => sum + comparisons.length, 0),
    })),
  );
  const most = calls.reduce((a, b) => (b.comparisons > a.comparisons ? b : a));
  if (most.comparisons === 0) return `its rules are about ${calls.length} calls`;
  const [first] = most.rules as [ResolvedRule];
  const { syscall } = tables.find(({ architecture }) => architecture.name === most.name)?.rules[
    first.index
  ] ?? { syscall: '' };
  return `most of its comparisons, ${most.comparisons}, are those of ${syscall} on ${most.name}, from rule ${first.index} on`;
}

function compileTables(
  { endian, badArchitectureValue, tables, findings: found }: ResolvedPolicy,
  weights: CallWeights,
  options: DecideOptions,
): { program: readonly Instruction[]; findings: readonly Finding[]; shortens: boolean } {
  const findings = [...found];
  const graph = new Graph();
  let shortens = false;
  const decided = tables.map((table) => {
    const { nodes, shortens: here } = decideCalls(graph, table, endian, options, findings);
    shortens ||= here;
    return { table, nodes };
  });
  const { root, weigh } = dispatch(graph, decided, badArchitectureValue, weights);
  return { program: emitGraph(root, weigh), findings, shortens };
}

/** The graph of every call that has rules, and whether a shorter program may be had for them. */
function decideCalls(
  graph: Graph,
  table: Table,
  endian: Endian,
  options: DecideOptions,
  findings: Finding[],
): { nodes: readonly Node[]; shortens: boolean } {
  const { calls, defaultValue } = table;
  let shortens = false;
  const nodes: Node[] = [];
  /** By the rule's index: whether it has an effect. */
  const effective = new Array<boolean>(table.rules.length).fill(false);
  /** Places of the calls of which some rules answer nothing. */
  const open: number[] = [];
  for (let at = 0; at < calls.numbers.length; at++) {
    const only = calls.onlyRuleAt(at);
    if (only?.condition === ANY_CALL) {
      nodes.push(graph.leaf(only.value));
      if (only.value === defaultValue) open.push(at);
      else effective[only.index] = true;
      continue;
    }
    const rules = calls.rulesAt(at);
    const decision = decide(graph, rules, defaultValue, endian, options, effective);
    nodes.push(decision.node);
    shortens ||= decision.shortens;
    if (!areEffective(rules, effective)) open.push(at);
  }
  /** By rule: one can be in several calls. */
  const idle = new Map<number, Finding>();
  for (const at of open) {
    const isSameWith = (rules: readonly ResolvedRule[]): boolean =>
      nodes[at] === decide(graph, rules, defaultValue, endian, options, []).node;
    for (const [rule, finding] of idleRules(table, calls.rulesAt(at), effective, isSameWith))
      idle.set(rule, finding);
  }
  for (const [rule, finding] of [...idle].sort(([a], [b]) => a - b))
    if (!effective[rule]) findings.push(finding);
  return { nodes, shortens };
}

function areEffective(rules: readonly ResolvedRule[], effective: readonly boolean[]): boolean {
  for (let at = 0; at < rules.length; at++) if (!effective[(rules[at] as ResolvedRule).index]) return false;
  return true;
}

function strictError(findings: readonly Finding[]): BpfError {
  const [{ architecture, rule, syscall, message }] = findings as [Finding];
  const where = rule === undefined ? architecture : `${architecture}, rule ${rule} (${syscall})`;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  return new BpfError('BPF_STRICT', `${where}: ${message}${more}`, { findings });
}
