import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthorization } from './authorization-header.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { createSealer } from './sealer.ts';

test('a password is known by its hash, which is another each time', async () => {
  const [one, other] = [await hashPassword('right'), await hashPassword('right')];
  assert.notEqual(one, other);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await verifyPassword('right', one), true);
  assert.equal(await verifyPassword('wrong', one), false);
});

test('the same letters are one password, however a keyboard composes them', async () => {
  assert.equal(await verifyPassword('gera\u0308t', await hashPassword('ger\u00e4t')), true);
});

test('a damaged hash, or one that asks for absurd memory, is nobody’s password', async () => {
  for (const phc of ['', '$argon2id$', '$argon2id$v=19$m=99999999,t=2,p=1$YWJjZGVmZ2g$YWJjZGVmZ2g'])
    assert.equal(await verifyPassword('right', phc), false);
});

test('Basic and Bearer are read, with a colon in the password and UTF-8', () => {
  const basic = `basic ${Buffer.from('änn:a:b').toString('base64')}`;
  assert.deepEqual(parseAuthorization(basic), { scheme: 'basic', name: 'änn', password: 'a:b' });
  assert.deepEqual(parseAuthorization('Bearer abc-_'), { scheme: 'bearer', token: 'abc-_' });
  for (const header of [
    undefined,
    '',
    'Basic',
    'Basic !',
    'Bearer a b',
    `Basic ${Buffer.from(':x').toString('base64')}`,
  ])
    assert.equal(parseAuthorization(header), null);
});

test('what was sealed opens with the same key only, and unchanged only', () => {
  const [sealer, other] = [createSealer(Buffer.alloc(32, 1)), createSealer(Buffer.alloc(32, 2))];
  const sealed = sealer.seal('secret');
  assert.equal(sealer.unseal(sealed), 'secret');
  assert.notEqual(sealer.seal('secret'), sealed);
  assert.throws(() => other.unseal(sealed));
  const changed = Buffer.from(sealed, 'base64');
  changed[14] = (changed[14] ?? 0) ^ 1;
  assert.throws(() => sealer.unseal(changed.toString('base64')));
  assert.notEqual(sealer.fingerprint('x'), other.fingerprint('x'));
});
