/** C structures as the kernel reads them. */
import { endianness } from 'node:os';
import { expect, test } from 'vitest';
import { addressOf } from '../src/libc.ts';
import { readWords64, rlimit64, signalSet, sockFprog, stringArray } from '../src/memory.ts';

const little = endianness() === 'LE';
const pointer = (bytes: Uint8Array, offset: number): bigint => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getBigUint64(offset, little);
};

// 32-bit machines: Node has no release for them any more on which this could run.
test('struct sock_fprog: length in instructions, padding, pointer', () => {
  const filter = new Uint8Array(24).fill(7);
  const { bytes, keep } = sockFprog(filter);
  expect(bytes.length).toBe(16);
  expect(new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, little)).toBe(3);
  expect([...bytes.subarray(2, 8)]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(pointer(bytes, 8)).toBe(addressOf(keep[0] as Uint8Array));
  expect(keep[0]).toEqual(Buffer.from(filter));
});

test('an array of strings: one pointer each, a null pointer, the strings with their NUL', () => {
  const { bytes, keep } = stringArray([Buffer.from('one'), Buffer.from(''), Buffer.from([0xff, 0xfe])]);
  const text = keep[0] as Uint8Array;
  const base = addressOf(text);
  expect([0, 8, 16, 24].map((offset) => pointer(bytes, offset))).toEqual([base, base + 4n, base + 5n, 0n]);
  expect([...text]).toEqual([...Buffer.from('one\0\0'), 0xff, 0xfe, 0, 0]);
  expect(pointer(stringArray([]).bytes, 0)).toBe(0n);
});

test('limits and signal sets are 64-bit words', () => {
  expect(readWords64(rlimit64(1024n, -1n))).toEqual([1024n, 0xffff_ffff_ffff_ffffn]);
  expect(pointer(signalSet(1n << 63n), 0)).toBe(1n << 63n);
});
