import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BundleError } from '../bundle-problem.ts';
import { createCpioReader } from './reader.ts';
import { memoryMember, writeCpio } from './writer.ts';

type Read = { readonly name: string; readonly content: string; readonly offset: number };

async function archiveOf(format: 'newc' | 'crc', members: Readonly<Record<string, string>>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const written = Object.entries(members).map(([name, content]) => memoryMember(name, Buffer.from(content)));
  for await (const piece of writeCpio(format, written)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function read(archive: Uint8Array, size: number): Read[] {
  const members: Read[] = [];
  let content: Buffer[] = [];
  const reader = createCpioReader({
    begin: () => void (content = []),
    data: (chunk) => void content.push(Buffer.from(chunk)),
    end: ({ name, offset }) => void members.push({ name, offset, content: Buffer.concat(content).toString('utf8') }),
  });
  for (let at = 0; at < archive.length; at += size) reader.push(archive.subarray(at, at + size));
  reader.finish();
  assert.equal(reader.bytesRead, archive.length);
  return members;
}

test('what is written is read again, in pieces of any size', async () => {
  const names = fc
    .string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' })
    .filter((name) => name !== '__proto__');
  const files = fc.dictionary(names, fc.string({ maxLength: 300 }), { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(
      files,
      fc.constantFrom('newc', 'crc'),
      fc.integer({ min: 1, max: 600 }),
      async (members, format, size) => {
        const archive = await archiveOf(format, members);
        const found = read(archive, size);
        assert.deepEqual(
          found.map(({ name, content }) => [name, content]),
          Object.entries(members),
        );
        for (const { offset, content } of found)
          assert.equal(archive.subarray(offset, offset + Buffer.byteLength(content)).toString('utf8'), content);
      },
    ),
  );
});

test('an archive fills blocks of 512 bytes', async () => {
  assert.equal((await archiveOf('crc', { a: 'x' })).length % 512, 0);
});

test('a changed byte breaks the sum of the crc format, and the member is named', async () => {
  const archive = await archiveOf('crc', { first: 'content', second: 'content' });
  archive[archive.lastIndexOf('content')] = 0x78;
  assert.throws(
    () => read(archive, 100),
    (error) => error instanceof BundleError && error.code === 'checksum-wrong' && error.problem.member === 'second',
  );
});

test('a member that grows while it is written is an error', async () => {
  const member = { ...memoryMember('a', Buffer.from('abc')), size: 2 };
  await assert.rejects(async () => {
    for await (const piece of writeCpio('crc', [member])) assert.ok(piece);
  }, /changed its size/);
});
