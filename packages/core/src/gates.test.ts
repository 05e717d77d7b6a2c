import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GATES, gatesOf, isCompatible, permissionOf, type GateFacts } from './gates.ts';

type AssignmentFacts = NonNullable<GateFacts['assignment']>;

function facts(
  change: { device?: object; assignment?: object | null; release?: object; rollout?: object } = {},
): GateFacts {
  const assignment: AssignmentFacts = {
    number: 7,
    state: 'waiting',
    release: { id: 3, name: 'os', version: '2.0', state: 'published', deviceTypes: ['board-a'], ...change.release },
    rollout: { name: 'spring', state: 'running', phase: 1, phaseState: 'started', ...change.rollout },
  };
  return {
    device: { name: 'gw-1', identity: 'accepted', type: 'board-a', runningReleaseId: 2, ...change.device },
    assignment: change.assignment === null ? null : assignment,
  };
}

const firstShut = (given: GateFacts) => gatesOf(given).find(({ passed }) => !passed)?.gate;

test('all gates passed permit to download and to install', () => {
  assert.deepEqual(permissionOf(gatesOf(facts())), { mayDownload: true, mayInstall: true });
});

test('gates stand in the declared order', () => {
  assert.deepEqual(
    gatesOf(facts()).map(({ gate }) => gate),
    GATES,
  );
});

for (const [what, change, gate] of [
  ['a device whose identity is pending', { device: { identity: 'pending' } }, 'identity-accepted'],
  ['a device without an assignment', { assignment: null }, 'has-assignment'],
  ['a withdrawn release', { release: { state: 'withdrawn' } }, 'release-published'],
  ['a device of another type', { device: { type: 'board-b' } }, 'compatible'],
  ['a device that runs the release', { device: { runningReleaseId: 3 } }, 'not-already-running'],
  ['a paused rollout', { rollout: { state: 'paused' } }, 'rollout-running'],
  ['a phase that has not started', { rollout: { phaseState: 'waiting' } }, 'phase-started'],
] as const) {
  test(`${what} is held at ${gate}, and gets no offer`, () => {
    const given = facts(change);
    assert.equal(firstShut(given), gate);
    assert.deepEqual(permissionOf(gatesOf(given)), { mayDownload: false, mayInstall: false });
  });
}

test('a shut gate says the fact that it read', () => {
  const gate = gatesOf(facts({ device: { type: null } })).find(({ passed }) => !passed);
  assert.equal(gate?.fact, 'the device is of no type, the release is for board-a');
});

test('a release for no type in particular fits a device without a type', () => {
  assert.ok(isCompatible(null, []));
  assert.ok(!isCompatible(null, ['board-a']));
});
