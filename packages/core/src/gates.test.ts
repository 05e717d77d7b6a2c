import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aDevice, anAssignment, MINUTE_MS, NOW, someAssignment, someDevice } from '../test/gate-facts-maker.ts';
import type { AssignmentParts } from '../test/gate-facts-maker.ts';
import { GATES, type GateFacts, type GateName } from './gate-facts.ts';
import { gatesOf, permissionOf, summaryOfGates, type Gate } from './gates.ts';

type Change = { readonly device?: Partial<GateFacts['device']>; readonly assignment?: AssignmentParts | null };

function facts({ device, assignment = {} }: Change = {}): GateFacts {
  return { device: aDevice(device), assignment: assignment === null ? null : anAssignment(assignment) };
}

const firstShut = (given: GateFacts) => gatesOf(given, NOW).find(({ passed }) => !passed);
const HOUR_MS = 60 * MINUTE_MS;
const shut = { isOpen: false, changesAt: NOW + 3 * HOUR_MS, opensAt: NOW + 3 * HOUR_MS, zone: 'Europe/Rome' };
const windows = { windows: [{ cron: '0 0 22 * * ?', durationSeconds: 3600 }], blackouts: [], zone: 'UTC' };
const consent = { required: true, askAgainSeconds: 60 };
const step = { id: 9, name: 'loader', version: '2', counter: 5, deviceTypes: ['board'] };
const full = { inFlight: 12, tokens: 0, tokensAt: NOW };
const pace = { parallel: null, perMinute: null, perSite: null };

test('all gates passed permit to download and to install', () => {
  assert.deepEqual(permissionOf(gatesOf(facts(), NOW)), { mayDownload: true, mayInstall: true });
});

test('gates stand in the declared order', () => {
  assert.deepEqual(
    gatesOf(facts(), NOW).map(({ gate }) => gate),
    GATES,
  );
});

const HELD: readonly (readonly [string, Change, GateName, string | RegExp])[] = [
  ['a device whose identity is pending', { device: { identity: 'pending' } }, 'identity-accepted', /pending/],
  ['a device without an assignment', { assignment: null }, 'has-assignment', 'no assignment is open'],
  ['a withdrawn release', { assignment: { release: { state: 'withdrawn' } } }, 'release-published', /withdrawn/],
  [
    'a device of another type',
    { device: { type: null }, assignment: { release: { deviceTypes: ['other'] } } },
    'compatible',
    'the device is of no type, the release is for other',
  ],
  [
    'a device that has not run a required step',
    { assignment: { requiredSteps: [step] } },
    'required-steps',
    'the required step loader 2 comes first',
  ],
  ['a device that runs the release', { device: { runningReleaseId: 101 } }, 'not-already-running', /runs system 1/],
  [
    'a rollout that is still being made',
    { assignment: { rollout: { state: 'creating' } } },
    'rollout-running',
    /creat|made/,
  ],
  [
    'a paused rollout',
    { assignment: { rollout: { state: 'paused', reason: 'error-threshold' } } },
    'rollout-running',
    'r is paused (error-threshold)',
  ],
  ['a phase that has not started', { assignment: { rollout: { phaseState: 'waiting' } } }, 'phase-started', /waiting/],
  ['a device whose user was not asked', { assignment: { policy: { consent } } }, 'consent', 'nobody has consented yet'],
  [
    'a window that is shut',
    { assignment: { window: shut, policy: { windows: { ...windows, downloadAhead: false } } } },
    'window',
    'window opens 21:48 Europe/Rome, in 3 h',
  ],
  [
    'a rollout without a place',
    { assignment: { policy: { pace: { ...pace, parallel: 10 } }, pace: { rollout: full } } },
    'pace',
    '12 of 10 places taken',
  ],
  [
    'a rollout without a start',
    { assignment: { policy: { pace: { ...pace, perMinute: 60 } }, pace: { rollout: { ...full, tokens: 0 } } } },
    'pace',
    '0 of 60 starts a minute left, next at 17:48:01 UTC',
  ],
  [
    'a site without a place',
    {
      assignment: {
        policy: { pace: { ...pace, perSite: 2 } },
        pace: { siteName: 'plant', site: { inFlight: 2 } },
      },
    },
    'pace',
    '2 of 2 places at site plant taken',
  ],
  [
    'an assignment that backs off',
    { assignment: { state: 'backing-off', failedAttempts: 1, notBefore: NOW + 90 * MINUTE_MS } },
    'back-off',
    'attempt 2 of 2 waits until 19:18 UTC, in 1 h 30 min',
  ],
  [
    'a device in the penalty box',
    { device: { penaltyUntil: NOW + 30 * HOUR_MS } },
    'penalty-box',
    'set aside after many failures until 2026-11-22 23:48 UTC, in 1 d 6 h',
  ],
  [
    'a device that has refused',
    { assignment: { refusal: { of: 'offer', at: NOW - MINUTE_MS, words: 'low battery', until: NOW + MINUTE_MS } } },
    'device-refusal',
    'at 17:47:00 UTC the device refused the offer: low battery; asked again 17:49:00 UTC, in 60 s',
  ],
  [
    'a device that was never in contact',
    { device: { lastContactAt: null } },
    'contact',
    'the device has never been in contact',
  ],
  [
    'a device that is out of contact',
    { device: { lastContactAt: NOW - 16 * MINUTE_MS - 4000 } },
    'contact',
    'last contact 16 min ago, it polls every 5 min',
  ],
];

for (const [what, change, gate, fact] of HELD)
  test(`${what} is held at ${gate}, with the fact that was read`, () => {
    const given = facts(change);
    const held = firstShut(given);
    assert.equal(held?.gate, gate);
    if (typeof fact === 'string') assert.equal(held.fact, fact);
    else assert.match(held.fact, fact);
    assert.equal(permissionOf(gatesOf(given, NOW)).mayInstall, false);
  });

test('a download goes ahead of the window where the policy says so, and of the consent to install', () => {
  const ahead = { window: shut, policy: { consent, windows: { ...windows, downloadAhead: true } } };
  assert.deepEqual(permissionOf(gatesOf(facts({ assignment: ahead }), NOW)), { mayDownload: true, mayInstall: false });
});

test('an emergency ignores the window and says so', () => {
  const policy = { emergency: true, windows: { ...windows, downloadAhead: false } };
  const given = facts({ assignment: { window: shut, policy } });
  assert.equal(firstShut(given), undefined);
  const gate = gatesOf(given, NOW).find((one) => one.gate === 'window');
  assert.equal(gate?.fact, 'an emergency, that ignores: window opens 21:48 Europe/Rome, in 3 h');
});

test('a step is required of the device’s own type only, between what it runs and where it goes', () => {
  const held = (device: Partial<GateFacts['device']>, counter: number) =>
    firstShut(facts({ device, assignment: { requiredSteps: [step], release: { counter } } }))?.gate;
  assert.equal(held({ runningCounter: 4 }, 6), 'required-steps');
  assert.equal(held({ runningCounter: null }, 6), 'required-steps');
  assert.equal(held({ runningCounter: 5 }, 6), undefined);
  assert.equal(held({ runningCounter: 4 }, 5), undefined);
  assert.equal(held({ runningCounter: 4, type: null }, 6), undefined);
});

test('of several required steps the earliest is named', () => {
  const requiredSteps = [{ ...step, id: 10, version: '3', counter: 7 }, step];
  assert.match(firstShut(facts({ assignment: { requiredSteps } }))?.fact ?? '', /loader 2/);
});

const someFacts = fc
  .tuple(someDevice, someAssignment())
  .map(([device, assignment]): GateFacts => ({ device, assignment: anAssignment(assignment) }));

test('the summary that doors read says what the gates say', () => {
  fc.assert(
    fc.property(someFacts, (given) => {
      const gates = gatesOf(given, NOW);
      const changes = gates.flatMap(({ nextChange }) => nextChange ?? []);
      assert.deepEqual(summaryOfGates(given, NOW), {
        ...permissionOf(gates),
        shut: gates.find(({ passed }) => !passed)?.gate ?? null,
        waitsForPlace: waitsForPlace(gates),
        nextChange: changes.length === 0 ? null : Math.min(...changes),
      });
    }),
    { numRuns: 2000 },
  );
});

function waitsForPlace(gates: readonly Gate[]): boolean {
  const before = gates.slice(0, GATES.indexOf('pace'));
  return gates.some(({ gate, passed }) => gate === 'pace' && !passed) && permissionOf(before).mayDownload;
}

test('between now and the next change, no gate changes by time alone', () => {
  fc.assert(
    fc.property(someFacts, fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
      const before = gatesOf(given, NOW);
      const { nextChange } = summaryOfGates(given, NOW);
      const until = nextChange ?? NOW + 1000 * HOUR_MS;
      const later = gatesOf(given, NOW + Math.floor(part * (until - 1 - NOW)));
      assert.deepEqual(
        later.map(({ passed }) => passed),
        before.map(({ passed }) => passed),
      );
    }),
    { numRuns: 2000 },
  );
});
