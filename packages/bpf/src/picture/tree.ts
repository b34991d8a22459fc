/**
 * A program as a tree of questions, to be drawn.
 *
 * Every question can be answered with yes or no, and is put so that yes leads to the smaller part of the tree:
 * what is left when one goes on with no is the main thing. Where several ways lead to one question, it stands
 * where the first way comes, and the others refer to it.
 *
 * @module
 */

import type { Architecture, Endian } from '@qseccomp/syscall-tables';
import { type ActionName, actionText, decodeAction } from '../filter/action.ts';
import type { Instruction, Program } from '../instruction.ts';
import { type CallWeights, DEFAULT_WEIGHTS } from '../layout/dispatch.ts';
import { Opcode } from '../opcode.ts';
import { isJump, takesX } from '../proof/effect.ts';
import { validateProgram } from '../validate.ts';
import { accumulatorTexts, constantText } from './expression.ts';
import { type Flow, type FlowCall, followCalls, type Stream } from './flow.ts';

/** What a tree can tell more with. */
export interface TreeOptions {
  /** Where names come from; the first is met most often. */
  readonly architectures?: readonly Architecture[];
  /** Which half of an argument comes first; without it, that of the first architecture, else little. */
  readonly endian?: Endian;
  /** How often calls occur, by name; without it, the calls of a QEMU guest. */
  readonly weights?: CallWeights;
  /** Gives an error number its name; without it the number is shown. */
  readonly errnoName?: (architecture: Architecture, number: number) => string | undefined;
}

/** What becomes of a call: it is let through, fails, is stopped, or somebody else is asked. */
export type Outcome = 'allow' | 'fail' | 'kill' | 'other';

/** A place in a tree. */
export interface TreeNode {
  /** Index of the instruction that asks, returns, or is referred to. */
  readonly pc: number;
  /** Index of the first instruction that leads to nothing else. */
  readonly start: number;
  readonly kind: 'question' | 'return' | 'reference';
  /** `number < 57 (fork)`, `ALLOW`, `see 42`. */
  readonly text: string;
  /** Which calls come here; empty where no architecture was given. */
  readonly calls: string;
  /** What share of all calls come here by this way, 0..1. */
  readonly share: number;
  /** Where a question leads. */
  readonly yes?: TreeNode;
  readonly no?: TreeNode;
  /** For a return. */
  readonly outcome?: Outcome;
}

/**
 * Makes the tree of a program.
 *
 * @param program - a program that the kernel takes
 * @param options - where names and weights come from
 * @returns the first question, or the only return
 * @throws {BpfError} as {@link validateProgram}
 * @example
 * ```ts
 * import { compilePolicy, programTree } from '@qseccomp/bpf';
 * import { x86_64 } from '@qseccomp/syscall-tables/x86_64';
 *
 * const { program } = compilePolicy({
 *   defaultAction: 'ALLOW',
 *   architectures: [{ architecture: x86_64, rules: [{ syscall: 'reboot', action: { errno: 'EPERM' } }] }],
 * });
 * const tree = programTree(program, { architectures: [x86_64] });
 * tree.text; // 'architecture ≠ x86_64'
 * tree.yes.calls; // 'other architectures'
 * tree.no.text; // 'number ≥ 0x40000000'
 * tree.no.no.yes.calls; // 'reboot'
 * ```
 */
export function programTree(program: Program, options: TreeOptions = {}): TreeNode {
  validateProgram(program);
  const { architectures = [], weights = DEFAULT_WEIGHTS, errnoName } = options;
  const endian = options.endian ?? architectures[0]?.endian ?? 'little';
  const flows = followCalls(program, architectures, weights);
  const holds = accumulatorTexts(program, endian);
  const drawn = new Set<number>();
  /** Ends below each question. */
  const sizes = new Map<TreeNode, number>();
  const sizeOf = (node: TreeNode): number => sizes.get(node) ?? 1;

  const nodeAt = (start: number, { calls, share }: Stream): TreeNode => {
    const pc = endOfRun(program, start);
    const instruction = program[pc] as Instruction;
    const place = { pc, start, share, calls: architectures.length > 0 ? callsText(calls) : '' };
    if (!isJump(instruction.code))
      return { ...place, kind: 'return', ...answer(instruction, calls, errnoName) };
    if (drawn.has(pc)) return { ...place, kind: 'reference', text: `see ${pc}` };
    drawn.add(pc);
    const { jt, jf } = instruction;
    const flow = flows[pc] as Flow;
    const met = nodeAt(pc + 1 + jt, flow.yes);
    const other = nodeAt(pc + 1 + jf, flow.no);
    const isTurned = sizeOf(met) > sizeOf(other);
    const text = questionText(instruction, holds[pc] as string, flow, isTurned);
    const [yes, no] = isTurned ? [other, met] : [met, other];
    const made: TreeNode = { ...place, kind: 'question', text, yes, no };
    sizes.set(made, sizeOf(yes) + sizeOf(no));
    return made;
  };
  return nodeAt(0, flows[0] as Flow);
}

/**
 * The way of one call through a tree.
 *
 * @param tree - what {@link programTree} made
 * @param path - instructions that the call executes, as `emulate` gives them
 * @returns the nodes that it comes to, from the first to the return; a division by zero ends it before that
 * @example
 * ```ts
 * import { emulate, programTree, treePath } from '@qseccomp/bpf';
 *
 * const program = [
 *   { code: 0x20, jt: 0, jf: 0, k: 0 }, // ld [0]
 *   { code: 0x15, jt: 0, jf: 1, k: 39 }, // jeq #39
 *   { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
 *   { code: 0x06, jt: 0, jf: 0, k: 0 },
 * ];
 * const call = { nr: 39, arch: 0xc000003e, instructionPointer: 0n, args: [] };
 * const { path } = emulate(program, call, { path: true });
 * treePath(programTree(program), path).map(({ text }) => text); // ['number = 39', 'ALLOW']
 * ```
 */
export function treePath(tree: TreeNode, path: readonly number[]): TreeNode[] {
  const questions = new Map<number, TreeNode>();
  const collect = (node: TreeNode): void => {
    if (node.yes === undefined || node.no === undefined) return;
    questions.set(node.pc, node);
    collect(node.yes);
    collect(node.no);
  };
  collect(tree);
  const way: TreeNode[] = [];
  let node: TreeNode | undefined = tree;
  while (node !== undefined) {
    const { kind, pc, yes, no }: TreeNode = node;
    if (!path.includes(pc)) break;
    way.push(node);
    if (kind === 'reference') node = questions.get(pc);
    else node = path[path.indexOf(pc) + 1] === yes?.start ? yes : no;
  }
  return way;
}

/** What a comparison asks, and the same turned. */
const SIGNS: ReadonlyMap<number, readonly [asked: string, turned: string]> = new Map([
  [Opcode.JEQ_K & 0xf0, ['=', '≠']],
  [Opcode.JGE_K & 0xf0, ['≥', '<']],
  [Opcode.JGT_K & 0xf0, ['>', '≤']],
]);

/** The instruction that asks or returns, from one on that does neither. */
function endOfRun(program: Program, start: number): number {
  let pc = start;
  for (;;) {
    const instruction = program[pc] as Instruction;
    const { code, jt, jf, k } = instruction;
    if (code === Opcode.JA) pc += k;
    else if (isJump(instruction.code)) {
      if (jt !== jf) return pc;
      pc += jt;
    } else if (code === Opcode.RET_K || code === Opcode.RET_A) return pc;
    pc++;
  }
}

function questionText({ code, k }: Instruction, a: string, { calls }: Stream, isTurned: boolean): string {
  const operand = takesX(code) ? 'X' : constantText(k);
  const sign = SIGNS.get(code & 0xf0)?.[isTurned ? 1 : 0];
  if (sign === undefined) return `${a} & ${operand} ${isTurned ? '=' : '≠'} 0`;
  if (a === 'architecture' && '=≠'.includes(sign)) {
    const names = calls.flatMap(({ architecture }) =>
      architecture?.auditArch === k ? architecture.name : [],
    );
    if (names.length > 0) return `${a} ${sign} ${[...new Set(names)].join(', ')}`;
  }
  const names = calls.flatMap(({ number, name }) => (a === 'number' && number === k && name ? name : []));
  const note = names.length > 0 ? ` (${[...new Set(names)].join(', ')})` : '';
  return `${a} ${sign} ${operand}${note}`;
}

function answer(
  { code, k }: Instruction,
  calls: readonly FlowCall[],
  errnoName: TreeOptions['errnoName'],
): Required<Pick<TreeNode, 'text' | 'outcome'>> {
  if (code === Opcode.RET_A) return { text: 'A', outcome: 'other' };
  const { action, data } = decodeAction(k);
  const architecture = calls.find((call) => call.architecture !== undefined)?.architecture;
  const errno = action === 'ERRNO' && architecture ? errnoName?.(architecture, data) : undefined;
  return { text: errno ?? actionText(k), outcome: outcomeOf(action) };
}

/**
 * What becomes of a call, in short.
 *
 * @param action - what the kernel does
 * @returns `kill` also for TRAP, which stops who is not prepared
 * @example
 * ```ts
 * import { outcomeOf } from '@qseccomp/bpf';
 *
 * outcomeOf('LOG'); // 'allow'
 * ```
 */
export function outcomeOf(action: ActionName): Outcome {
  if (action === 'ALLOW' || action === 'LOG') return 'allow';
  if (action === 'ERRNO') return 'fail';
  return action === 'USER_NOTIF' || action === 'TRACE' ? 'other' : 'kill';
}

/** Names up to which all of them are told. */
const MAX_NAMES = 3;

/** Which calls these are: names, or the first and the last one. */
function callsText(calls: readonly FlowCall[]): string {
  const byArchitecture = new Map<Architecture | undefined, FlowCall[]>();
  for (const call of calls) {
    const same = byArchitecture.get(call.architecture);
    if (same === undefined) byArchitecture.set(call.architecture, [call]);
    else same.push(call);
  }
  const isSingle = byArchitecture.size === 1;
  const texts = [...byArchitecture].map(([architecture, same]) => {
    if (architecture === undefined) return 'other architectures';
    const names = [...new Set(same.flatMap(({ name }) => name ?? []))];
    const text =
      names.length === 0
        ? 'numbers without a call'
        : names.length <= MAX_NAMES
          ? names.join(', ')
          : `${names[0]} … ${names.at(-1)}, ${names.length} calls`;
    return isSingle ? text : `${architecture.name}: ${text}`;
  });
  return [...new Set(texts)].join('; ');
}
