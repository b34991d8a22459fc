import { describe, expect, it } from 'vitest';
import { BpfError, jsonPosition, parseJson, writeJson } from '../src/index.ts';

/** What a reader says of text that is not JSON. */
function faultOf(source: string | Uint8Array): BpfError {
  try {
    parseJson(source);
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('parseJson', () => {
  it.each([
    ['18446744073709551615', 18446744073709551615n],
    ['-9007199254740993', -9007199254740993n],
    ['0', 0n],
    ['-0', 0n],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['"\\u00e9\\ud83d\\ude00\\n"', 'é😀\n'],
    [' [ 1 , { } , [ ] , null , true , false ] ', [1n, {}, [], null, true, false]],
    ['{"a": {"b": [1]}, "": 2}', { a: { b: [1n] }, '': 2n }],
    ['\ufeff{}', {}],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('keeps a member named __proto__ a member', () => {
    const object = parseJson('{"__proto__": 1}') as object;
    expect(Object.entries(object)).toEqual([['__proto__', 1n]]);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });

  it('reads bytes as UTF-8, percent signs and all', () => {
    expect(parseJson(new TextEncoder().encode('["100 %\u20ac", "%41"]'))).toEqual(['100 %€', '%41']);
  });

  it.each([
    ['', 1, 1, '$', 'expected a value, got the end of the text'],
    ['{"a": 1,}', 1, 9, '$', "expected a name in double quotes, got '}'"],
    ['{"a" 1}', 1, 6, '$', "expected ':', got '1}'"],
    ['{"a": 1 "b": 2}', 1, 9, '$', "expected ',' or '}', got '\"b\": 2}'"],
    ['[1, 2', 1, 6, '$', "expected ',' or ']', got the end of the text"],
    ['[\n  1,\n  02\n]', 3, 4, '$', "expected ',' or ']', got '2'"],
    ['{"x": [1, -]}', 1, 11, '$.x[1]', "expected a value, got '-]}'"],
    ['{"x": {"y-z": nul}}', 1, 15, '$.x["y-z"]', "expected a value, got 'nul}}'"],
    ['["a\nb"]', 1, 2, '$[0]', 'expected a string that ends'],
    ['["\\x41"]', 1, 2, '$[0]', 'expected a string that ends'],
    ['{"a": 1, "a": 2}', 1, 10, '$.a', 'expected each name once in an object'],
    ['[1e999]', 1, 2, '$[0]', 'expected a number in the range of a double'],
    ['{} {}', 1, 4, '$', "expected the end of the text, got '{}'"],
    ['//\n{}', 1, 1, '$', "expected a value, got '//'"],
  ])('refuses %j at line %i, column %i', (text, line, column, path, message) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ code: 'BPF_JSON', line, column, path });
    expect(fault.message).toContain(message);
  });

  it('refuses what is nested too deeply instead of running out of stack', () => {
    expect(parseJson('['.repeat(500) + ']'.repeat(500))).toBeInstanceOf(Array);
    expect(faultOf('['.repeat(100_000)).message).toContain('expected at most 500 levels');
  });

  it('refuses bytes that are not UTF-8, and says in which line', () => {
    expect(faultOf(Uint8Array.of(0x5b, 0x0a, 0x22, 0xc0, 0x80, 0x22, 0x5d))).toMatchObject({ line: 2 });
  });
});

describe('jsonPosition', () => {
  const text = '{\n  "syscalls": [\n    {"a": 1},\n    {"a": 1, "b\\"": [10, 20]}\n  ]\n}';

  it.each([
    ['$', 1, 1],
    ['$.syscalls', 2, 15],
    ['$.syscalls[1]', 4, 5],
    ['$.syscalls[1]["b\\""][1]', 4, 26],
    ['$.syscalls[1].missing', 4, 5],
    ['$.syscalls[10]', 2, 15],
  ])('finds %s', (path, line, column) => {
    expect(jsonPosition(text, path)).toEqual({ line, column });
  });
});

describe('writeJson', () => {
  it('indents, and leaves out what is undefined', () => {
    const value = { a: [1n, 2, 'x'], b: {}, c: [], d: undefined, e: null, f: 0.5 };
    expect(writeJson(value)).toBe(
      '{\n  "a": [\n    1,\n    2,\n    "x"\n  ],\n  "b": {},\n  "c": [],\n  "e": null,\n  "f": 0.5\n}',
    );
  });

  it.each([[2 ** 53], [Number.NaN], [Number.POSITIVE_INFINITY], [() => 0], [[undefined]]])(
    'refuses %s',
    (value) => {
      expect(() => writeJson(value)).toThrow(TypeError);
    },
  );
});
