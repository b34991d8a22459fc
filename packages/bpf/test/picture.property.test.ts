/** Trees of questions say of every call what the program does with it, in words that are true of the call. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  actionText,
  compilePolicy,
  dataWords,
  type Program,
  programTree,
  run,
  type SeccompData,
  type TreeNode,
  treeDot,
  treePath,
  treeSvg,
} from '../src/index.ts';
import { directedCalls, SEED, wildPolicies } from './generate.ts';
import { randomCall, randomFrom, randomProgram } from './random-program.ts';

console.log(`seed ${SEED}`);

const nodesOf = (node: TreeNode): TreeNode[] =>
  node.yes && node.no ? [node, ...nodesOf(node.yes), ...nodesOf(node.no)] : [node];

function wayOf(tree: TreeNode, program: Program, words: Uint32Array): { way: TreeNode[]; value: number } {
  const path: number[] = [];
  const { value } = run(program, words, path);
  return { way: treePath(tree, path), value };
}

/** Reads a question as a person would, and answers it for a call. */
function answer(
  text: string,
  { nr, arch, args, instructionPointer }: SeccompData,
  tokens: string[],
): boolean {
  const [, word = '', mask, sign, constant = ''] =
    /^(.*?)(?: & (\w+))? ([=≠<≤≥>]) (\w+)/.exec(text.replace(/^\((.*)\)/, '$1')) ?? [];
  const half = (value: bigint): bigint => (word.endsWith('high') ? value >> 32n : value & 0xffffffffn);
  const [, index] = /^args\[(\d)\]/.exec(word) ?? [];
  const full =
    word === 'number'
      ? BigInt(nr >>> 0)
      : word === 'architecture'
        ? BigInt(arch)
        : half(index === undefined ? instructionPointer : (args[Number(index)] ?? 0n));
  const value = mask === undefined ? full : full & BigInt(mask);
  if (word === 'architecture' && !/^\d/.test(constant)) {
    const isIt =
      tokens[0] !== undefined && text.slice('architecture = '.length).split(', ').includes(tokens[0]);
    return isIt === (sign === '=');
  }
  const k = BigInt(constant);
  const signs = {
    '=': value === k,
    '≠': value !== k,
    '<': value < k,
    '≤': value <= k,
    '≥': value >= k,
    '>': value > k,
  };
  return signs[sign as keyof typeof signs];
}

describe('the tree of a compiled policy', () => {
  it('asks what is true of the call on the yes side, and ends in its answer', () => {
    let questions = 0;
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const { program, endian } = compilePolicy(policy);
        const architectures = policy.architectures.map(({ architecture }) => architecture);
        const tree = programTree(program, { architectures });
        for (const call of directedCalls(policy)) {
          const { way, value } = wayOf(tree, program, dataWords(call, endian));
          expect(way.at(-1)).toMatchObject({ kind: 'return', text: actionText(value) });
          const names = architectures
            .filter(({ auditArch }) => auditArch === call.arch)
            .map(({ name }) => name);
          for (const [at, node] of way.entries()) {
            if (node.kind !== 'question' || /^A | A$/.test(node.text)) continue;
            questions++;
            const yes = node.yes === way[at + 1];
            expect([node.text, call, answer(node.text, call, names)]).toEqual([node.text, call, yes]);
          }
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
    expect(questions).toBeGreaterThan(1000);
  });

  it('sends all calls to its returns, and says so of each part', () => {
    fc.assert(
      fc.property(wildPolicies, (policy) => {
        const { program } = compilePolicy(policy);
        const architectures = policy.architectures.map(({ architecture }) => architecture);
        const nodes = nodesOf(programTree(program, { architectures }));
        const sum = (kind: TreeNode['kind']): number =>
          nodes.filter((node) => node.kind === kind).reduce((total, { share }) => total + share, 0);
        expect(sum('return')).toBeCloseTo(1, 9);
        const asked = nodes.filter(({ kind }) => kind === 'question').map(({ pc }) => pc);
        expect(new Set(asked).size).toBe(asked.length);
        for (const { kind, pc } of nodes) if (kind === 'reference') expect(asked).toContain(pc);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

describe('any program', () => {
  it('has a tree that ends in its answer, and two pictures', () => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 200; round++) {
      const program = randomProgram(random);
      const tree = programTree(program);
      for (let call = 0; call < 10; call++) {
        const { way, value } = wayOf(tree, program, randomCall([program], random));
        const end = way.at(-1);
        // A division by zero returns 0 on the way.
        const isCut = value === 0 && end?.kind !== 'return';
        expect(isCut || end?.text === 'A' || end?.text === actionText(value)).toBe(true);
      }
      const places = nodesOf(tree).length;
      expect(treeSvg(tree).match(/<g /g)).toHaveLength(places);
      const references = nodesOf(tree).filter(({ kind }) => kind === 'reference').length;
      expect(treeDot(tree).match(/^ {2}[qr]\d+ \[/gm)).toHaveLength(places - references);
    }
  });
});
