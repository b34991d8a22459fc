import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  architectures,
  errnoName,
  errnoNumber,
  findArchitecture,
  suggestSyscalls,
  syscallNames,
  syscallNumber,
} from '../src/index.ts';

const seed = Date.now() % 0x7fffffff;
console.log(`lookup.property: seed ${seed}`);
const parameters = { seed, numRuns: 300 };
const architecture = fc.constantFrom(...architectures);

describe('look-ups', () => {
  it('are inverse to each other on every call', () => {
    for (const one of architectures) {
      for (const [name, number] of one.syscalls) {
        expect(syscallNumber(one, name)).toBe(number);
        expect(syscallNames(one, number)).toContain(name);
      }
    }
  });

  it('find a number exactly where the table has one', () => {
    fc.assert(
      fc.property(architecture, fc.integer({ min: 0, max: 0xffffffff }), fc.nat(700), (one, far, near) => {
        for (const number of [far, one.numberOffset + near]) {
          const expected = one.syscalls.filter(([, value]) => value === number).map(([name]) => name);
          expect(syscallNames(one, number)).toEqual(expected);
        }
      }),
      parameters,
    );
  });

  it('find no number for a name that the table lacks', () => {
    fc.assert(
      fc.property(architecture, fc.string(), (one, name) => {
        expect(syscallNumber(one, name)).toBe(one.syscalls.find(([known]) => known === name)?.[1]);
      }),
      parameters,
    );
  });

  it('give errors that name themselves again', () => {
    fc.assert(
      fc.property(architecture, fc.integer({ min: -10, max: 5000 }), (one, number) => {
        const name = errnoName(one, number);
        if (name !== undefined) expect(errnoNumber(one, name)).toBe(number);
      }),
      parameters,
    );
  });
});

describe('suggestions', () => {
  it('are calls of the table, at most three, and lead with the call of which one letter is missing', () => {
    fc.assert(
      fc.property(architecture, fc.nat(), fc.nat(), (one, row, letter) => {
        const [name] = one.syscalls[row % one.syscalls.length]!;
        const typed = name.slice(0, letter % name.length) + name.slice((letter % name.length) + 1);
        const suggestions = suggestSyscalls(one, typed);
        expect(suggestions.length).toBeLessThanOrEqual(3);
        for (const suggestion of suggestions) expect(syscallNumber(one, suggestion)).toBeDefined();
        if (syscallNumber(one, typed) === undefined) expect(suggestions.length).toBeGreaterThan(0);
        else expect(suggestions[0]).toBe(typed);
      }),
      parameters,
    );
  });
});

describe('findArchitecture', () => {
  it('answers to every name in any letter case, and throws its own error for all else', () => {
    fc.assert(
      fc.property(architecture, fc.string(), (one, text) => {
        for (const name of [one.name, ...(one.aliases ?? []), one.scmpName ?? one.name]) {
          expect(findArchitecture(name)).toBe(one);
          expect(findArchitecture(name.toUpperCase())).toBe(one);
        }
        try {
          expect(architectures).toContain(findArchitecture(text));
        } catch (error) {
          expect(error).toMatchObject({
            name: 'SyscallTablesError',
            code: 'TABLES_UNKNOWN_ARCHITECTURE',
            input: text,
          });
        }
      }),
      parameters,
    );
  });
});
