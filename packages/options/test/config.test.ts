/** Config files and `-set`, beyond what the recorded runs show. Each expectation was seen on QEMU 7.2.22. */
import { describe, expect, it, test } from 'vitest';
import {
  configSections,
  decodeText,
  dictOrder,
  encodeText,
  loadConfig,
  OptionsError,
  OptsList,
  runSandboxArgv,
  setOption,
} from '../src/index.ts';

const read = (text: string): string[] =>
  [...configSections(encodeText(text), 'f')].map(
    ({ group, values }) => `${group}: ${[...values].map(([key, value]) => `${key}=${value}`).join(';')}`,
  );

/** stderr of a run over one file, without the program's name. */
function complaint(text: string | Uint8Array, ...more: string[]): string {
  const bytes = typeof text === 'string' ? encodeText(text) : text;
  const result = runSandboxArgv(['-readconfig', 'f', ...more], { programName: 'P', readFile: () => bytes });
  return result.stderr;
}

function thrown(action: () => unknown): OptionsError {
  try {
    action();
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error('expected an OptionsError');
}

describe('section headers', () => {
  it.each([
    ['[sandbox]\n', 'sandbox: '],
    ['[sandbox "x"]\n', 'sandbox: id=x'],
    ['[ sandbox "x"]\n', 'sandbox: id=x'],
    ['[sandbox\t "x" ]\n', 'sandbox: id=x'],
    ['[sandbox "x', 'sandbox: id=x'],
    ['[sandbox "x\n', 'sandbox: id=x\n'],
    ['[sandbox', 'sandbox: '],
    ['[sandbox\n', 'sandbox\n: '],
    ['[sandbox x]\n', 'sandbox x: '],
    ['[ sandbox]\n', ' sandbox: '],
    ['[sandbox""]\n', 'sandbox"": '],
    [`[${'g'.repeat(63)}"x"]\n`, `${'g'.repeat(63)}: id=x`],
    [`[${'g'.repeat(64)}"x"]\n`, `${'g'.repeat(63)}: `],
    [`[s "${'i'.repeat(64)}"]\n`, `s: id=${'i'.repeat(63)}`],
  ])('%j', (text, section) => {
    expect(read(text)).toEqual([section]);
  });

  test('a line that looks like one and is none renames the section that ends the file', () => {
    expect(read('[s]\na = "b"\n[]x y\n')).toEqual([']x: a=b;[]x=']);
    expect(read('[s]\na = "b"\n[]x y\n[t]\n')).toEqual(['s: a=b;[]x=', 't: ']);
    expect(complaint('[sandbox]\n enable = "on"\n[]\n')).toBe("P:f:3: There is no option group ']'\n");
  });
});

describe('keys', () => {
  it.each([
    ['a = "b"', 'a=b'],
    ['\t a\v= "b" rest', 'a=b'],
    ['a = "b', 'a=b'],
    ['a = "b\n', 'a=b\n'],
    ['a ="b"', 'a=b'],
    ['a= "b"', 'a=='],
    ['a="b"', 'a="b"='],
    ['a = b', 'a='],
    ['a', 'a='],
    ['a = ""', 'a='],
    ['a = "b,,c\\"d"', 'a=b,,c\\'],
    [' # = "x"', '#=x'],
    [`${'k'.repeat(64)} = "v"`, `${'k'.repeat(63)}=`],
    [`${'k'.repeat(63)} = "v"`, `${'k'.repeat(63)}=v`],
    ['a\u00a0= "b"', 'a\u00a0=='],
    ['a = "b"\0c', 'a=b'],
    ['a\0 = "b"', 'a='],
  ])('%j', (line, pair) => {
    const expected = pair.endsWith('==') ? `${pair.slice(0, -1)}=` : pair;
    expect(read(`[s]\n${line}`)).toEqual([`s: ${expected}`]);
  });

  test('the last of a key counts, in the place of the first', () => {
    expect(read('[s]\na = "1"\nb = "2"\na = "3"\n')).toEqual(['s: a=3;b=2']);
  });

  it.each([' ', '\t\n', '\r\n', '\0x'])('%j is a parse error', (line) => {
    const error = thrown(() => read(`[s]\n${line}`));
    expect([error.code, error.reason, error.location]).toEqual([
      'OPTIONS_CONFIG_SYNTAX',
      'parse error',
      { kind: 'file', file: 'f', line: 2 },
    ]);
  });

  test('a key before any section', () => {
    expect(thrown(() => read('\n#\na = "b"\n')).code).toBe('OPTIONS_NO_GROUP');
    expect(complaint('\n#\na = "b"\n')).toBe('P:f:3: no group defined\n');
  });

  test('a line of more than 1023 bytes goes on as the next line', () => {
    const value = 'v'.repeat(1016);
    expect(read(`[s]\na = "${value}"\nb`)).toEqual([`s: a=${value};b=`]);
    expect(read(`[s]\na = "${value}xyzw"\n`)).toEqual([`s: a=${value}xy;zw"=`]);
    const location = [...configSections(encodeText(`#${'c'.repeat(1022)}\n[s]\na = "b"\n`), 'f')][0]
      ?.location;
    expect(location).toEqual({ kind: 'file', file: 'f', line: 4 });
  });

  test('names are cut by bytes, and half a character survives as a byte', () => {
    const [section] = configSections(encodeText(`[s]\n${'k'.repeat(62)}é\n`), 'f');
    const key = [...(section?.values.keys() ?? [])][0] as string;
    expect(encodeText(key)).toEqual(Uint8Array.from([...Array(62).fill(0x6b), 0xc3]));
  });

  test('bytes that are not UTF-8 come out as they went in', () => {
    const bytes = Uint8Array.from([...encodeText('[sandbox]\n'), 0xff, 0xc3, 0x28, 0x0a]);
    expect([...encodeText(complaint(bytes))].slice(-6)).toEqual([0x27, 0xff, 0xc3, 0x28, 0x27, 0x0a]);
    expect(decodeText(encodeText(complaint(bytes)))).toBe("P:f:2: Invalid parameter '\udcff\udcc3('\n");
  });
});

describe('errors', () => {
  test('keys are checked in the order of the hash table', () => {
    expect(dictOrder(['a', 'b', 'c', 'd'])).toEqual(dictOrder(['d', 'c', 'b', 'a']));
    expect(dictOrder(['d', 'c', 'b', 'a'])[0]).toBe('d');
    expect(complaint('[sandbox]\n  enable = "zz"\n  mode = "1"\n  level = "2"\n')).toBe(
      "P:f:4: Invalid parameter 'level'\n",
    );
  });

  test('of one bucket the newest key comes first', () => {
    expect(dictOrder(['k10', 'k11'])).toEqual(['k11', 'k10']);
    expect(dictOrder(['k11', 'k10'])).toEqual(['k10', 'k11']);
  });

  test('the hint for an id is missing in the section that ends the file', () => {
    const sentence = "P: Parameter 'id' expects an identifier\n";
    expect(complaint('[sandbox "1"]\n')).toBe(sentence);
    expect(complaint('[sandbox "1"]\n[sandbox]\n')).toMatch(
      /^P: Parameter.*\nIdentifiers consist of letters/,
    );
  });

  test('entries of earlier sections stay', () => {
    const list = new OptsList({ name: 'l' });
    const error = thrown(() => loadConfig([list], encodeText('[l "a"]\nk = "v"\n[m]\n'), 'f'));
    expect([error.reason, error.location]).toEqual([
      "There is no option group 'm'",
      { kind: 'file', file: 'f', line: 2 },
    ]);
    expect(list.entries.map(({ id }) => id)).toEqual(['a']);
  });

  test('an entry without keys has no place', () => {
    expect(complaint('[sandbox "x"]\n', '-set', 'sandbox.x.enable=on', '-set', 'sandbox.x.spawn=no')).toBe(
      'P: invalid argument for spawn\n',
    );
  });
});

describe('-set', () => {
  const list = new OptsList({ name: 'sandbox' });
  const entry = list.create('x');

  it.each([
    ['sandbox.x.a=b', 'a', 'b'],
    ['sandbox.x.a=b=c,d', 'a', 'b=c,d'],
    ['sandbox.x.a.b=', 'a.b', ''],
    ['sandbox.x.ä=\udcff', 'ä', '\udcff'],
    [`sandbox.x.${'n'.repeat(63)}=v`, 'n'.repeat(63), 'v'],
  ])('%j', (text, name, value) => {
    setOption([list], text);
    expect(entry.get(name)).toBe(value);
  });

  it.each([
    'sandbox.x=deny',
    'sandbox..a=b',
    '.x.a=b',
    'sandbox.x.=b',
    'sandbox.x.a',
    '',
    `sandbox.x.${'n'.repeat(64)}=v`,
    `sandbox.x.${'é'.repeat(32)}=v`,
  ])("%j can't be parsed", (text) => {
    const error = thrown(() => setOption([list], text));
    expect([error.code, error.reason]).toEqual(['OPTIONS_SET_SYNTAX', `can't parse: "${text}"`]);
  });

  test('names what it does not find', () => {
    expect(thrown(() => setOption([list], 'net.x.a=b')).code).toBe('OPTIONS_UNKNOWN_GROUP');
    const error = thrown(() => setOption([list], 'sandbox.y.a=b'));
    expect([error.code, error.reason]).toEqual(['OPTIONS_UNKNOWN_ID', 'there is no sandbox "y" defined']);
  });
});
