/**
 * Lists of a known length: plain ones, since a typed array of more than 64 bytes lies outside of V8's heap, and making
 * one takes longer than filling it; and not filled by `push`, which makes them anew, longer than needed, as they grow.
 *
 * @module
 */

/**
 * @param length - how many
 * @returns so many zeros
 */
export function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

/**
 * @param ascending - numbers
 * @param limit - another number
 * @returns how many of them are below it: its place among them
 */
export function countBelow(ascending: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param numbers - any numbers
 * @returns whether none is smaller than the one before
 */
export function isAscending(numbers: readonly number[]): boolean {
  for (let at = 1; at < numbers.length; at++)
    if ((numbers[at] as number) < (numbers[at - 1] as number)) return false;
  return true;
}

/**
 * @param a - a list
 * @param b - another
 * @returns whether they have the same elements in the same order
 */
export function areEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
