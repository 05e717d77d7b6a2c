import assert from 'node:assert/strict';
import test from 'node:test';
import { parseScenario } from './read-scenario.ts';
import { devicesOf } from './scenario-devices.ts';

const MIXED = `
devices: 2000
types: [{ name: a, share: 0.75, version: '1' }, { name: b, share: 0.25, version: '2', versionAttribute: null }]
zones: [{ zone: Europe/Rome, share: 0.5 }, { zone: America/Chicago, share: 0.5 }]
polls: [{ seconds: null, share: 0.5 }, { seconds: 60, share: 0.5 }]
offline: [{ from: '22:00', to: '06:00', share: 0.1 }]
failures:
  - { kind: liar, share: 0.1 }
  - { kind: boot-loop, share: 0.1, boots: 5, times: 1 }
  - { kind: flaky-link, share: 0.1, cuts: 4 }
  - { kind: clock-wrong, share: 0.1, aheadSeconds: -100 }
`;

test('a device is what the seed and its index say, however many others there are', () => {
  const few = devicesOf(parseScenario(MIXED.replace('2000', '20'), 'f'));
  const many = devicesOf(parseScenario(MIXED, 'f'));
  assert.deepEqual(few, many.slice(0, 20));
});

test('another seed gives another fleet', () => {
  const [one, other] = ['seed: 1', 'seed: 2'].map((seed) => devicesOf(parseScenario(seed + MIXED, 'f')));
  assert.notDeepEqual(one, other);
});

test('a list is shared out as it says, each for itself', () => {
  const devices = devicesOf(parseScenario(MIXED, 'f'));
  const share = (is: (device: (typeof devices)[number]) => boolean): number =>
    devices.filter(is).length / devices.length;
  for (const [found, asked] of [
    [share(({ type }) => type === 'a'), 0.75],
    [share(({ attributes }) => attributes['zone'] === 'Europe/Rome'), 0.5],
    [share(({ pollSeconds }) => pollSeconds === 60), 0.5],
    [share(({ offline }) => offline !== undefined), 0.1],
    [share(({ behaviour }) => behaviour.name === 'liar'), 0.1],
    [share(({ behaviour }) => behaviour.name === 'good'), 0.6],
    [share(({ type, behaviour }) => type === 'a' && behaviour.name === 'liar'), 0.075],
  ] as const)
    assert.ok(Math.abs(found - asked) < 0.03, `${found} instead of ${asked}`);
});

test('a type that names no version attribute leaves its devices without one', () => {
  const device = devicesOf(parseScenario(MIXED, 'f')).find(({ type }) => type === 'b');
  assert.deepEqual([device?.version, device?.versionAttribute], ['2', undefined]);
});
