/**
 * From a decision graph to instructions. They are put down last one first: what a jump leads to is there
 * before the jump, so its distance is known, and one that is too far for 8 bits gets a copy of the return or
 * a `ja` right behind it.
 *
 * Terms: a place is a distance from the end of the program, 0 for the last instruction.
 *
 * @module
 */

import type { Instruction } from '../instruction.ts';
import { Opcode } from '../opcode.ts';
import type { Choice, Node } from './graph.ts';
import { searchTree, type Tree } from './tree.ts';

const MAX_WORD = 0xffffffff;

/** Longest conditional jump: jt and jf are 8 bits. */
const MAX_JUMP = 255;

/** Where a choice starts: with the load of its word, or after it where A holds the word already. */
interface Entry {
  readonly load: number;
  readonly loaded: number;
}

/**
 * Lays a graph out.
 *
 * @param root - where the program starts
 * @param weigh - how often each range of a choice is taken, for choices where they are not alike
 * @returns the program
 */
export function emitGraph(root: Node, weigh: ReadonlyMap<Node, readonly number[]>): Instruction[] {
  const emitter = new Emitter(root);
  for (const node of childrenFirst(root)) emitter.put(node, weigh);
  return emitter.program();
}

/** Every node after all of its children. */
function childrenFirst(root: Node): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [{ node: root, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = top.node.children?.[top.next++];
    if (child === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (!seen.has(child)) {
      seen.add(child);
      stack.push({ node: child, next: 0 });
    }
  }
  return order;
}

class Emitter {
  /** The program, last instruction first. */
  readonly #reversed: Instruction[] = [];
  readonly #entries = new Map<Node, Entry>();
  /** Choices that are reached with something else in A than their word. */
  readonly #loads: ReadonlySet<Node>;
  /** Nearest instruction that does what the one at a place does. */
  readonly #nearest = new Map<number, number>();

  constructor(root: Node) {
    this.#loads = loadedChoices(root);
  }

  program(): Instruction[] {
    return this.#reversed.reverse();
  }

  put(node: Node, weigh: ReadonlyMap<Node, readonly number[]>): void {
    if (node.children === undefined) {
      const place = this.#add(Opcode.RET_K, node.value);
      this.#entries.set(node, { load: place, loaded: place });
      return;
    }
    const loaded = this.#putTest(node, weigh);
    let load = loaded;
    if (this.#loads.has(node)) load = this.#add(Opcode.LD_ABS, node.offset);
    this.#entries.set(node, { load, loaded });
  }

  /** The comparisons of a choice, with what masks the word for them. */
  #putTest(choice: Choice, weigh: ReadonlyMap<Node, readonly number[]>): number {
    const { mask, starts, children } = choice;
    const bits = bitTest(choice);
    if (bits !== undefined) {
      const [set, clear] = bits.map((index) => this.#target(choice, children[index] as Node)) as [
        number,
        number,
      ];
      return this.#jump(Opcode.JSET_K, mask, set, clear);
    }
    const weights = weigh.get(choice) ?? starts.map(() => 1);
    const place = this.#putTree(choice, searchTree(starts, children, weights));
    return mask === MAX_WORD ? place : this.#add(Opcode.AND_K, mask);
  }

  #putTree(choice: Choice, tree: Tree): number {
    if (typeof tree === 'number') return this.#target(choice, choice.children[tree] as Node);
    const yes = this.#putTree(choice, tree.yes);
    const no = this.#putTree(choice, tree.no);
    return this.#jump(tree.op === 'eq' ? Opcode.JEQ_K : Opcode.JGE_K, tree.k, yes, no);
  }

  /** Where a choice goes on with a child. */
  #target(choice: Choice, child: Node): number {
    const { load, loaded } = this.#entries.get(child) as Entry;
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

function loadedChoices(root: Node): ReadonlySet<Node> {
  const loads = new Set<Node>([root]);
  const seen = new Set<Node>([root]);
  for (const node of seen) {
    for (const child of node.children ?? []) {
      seen.add(child);
      if (!keepsWord(node as Choice, child)) loads.add(child);
    }
  }
  return loads;
}
