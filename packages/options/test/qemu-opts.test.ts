/** The general parser, after what QEMU's own tests of it cover (tests/unit/test-qemu-opts.c). */
import { describe, expect, it, test } from 'vitest';
import {
  absorbDict,
  appendLists,
  boolType,
  findList,
  hasHelpOption,
  helpText,
  numberType,
  type OptDesc,
  OptionsError,
  type Opts,
  OptsList,
  optsFromDict,
  sizeType,
  stringType,
} from '../src/index.ts';

const options1: OptDesc[] = [
  { name: 'str1', type: stringType, help: 'kept by appending', default: 'default' },
  { name: 'str2', type: stringType },
  { name: 'str3', type: stringType },
  { name: 'number1', type: numberType, help: 'not every option has one' },
  { name: 'number2', type: numberType },
];
const options2: OptDesc[] = [
  { name: 'str1', type: stringType },
  { name: 'str2', type: stringType },
  { name: 'bool1', type: boolType },
  { name: 'bool2', type: boolType },
  { name: 'size1', type: sizeType },
  { name: 'size2', type: sizeType },
  { name: 'size3', type: sizeType },
];
const list1 = (): OptsList => new OptsList({ name: 'list1', options: options1 });
const list2 = (warn?: (message: string) => void): OptsList =>
  new OptsList({ name: 'list2', options: options2, ...(warn && { warn }) });
const list3 = (): OptsList => new OptsList({ name: 'list3', impliedName: 'implied' });
const list4 = (): OptsList =>
  new OptsList({ name: 'list4', mergeLists: true, options: [{ name: 'str3', type: stringType }] });

/** The code and the sentence of what an action throws. */
function failure(action: () => unknown): readonly [code: string, reason: string] {
  try {
    action();
  } catch (error) {
    if (error instanceof OptionsError) return [error.code, error.reason];
    throw error;
  }
  throw new Error('expected an OptionsError');
}

const pairs = (opts: Opts): string[] => opts.items.map(({ name, value }) => `${name}=${value}`);

describe('lists and entries', () => {
  test('a list is found by name', () => {
    const lists = [list1(), list2()];
    expect(findList(lists, 'list2')).toBe(lists[1]);
    expect(failure(() => findList(lists, 'unknown'))).toEqual([
      'OPTIONS_UNKNOWN_GROUP',
      "There is no option group 'unknown'",
    ]);
  });

  test('an entry without id is created, found and deleted', () => {
    const list = list1();
    expect(list.find()).toBeUndefined();
    const opts = list.create();
    expect(list.find()).toBe(opts);
    list.delete(opts);
    expect(list.entries).toEqual([]);
  });

  test('an id is unique, and entries without one never clash', () => {
    const list = list3();
    const x = list.create('x');
    list.create();
    list.create();
    expect(list.find('x')).toBe(x);
    expect(failure(() => list.create('x'))).toEqual(['OPTIONS_DUPLICATE_ID', "Duplicate ID 'x' for list3"]);
    expect(list.entries).toHaveLength(3);
  });

  it.each(['', '1', '.a', '-a', '_a', 'a!', 'a b', 'é', 'a\n'])('%j is no id', (id) => {
    expect(failure(() => list3().create(id))).toEqual([
      'OPTIONS_BAD_ID',
      "Parameter 'id' expects an identifier",
    ]);
  });

  it.each(['a', 'Z', 'a.b-c_d9'])('%j is an id', (id) => {
    expect(list3().create(id).id).toBe(id);
  });

  test('the last value set counts', () => {
    const opts = list1().create();
    expect(opts.get('str2')).toBeUndefined();
    opts.set('str2', 'value');
    opts.set('str2', 'value2');
    expect(opts.get('str2')).toBe('value2');
    expect(opts.value('str2', stringType, '')).toBe('value2');
  });

  test('a default shows until the option is set', () => {
    const opts = list1().create();
    expect([opts.get('str1'), opts.value('str1', stringType, 'x')]).toEqual(['default', 'default']);
    opts.set('str1', '');
    expect(opts.get('str1')).toBe('');
    const list = new OptsList({ options: [{ name: 'size', type: sizeType, default: '2k' }] });
    expect(list.create().value('size', sizeType, 0n)).toBe(2048n);
  });

  test('bool, number and size give the fallback until set', () => {
    const opts = list2().create();
    expect(opts.value('bool1', boolType, true)).toBe(true);
    opts.set('bool1', false);
    expect([opts.get('bool1'), opts.value('bool1', boolType, true)]).toEqual(['off', false]);
    expect(opts.value('size1', sizeType, 5n)).toBe(5n);
    opts.set('size1', 10n);
    expect(opts.value('size1', sizeType, 5n)).toBe(10n);
    const numbers = list1().create();
    expect(numbers.value('number1', numberType, 5n)).toBe(5n);
    numbers.set('number1', 15);
    expect(numbers.value('number1', numberType, 5n)).toBe(15n);
  });

  test('asking for another type than the list gives is a mistake of the caller', () => {
    const opts = list1().parse('number1=1');
    expect(() => opts.value('number1', sizeType, 0n)).toThrow(TypeError);
    expect(() => opts.value('str1', boolType, false)).toThrow(
      "option 'str1' is of type str, not bool (on/off)",
    );
    expect(() => list3().parse('a=b').value('a', stringType, '')).toThrow('of type any, not str');
  });

  test('a rejected value is not kept', () => {
    const opts = list2().parse('bool1=on');
    expect(() => opts.set('bool1', 'maybe')).toThrow(OptionsError);
    expect(failure(() => opts.set('nosuch', 'x'))).toEqual([
      'OPTIONS_INVALID_PARAMETER',
      "Invalid parameter 'nosuch'",
    ]);
    expect(pairs(opts)).toEqual(['bool1=on']);
  });

  test('unset takes back the last item of a name, in lists that take any', () => {
    const opts = list3().parse('key=value');
    opts.set('key', 'value2');
    expect(opts.unset('key')).toBe(true);
    expect(opts.get('key')).toBe('value');
    expect(opts.unset('key')).toBe(true);
    expect(opts.unset('key')).toBe(false);
    expect(() => list1().create().unset('str1')).toThrow(TypeError);
  });

  test('delete removes all items of a name, reset all entries', () => {
    const list = list3();
    const opts = list.parse('a=1,b=2,a=3');
    expect(opts.delete('a')).toBe(2);
    expect(pairs(opts)).toEqual(['b=2']);
    list.reset();
    expect(list.find()).toBeUndefined();
  });

  test('merging lists keep one entry and no id', () => {
    const list = list4();
    const opts = list.parse('str3=a');
    expect(list.parse('str3=b')).toBe(opts);
    expect(pairs(opts)).toEqual(['str3=a', 'str3=b']);
    expect(failure(() => list.parse('str3=c,id=x'))).toEqual([
      'OPTIONS_INVALID_PARAMETER',
      "Invalid parameter 'id'",
    ]);
    expect(failure(() => list.parse('str3=c,x=y'))[1]).toBe("Invalid parameter 'x'");
    // As in QEMU, the string that failed takes the merged entry with it.
    expect(list.entries).toEqual([]);
  });

  test('validate gives types to the items of a list that takes any name', () => {
    const opts = list3().parse('a=on,n=0x10');
    opts.validate([
      { name: 'a', type: boolType },
      { name: 'n', type: numberType },
    ]);
    expect([opts.value('a', boolType, false), opts.value('n', numberType, 0n)]).toEqual([true, 16n]);
    expect(failure(() => opts.validate([{ name: 'a', type: boolType }]))[1]).toBe("Invalid parameter 'n'");
    expect(() => list1().create().validate([])).toThrow(TypeError);
  });
});

describe('option strings', () => {
  it.each<[text: string, implied: boolean, id: string | undefined, items: string[]]>([
    ['', false, undefined, []],
    ['', true, undefined, []],
    ['=val', false, undefined, ['=val']],
    ['a=1,b=2,,x,a=3', false, undefined, ['a=1', 'b=2,x', 'a=3']],
    ['id=foo,id=bar', false, 'foo', []],
    ['x=y,', false, undefined, ['x=y']],
    [',', false, undefined, ['=on']],
    ['x=,,id=bar', false, undefined, ['x=,id=bar']],
    ['an,noaus,noaus=', false, undefined, ['an=on', 'aus=off', 'noaus=']],
    ['no', false, undefined, ['=off']],
    ['n', false, undefined, ['n=on']],
    ['an,noaus,noaus=', true, undefined, ['implied=an', 'aus=off', 'noaus=']],
    [',', true, undefined, ['implied=']],
    [',,,a=1', true, undefined, ['implied=,', 'a=1']],
    ['=val', true, undefined, ['=val']],
    ['a,,b', false, undefined, ['a=on', '=on', 'b=on']],
    ['a,,b', true, undefined, ['implied=a,b']],
    ['k=v,x', true, undefined, ['k=v', 'x=on']],
    ['id', true, 'on', ['implied=id']],
    ['x,noid', true, 'off', ['implied=x']],
    ['a=b=c==', false, undefined, ['a=b=c==']],
    ['a,,=b', false, undefined, ['a=on', '=on', '=b']],
    ['help,?,nohelp', false, undefined, ['help=on', '?=on', 'help=off']],
    [' a = b ,c', false, undefined, [' a = b ', 'c=on']],
  ])('%j, implied %s', (text, implied, id, items) => {
    const opts = list3().parse(text, { implied });
    expect(opts.id).toBe(id);
    expect(pairs(opts)).toEqual(items);
  });

  test('what is wrong leaves no entry behind', () => {
    const list = list3();
    list.parse('id=foo');
    expect(failure(() => list.parse('x=y,id=foo'))[0]).toBe('OPTIONS_DUPLICATE_ID');
    expect(list.entries).toHaveLength(1);
    expect(failure(() => list1().parse('id=666'))[0]).toBe('OPTIONS_BAD_ID');
    const typed = list1();
    expect(failure(() => typed.parse('nonexistent='))[1]).toBe("Invalid parameter 'nonexistent'");
    expect(typed.entries).toEqual([]);
  });

  test('implied needs an implied name', () => {
    expect(() => list1().parse('x', { implied: true })).toThrow(TypeError);
  });

  test('items can be read into an entry; earlier ones stay when a later one fails', () => {
    const opts = list2().create();
    expect(opts.parse('on,id=x,str1=a', { impliedName: 'bool1' })).toBe(true);
    expect(() => opts.parse('str2=b,nosuch=c')).toThrow(OptionsError);
    expect(pairs(opts)).toEqual(['bool1=on', 'str1=a', 'str2=b']);
  });

  test('reading noisily warns of flags before their names are looked at', () => {
    const said: string[] = [];
    const warn = (message: string, hint?: string): void => void said.push(message, hint ?? '');
    const list = new OptsList({ options: options2, warn });
    expect(() => list.parseNoisily('bool1,nodelay,bool2=on')).toThrow("Invalid parameter 'delay'");
    expect(said).toEqual([
      "short-form boolean option 'bool1' deprecated",
      'Please use bool1=on instead',
      "short-form boolean option 'nodelay' deprecated",
      'Please use nodelay=on instead',
    ]);
  });

  test('help ends reading, except in lists that take any name', () => {
    const list = list2();
    expect(list.parseNoisily('bool1=on,help,nosuch=1')).toBeUndefined();
    expect(list.parseNoisily('?')).toBeUndefined();
    expect(list.entries).toEqual([]);
    expect(pairs(list3().parseNoisily('help,a=1') as Opts)).toEqual(['help=on', 'a=1']);
    expect(failure(() => list2().parse('help'))[1]).toBe("Invalid parameter 'help'");
  });
});

describe('values', () => {
  it.each([
    ...['on', 'yes', 'true', 'y'].map((text) => [text, true] as const),
    ...['off', 'no', 'false', 'n'].map((text) => [text, false] as const),
  ])('bool %j is %s', (text, value) => {
    expect(list2().parse(`bool1=${text}`).value('bool1', boolType, !value)).toBe(value);
  });

  it.each(['offer', '', 'ON', '1', ' on'])('%j is no bool', (text) => {
    expect(failure(() => list2().parse(`bool1=${text}`))).toEqual([
      'OPTIONS_BAD_BOOL',
      "Parameter 'bool1' expects 'on' or 'off'",
    ]);
  });

  const max = 2n ** 64n - 1n;
  it.each([
    ['0', 0n],
    ['18446744073709551615', max],
    ['-1', max],
    ['-0', 0n],
    ['-18446744073709551615', 1n],
    ['+7', 7n],
    ['0x2a', 42n],
    ['0X2A', 42n],
    ['-0x1', max],
    ['052', 42n],
    ['00', 0n],
    [' \t42', 42n],
    ['\n\v\f\r 42', 42n],
    ['00000000000000000000000000000000001', 1n],
    ['0xffffffffffffffff', max],
    ['01777777777777777777777', max],
  ])('number %j is %s', (text, value) => {
    expect(list1().parse(`number1=${text}`).value('number1', numberType, 7n)).toBe(value);
  });

  it.each([
    '',
    'eins',
    '3.14',
    '08',
    '0 ',
    '0x',
    '- 1',
    '--1',
    '1k',
    '0x1g',
    '18446744073709551616x',
    '\u00a042',
  ])('%j is no number', (text) => {
    expect(failure(() => list1().parse(`number1=${text}`))).toEqual([
      'OPTIONS_BAD_NUMBER',
      "Parameter 'number1' expects a number",
    ]);
  });

  it.each([
    '18446744073709551616',
    '-18446744073709551616',
    '0x10000000000000000',
    '02000000000000000000000',
    '9'.repeat(100_000),
  ])('number %.40s is too large', (text) => {
    expect(failure(() => list1().parse(`number1=${text}`))).toEqual([
      'OPTIONS_NUMBER_TOO_LARGE',
      `Value '${text}' is too large for parameter 'number1'`,
    ]);
  });

  it.each([
    ['0', 0n],
    ['9007199254740991', 2n ** 53n - 1n],
    ['9007199254740992', 2n ** 53n],
    ['9007199254740993', 2n ** 53n + 1n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9223372036854775808', 2n ** 63n],
    ['9223372036854775809', 2n ** 63n + 1n],
    ['18446744073709549568', 0xfffffffffffff800n],
    ['18446744073709550591', 0xfffffffffffffbffn],
    ['18446744073709551615', max],
    ['8b', 8n],
    ['8B', 8n],
    ['1.5k', 1536n],
    ['1.5K', 1536n],
    ['2M', 2n << 20n],
    ['0.1G', 107374182n],
    ['16777215T', 16777215n << 40n],
    ['1p', 1n << 50n],
    ['15e', 15n << 60n],
    ['1.', 1n],
    ['1.k', 1024n],
    ['1.0', 1n],
    ['0.0005k', 1n],
    ['0.0004k', 0n],
    ['.5k', undefined],
    ['08', 8n],
    ['0x20', 32n],
    ['0x1b', 27n],
    ['0x1e', 30n],
    [' +5', 5n],
    ['1.99999999999999999999k', 2048n],
    ['1.5E', (3n << 60n) / 2n],
  ])('size %j is %s', (text, value) => {
    const read = (): bigint => list2().parse(`size1=${text}`).value('size1', sizeType, 7n);
    if (value === undefined) expect(failure(read)[0]).toBe('OPTIONS_BAD_SIZE');
    else expect(read()).toBe(value);
  });

  it.each([
    '',
    'x',
    '-1',
    '-0',
    '16Gi',
    '1.5',
    '1.5b',
    '1e3',
    '1.5e3',
    '1.5e3k',
    '0x',
    '0x1.8',
    '0x1.8k',
    '1kk',
    '1 k',
    '1..k',
    '18446744073709551616k',
    '16777216TT',
    '1.-5k',
    '-99k',
    '1.e5',
    '00x1',
  ])('%j is no size', (text) => {
    expect(failure(() => list2().parse(`size1=${text}`))).toEqual([
      'OPTIONS_BAD_SIZE',
      "Parameter 'size1' expects a non-negative number below 2^64",
    ]);
  });

  test('a bad size says which suffixes there are', () => {
    expect(() => list2().parse('size1=x')).toThrow(/^Optional suffix k, M, G, T, P or E means/m);
  });

  it.each([
    '18446744073709551616',
    '16777216T',
    '16E',
    '-18446744073709551616',
    '0x10000000000000000',
    '15.9999999999999999999E',
  ])('size %j is out of range', (text) => {
    expect(failure(() => list2().parse(`size1=${text}`))).toEqual([
      'OPTIONS_SIZE_OUT_OF_RANGE',
      `Value '${text}' is out of range for parameter 'size1'`,
    ]);
  });

  test('a suffix on a hexadecimal size warns', () => {
    const said: string[] = [];
    const opts = list2((message) => void said.push(message)).parse('size1=0x20M,size2=0x20');
    expect(opts.value('size1', sizeType, 0n)).toBe(32n << 20n);
    expect(said).toEqual(['Using a multiplier suffix on hex numbers is deprecated: 0x20M']);
  });
});

describe('help', () => {
  it.each([
    ['help', true, false],
    ['?', true, false],
    ['helpme', false, false],
    ['?me', false, false],
    ['a,help', true, true],
    ['a,?', true, true],
    ['a=0,help,b', true, true],
    ['a=0,?,b', true, true],
    ['help,b=1', true, false],
    ['?,b=1', true, false],
    ['a,b,,help', true, true],
    ['a,b,,?', true, true],
  ])('%j asks for help: %s, with an implied name: %s', (text, plain, implied) => {
    expect(hasHelpOption(text)).toBe(plain);
    expect(list3().parse(text).hasHelp()).toBe(plain);
    expect(list3().parse(text, { implied: true }).hasHelp()).toBe(implied);
  });

  test('the text is sorted by bytes, with help at column 24', () => {
    const list = new OptsList({
      name: 'l',
      options: [
        { name: 'b', type: sizeType, help: 'short' },
        { name: 'a-name-beyond-the-column', type: boolType, help: 'long' },
        { name: 'a', type: numberType },
        { name: 'ä', type: stringType, help: 'two bytes' },
        { name: 'Z', type: stringType },
      ],
    });
    expect(helpText(list)).toBe(
      'l options:\n' +
        '  Z=<str>\n' +
        '  a-name-beyond-the-column=<bool (on/off)> - long\n' +
        '  a=<num>\n' +
        '  b=<size>               - short\n' +
        '  ä=<str>               - two bytes\n',
    );
    expect(helpText({ name: undefined, options: list.options }).split('\n')[0]).toBe('Options:');
    expect(helpText(list, false).split('\n')[0]).toBe('  Z=<str>');
  });

  test('a list without options says so', () => {
    expect(helpText(list3())).toBe('There are no options for list3.\n');
    expect(helpText(new OptsList({}))).toBe('No options available.\n');
  });
});

describe('appending lists', () => {
  const names = ({ options }: OptsList): string[] => options.map(({ name }) => name);

  test('appending to nothing copies the descriptions alone', () => {
    const merged = appendLists(undefined, list1());
    expect([merged.name, merged.impliedName, merged.mergeLists]).toEqual([undefined, undefined, false]);
    expect(merged.options).toEqual(options1);
  });

  test('of two descriptions of a name the first stays', () => {
    const merged = appendLists(appendLists(undefined, list2()), list1());
    expect(names(merged)).toEqual([...options2.map(({ name }) => name), 'str3', 'number1', 'number2']);
    expect(merged.options.slice(0, 7)).toEqual(options2);
    expect(merged.options.slice(7)).toEqual(options1.slice(2));
  });

  test('a named list keeps its name and nature', () => {
    const merged = appendLists(list4(), list1());
    expect([merged.name, merged.mergeLists, merged.options.length]).toEqual(['list4', true, 5]);
  });
});

describe('dictionaries', () => {
  const dict = (opts: Opts, filter: OptsList, remove = false): string[] =>
    [...opts.toDict({ filter, remove })].map(([name, value]) => `${name}=${value}`);

  test('values are text, and unset options are absent', () => {
    const opts = list1().parse('str1=foo,str2=,str3=bar,number1=42');
    expect(Object.fromEntries(opts.toDict())).toEqual({ str1: 'foo', str2: '', str3: 'bar', number1: '42' });
    expect(list1().create().toDict().size).toBe(0);
  });

  test('another list filters, and what was taken can be removed', () => {
    const merged = appendLists(appendLists(undefined, list2()), list1());
    const opts = merged.parse('str1=foo,str2=,str3=bar,bool1=off,number1=42');
    expect(dict(opts, list1())).toEqual(['str1=foo', 'str2=', 'str3=bar', 'number1=42']);
    expect(dict(opts, list2())).toEqual(['str1=foo', 'str2=', 'bool1=off']);
    expect(dict(opts, list1(), true)).toEqual(['str1=foo', 'str2=', 'str3=bar', 'number1=42']);
    expect(dict(opts, list2(), true)).toEqual(['bool1=off']);
    expect(opts.items).toEqual([]);
  });

  test('of duplicates the last counts, and all are removed', () => {
    const opts = list3().parse('foo=a,foo=b,id=x');
    expect(pairs(opts)).toEqual(['foo=a', 'foo=b']);
    expect([...opts.toDict()]).toEqual([
      ['id', 'x'],
      ['foo', 'b'],
    ]);
    const into = new Map([['other', '1']]);
    expect(opts.toDict({ remove: true, into })).toBe(into);
    expect([...into.keys()]).toEqual(['other', 'id', 'foo']);
    expect(opts.items).toEqual([]);
  });

  test('an entry is made from a dictionary, whose id it takes', () => {
    const opts = optsFromDict(
      list2(),
      new Map<string, string | boolean | number | bigint>([
        ['id', 'x'],
        ['bool1', true],
        ['size1', 10n],
        ['size2', 7],
        ['str1', 's'],
      ]),
    );
    expect(opts.id).toBe('x');
    expect([opts.get('bool1'), opts.get('size1'), opts.get('size2'), opts.get('str1')]).toEqual([
      'on',
      '10',
      '7',
      's',
    ]);
    const list = list2();
    expect(failure(() => optsFromDict(list, new Map([['nosuch', 'x']])))[1]).toBe(
      "Invalid parameter 'nosuch'",
    );
    expect(list.entries).toEqual([]);
  });

  test('absorbing moves what the list knows', () => {
    const opts = list2().create();
    const source = new Map([
      ['size1', '10'],
      ['other', 'x'],
    ]);
    absorbDict(opts, source);
    expect(opts.value('size1', sizeType, 5n)).toBe(10n);
    expect([...source]).toEqual([['other', 'x']]);
    source.set('size1', '15');
    absorbDict(opts, source);
    expect(opts.value('size1', sizeType, 5n)).toBe(15n);
    source.set('size1', 'bad');
    expect(() => absorbDict(opts, source)).toThrow(OptionsError);
    expect(source.get('size1')).toBe('bad');
  });
});

describe('writing', () => {
  test('an entry is written so that it reads back', () => {
    const list = list3();
    const text = list.parse('on,a=1,,2,nob,id=x', { implied: true }).format();
    expect(text).toBe('id=x,implied=on,a=1,,2,b=off');
    list.reset();
    expect(list.parse(text).format()).toBe(text);
  });

  test('a name without written form is refused', () => {
    const opts = list3().create();
    opts.set('id', 'x');
    expect(failure(() => opts.format())).toEqual([
      'OPTIONS_UNFORMATTABLE',
      "expected an option name other than 'id', got 'id'",
    ]);
    const other = list3().create();
    other.set('a,b', 'x');
    expect(failure(() => other.format())).toEqual([
      'OPTIONS_UNFORMATTABLE',
      "expected an option name without '=' and ',', got 'a,b'",
    ]);
  });
});
