import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  configSections,
  decodeText,
  dictOrder,
  encodeText,
  formatItems,
  formatSandbox,
  fromByteString,
  loadConfig,
  numberType,
  OptionsError,
  OptsList,
  parseSandbox,
  runSandboxArgv,
  sandboxOptions,
  setOption,
  sizeType,
  splitItems,
  toByteString,
} from '../src/index.ts';

const { FAST_CHECK_SEED = Date.now() & 0x7fffffff } = process.env;
const seed = Number(FAST_CHECK_SEED);
console.log(`fast-check seed ${seed} (FAST_CHECK_SEED=${seed} repeats the run)`);
fc.configureGlobal({ seed, numRuns: 300 });

// Text near the grammar is likelier to reach its corners than any text.
const crumb = fc.constantFrom(
  ...['on', 'off', 'enable', 'spawn', 'deny', 'allow', 'children', 'obsolete', 'id', 'no', 'help', '?'],
  ...[',', ',,', '=', '"', '[', ']', ' ', '\n', '\t', '#', '.', '\0', 'é', '🦀', '\udcff', 'x'],
);
const crumbs = fc
  .array(fc.oneof({ weight: 9, arbitrary: crumb }, fc.string()), { maxLength: 14 })
  .map((a) => a.join(''));
const bytes = fc.oneof(crumbs.map(encodeText), fc.uint8Array({ maxLength: 60 }));

/** What an action throws must be an OptionsError. */
function onlyOptionsError(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    expect(error.reason).not.toBe('');
  }
}

describe('text and bytes', () => {
  test('any bytes survive being text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
        expect(encodeText(decodeText(input))).toEqual(input);
      }),
    );
  });

  test('UTF-8 is what TextEncoder and TextDecoder say', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeText(text)).toEqual(new TextEncoder().encode(text));
        expect(decodeText(new TextEncoder().encode(text))).toBe(text);
        expect(fromByteString(toByteString(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const replaced = decodeText(input).replace(/[\udc80-\udcff]/gu, '');
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(input).replaceAll('\ufffd', '')).toBe(
          replaced.replaceAll('\ufffd', ''),
        );
      }),
    );
  });
});

describe('option strings', () => {
  const item = fc.record({ name: fc.string().filter((name) => !/[=,]/.test(name)), value: crumbs });

  test('what is written reads back', () => {
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const read = [...splitItems(formatItems(items))].map(({ name, value }) => ({ name, value }));
        expect(read).toEqual(items);
      }),
    );
  });

  test('an entry is written so that it reads back', () => {
    fc.assert(
      fc.property(crumbs, fc.boolean(), (text, implied) => {
        onlyOptionsError(() => {
          const list = new OptsList({ impliedName: 'first' });
          const entry = list.parse(text, { implied });
          const written = entry.format();
          list.reset();
          const again = list.parse(written);
          expect([again.id, again.items]).toEqual([entry.id, entry.items]);
          expect(again.format()).toBe(written);
        });
      }),
    );
  });

  test('items lie one behind the other', () => {
    fc.assert(
      fc.property(crumbs, (text) => {
        let end = -1;
        for (const { offset, valueOffset } of splitItems(text, 'first')) {
          expect(offset).toBeGreaterThan(end);
          expect(valueOffset).toBeGreaterThanOrEqual(offset);
          end = offset;
        }
      }),
    );
  });
});

describe('sandbox entries', () => {
  test('the written form means the same', () => {
    const word = fc.constantFrom('allow', 'deny', 'children', 'x');
    const given = fc.record({
      enable: fc.constantFrom('on', 'off', 'yes', 'n'),
      id: fc.option(fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,5}$/), { nil: undefined }),
      options: fc.array(fc.tuple(fc.constantFrom(...sandboxOptions.slice(1).map(({ name }) => name)), word)),
    });
    let read = 0;
    fc.assert(
      fc.property(given, ({ enable, id, options }) => {
        const words = [
          enable,
          ...(id === undefined ? [] : [`id=${id}`]),
          ...options.map((pair) => pair.join('=')),
        ];
        onlyOptionsError(() => {
          const entry = parseSandbox(words.join(','));
          const text = formatSandbox(entry);
          const { location: _, options: __, ...meaning } = entry;
          expect(parseSandbox(text)).toMatchObject(meaning);
          expect(formatSandbox(parseSandbox(text))).toBe(text);
          read += 1;
        });
      }),
    );
    expect(read).toBeGreaterThan(30);
  });
});

describe('nothing but OptionsError is thrown', () => {
  test('by the parsers of text', () => {
    fc.assert(
      fc.property(crumbs, (text) => {
        onlyOptionsError(() => parseSandbox(text));
        onlyOptionsError(() => numberType.parse('n', text, () => {}));
        onlyOptionsError(() => sizeType.parse('n', text, () => {}));
        onlyOptionsError(() => setOption([new OptsList({ name: 'x' })], text));
      }),
    );
  });

  test('by the reader of config files, whose sections are in order', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        onlyOptionsError(() => {
          const sections = [...configSections(input, 'f')];
          expect(sections.filter(({ last }) => last)).toHaveLength(Math.min(1, sections.length));
        });
        onlyOptionsError(() => loadConfig([new OptsList({ name: 'x' })], input, 'f'));
      }),
    );
  });

  test('by a command line, which ends with 1 exactly if it said so', () => {
    const option = fc.tuple(fc.constantFrom('-sandbox', '--sandbox', '-readconfig', '-set', '-x'), crumbs);
    fc.assert(
      fc.property(fc.array(option, { maxLength: 3 }), bytes, (options, file) => {
        const { stdout, stderr, exitCode } = runSandboxArgv(options.flat(), { readFile: () => file });
        if (exitCode === 0) expect(stdout).toBe('');
        else expect(stdout + stderr).toMatch(/\n$/);
      }),
    );
  });
});

describe('numbers', () => {
  test('every 64-bit number reads back in each base', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        for (const text of [`${value}`, `0x${value.toString(16)}`, `0${value.toString(8)}`]) {
          expect(numberType.parse('n', text, () => {})).toBe(value);
        }
        expect(sizeType.parse('n', `${value}`, () => {})).toBe(value);
      }),
    );
  });
});

describe('dictionaries', () => {
  test('the order has every key once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), (keys) => {
        expect([...dictOrder(keys)].sort()).toEqual([...keys].sort());
      }),
    );
  });
});
