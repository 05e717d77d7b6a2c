import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachmentOf } from './content-disposition.ts';

const names: readonly (readonly [filename: string, header: string])[] = [
  ['image.swu', 'attachment; filename="image.swu"'],
  ['an image (1).swu', 'attachment; filename="an image (1).swu"'],
  ['a"b\\c', 'attachment; filename="a\\"b\\\\c"'],
  ["rööt'1'.swu", `attachment; filename="r__t'1'.swu"; filename*=UTF-8''r%C3%B6%C3%B6t%271%27.swu`],
  ['a\r\nSet-Cookie: x', `attachment; filename="a__Set-Cookie: x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x`],
];

for (const [filename, header] of names) {
  test(`${JSON.stringify(filename)} is named so that no client mistakes it`, () => {
    assert.equal(attachmentOf(filename), header);
  });
}
