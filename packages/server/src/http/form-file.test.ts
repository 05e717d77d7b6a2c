import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundaryOf, formFile } from './form-file.ts';

const BOUNDARY = '----b7';

function form(...parts: readonly { readonly headers: string; readonly bytes: Buffer }[]): Buffer {
  const pieces = parts.flatMap(({ headers, bytes }) => [
    Buffer.from(`--${BOUNDARY}\r\n${headers}\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** In pieces of these sizes, one after the other. */
async function* arriving(body: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length] ?? body.length;
    yield body.subarray(at, at + size);
    at += size;
  }
}

async function read(body: Buffer, sizes: readonly number[] = [body.length]) {
  const file = await formFile(arriving(body, sizes), { boundary: BOUNDARY, name: 'file' });
  if (file === null) return null;
  const pieces: Buffer[] = [];
  for await (const piece of file.bytes) pieces.push(Buffer.from(piece));
  return { filename: file.filename, bytes: Buffer.concat(pieces), isWhole: file.isWhole() };
}

const FILE = 'Content-Disposition: form-data; name="file"; filename="a.swu"\r\nContent-Type: application/octet-stream';

test('a file arrives byte for byte, however the network cuts the form', async () => {
  const noise = fc.constantFrom('\r\n', `\r\n--${BOUNDARY.slice(0, 3)}`, '--', 'x', '\0');
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.array(noise).map((t) => Buffer.from(t.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (bytes, sizes) => {
      const other = { headers: 'Content-Disposition: form-data; name="other"', bytes: Buffer.from('skipped') };
      const found = await read(form(other, { headers: FILE, bytes }), sizes);
      assert.deepEqual(found, { filename: 'a.swu', bytes, isWhole: true });
    }),
    { numRuns: 200 },
  );
});

test('a form that breaks off is not whole', async () => {
  const body = form({ headers: FILE, bytes: Buffer.from('some bytes') });
  assert.equal((await read(body.subarray(0, body.length - BOUNDARY.length - 8)))?.isWhole, false);
});

test('a form without the part has no file', async () => {
  const other = { headers: 'Content-Disposition: form-data; name="other"', bytes: Buffer.from('x') };
  assert.equal(await read(form(other)), null);
  assert.equal(await read(Buffer.from('no form at all')), null);
  assert.equal(await read(Buffer.from(`--${BOUNDARY}--\r\n`)), null);
});

test('headers without end are not read to their end', async () => {
  const body = form({ headers: `X: ${'x'.repeat(100_000)}`, bytes: Buffer.alloc(0) });
  assert.equal(await read(body, [1000]), null);
});

test('names may be quoted, or not, and hold quotes', async () => {
  const named = async (filename: string) =>
    (
      await read(
        form({ headers: `content-disposition: form-data; filename=${filename}; name=file`, bytes: Buffer.alloc(0) }),
      )
    )?.filename;
  assert.equal(await named('plain.bin'), 'plain.bin');
  assert.equal(await named('"a;b \\"c\\".bin"'), 'a;b "c".bin');
  assert.equal(await named('"%22x%22"'), '"x"');
  assert.equal(await named('"über.bin"'), 'über.bin');
});

test('the boundary of a form is found in its media type', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"'), 'a b');
  assert.equal(boundaryOf('application/json'), null);
  assert.equal(boundaryOf(undefined), null);
});
