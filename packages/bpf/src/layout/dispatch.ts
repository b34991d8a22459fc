/**
 * The search at the top of a program: for the architecture, then for the call's number, weighted by how often
 * calls occur. It looks at nothing else, so that the kernel can find out which calls are always allowed
 * (seccomp_is_const_allow, kernel/seccomp.c, since 5.11).
 *
 * @module
 */

import type { Architecture } from '@qseccomp/syscall-tables';
import type { Table } from '../filter/resolve.ts';
import { ARCHITECTURE_OFFSET, NUMBER_OFFSET } from '../opcode.ts';
import type { Choice, Graph, Node } from './graph.ts';

const MAX_WORD = 0xffffffff;

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
const TABLE_SHARE = 0.01;

/** What all ranges weigh together, as that share: keeps the longest way short. */
const RANGE_SHARE = 0.03;

/** Architectures up to which none is tested before the others. */
const ALIKE_ARCHITECTURES = 3;

/** How often an architecture is met for each time that the one given before it is met. */
export const NEXT_ARCHITECTURE_SHARE = 0.1;

/** A table and what it leads to. */
export interface DecidedTable {
  readonly table: Table;
  /** Graphs of the calls that have rules, by number. */
  readonly nodes: ReadonlyMap<number, Node>;
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
): { root: Node; weigh: ReadonlyMap<Node, readonly number[]> } {
  const bad = graph.leaf(badArchitectureValue);
  const weigh = new Map<Node, readonly number[]>();
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
      weigh.set(node, weighNumbers(node, architectures, weights));
    }
    return [token, node];
  });
  return { root: architectureSearch(graph, entries, bad, weigh), weigh };
}

/** Finds the architecture: the first one soonest, and of many before all others. */
function architectureSearch(
  graph: Graph,
  entries: readonly (readonly [number, Node])[],
  bad: Node,
  weigh: Map<Node, readonly number[]>,
): Node {
  const alike = entries.length > ALIKE_ARCHITECTURES ? entries.slice(1) : [...entries];
  const ranges = new Ranges(bad);
  for (const [token, node] of alike.sort(([a], [b]) => a - b)) ranges.single(token, node, bad);
  const search = graph.choice(ARCHITECTURE_OFFSET, MAX_WORD, ranges.list);
  if (search.children !== undefined) {
    const places = search.starts.map((start) => entries.findIndex(([token]) => token === start));
    weigh.set(
      search,
      places.map((place) => (place < 0 ? 0 : NEXT_ARCHITECTURE_SHARE ** place)),
    );
  }
  if (alike.length === entries.length) return search;
  const [first, node] = entries[0] as readonly [number, Node];
  return graph.test(ARCHITECTURE_OFFSET, MAX_WORD, first, node, search);
}

/** Finds the number among the tables of one token. */
function numberSearch(graph: Graph, tables: readonly DecidedTable[], bad: Node): Node {
  const segments = tables.flatMap(({ table, nodes }) => {
    const calls = [...nodes.keys()].sort((a, b) => a - b);
    return table.numbers.map(([from, to]) => ({
      from,
      to,
      nodes,
      calls,
      other: graph.leaf(table.defaultValue),
    }));
  });
  const ranges = new Ranges(bad);
  for (const { from, to, nodes, calls, other } of segments.sort((a, b) => a.from - b.from)) {
    ranges.start(from, other);
    for (const number of calls) {
      if (number >= from && number <= to) ranges.single(number, nodes.get(number) as Node, other);
    }
    ranges.start(to + 1, bad);
  }
  return graph.choice(NUMBER_OFFSET, MAX_WORD, ranges.list);
}

/** Ranges of a word in the making, ascending. */
class Ranges {
  readonly list: [start: number, child: Node][];

  constructor(first: Node) {
    this.list = [[0, first]];
  }

  start(at: number, child: Node): void {
    if (at > MAX_WORD) return;
    if (this.list.at(-1)?.[0] === at) this.list.pop();
    this.list.push([at, child]);
  }

  single(at: number, child: Node, after: Node): void {
    this.start(at, child);
    this.start(at + 1, after);
  }
}

/**
 * Weighs the ranges of a search over call numbers.
 *
 * @param choice - the search
 * @param architectures - whose calls reach it
 * @param weights - calls by name
 * @returns one weight for each range
 */
function weighNumbers(
  choice: Choice,
  architectures: readonly Architecture[],
  weights: CallWeights,
): number[] {
  const { starts } = choice;
  const seen = starts.map(() => 0);
  const known = starts.map(() => 0);
  let total = 0;
  let calls = 0;
  for (const { syscalls } of architectures) {
    let range = 0;
    for (const [name, number] of syscalls) {
      while (number >= (starts[range + 1] ?? Number.POSITIVE_INFINITY)) range++;
      const weight = Object.hasOwn(weights, name) ? (weights[name] as number) : 0;
      seen[range] = (seen[range] as number) + weight;
      known[range] = (known[range] as number) + 1;
      total += weight;
      calls++;
    }
  }
  total ||= 1;
  const perCall = (TABLE_SHARE * total) / Math.max(calls, 1);
  const perRange = (RANGE_SHARE * total) / starts.length;
  return seen.map((weight, range) => weight + perCall * (known[range] as number) + perRange);
}
