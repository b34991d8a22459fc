/**
 * What a search has found out about runs of ranges, in a table of its own: looking runs up in a Map, by one large
 * number, took longer than everything else that is done for them.
 *
 * @module
 */

/** What is known about a run in some state. */
export interface Finding {
  readonly run: number;
  readonly state: number;
  cost: number;
  choice: number;
}

/** Slots at first, a power of two. */
const FIRST_SLOTS = 64;

/** Findings by run and state, with open addressing. */
export class RunTable {
  #slots = emptySlots(FIRST_SLOTS);
  /** Findings that are there. */
  size = 0;

  /**
   * @param run - a number below 2^31
   * @param state - a number below 2^31
   * @returns what is known about both
   */
  find(run: number, state: number): Finding | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOf(run, state) & mask; ; slot = (slot + 1) & mask) {
      const finding = slots[slot];
      if (finding === undefined || (finding.run === run && finding.state === state)) return finding;
    }
  }

  /**
   * @param finding - what is known now; nothing was, about its run and state
   */
  add(finding: Finding): void {
    this.size++;
    if (2 * this.size > this.#slots.length) {
      const before = this.#slots;
      this.#slots = emptySlots(2 * before.length);
      for (const each of before) if (each !== undefined) this.#enter(each);
    }
    this.#enter(finding);
  }

  #enter(finding: Finding): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(finding.run, finding.state) & mask;
    while (slots[slot] !== undefined) slot = (slot + 1) & mask;
    slots[slot] = finding;
  }
}

function emptySlots(length: number): (Finding | undefined)[] {
  return new Array<Finding | undefined>(length).fill(undefined);
}

/** 32 bits of which the low ones differ for pairs that are near each other. */
function hashOf(run: number, state: number): number {
  const hash = Math.imul(run ^ Math.imul(state, 0x85ebca6b), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
