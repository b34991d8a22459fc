/**
 * The search at the top of a program: for the architecture, then for the call's number, weighted by how often
 * calls occur. It looks at nothing else, so that the kernel can find out which calls are always allowed
 * (seccomp_is_const_allow, kernel/seccomp.c, since 5.11).
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import { MAX_WORD } from '../filter/intervals.ts';
import { knownCalls } from '../filter/known-calls.ts';
import type { Table } from '../filter/resolve.ts';
import { countBelow, zeros } from '../lists.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET } from '../opcode.ts';
import type { Point } from './early.ts';
import type { Weighing } from './emit.ts';
import { type Choice, type Graph, type Node, RangeList } from './graph.ts';

/** Calls by name and how often each was seen; those without a number count little. */
export type CallWeights = Readonly<Record<string, number>>;

/** Calls of one QEMU guest while it ran, traced with strace -c. */
export const DEFAULT_WEIGHTS: CallWeights = {
  write: 5303600,
  read: 2240554,
  ppoll: 2167030,
  ioctl: 2134828,
  timerfd_settime: 704023,
  poll: 689105,
  futex: 83122,
  writev: 803,
  rt_sigprocmask: 476,
  recvmsg: 287,
  brk: 178,
};

/** What all calls of a table weigh together beside the ones that were seen, as a share of these. */
const TABLE_SHARE = 0.005;

/** What all ranges weigh together, as that share: keeps the longest way short. */
const RANGE_SHARE = 0.005;

/** Architectures up to which none is tested before the others. */
const ALIKE_ARCHITECTURES = 3;

/** How often an architecture is met for each time that the one given before it is met. */
export const NEXT_ARCHITECTURE_SHARE = 0.1;

/** Instructions in which a list tests a rule's condition, at least: load, mask or high word, comparison. */
const RULE_LENGTH = 3;

/** A table and what it leads to. */
export interface DecidedTable {
  readonly table: Table;
  /** The graph of each call that has rules. */
  readonly nodes: readonly Node[];
}

/**
 * The search for the architecture and the call.
 *
 * @param graph - where nodes are made
 * @param decided - the tables and what their calls lead to
 * @param badArchitectureValue - what calls of other architectures get
 * @param weights - calls by name and how often each occurs
 * @returns the start of the program, and the weights of ranges for choices that have them
 */
export function dispatch(
  graph: Graph,
  decided: readonly DecidedTable[],
  badArchitectureValue: number,
  weights: CallWeights,
): { root: Node; weigh: ReadonlyMap<Node, Weighing> } {
  const bad = graph.leaf(badArchitectureValue);
  const weigh = new Map<Node, Weighing>();
  const byToken = new Map<number, DecidedTable[]>();
  for (const entry of decided) {
    const { auditArch } = entry.table.architecture;
    const tables = byToken.get(auditArch);
    if (tables === undefined) byToken.set(auditArch, [entry]);
    else tables.push(entry);
  }
  const entries = [...byToken].map(([token, tables]): [number, Node] => {
    const node = numberSearch(graph, tables, bad);
    if (node.children !== undefined) {
      const architectures = tables.map(({ table }) => table.architecture);
      weigh.set(node, { ...weighNumbers(node, architectures, weights), room: roomOf(tables) });
    }
    return [token, node];
  });
  return { root: architectureSearch(graph, entries, bad, weigh), weigh };
}

/** Comparisons that a list would spend on a call's second and further rules. */
function roomOf(tables: readonly DecidedTable[]): number {
  let rules = 0;
  for (const { table } of tables) rules += table.calls.ruleCount - table.calls.numbers.length;
  return RULE_LENGTH * rules;
}

/** Finds the architecture: the first one soonest, and of many before all others. */
function architectureSearch(
  graph: Graph,
  entries: readonly (readonly [number, Node])[],
  bad: Node,
  weigh: Map<Node, Weighing>,
): Node {
  const alike = entries.length > ALIKE_ARCHITECTURES ? entries.slice(1) : [...entries];
  const ranges = new RangeList();
  ranges.add(0, bad);
  for (const [token, node] of alike.sort(([a], [b]) => a - b)) {
    ranges.add(token, node);
    if (token < MAX_WORD) ranges.add(token + 1, bad);
  }
  const search = graph.choice(ARCHITECTURE_OFFSET, MAX_WORD, ranges);
  if (search.children !== undefined) {
    const places = search.starts.map((start) => entries.findIndex(([token]) => token === start));
    weigh.set(search, {
      weights: places.map((place) => (place < 0 ? 0 : NEXT_ARCHITECTURE_SHARE ** place)),
      points: [],
      idle: places.map(() => false),
      room: 0,
    });
  }
  if (alike.length === entries.length) return search;
  const [first, node] = entries[0] as readonly [number, Node];
  return graph.test(ARCHITECTURE_OFFSET, MAX_WORD, first, node, search);
}

/** Finds the number among the tables of one token. */
function numberSearch(graph: Graph, tables: readonly DecidedTable[], bad: Node): Node {
  const segments = tables
    .flatMap((decided) => decided.table.numbers.map(([from, to]) => ({ decided, from, to })))
    .sort((a, b) => a.from - b.from);
  const ranges = new RangeList();
  ranges.add(0, bad);
  for (const { decided, from, to } of segments) {
    const { table, nodes } = decided;
    const { numbers } = table.calls;
    const other = graph.leaf(table.defaultValue);
    ranges.add(from, other);
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] as number;
      if (number < from || number > to) continue;
      ranges.add(number, nodes[at] as Node);
      if (number < to) ranges.add(number + 1, other);
    }
    if (to < MAX_WORD) ranges.add(to + 1, bad);
  }
  return graph.choice(NUMBER_OFFSET, MAX_WORD, ranges);
}

/**
 * Weighs the ranges of a search over call numbers.
 *
 * @param choice - the search
 * @param architectures - whose calls reach it
 * @param weights - calls by name
 * @returns how often each range is met, and which calls are met often
 */
function weighNumbers(
  { starts }: Choice,
  architectures: readonly Architecture[],
  weights: CallWeights,
): Omit<Weighing, 'room'> {
  const seen = zeros(starts.length);
  const known = zeros(starts.length);
  const points: Point[] = [];
  let calls = 0;
  for (const architecture of architectures) {
    const { ascending, numbers } = knownCalls(architecture);
    calls += ascending.length;
    for (let range = 0, before = 0; range < starts.length; range++) {
      const end = starts[range + 1];
      const upTo = end === undefined ? ascending.length : countBelow(ascending, end);
      known[range] = (known[range] as number) + upTo - before;
      before = upTo;
    }
    for (const name in weights) {
      const value = numbers.get(name);
      const weight = weights[name] as number;
      if (value !== undefined && weight !== 0)
        points.push({ value, range: countBelow(starts, value + 1) - 1, weight });
    }
  }
  points.sort((a, b) => b.weight - a.weight || a.value - b.value);
  let total = 0;
  // The lightest first, so that sums are the same in whatever order weights are given.
  for (let at = points.length - 1; at >= 0; at--) {
    const { range, weight } = points[at] as Point;
    seen[range] = (seen[range] as number) + weight;
    total += weight;
  }
  total ||= 1;
  const perCall = (TABLE_SHARE * total) / Math.max(calls, 1);
  const perRange = (RANGE_SHARE * total) / starts.length;
  const idle: boolean[] = [];
  for (let range = 0; range < starts.length; range++) {
    idle.push(known[range] === 0);
    seen[range] = (seen[range] as number) + perCall * (known[range] as number) + perRange;
  }
  return { weights: seen, points, idle };
}
