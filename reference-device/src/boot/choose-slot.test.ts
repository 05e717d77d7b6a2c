import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Choice, chooseSlot, COMMITTED_LIMIT, type Copies, type Loadable } from './choose-slot.ts';
import { decodeEnvironment, encodeEnvironment, ENVIRONMENT_BYTES, type Environment } from './environment.ts';

const BOTH: Loadable = { a: true, b: true };
const NOTHING = Buffer.alloc(ENVIRONMENT_BYTES);

test('a trial boots at most as often as its limit says, then the other slot is back and SWUpdate hears of a failure', () => {
  const boots = bootAgain(copiesOf({ slot: 'b', upgrade_available: '1', ustate: '1' }), BOTH, 4);
  assert.deepEqual(
    boots.map(({ slot, trial, count }) => ({ slot, trial, count })),
    [
      { slot: 'b', trial: true, count: 1 },
      { slot: 'b', trial: true, count: 2 },
      { slot: 'b', trial: true, count: 3 },
      { slot: 'a', trial: false, count: 1 },
    ],
  );
  assert.deepEqual(written(boots[2]), {
    slot: 'b',
    upgrade_available: '1',
    bootcount: '3',
    bootlimit: '3',
    ustate: '2',
    watchdog_seconds: '60',
  });
  assert.deepEqual(written(boots[3]), {
    slot: 'a',
    upgrade_available: '0',
    bootcount: '1',
    bootlimit: '3',
    ustate: '3',
    boot_reason: 'boot-limit',
    watchdog_seconds: '60',
  });
});

test('a trial that came before SWUpdate could say that it installed is tested all the same', () => {
  const [boot] = bootAgain(
    copiesOf({ slot: 'b', upgrade_available: '1', ustate: '7', recovery_status: 'in_progress' }),
    BOTH,
    1,
  );
  assert.equal(written(boot)['ustate'], '2');
  assert.equal(written(boot)['recovery_status'], undefined);
});

test('a trial that cannot be loaded falls back in the same boot', () => {
  const [boot] = bootAgain(copiesOf({ slot: 'b', upgrade_available: '1', ustate: '1' }), { a: true, b: false }, 1);
  assert.equal(boot?.slot, 'a');
  assert.equal(written(boot)['ustate'], '3');
  assert.equal(written(boot)['boot_reason'], 'image-unloadable');
});

test('a committed slot that cannot be loaded gives way, and no update is said to have failed', () => {
  const [boot] = bootAgain(copiesOf({ slot: 'a', ustate: '0' }), { a: false, b: true }, 1);
  assert.equal(boot?.slot, 'b');
  assert.equal(written(boot)['ustate'], '0');
  assert.equal(written(boot)['boot_reason'], 'image-unloadable');
});

test('slots that boot in vain take turns for ever', () => {
  const boots = bootAgain(copiesOf({ slot: 'a' }), BOTH, 4 * COMMITTED_LIMIT);
  const turns = ['a', 'b', 'a', 'b'].flatMap((slot) => Array<string>(COMMITTED_LIMIT).fill(slot));
  assert.deepEqual(
    boots.map((boot) => boot.slot),
    turns,
  );
});

test('a slot that is being written is no refuge for one that boots in vain', () => {
  const boots = bootAgain(copiesOf({ slot: 'a', recovery_status: 'in_progress' }), BOTH, 3 * COMMITTED_LIMIT);
  assert.ok(boots.every((boot) => boot.slot === 'a'));
});

test('where nothing can be loaded nothing is changed', () => {
  const copies = copiesOf({ slot: 'b', upgrade_available: '1', bootcount: '3' });
  const choice = chooseSlot(copies, { a: false, b: false });
  assert.equal(choice.slot, undefined);
  assert.deepEqual(choice.writes, []);
});

test('in every state a slot that can be loaded boots, both copies end equal, and no write leaves both torn', () => {
  fc.assert(
    fc.property(sector, sector, fc.record({ a: fc.boolean(), b: fc.boolean() }), (env, env2, loadable) => {
      const choice = chooseSlot({ env, env2 }, loadable);
      assert.equal(choice.slot !== undefined && loadable[choice.slot], loadable.a || loadable.b);
      let copies: Copies = { env, env2 };
      const anyValid = isValid(env) || isValid(env2);
      for (const { copy, bytes } of choice.writes) {
        const torn = { ...copies, [copy]: NOTHING };
        assert.ok(!anyValid || isValid(torn.env) || isValid(torn.env2));
        copies = { ...copies, [copy]: bytes };
      }
      if (choice.slot !== undefined) assert.deepEqual(copies.env, copies.env2);
    }),
    { numRuns: 500 },
  );
});

const sector = fc.oneof(
  { weight: 1, arbitrary: fc.constant(NOTHING) },
  {
    weight: 6,
    arbitrary: fc
      .record({
        slot: fc.constantFrom('', 'a', 'b', 'c'),
        upgrade_available: fc.constantFrom('', '0', '1'),
        bootcount: fc.constantFrom('', '0', '1', '2', '3', '5', '6', '9', 'x'),
        bootlimit: fc.constantFrom('', '1', '3'),
        recovery_status: fc.constantFrom('', 'in_progress'),
      })
      .map(encodeEnvironment),
  },
);

function isValid(bytes: Buffer): boolean {
  return decodeEnvironment(bytes) !== undefined;
}

function copiesOf(environment: Environment): Copies {
  const bytes = encodeEnvironment(environment);
  return { env: bytes, env2: bytes };
}

/** Boots as often as told, each time with what the boot before left behind: nobody finds the slot healthy. */
function bootAgain(copies: Copies, loadable: Loadable, times: number): Choice[] {
  const boots: Choice[] = [];
  for (let at = 0; at < times; at++) {
    const choice = chooseSlot(copies, loadable);
    boots.push(choice);
    copies = choice.writes.reduce<Copies>((now, { copy, bytes }) => ({ ...now, [copy]: bytes }), copies);
  }
  return boots;
}

function written(choice: Choice | undefined): Environment {
  return decodeEnvironment(choice?.writes.at(-1)?.bytes ?? NOTHING) ?? {};
}
