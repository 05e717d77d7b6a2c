import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NewRollout, RolloutChangeInput } from './rollouts.ts';
import { unknownKeys } from './unknown-keys.ts';

test('a whole draft of a rollout has no unknown key', () => {
  const draft = {
    name: 'spring',
    release: 'os@2',
    policy: {
      start: { by: 'time', at: '2026-01-01T00:00:00Z' },
      windows: { windows: [{ cron: '0 0 22 ? * *', durationSeconds: 3600 }], zone: 'UTC' },
      timeLimits: { installingSeconds: 600 },
    },
    phases: [{ size: { by: 'percent', percent: 10 }, error: { percent: 5, minimum: 2 } }],
  };
  assert.deepEqual(unknownKeys(NewRollout, draft), []);
});

test('a misspelt key is found at any depth, with the one that was meant', () => {
  const draft = {
    releese: 'os@2',
    policy: { pase: {}, windows: { windows: [{ crom: 'x' }] }, start: { by: 'time', att: '' } },
    phases: [{}, { sucessPercent: 90, size: { by: 'percent', precent: 3 }, error: { minimun: 3 } }],
  };
  assert.deepEqual(
    unknownKeys(NewRollout, draft).map(({ path, nearest }) => `${path.join('.')} ${nearest}`),
    [
      'releese release',
      'policy.pase pace',
      'policy.windows.windows.0.crom cron',
      'policy.start.att at',
      'phases.1.sucessPercent successPercent',
      'phases.1.size.precent percent',
      'phases.1.error.minimun minimum',
    ],
  );
});

test('a key that belongs to another option of a union is unknown', () => {
  const found = unknownKeys(NewRollout, { phases: [{ size: { by: 'rest', percent: 3 } }] });
  assert.deepEqual(
    found.map(({ path }) => path),
    [['phases', 0, 'size', 'percent']],
  );
});

test('what is no object, and an option that is none, are left to the schema', () => {
  assert.deepEqual(unknownKeys(RolloutChangeInput, { policy: 7, phases: 'x' }), []);
  assert.deepEqual(unknownKeys(NewRollout, { phases: [{ size: { by: 'percents', percent: 3 } }] }), []);
});
