/**
 * From the rules of one call to a decision graph.
 *
 * Words are looked at in a fixed order: argument 0's high word, its low word, argument 1's, and so on. At
 * each word the rules that are still possible are split by ranges first, then by masks. A rule is done when
 * it has no word left; the first one in order that is done answers.
 *
 * That can take more nodes than the rules have comparisons, up to exponentially many. Past a bound linear in
 * the number of comparisons the rules are tested one after the other instead.
 *
 * @module
 */

import type { Endian } from '@qseccomp/syscall-tables';
import { implies } from '../filter/condition.ts';
import { MAX_WORD } from '../filter/intervals.ts';
import { byPrecedence } from '../filter/precedence.ts';
import type { ResolvedRule } from '../filter/rule.ts';
import { areEqual } from '../lists.ts';
import { ARGUMENTS_OFFSET } from '../opcode.ts';
import { type Graph, type Node, RangeList } from './graph.ts';
import { mergedRule } from './merge.ts';
import { afterPiece, DONE, resolve, type Step, StepFactory, sharedBits } from './steps.ts';
import { PLACE_LIMIT, Sweep } from './sweep.ts';

/** Rules up to which each is compared with each to find the ones that another covers. */
const PAIRWISE_LIMIT = 64;

/** Work that is always granted, and for each rule: entries of lists of possible rules. */
const WORK_BASE = 20_000;
const WORK_PER_RULE = 64;

/** How much longer than a chain of tests a graph may be, for being faster. */
const CHAIN_RATIO = 1.5;

/** What a graph should be like. */
export interface DecideOptions {
  /** Whether a shorter program is better than a faster one. */
  readonly short: boolean;
}

/** The graph of one call and the rules that can answer it. */
export interface Decision {
  readonly node: Node;
  /** Whether there may be a shorter one. */
  readonly shortens: boolean;
}

/**
 * Makes the graph of one call.
 *
 * @param graph - where nodes are made
 * @param given - rules of the call, in order of addition; none is possible
 * @param defaultValue - what is returned when none matches
 * @param endian - which half of an argument comes first
 * @param options - what to prefer
 * @param used - gets true at the index of each rule that answers some call, or of more where that is not certain
 * @returns the graph
 */
export function decide(
  graph: Graph,
  given: readonly ResolvedRule[],
  defaultValue: number,
  endian: Endian,
  options: DecideOptions,
  used: boolean[],
): Decision {
  const maker = new DecisionMaker(graph, defaultValue, endian, used);
  const merged = options.short ? undefined : mergedRule(given);
  const rules = merged ? [merged] : withoutCovered(byPrecedence(given), used);
  const factory = new StepFactory();
  const all = rules.map((rule) => factory.start(rule));
  const steps = maker.possible(new AllSteps(all), NO_WORD, 0, 0, undefined);
  maker.work = WORK_BASE + WORK_PER_RULE * rules.length;
  const node = maker.decide(steps, undefined);
  // None of these matches where another one does: one of them counts, or all.
  if (node === undefined || (merged && merged.value !== defaultValue))
    for (const { index } of given) used[index] = true;
  if (node === undefined) return { node: maker.chain(steps), shortens: false };
  const ratio = options.short ? 1 : CHAIN_RATIO;
  const tests = testsIn(node);
  // A chain takes at least one test for each step.
  const least = merged ? factory.count * given.length : factory.count;
  const shortens = !options.short && tests > least;
  if (tests <= ratio * least) return { node, shortens };
  const chain = maker.chain(steps);
  return { node: tests > ratio * testsIn(chain) ? chain : node, shortens };
}

/** Comparisons that a graph takes, shared ones counted once. */
function testsIn(root: Node): number {
  const seen = new Set<Node>([root]);
  let tests = 0;
  for (const { children = [] } of seen) {
    tests += Math.max(children.length - 1, 0);
    for (const child of children) seen.add(child);
  }
  return tests;
}

/**
 * Leaves out rules that another one covers: one that comes first, or one of the same answer with none of another between
 * them, since order by breadth is not exact. `used` gets those that this needs.
 */
function withoutCovered(rules: readonly ResolvedRule[], used: boolean[]): readonly ResolvedRule[] {
  if (rules.length < 2 || rules.length > PAIRWISE_LIMIT) return rules;
  const kept: ResolvedRule[] = [];
  for (const rule of rules) {
    const cover = coverOf(rule, kept);
    if (cover === undefined) {
      for (let at = kept.length - 1; at >= 0 && kept[at]?.value === rule.value; at--)
        if (implies((kept[at] as ResolvedRule).condition, rule.condition)) kept.splice(at, 1);
      kept.push(rule);
    } else if (cover.value !== rule.value) used[cover.index] = true;
  }
  return kept;
}

/** The first of some rules that matches whenever another one does. */
function coverOf({ condition }: ResolvedRule, rules: readonly ResolvedRule[]): ResolvedRule | undefined {
  for (const rule of rules) if (implies(condition, rule.condition)) return rule;
  return undefined;
}

/** The graph of some rules that are possible, what answers if none of them does, and others with the same hash. */
interface Known {
  readonly steps: readonly Step[];
  readonly last: ResolvedRule | undefined;
  readonly node: Node;
  readonly next: Known | undefined;
}

const NONE: readonly Step[] = [];

/** Instead of a word of which something is known. */
const NO_WORD = -1;

/** Steps of a list that may be possible, as a {@link Sweep} has them. */
type Steps = Pick<Sweep, 'next' | 'step'>;

/** All steps of a list. */
class AllSteps implements Steps {
  readonly #list: readonly Step[];

  constructor(list: readonly Step[]) {
    this.#list = list;
  }

  next(from: number): number {
    return from < this.#list.length ? from : -1;
  }

  step(place: number): Step {
    return this.#list[place] as Step;
  }
}

class DecisionMaker {
  work = 0;
  readonly #graph: Graph;
  readonly #defaultValue: number;
  readonly #highFirst: boolean;
  readonly #used: boolean[];
  /** Graphs by what {@link hashOf} makes of what they are made of. */
  readonly #known = new Map<number, Known>();

  constructor(graph: Graph, defaultValue: number, endian: Endian, used: boolean[]) {
    this.#graph = graph;
    this.#defaultValue = defaultValue;
    this.#highFirst = endian === 'big';
    this.#used = used;
  }

  /** Tests the rules one after the other. */
  chain(steps: readonly Step[]): Node {
    let node: Node = this.#graph.leaf(this.#defaultValue);
    for (let i = steps.length - 1; i >= 0; i--) node = this.#test(steps[i] as Step, node);
    return node;
  }

  /**
   * The steps up to the first one that is done: no later one can answer. That one is left out too where what
   * comes after it answers the same.
   *
   * @param steps - steps by their place
   * @param word - a word of which something is known
   * @param bits - which of its bits are known
   * @param value - what they are
   * @param answer - the rule that answers when none of them does
   * @returns the steps in order
   */
  possible(
    steps: Steps,
    word: number,
    bits: number,
    value: number,
    answer: ResolvedRule | undefined,
  ): readonly Step[] {
    const otherwise = answer?.value ?? this.#defaultValue;
    // Of a list that begins with its first element no room is left over: most have no other.
    let list: Step[] | undefined;
    let done: Step | undefined;
    for (let place = steps.next(0); place >= 0; place = steps.next(place + 1)) {
      const step = resolve(steps.step(place), word, bits, value);
      if (step === undefined) continue;
      this.work--;
      if (done !== undefined) {
        if (step.rule.value === otherwise && step.word !== DONE) continue;
        list?.push(done);
        return list ?? [done];
      }
      if (step.word === DONE && step.rule.value === otherwise) {
        done = step;
        continue;
      }
      if (list === undefined) list = [step];
      else list.push(step);
      if (step.word === DONE) break;
    }
    return list ?? NONE;
  }

  /**
   * @param list - rules that are possible, in order
   * @param answer - the rule that answers when none of them does; the default if undefined
   * @returns the graph, or undefined when the work granted is used up
   */
  decide(list: readonly Step[], answer: ResolvedRule | undefined): Node | undefined {
    let end = 0;
    while (end < list.length && list[end]?.word !== DONE) end++;
    const last = end === list.length ? answer : list[end]?.rule;
    const value = last?.value ?? this.#defaultValue;
    let length = end;
    // What comes last and answers the same need not be looked at.
    while (length > 0 && list[length - 1]?.rule.value === value) length--;
    if (length === 0) {
      if (last !== undefined) this.#used[last.index] = true;
      return this.#graph.leaf(value);
    }
    if (this.work < 0 || length >= PLACE_LIMIT) return undefined;
    const steps = length === list.length ? list : list.slice(0, length);
    const hash = hashOf(steps, last);
    const alike = this.#known.get(hash);
    for (let known = alike; known !== undefined; known = known.next)
      if (known.last === last && areEqual(known.steps, steps)) return known.node;
    const node = this.#split(steps, last);
    if (node !== undefined) this.#known.set(hash, { steps, last, node, next: this.#known.get(hash) });
    return node;
  }

  #split(list: readonly Step[], last: ResolvedRule | undefined): Node | undefined {
    let word = DONE;
    for (let place = 0; place < list.length; place++) word = Math.min(word, (list[place] as Step).word);
    const here = list.find((step) => step.word === word && step.mask === MAX_WORD);
    if (here !== undefined) return this.#byRanges(list, last, word, MAX_WORD);
    const bits = this.#singleBits(list, word);
    if (bits.length > 0) return this.#byBits(list, last, word, bits);
    const first = list.find((step) => step.word === word) as Step;
    return this.#byRanges(list, last, word, first.mask);
  }

  /** Splits by the ranges of a word; under a mask, by the values that rules with that mask ask for. */
  #byRanges(
    list: readonly Step[],
    last: ResolvedRule | undefined,
    word: number,
    mask: number,
  ): Node | undefined {
    const sweep = new Sweep(list, word, mask);
    const ranges = new RangeList();
    while (sweep.advance()) {
      const bits = sharedBits(sweep.start, sweep.end - 1, mask);
      const child = this.decide(this.possible(sweep, word, bits, sweep.start, last), last);
      if (child === undefined) return undefined;
      ranges.add(sweep.start, child);
    }
    return this.#graph.choice(this.#offset(word), mask, ranges);
  }

  /** Rules at the front with one answer that ask for nothing but one bit of this word. */
  #singleBits(list: readonly Step[], word: number): Step[] {
    const value = list[0]?.rule.value;
    const end = list.findIndex(({ rule }) => rule.value !== value);
    return (end < 0 ? list : list.slice(0, end)).filter(
      (step) => step.word === word && (step.mask & (step.mask - 1)) === 0 && step.next === undefined,
    );
  }

  /** None of those rules matches exactly when each of their bits is the other way: one test. */
  #byBits(
    list: readonly Step[],
    last: ResolvedRule | undefined,
    word: number,
    bits: readonly Step[],
  ): Node | undefined {
    let mask = 0;
    let none = 0;
    let always = false;
    for (const { mask: bit, from, rule } of bits) {
      this.#used[rule.index] = true;
      const other = from === 0 ? bit : 0;
      if ((mask & bit) !== 0 && ((none ^ other) & bit) !== 0) always = true;
      mask |= bit;
      none |= other;
    }
    const any = this.#graph.leaf((bits[0] as Step).rule.value);
    if (always) return any;
    mask >>>= 0;
    none >>>= 0;
    // Not even the rules of these bits are left.
    const child = this.decide(this.possible(new AllSteps(list), word, mask, none, last), last);
    return child === undefined ? undefined : this.#graph.test(this.#offset(word), mask, none, child, any);
  }

  /** A chain of tests that ends in the rule's value, or goes to `fail`. */
  #test(step: Step, fail: Node): Node {
    const { rule, word, mask, more } = step;
    if (word === DONE) return this.#graph.leaf(rule.value);
    const ranges = new RangeList();
    ranges.add(0, fail);
    for (const piece of [step, ...more]) {
      ranges.add(piece.from, this.#test(afterPiece(piece, rule), fail));
      if (piece.to < MAX_WORD) ranges.add(piece.to + 1, fail);
    }
    return this.#graph.choice(this.#offset(word), mask, ranges);
  }

  #offset(word: number): number {
    const first = this.#highFirst ? word & 1 : 1 - (word & 1);
    return ARGUMENTS_OFFSET + 8 * (word >> 1) + 4 * first;
  }
}

/** 32 bits that are rarely the same for other steps. */
function hashOf(steps: readonly Step[], last: ResolvedRule | undefined): number {
  let hash = last?.index ?? -1;
  for (let place = 0; place < steps.length; place++) {
    hash = Math.imul(hash ^ (steps[place] as Step).id, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
