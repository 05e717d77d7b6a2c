import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEnvironment, encodeEnvironment, ENVIRONMENT_BYTES, ENVIRONMENT_NAMES } from './environment.ts';

const value = fc.string({ unit: fc.constantFrom(...'abz019 :.-_=/#'.split('')), minLength: 1, maxLength: 30 });
const environment = fc.dictionary(fc.constantFrom(...ENVIRONMENT_NAMES), value, { noNullPrototype: true });

test('what is written into a sector is read back', () => {
  fc.assert(
    fc.property(environment, (variables) =>
      assert.deepEqual(decodeEnvironment(encodeEnvironment(variables)), variables),
    ),
  );
});

test('a sector that is torn between two environments is either of them or not valid', () => {
  fc.assert(
    fc.property(environment, environment, fc.nat(ENVIRONMENT_BYTES), (old, young, at) => {
      const [before, after] = [encodeEnvironment(old), encodeEnvironment(young)];
      const torn = Buffer.concat([after.subarray(0, at), before.subarray(at)]);
      const read = decodeEnvironment(torn);
      if (read !== undefined) assert.ok(torn.equals(before) || torn.equals(after));
    }),
  );
});

test('an empty value is no variable', () => {
  assert.deepEqual(decodeEnvironment(encodeEnvironment({ slot: 'a', recovery_status: '' })), { slot: 'a' });
});

test('an empty disk and an unfinished sector hold no environment', () => {
  assert.equal(decodeEnvironment(Buffer.alloc(ENVIRONMENT_BYTES)), undefined);
  assert.equal(decodeEnvironment(encodeEnvironment({ slot: 'a' }).subarray(0, 100)), undefined);
});

test('what U-Boot and libubootenv would read differently is refused', () => {
  assert.throws(() => encodeEnvironment({ slot: 'a\\b' }), { code: 'environment-value-refused' });
  assert.throws(() => encodeEnvironment({ 'slot=': 'a' }), { code: 'environment-name-refused' });
  assert.throws(() => encodeEnvironment({ slot: 'a'.repeat(510) }), { code: 'environment-too-large' });
});

test('the boot script keeps the names that are declared here, and no other', () => {
  const script = readFileSync(new URL('../../boot/boot.cmd', import.meta.url), 'utf8');
  const kept = /^setenv names "([^"]+)"$/m.exec(script)?.[1]?.split(' ');
  assert.deepEqual(kept, [...ENVIRONMENT_NAMES]);
});
