import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readElfNeeds } from './elf.ts';

/** Where the strings lie in the file, and where the loader would put them. */
const STRINGS = { offset: 0x200, address: 0x10200 };
const DYNAMIC_OFFSET = 0x180;

test('a program tells its loader and the libraries that it needs', () => {
  const file = anElf(['libc.so.6', 'libm.so.6'], '/lib/ld-linux-aarch64.so.1');
  assert.deepEqual(readElfNeeds(file), {
    interpreter: '/lib/ld-linux-aarch64.so.1',
    libraries: ['libc.so.6', 'libm.so.6'],
  });
});

test('a program that is linked statically needs nothing', () => {
  const file = anElf([], undefined);
  file.writeUInt16LE(0, 56);
  assert.deepEqual(readElfNeeds(file), { interpreter: undefined, libraries: [] });
});

test('a script is no program of this kind', () => {
  assert.equal(readElfNeeds(Buffer.from('#!/bin/sh\n'.repeat(20))), undefined);
});

function anElf(libraries: readonly string[], interpreter: string | undefined): Buffer {
  const file = Buffer.alloc(0x400);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(3, 56);
  const segment = (index: number, type: number, offset: number, address: number, bytes: number): void => {
    const at = 64 + index * 56;
    file.writeUInt32LE(type, at);
    for (const [place, value] of [
      [8, offset],
      [16, address],
      [32, bytes],
    ] as const)
      file.writeBigUInt64LE(BigInt(value), at + place);
  };
  segment(0, 1, 0, STRINGS.address - STRINGS.offset, file.length);
  segment(1, 2, DYNAMIC_OFFSET, 0, (libraries.length + 1) * 16);
  segment(2, 3, 0x300, 0, 32);
  file.write(`${interpreter ?? ''}\0`, 0x300);
  let name = 1;
  for (const [index, library] of libraries.entries()) {
    file.writeBigUInt64LE(1n, DYNAMIC_OFFSET + index * 16);
    file.writeBigUInt64LE(BigInt(name), DYNAMIC_OFFSET + index * 16 + 8);
    file.write(`${library}\0`, STRINGS.offset + name);
    name += library.length + 1;
  }
  file.writeBigUInt64LE(5n, DYNAMIC_OFFSET + libraries.length * 16);
  file.writeBigUInt64LE(BigInt(STRINGS.address), DYNAMIC_OFFSET + libraries.length * 16 + 8);
  return file;
}
