import assert from 'node:assert/strict';
import { test } from 'node:test';
import { etagOf, parseIfMatch } from './etag.ts';

test('the ETag of a revision names it', () => {
  assert.deepEqual(parseIfMatch(etagOf(7)), { revision: 7 });
});

for (const header of [undefined, '*', ' * ']) {
  test(`If-Match ${header ?? 'absent'} asks for no revision`, () => {
    assert.deepEqual(parseIfMatch(header), { revision: null });
  });
}

for (const header of ['W/"7"', '"abc"', '"0"', '"-1"', '"99999999999999999999"', '""']) {
  test(`If-Match ${header} is no revision of ours and never matches`, () => {
    const parsed = parseIfMatch(header);
    assert.equal('problem' in parsed && parsed.problem, 'precondition-failed');
  });
}

for (const header of ['7', '"7', '"7", "8"', '']) {
  test(`If-Match ${JSON.stringify(header)} is malformed`, () => {
    const parsed = parseIfMatch(header);
    assert.equal('problem' in parsed && parsed.problem, 'header-invalid');
  });
}
