/**
 * From a decision graph to instructions. They are put down last one first: what a jump leads to is there
 * before the jump, so its distance is known, and one that is too far for 8 bits gets a copy of the return or
 * a `ja` right behind it.
 *
 * Terms: a place is a distance from the end of the program, 0 for the last instruction.
 *
 * @module
 */

import { ActionValue } from '../filter/action.ts';
import { MAX_WORD } from '../filter/intervals.ts';
import type { Instruction } from '../instruction.ts';
import { MAX_INSTRUCTIONS, Opcode } from '../opcode.ts';
import type { Point } from './early.ts';
import type { Choice, Node } from './graph.ts';
import { TAIL_LIMIT } from './reach.ts';
import { searchTree } from './search.ts';
import type { Tree } from './tree.ts';

const JUMP = { eq: Opcode.JEQ_K, ge: Opcode.JGE_K, set: Opcode.JSET_K } as const;

/** Longest conditional jump: jt and jf are 8 bits. */
const MAX_JUMP = 255;

/** How often a choice's ranges are met. */
export interface Weighing {
  /** One for each range. */
  readonly weights: readonly number[];
  /** Single words that are met often, heaviest first. */
  readonly points: readonly Point[];
  /** For each range, whether there is nothing in it that a program would do. */
  readonly idle: readonly boolean[];
  /** Comparisons that were saved elsewhere. */
  readonly room: number;
}

/** Where a choice starts: with the load of its word, or after it where A holds the word already. */
interface Entry {
  readonly load: number;
  readonly loaded: number;
  /** Most instructions from `loaded` to the return that lets a call happen; -Infinity if there is none. */
  readonly steps: number;
}

/** Comparisons by which the search for what refuses a call may take longer than for what lets it happen. */
const REFUSED_SLACK = 2;

/** Instructions for arguments that are no reason to find a call sooner than others. */
const ARGUMENT_SLACK = 3;

/**
 * Lays a graph out.
 *
 * @param root - where the program starts
 * @param weigh - how often each range of a choice is taken, for choices where they are not alike
 * @returns the program
 */
export function emitGraph(root: Node, weigh: ReadonlyMap<Node, Weighing>): Instruction[] {
  const order = childrenFirst(root);
  const emitter = new Emitter(order);
  for (const node of order) emitter.put(node, weigh.get(node));
  return emitter.program();
}

/** Every node after all of its children. */
function childrenFirst(root: Node): Node[] {
  const order: Node[] = [];
  const seen: boolean[] = [];
  const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
  for (let top = stack[0]; top !== undefined; top = stack[stack.length - 1]) {
    const child = top.node.children?.[top.next++];
    if (child === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (seen[child.id] !== true) {
      seen[child.id] = true;
      stack.push({ node: child, next: 0 });
    }
  }
  return order;
}

class Emitter {
  /** The program, last instruction first. */
  readonly #reversed: Instruction[] = [];
  /** By the node's id. */
  readonly #entries: Entry[] = [];
  /** Choices that are reached with something else in A than their word, by the node's id. */
  readonly #loads: boolean[] = [];
  /** Nearest instruction that does what the one at a place does. */
  readonly #nearest = new Map<number, number>();

  /**
   * @param order - every node after all of its children
   */
  constructor(order: readonly Node[]) {
    const root = order[order.length - 1] as Node;
    this.#loads[root.id] = true;
    for (const node of order) {
      if (node.children === undefined) continue;
      for (const child of node.children)
        if (child.children !== undefined && !keepsWord(node, child)) this.#loads[child.id] = true;
    }
  }

  program(): Instruction[] {
    return this.#reversed.reverse();
  }

  put(node: Node, weighing: Weighing | undefined): void {
    if (node.children === undefined) {
      const place = this.#add(Opcode.RET_K, node.value);
      const allows = node.value === ActionValue.ALLOW || node.value === ActionValue.LOG;
      this.#entries[node.id] = { load: place, loaded: place, steps: allows ? 0 : Number.NEGATIVE_INFINITY };
      return;
    }
    const { place: loaded, steps } = this.#putTest(node, weighing);
    let load = loaded;
    if (this.#loads[node.id]) load = this.#add(Opcode.LD_ABS, node.offset);
    this.#entries[node.id] = { load, loaded, steps };
  }

  /** The comparisons of a choice, with what masks the word for them. */
  #putTest(choice: Choice, weighing: Weighing | undefined): { place: number; steps: number } {
    const { mask, starts, children } = choice;
    const steps = new Array<number>(children.length);
    for (let range = 0; range < children.length; range++)
      steps[range] = this.#stepsTo(choice, children[range] as Node);
    const bits = bitTest(choice);
    if (bits !== undefined) {
      const [set, clear] = bits.map((index) => this.#target(choice, children[index] as Node)) as [
        number,
        number,
      ];
      return { place: this.#jump(Opcode.JSET_K, mask, set, clear), steps: 1 + Math.max(...steps) };
    }
    const outcomes = new Array<number>(children.length);
    const tails = new Array<number>(children.length);
    for (let range = 0; range < children.length; range++) {
      outcomes[range] = (children[range] as Node).id;
      tails[range] = tailOf(steps[range] as number, range, weighing);
    }
    const weights = weighing?.weights ?? starts.map(() => 1);
    const { points = [] } = weighing ?? {};
    // A program that is too long already is not kept: there, no search has to be short.
    const isTooLong = this.#reversed.length > MAX_INSTRUCTIONS;
    const room = isTooLong ? Number.POSITIVE_INFINITY : (weighing?.room ?? 0);
    const tree = searchTree({ starts, outcomes, tails, weights, points, room });
    const place = this.#putTree(choice, tree);
    const most = mostSteps(tree, steps);
    return mask === MAX_WORD
      ? { place, steps: most }
      : { place: this.#add(Opcode.AND_K, mask), steps: most + 1 };
  }

  #putTree(choice: Choice, tree: Tree): number {
    if (typeof tree === 'number') return this.#target(choice, choice.children[tree] as Node);
    const yes = this.#putTree(choice, tree.yes);
    const no = this.#putTree(choice, tree.no);
    return this.#jump(JUMP[tree.op], tree.k, yes, no);
  }

  /** Most instructions that a choice's child takes to let a call happen. */
  #stepsTo(choice: Choice, child: Node): number {
    const { load, loaded, steps } = this.#entries[child.id] as Entry;
    return steps + (keepsWord(choice, child) || load === loaded ? 0 : 1);
  }

  /** Where a choice goes on with a child. */
  #target(choice: Choice, child: Node): number {
    const { load, loaded } = this.#entries[child.id] as Entry;
    return keepsWord(choice, child) ? loaded : load;
  }

  #jump(code: number, k: number, yes: number, no: number): number {
    // The second one may put one instruction between, the first one two.
    const far = this.#near(yes, 2);
    const near = this.#near(no, 1);
    const place = this.#reversed.length;
    this.#reversed.push({ code, jt: place - far - 1, jf: place - near - 1, k });
    return place;
  }

  /** A place that does the same and is near enough for an instruction that comes `before` places later. */
  #near(target: number, before: number): number {
    const place = this.#nearest.get(target) ?? target;
    if (this.#reversed.length - 1 + before - place <= MAX_JUMP) return place;
    const { code, k } = this.#reversed[target] as Instruction;
    const copy =
      code === Opcode.RET_K ? this.#add(code, k) : this.#add(Opcode.JA, this.#reversed.length - target - 1);
    this.#nearest.set(target, copy);
    return copy;
  }

  #add(code: number, k: number): number {
    return this.#reversed.push({ code, jt: 0, jf: 0, k }) - 1;
  }
}

/** Levels that have to be left where a search finds a range. */
function tailOf(steps: number, range: number, weighing: Weighing | undefined): number {
  if (steps < 0 || weighing?.idle[range]) return 0;
  const excess = weighing === undefined ? steps : Math.max(0, steps - ARGUMENT_SLACK);
  return Math.min(REFUSED_SLACK + excess, TAIL_LIMIT);
}

/** Most instructions that a search takes, with those after it, to let a call happen. */
function mostSteps(tree: Tree, steps: readonly number[]): number {
  if (typeof tree === 'number') return steps[tree] as number;
  return 1 + Math.max(mostSteps(tree.yes, steps), mostSteps(tree.no, steps));
}

/** The children for bits set and clear, where one `jset` decides. */
function bitTest({ mask, starts, children }: Choice): readonly [set: number, clear: number] | undefined {
  if (mask === MAX_WORD) return undefined;
  if (children.length === 2 && starts[1] === 1) return [1, 0];
  // With one bit, what is in front of it is 0 and there is nothing beyond it.
  if ((mask & (mask - 1)) === 0 && starts[1] === mask) return [1, 0];
  return undefined;
}

/** Whether A still holds the child's word when a choice is done. */
function keepsWord(choice: Choice, child: Node): boolean {
  if (child.children === undefined || child.offset !== choice.offset) return false;
  return choice.mask === MAX_WORD || bitTest(choice) !== undefined;
}
