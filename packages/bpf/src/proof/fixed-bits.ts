/**
 * The bits that are the same in everything that a condition takes.
 *
 * @module
 */

import { type Diagrams, FALSE, TERMINAL, TRUE } from './diagram.ts';

/** Bits that are fixed, by level. */
export type Cube = readonly (readonly [level: number, bit: 0 | 1])[];

/** Bits that have the same value in all of a set, as bits of a mask at their levels. */
interface FixedBits {
  readonly mask: bigint;
  readonly ones: bigint;
}

/**
 * Takes them off.
 *
 * @param diagrams - where the condition lives
 * @param inside - a condition, not {@link FALSE}
 * @returns the bits, by level, and what the condition asks besides
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function peel(diagrams: Diagrams, inside: number): { readonly fixed: Cube; readonly rest: number } {
  const { level, low, high } = diagrams;
  const found = new Map<number, FixedBits>([[TRUE, { mask: 0n, ones: 0n }]]);
  const fixedBelow = (node: number): FixedBits => {
    const before = found.get(node);
    if (before !== undefined) return before;
    const bit = 1n << BigInt(level[node] as number);
    const [zero, one] = [low[node] as number, high[node] as number];
    let bits: FixedBits;
    if (zero === FALSE || one === FALSE) {
      const { mask, ones } = fixedBelow(zero === FALSE ? one : zero);
      bits = { mask: mask | bit, ones: zero === FALSE ? ones | bit : ones };
    } else {
      const [p, q] = [fixedBelow(zero), fixedBelow(one)];
      const mask = p.mask & q.mask & ~(p.ones ^ q.ones);
      bits = { mask, ones: p.ones & mask };
    }
    found.set(node, bits);
    return bits;
  };
  const { mask, ones } = fixedBelow(inside);
  const known = new Map<number, number>();
  const without = (node: number): number => {
    const at = level[node] as number;
    if (at === TERMINAL) return node;
    let result = known.get(node);
    if (result === undefined) {
      const [zero, one] = [low[node] as number, high[node] as number];
      result =
        (mask >> BigInt(at)) & 1n
          ? without(zero === FALSE ? one : zero)
          : diagrams.node(at, without(zero), without(one));
      known.set(node, result);
    }
    return result;
  };
  const fixed: (readonly [level: number, bit: 0 | 1])[] = [];
  for (let at = 0; mask >> BigInt(at) !== 0n; at++) {
    if ((mask >> BigInt(at)) & 1n) fixed.push([at, (ones >> BigInt(at)) & 1n ? 1 : 0]);
  }
  return { fixed, rest: mask === 0n ? inside : without(inside) };
}
