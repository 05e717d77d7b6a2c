import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logBucketOf, logBucketValue } from './log-bucket.ts';
import { countedReason, lastStageOf, linkOf, measuredStages, SILENT, type AttemptTimes } from './stage-times.ts';

test('an attempt that succeeded tells of each of its stages, the download in bytes a second', () => {
  const stages = Object.fromEntries(measuredStages(anAttempt({})).map(({ stage, bucket }) => [stage, bucket]));
  assert.deepEqual(stages, {
    begin: logBucketOf(2000),
    download: logBucketOf(1_000_000),
    prepare: logBucketOf(3000),
    install: logBucketOf(200_000),
  });
});

test('how long an installation takes is not learnt from one that failed', () => {
  const stages = measuredStages(anAttempt({ state: 'failed' })).map(({ stage }) => stage);
  assert.deepEqual(stages, ['begin', 'download', 'prepare']);
});

test('waiting for a window between download and install is no stage', () => {
  const late = anAttempt({ installOfferedAt: 500_000, installingAt: 503_000, endedAt: 703_000 });
  const prepare = measuredStages(late).find(({ stage }) => stage === 'prepare');
  assert.equal(prepare?.bucket, logBucketOf(3000));
});

test('a stage that was not seen is not made up, nor is a link', () => {
  const unseen = anAttempt({ begunAt: null, downloadedAt: null, installingAt: null });
  assert.deepEqual([linkOf(unseen), lastStageOf(unseen)], [null, '']);
  assert.ok(measuredStages(unseen).every(({ stage }) => stage === 'install'));
});

test('a limit that passed over a silent device counts as silence, over one that was heard as the limit', () => {
  const timedOut = anAttempt({ state: 'timed-out', begunAt: 0, endedAt: 100_000 });
  assert.equal(countedReason({ ...timedOut, contactAt: 10_000 }, 'downloading-limit'), SILENT);
  assert.equal(countedReason({ ...timedOut, contactAt: 90_000 }, 'downloading-limit'), 'downloading-limit');
});

test('a bucket is at most a tenth off', () => {
  for (const value of [1, 7, 1000, 86_400_000]) {
    const shown = logBucketValue(logBucketOf(value));
    assert.ok(shown / value < 1.1 && value / shown < 1.1, `${value} is shown as ${shown}`);
  }
});

function anAttempt(wish: Partial<AttemptTimes>): AttemptTimes {
  return {
    state: 'succeeded',
    offeredAt: 0,
    begunAt: 2000,
    downloadedAt: 102_000,
    installOfferedAt: 0,
    installingAt: 105_000,
    endedAt: 305_000,
    contactAt: null,
    bytes: 100_000_000,
    ...wish,
  };
}
