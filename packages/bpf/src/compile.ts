/**
 * From a policy to a program: names to numbers, the rules of each call to a decision graph, the graph to
 * instructions, and those past the kernel's rules.
 *
 * Nothing but the architecture's token and the call's number is looked at before both are known, so that the
 * kernel can find out which calls are always allowed (seccomp_is_const_allow, kernel/seccomp.c, since 5.11).
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { BpfError } from './errors.ts';
import { MAX_WORD } from './filter/argument-set.ts';
import { ANY_CALL, implies } from './filter/condition.ts';
import type { Finding, Policy } from './filter/policy.ts';
import { newFinding, type ResolvedPolicy, resolvePolicy, type Table } from './filter/resolve.ts';
import { byPrecedence, type ResolvedRule } from './filter/rule.ts';
import type { Instruction } from './instruction.ts';
import { decide } from './layout/decide.ts';
import { emitGraph } from './layout/emit.ts';
import { type Choice, Graph, type Node, pointRanges } from './layout/graph.ts';
import { type CallWeights, DEFAULT_WEIGHTS, weighNumbers } from './layout/weights.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET } from './seccomp-data.ts';
import { validateProgram } from './validate.ts';

/** How to compile. */
export interface CompileOptions {
  /** Whether a finding that something has no effect is an error. */
  readonly strict?: boolean;
  /** How often calls occur, by name; without it, the calls of a QEMU guest. */
  readonly weights?: CallWeights;
}

/** A compiled policy. */
export interface CompiledPolicy {
  /** Valid by {@link validateProgram}. */
  readonly program: readonly Instruction[];
  /** Byte order of the machines that it is for. */
  readonly endian: Endian;
  /** What in the policy does not do what one may think. */
  readonly findings: readonly Finding[];
}

/** Architectures up to which none is tested before the others. */
const ALIKE_ARCHITECTURES = 3;

/** Rules that are looked through for the one that covers another. */
const COVER_LIMIT = 64;

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
  const findings = [...resolved.findings];
  const graph = new Graph();
  const weights = new Map<Node, number[]>();
  const tokens = new Map<number, Node>();
  for (const token of new Set(resolved.tables.map(({ architecture }) => architecture.auditArch))) {
    const tables = resolved.tables.filter(({ architecture }) => architecture.auditArch === token);
    const node = numberSearch(graph, resolved, tables, findings);
    const architectures = tables.map(({ architecture }) => architecture);
    if (node.children !== undefined) {
      weights.set(node, weighNumbers(node, architectures, options.weights ?? DEFAULT_WEIGHTS));
    }
    tokens.set(token, node);
  }
  const ineffective = findings.filter((finding) => finding.ineffective);
  if (options.strict && ineffective.length > 0) throw strictError(ineffective);
  const root = architectureSearch(graph, tokens, graph.leaf(resolved.badArchitectureValue));
  const program = emitGraph(root, (choice: Choice) => weights.get(choice));
  validateProgram(program);
  return { program, endian: resolved.endian, findings };
}

/** Finds the architecture; of many, the first one before all others. */
function architectureSearch(graph: Graph, tokens: ReadonlyMap<number, Node>, bad: Node): Node {
  const entries = [...tokens];
  const [first] = entries as [[number, Node]];
  const alike = entries.length > ALIKE_ARCHITECTURES ? entries.slice(1) : entries;
  const ranges: (readonly [number, Node])[] = [[0, bad]];
  for (const [token, node] of alike.sort(([a], [b]) => a - b)) {
    if (ranges.at(-1)?.[0] === token) ranges.pop();
    ranges.push(...pointRanges(token, node, bad).slice(token === 0 ? 0 : 1));
  }
  const search = graph.choice(ARCHITECTURE_OFFSET, MAX_WORD, ranges);
  return alike === entries ? search : graph.test(ARCHITECTURE_OFFSET, MAX_WORD, first[0], first[1], search);
}

/** Finds the number among the tables of one token. */
function numberSearch(
  graph: Graph,
  { endian, badArchitectureValue }: ResolvedPolicy,
  tables: readonly Table[],
  findings: Finding[],
): Node {
  const segments = tables.flatMap((table) => {
    const nodes = decideCalls(graph, table, endian, findings);
    const calls = [...nodes.keys()].sort((a, b) => a - b);
    return table.numbers.map(([from, to]) => ({ from, to, table, nodes, calls }));
  });
  const ranges: [start: number, child: Node][] = [];
  const start = (at: number, node: Node): void => {
    if (ranges.at(-1)?.[0] === at) ranges.pop();
    ranges.push([at, node]);
  };
  let next = 0;
  for (const { from, to, table, nodes, calls } of segments.sort((a, b) => a.from - b.from)) {
    const other = graph.leaf(table.defaultValue);
    if (from > next) start(next, graph.leaf(badArchitectureValue));
    start(from, other);
    for (const number of calls) {
      if (number < from || number > to) continue;
      start(number, nodes.get(number) as Node);
      if (number < to) start(number + 1, other);
    }
    next = to + 1;
  }
  if (next <= MAX_WORD) start(next, graph.leaf(badArchitectureValue));
  return graph.choice(NUMBER_OFFSET, MAX_WORD, ranges);
}

/** The graph of every call that has rules. */
function decideCalls(
  graph: Graph,
  table: Table,
  endian: Endian,
  findings: Finding[],
): ReadonlyMap<number, Node> {
  const nodes = new Map<number, Node>();
  const used = new Set<number>();
  for (const [number, rules] of table.calls) {
    const [only] = rules as [ResolvedRule];
    if (rules.length === 1 && only.condition === ANY_CALL) {
      nodes.set(number, graph.leaf(only.value));
      if (only.value !== table.defaultValue) used.add(only.index);
      continue;
    }
    const decision = decide(graph, byPrecedence(rules), table.defaultValue, endian);
    nodes.set(number, decision.node);
    for (const index of decision.used) used.add(index);
  }
  const reported = new Set<number>();
  for (const rules of table.calls.values()) {
    for (const rule of rules) {
      if (used.has(rule.index) || reported.has(rule.index)) continue;
      reported.add(rule.index);
      findings.push(withoutEffect(table, rule, rules));
    }
  }
  return nodes;
}

/** Says why a rule never makes a difference. */
function withoutEffect(table: Table, rule: ResolvedRule, rules: readonly ResolvedRule[]): Finding {
  const by = rules
    .slice(0, COVER_LIMIT)
    .find((other) => other !== rule && implies(rule.condition, other.condition));
  if (by !== undefined) {
    return newFinding(
      table,
      'shadowed',
      true,
      `rule ${by.index} answers whenever this one matches`,
      rule.index,
      by.index,
    );
  }
  if (rule.value === table.defaultValue) {
    return newFinding(table, 'same-as-default', true, 'the default action is the same', rule.index);
  }
  return newFinding(table, 'shadowed', true, 'other rules answer whenever this one matches', rule.index);
}

function strictError(findings: readonly Finding[]): BpfError {
  const [{ architecture, rule, syscall, message }] = findings as [Finding];
  const where = rule === undefined ? architecture : `${architecture}, rule ${rule} (${syscall})`;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  return new BpfError('BPF_STRICT', `${where}: ${message}${more}`, { findings });
}
