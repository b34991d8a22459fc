/**
 * Division of words that are known only as functions of the call, unsigned, by the schoolbook: the highest
 * bit first, with a rest.
 *
 * @module
 */

import { FALSE, TRUE } from './diagram.ts';
import type { Word, Words } from './words.ts';

const BITS = 32;

/**
 * @param words - where the words live
 * @param a - dividend
 * @param b - divisor; where it is 0 the result means nothing
 * @returns the quotient
 * @throws {BpfError} BPF_PROOF_LIMIT
 */
export function divide(words: Words, a: Word, b: Word): Word {
  const divisor = words.constantOf(b);
  if (divisor !== undefined) return divideByConstant(words, a, divisor);
  const { diagrams } = words;
  const quotient: number[] = Array.from(a.bits, () => FALSE);
  let rest = words.constant(0);
  for (let place = BITS - 1; place >= 0; place--) {
    const carry = rest.bits[BITS - 1] as number;
    rest = words.of([a.bits[place] as number, ...rest.bits.slice(0, -1)]);
    const fits = diagrams.or(carry, words.notBelow(rest, b));
    quotient[place] = fits;
    if (fits !== FALSE && place > 0) rest = words.choose(fits, words.subtract(rest, b), rest);
  }
  return words.of(quotient);
}

/**
 * With the rest as a number for each path, so that no diagram is made for the bits of the rest, of which
 * there are far more than of the quotient.
 */
function divideByConstant(words: Words, a: Word, divisor: number): Word {
  const { diagrams } = words;
  const quotientBit = (place: number): number => {
    const known = new Map<number, number>();
    const unit = divisor * 2 ** place;
    // `rest` is that of the bits above `next`; those from there on can add less than `span`.
    const visit = (next: number, rest: number): number => {
      const span = 2 ** (next + 1);
      const digit = Math.floor((rest * span) / unit);
      if (digit === Math.floor((rest * span + span - 1) / unit)) return digit % 2 === 1 ? TRUE : FALSE;
      const key = rest * BITS + next;
      let node = known.get(key);
      if (node === undefined) {
        diagrams.step();
        // The digit that is asked for is still to be seen in the rest.
        const modulus = next > place ? divisor : divisor * 2;
        const bit = a.bits[next] as number;
        const one = bit === FALSE ? FALSE : visit(next - 1, (rest * 2 + 1) % modulus);
        const zero = bit === TRUE ? FALSE : visit(next - 1, (rest * 2) % modulus);
        node = diagrams.choose(bit, one, zero);
        known.set(key, node);
      }
      return node;
    };
    return visit(BITS - 1, 0);
  };
  return words.of(a.bits.map((_, place) => quotientBit(place)));
}
