/** What the two processes of a launch tell each other survives as the bytes that it is. */
import { parseSandbox } from '@qseccomp/options/sandbox';
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { parseHandover } from '../src/handover.ts';
import { decodeOrder, encodeOrder } from '../src/order.ts';
import { joinNul, splitNul } from '../src/proc-bytes.ts';

const word = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0)));
const mask = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const descriptors = fc.uniqueArray(fc.nat(4096), { maxLength: 6 }).map((list) => list.sort((a, b) => a - b));

test('an order is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.record({
        argv: fc.array(word, { minLength: 1, maxLength: 5 }),
        environment: fc.array(word, { maxLength: 5 }),
        inheritance: fc.record({
          descriptors,
          nonBlocking: descriptors,
          ignored: mask,
          blocked: mask,
          openFiles: fc.option(fc.bigInt({ min: -1n, max: (1n << 63n) - 1n }), { nil: undefined }),
        }),
      }),
      (program) => {
        const order = {
          entries: [parseSandbox('on,spawn=deny')],
          killProcess: false,
          trace: true,
          ...program,
        };
        const line = encodeOrder(order);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(decodeOrder(line)).toEqual(order);
      },
    ),
  );
});

test('strings that end in NUL are split where they were joined', () => {
  fc.assert(
    fc.property(fc.array(word), (strings) => {
      expect(splitNul(joinNul(strings)).map((string) => string.toString('hex'))).toEqual(
        strings.map((string) => string.toString('hex')),
      );
    }),
  );
  // What the kernel shows of a process that has overwritten its own may lack the last NUL.
  expect(splitNul(Buffer.from('a\0b')).map(String)).toEqual(['a', 'b']);
});

const HANDOVER = 'pid=42;environ=3;blk=0000000000000001;ign=ff;nofile=1024;fds= 2 0 1 10';

test('the state that the shell found', () => {
  expect(parseHandover(HANDOVER, 42)).toEqual({
    descriptors: [0, 1, 2, 10],
    ignored: 255n,
    blocked: 1n,
    openFiles: 1024n,
    environmentPieces: 3,
  });
  expect(parseHandover('pid=42;environ=;blk=0;ign=0;nofile=unlimited;fds=', 42)).toEqual({
    descriptors: [],
    ignored: 0n,
    blocked: 0n,
    openFiles: -1n,
    environmentPieces: undefined,
  });
});

test('of another process is not ours', () => {
  expect(parseHandover(HANDOVER, 43)).toBeUndefined();
  expect(parseHandover(undefined, 42)).toBeUndefined();
});

it.each([
  [''],
  ['pid=42;'],
  [HANDOVER.replace('ign=ff', 'ign=xyz')],
  [HANDOVER.replace('nofile=1024', 'nofile=many')],
  [`${HANDOVER};more`],
  [HANDOVER.replace(' 10', ' -10')],
])('is refused as %j', (text) => {
  expect(() => parseHandover(text, 42)).toThrowError(
    expect.objectContaining({
      code: 'RUNTIME_BAD_ARGUMENT',
      message: expect.stringContaining(JSON.stringify(text)),
    }),
  );
});
